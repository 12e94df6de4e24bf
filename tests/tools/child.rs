//! The program that is run.

use std::error::Error;
use std::process::exit;
use std::time::Duration;

use kameleoon::{ClientGuard, EvaluationOptions, KameleoonClientConfig, KameleoonClientFactory};

use crate::rig::{CLOSE, DUE, FOLDER, FRESH, URL};

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn milliseconds(name: &str) -> Option<Duration> {
    variable(name)?.parse().ok().map(Duration::from_millis)
}

fn config() -> KameleoonClientConfig {
    let url = variable(URL).unwrap();
    let config = KameleoonClientConfig::new("id", "secret")
        .configuration_url(&url)
        .data_api_url(&url)
        .automation_url(&url)
        .events_url(&url)
        .short_lived(variable(FOLDER).unwrap());
    match milliseconds(FRESH) {
        Some(time) => config.data_file_fresh_for(time),
        None => config,
    }
}

fn start() -> Result<ClientGuard, Box<dyn Error>> {
    let client = KameleoonClientFactory::create("site", config())?;
    let guard = client.close_on_drop(milliseconds(CLOSE).unwrap());
    Ok(if variable(DUE).is_some() { guard.only_when_due() } else { guard })
}

/// Tracks what the tests look for.
fn work(client: &ClientGuard) -> kameleoon::Result<()> {
    client.wait_init(Duration::from_secs(20))?;
    (1..=3).try_for_each(|goal| client.track_conversion(client.local_visitor_code(), goal))
}

/// The `main` of a run.
pub(crate) fn run(role: &str) -> Result<(), Box<dyn Error>> {
    match role {
        "empty" => {
            println!("on");
            Ok(())
        }
        "question mark" => {
            let client = start()?;
            work(&client)?;
            std::fs::read_to_string("/no/such/file")?;
            Ok(())
        }
        "panic" => {
            let client = start()?;
            work(&client)?;
            panic!("on purpose");
        }
        "early return" => {
            let client = start()?;
            work(&client)?;
            if client.is_ready() {
                return Ok(());
            }
            unreachable!("it is ready");
        }
        "finish" => {
            let client = start()?;
            work(&client)?;
            let report = client.finish();
            println!("{} {} {}", report.delivered, report.spooled, report.given_up);
            Ok(())
        }
        "exit" => {
            let client = start()?;
            work(&client)?;
            client.exit(3);
        }
        "exit from anywhere" => {
            let client = start()?;
            work(&client)?;
            deep_inside();
        }
        "exit without an end" => {
            let client = start()?;
            work(&client)?;
            exit(5);
        }
        "decide" => {
            let client = start()?;
            client.wait_init(Duration::from_secs(20))?;
            println!("{}", client.get_variation(client.local_visitor_code(), "flag")?.key());
            Ok(())
        }
        "decide freshly" => {
            let client = start()?;
            let fresh = milliseconds(FRESH).unwrap();
            client.wait_fresh(fresh, Duration::from_secs(20))?;
            println!("{}", client.get_variation(client.local_visitor_code(), "flag")?.key());
            Ok(())
        }
        "decide untracked" => {
            let client = start()?;
            client.wait_init(Duration::from_secs(20))?;
            let options = EvaluationOptions::new().track(false);
            let decided = client.get_variation_with(client.local_visitor_code(), "flag", options)?;
            println!("{} {}", decided.key(), threads().join(","));
            Ok(())
        }
        "drain" => {
            let client = start()?;
            client.wait_init(Duration::from_secs(20))?;
            println!("{:?}", client.drain_spool(milliseconds(CLOSE).unwrap()));
            Ok(())
        }
        "try to decide" => {
            let client = start()?;
            let _ = client.wait_init(Duration::from_millis(300));
            let is_on = client.is_feature_active(client.local_visitor_code(), "flag").unwrap_or(false);
            println!("{is_on}");
            client.track_conversion(client.local_visitor_code(), 1)?;
            println!("end");
            Ok(())
        }
        other => Err(format!("`{other}` is no role").into()),
    }
}

fn deep_inside() -> ! {
    KameleoonClientFactory::exit(4, milliseconds(CLOSE).unwrap())
}

/// The names of this process's threads besides the main one.
fn threads() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    names.map(|name| name.trim().to_owned()).filter(|name| name.starts_with("kameleoon-")).collect()
}
