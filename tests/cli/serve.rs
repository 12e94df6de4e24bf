//! `serve`: a client in another process works with the four keys that are printed.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use kameleoon::{KameleoonClientConfig, KameleoonClientFactory};

use super::run::{command, file, folder, shop};

const PATIENCE: Duration = Duration::from_secs(20);

/// A process that ends with the test.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(arguments: &[&str]) -> (Served, mpsc::Receiver<String>) {
    let child = command().arg("serve").args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = child.unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let (send, lines) = mpsc::channel();
    std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
    (Served(child), lines)
}

#[test]
fn a_client_in_another_process_needs_what_is_printed_and_no_more() {
    let folder = folder("serve");
    let path = file(&folder, "shop.json", &shop(|_| {}));
    let (_served, lines) = serve(&[&path, "--site", "cli_serve_site"]);
    let keys: Vec<String> = (0..4).map(|_| lines.recv_timeout(PATIENCE).unwrap()).collect();
    let names: Vec<&str> = keys.iter().map(|line| line.split_once(": ").unwrap().0).collect();
    assert_eq!(names, ["configuration_url", "data_api_url", "automation_url", "events_url"]);

    let text = format!("client_id: any\nclient_secret: any\n{}\n", keys.join("\n"));
    let config = KameleoonClientConfig::read_from_yaml(file(&folder, "client.yaml", &text)).unwrap();
    let client =
        KameleoonClientFactory::create("cli_serve_site", config.top_level_domain("localhost")).unwrap();
    client.wait_init(PATIENCE).unwrap();
    assert!(client.is_feature_active("staff-7", "new_checkout").unwrap());
    assert!(client.close(PATIENCE).is_complete());
    let mut seen = Vec::new();
    while !seen.iter().any(|line: &String| line.contains("/visit/events")) {
        seen.push(lines.recv_timeout(PATIENCE).unwrap());
    }
}

#[test]
fn a_file_that_changes_is_served_anew() {
    let folder = folder("serve-again");
    let path = file(&folder, "shop.json", &shop(|_| {}));
    let (_served, lines) = serve(&[&path, "--json"]);
    let line: serde_json::Value = serde_json::from_str(&lines.recv_timeout(PATIENCE).unwrap()).unwrap();
    let url = line["client"]["configuration_url"].as_str().unwrap();
    let config = KameleoonClientConfig::new("", "").configuration_url(url);
    let enabled = || {
        let text = KameleoonClientFactory::fetch_data_file("any", &config).unwrap();
        let view = kameleoon::DataFileView::parse(text).unwrap();
        view.flag("gift_wrapping").unwrap().is_environment_enabled()
    };
    assert!(!enabled());
    let changed = shop(|file| file["featureFlags"][12]["environmentEnabled"] = true.into());
    // Times of files may have whole seconds only; another one counts, whichever.
    fs::write(&path, "{ an editor is writing").unwrap();
    fs::write(&path, changed).unwrap();
    let deadline = std::time::Instant::now() + PATIENCE;
    while !enabled() {
        assert!(std::time::Instant::now() < deadline, "the changed file is not served");
        std::thread::sleep(Duration::from_millis(50));
    }
}
