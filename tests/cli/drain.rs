//! `drain`: what a process left in its spool arrives.

use std::fs;
use std::path::Path;
use std::time::Duration;

use kameleoon::emulator::{Emulator, Fault, Times};
use kameleoon::{KameleoonClient, RequestKind};

use super::run::{file, folder, run};

const PATIENCE: Duration = Duration::from_secs(20);
const SITE: &str = "cli_drain_site";

/// A process that had no time to send what it tracked.
fn leave(platform: &Emulator, spool: &Path) {
    let client = KameleoonClient::new(SITE, platform.client_config().tracking_spool(spool)).unwrap();
    client.wait_init(PATIENCE).unwrap();
    for goal in 0..5 {
        client.track_conversion("anna", goal).unwrap();
    }
    assert_eq!(client.close(Duration::ZERO).spooled, 5);
}

/// The configuration file of a client of this platform.
fn configuration(platform: &Emulator, folder: &Path) -> String {
    let url = platform.url();
    let keys = ["configuration_url", "data_api_url", "automation_url", "events_url"]
        .map(|key| format!("{key}: {url}\n"));
    file(folder, "client.yaml", &format!("client_id: any\nclient_secret: any\n{}", keys.concat()))
}

#[test]
fn what_lies_in_a_spool_is_sent_and_reported() {
    let folder = folder("drain");
    let spool = folder.join("spool");
    let platform = Emulator::builder().data_file("{}").start().unwrap();
    let config = configuration(&platform, &folder);
    leave(&platform, &spool);
    let path = spool.to_str().unwrap();
    let arguments = ["drain", path, "--site-code", SITE, "--config", &config];

    // Another site's lines are nobody's business.
    let other = run(&["drain", path, "--site-code", "another_site", "--config", &config]);
    assert_eq!((other.code, other.out.as_str()), (0, "0 lines sent\n"), "{other:?}");
    assert_eq!(platform.tracking_lines().len(), 0);

    platform.fail(RequestKind::Tracking, Fault::status(503), Times::Always);
    let ran = run(&[&arguments[..], &["--json"]].concat());
    let expected = serde_json::json!({"sent": 0, "dropped": 0, "waiting": 5, "timed_out": false});
    assert_eq!((ran.code, ran.json()), (1, expected), "{ran:?}");

    platform.clear_faults();
    let ran = run(&arguments);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "5 lines sent\n", ""), "{ran:?}");
    assert_eq!(platform.tracking_lines().len(), 5);
    assert_eq!(fs::read_dir(&spool).unwrap().count(), 0);
    assert_eq!(run(&arguments).out, "0 lines sent\n");
}

#[test]
fn a_damaged_file_is_told_and_gives_1() {
    let folder = folder("drain-damaged");
    let spool = folder.join("spool");
    let platform = Emulator::builder().data_file("{}").start().unwrap();
    let config = configuration(&platform, &folder);
    leave(&platform, &spool);
    let path = fs::read_dir(&spool).unwrap().next().unwrap().unwrap().path();
    fs::write(&path, "no longer what it was").unwrap();
    let ran = run(&["drain", spool.to_str().unwrap(), "--site-code", SITE, "--config", &config]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("5 lines dropped") && ran.err.contains("is removed"), "{ran:?}");
}

#[test]
fn what_cannot_be_tried_gives_2() {
    let folder = folder("drain-nothing");
    let path = folder.to_str().unwrap();
    let no_credentials = file(&folder, "empty.yaml", "");
    let nobody = "client_id: any\nclient_secret: any\nconfiguration_url: http://127.0.0.1:9\n";
    let nobody = file(&folder, "nobody.yaml", nobody);
    let table: &[(&[&str], &str)] = &[
        (&["drain", path], "--site-code"),
        (&["drain", "no-such-folder", "--site-code", SITE], "no folder `no-such-folder`"),
        (&["drain", path, "--site-code", SITE, "--config", &no_credentials], "client_id"),
        (&["drain", path, "--site-code", SITE, "--config", &nobody, "--timeout", "1"], "127.0.0.1:9"),
    ];
    for (arguments, told) in table {
        let ran = run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(told) && ran.out.is_empty(), "{arguments:?}: {ran:?}");
    }
}
