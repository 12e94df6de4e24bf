//! The tool's commands, each in a process of its own, against the emulated platform.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs;
use std::process::{Command, ExitCode};

use kameleoon::KameleoonClientConfig;
use kameleoon::emulator::Emulator;

const PLATFORM: &str = "JOT_PLATFORM";

/// Has the tool ask the emulator, where the demo runs it.
pub(crate) fn on_the_emulator(config: KameleoonClientConfig) -> KameleoonClientConfig {
    match env::var(PLATFORM) {
        Ok(url) => config.configuration_url(&url).data_api_url(&url).automation_url(&url).events_url(&url),
        Err(_) => config,
    }
}

pub(crate) fn run() -> Result<ExitCode, Box<dyn Error>> {
    let platform = Emulator::builder().data_file(data_file(1, true)).start()?;
    let home = env::temp_dir().join(format!("jot-demo-{}", std::process::id()));
    fs::create_dir_all(&home)?;
    let jot = |arguments: &str| -> Result<(), Box<dyn Error>> {
        println!("\n$ jot {arguments}");
        platform.clear_requests();
        let mut command = Command::new(env::current_exe()?);
        command.args(arguments.split(' ')).env("JOT_HOME", &home).env(PLATFORM, platform.url());
        let code = command.status()?.code().ok_or("it was killed")?;
        println!("  exit code {code}, {}", asked(&platform));
        Ok(())
    };
    println!("The first run has nothing on disk: it asks.");
    jot("add water the plants")?;
    println!("\nFrom then on nothing is asked for ten minutes; what is tracked waits on disk.");
    jot("add feed the cat")?;
    jot("list")?;
    jot("done 1")?;
    jot("done 7")?;
    jot("done 1")?;
    jot("list")?;
    println!("\nThe flag is switched off. `sync` need not wait for the ten minutes.");
    platform.set_data_file(data_file(2, false));
    jot("sync")?;
    jot("add buy milk")?;
    jot("list")?;
    jot("done 1")?;
    println!("\nThis conversion is not sent any more.");
    jot("forget")?;
    fs::remove_dir_all(&home)?;
    Ok(ExitCode::SUCCESS)
}

/// What a run asked of the platform.
fn asked(platform: &Emulator) -> String {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for request in platform.requests() {
        let kind = request.kind.map_or_else(|| "unknown".to_owned(), |kind| kind.to_string());
        *kinds.entry(kind).or_default() += 1;
    }
    if kinds.is_empty() {
        return "no request".to_owned();
    }
    let kinds: Vec<_> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    format!("requests: {}", kinds.join(", "))
}

fn data_file(date: i64, is_on: bool) -> String {
    let key = if is_on { "on" } else { "off" };
    format!(
        r#"{{"dateModified": {date}, "featureFlags": [{{"id": 1, "featureKey": "numbered_list",
        "environmentEnabled": true, "defaultVariationKey": "{key}", "rules": [],
        "variations": [{{"key": "off"}}, {{"key": "on"}}]}}]}}"#
    )
}
