//! Where the log goes. Level and logger hold for a whole process, so each case runs in one of its
//! own: this test program, started again with the name of the case.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests count as production code

use kameleoon::{KameleoonClient, KameleoonClientConfig, KameleoonLogger, LogLevel, Logger};
use std::process::Command;

const CASE: &str = "KAMELEOON_TEST_LOGGING_CASE";

/// Something that the crate warns about: a correction and a deprecation.
#[allow(deprecated)]
fn corrected() -> KameleoonClientConfig {
    KameleoonClientConfig::new("id", "secret").max_visitors(0).multi_threading(true)
}

struct ToStdout;

impl Logger for ToStdout {
    fn log(&self, level: LogLevel, message: &str) {
        println!("custom {level}: {message}");
    }
}

struct Panicking;

impl Logger for Panicking {
    fn log(&self, _: LogLevel, _: &str) {
        panic!("on purpose");
    }
}

/// A logger of the `log` facade.
struct Facade;

impl log::Log for Facade {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        println!("facade {} {}: {}", record.target(), record.level(), record.args());
    }

    fn flush(&self) {}
}

fn run_case(case: &str) {
    // Before the program has set up its log.
    let config = corrected();
    match case {
        "nothing set up" => {}
        "facade" => log::set_logger(&Facade).map(|()| log::set_max_level(log::LevelFilter::Info)).unwrap(),
        "facade at error" => {
            log::set_logger(&Facade).map(|()| log::set_max_level(log::LevelFilter::Error)).unwrap()
        }
        "facade off" => log::set_logger(&Facade).unwrap(),
        "level none" => KameleoonLogger::set_log_level(LogLevel::None),
        "level error" => KameleoonLogger::set_log_level(LogLevel::Error),
        "custom" => KameleoonLogger::set_logger(ToStdout),
        "custom, level error" => {
            KameleoonLogger::set_logger(ToStdout);
            KameleoonLogger::set_log_level(LogLevel::Error);
        }
        "custom panics" => KameleoonLogger::set_logger(Panicking),
        other => panic!("no such case: {other}"),
    }
    KameleoonClient::offline_with("{}", config).unwrap();
    println!("alive");
}

#[test]
fn the_log_goes_where_the_program_wants_it() {
    if let Ok(case) = std::env::var(CASE) {
        return run_case(&case);
    }
    for text in [
        "configuration key `max_visitors`: must be at least 1; 500000 is used",
        "configuration key `multi_threading`: is deprecated and changes nothing; leave it out",
    ] {
        check(text);
    }
}

/// In each case, one of the warnings that every case causes has to be where it belongs.
fn check(text: &str) {
    let (stderr, facade) = (format!("kameleoon WARNING: {text}"), format!("facade kameleoon WARN: {text}"));
    let custom = format!("custom WARNING: {text}");
    for (case, in_stdout, in_stderr) in [
        ("nothing set up", None, Some(&stderr)),
        ("facade", Some(&facade), None),
        ("facade at error", None, None),
        ("facade off", None, None),
        ("level none", None, None),
        ("level error", None, None),
        ("custom", Some(&custom), None),
        ("custom, level error", None, None),
        ("custom panics", None, None),
    ] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_log_goes_where_the_program_wants_it", "--nocapture"])
            .env(CASE, case)
            .output()
            .unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && out.contains("alive"), "{case}: {out}{err}");
        for (stream, expected, name) in [(&out, in_stdout, "stdout"), (&err, in_stderr, "stderr")] {
            match expected {
                Some(line) => {
                    assert!(stream.lines().any(|found| found.ends_with(line)), "{case}, {name}: {stream}")
                }
                None => assert!(!stream.contains(text), "{case}, {name}: {stream}"),
            }
        }
    }
}

/// Three segments with conditions that cannot be used, two of them for the same reason.
fn load_unusable_conditions() {
    let segment = |id: u32, condition: &str| {
        format!(r#"{{"id": {id}, "conditionsData": {{"firstLevel": [{{"conditions": [{condition}]}}]}}}}"#)
    };
    let file = format!(
        r#"{{"featureFlags": [], "segments": [{}, {}, {}]}}"#,
        segment(7, r#"{"targetingType": "WEATHER"}"#),
        segment(8, r#"{"targetingType": "WEATHER"}"#),
        segment(9, r#"{"targetingType": "PAGE_URL", "matchType": "REGULAR_EXPRESSION", "url": "[a"}"#),
    );
    let client = KameleoonClient::offline(file).unwrap();
    client.evaluate_audiences("visitor").unwrap();
}

#[test]
fn conditions_that_cannot_be_used_are_told_of_once() {
    if std::env::var(CASE).is_ok() {
        return load_unusable_conditions();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "conditions_that_cannot_be_used_are_told_of_once", "--nocapture"])
        .env(CASE, "unusable conditions")
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    let told: Vec<_> = err.lines().filter(|line| line.contains("condition")).collect();
    assert_eq!(told.len(), 2, "{err}");
    assert!(told[0].contains("segment 7") && told[0].contains("unknown targeting type `WEATHER`"), "{err}");
    assert!(told[1].contains("segment 9") && told[1].contains("[a"), "{err}");
}
