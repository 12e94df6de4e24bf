//! The lines of the log.

use std::time::Duration;

use kameleoon::emulator::{Fault, Times};
use kameleoon::{CustomData, KameleoonClient, RequestKind};

use crate::records::{self, Line};
use crate::{PATIENCE, data_file, eventually, platform, quick};

const SECRET: &str = "a-secret-of-the-test";
const TOKEN: &str = "a-token-of-the-test";
const VISITOR: &str = "visitor-anna-4711";

fn lines_with(site: &str, text: &str) -> Vec<Line> {
    records::of(site).into_iter().filter(|line| line.text.contains(text)).collect()
}

/// A life with everything in it that has something to tell.
fn live(site: &str, environment: Option<&str>) {
    let platform = platform(true).start().unwrap();
    platform.set_token(TOKEN, Duration::from_secs(3_600));
    let mut config = quick(platform.client_config()).client_secret(SECRET).max_visitors(0).max_visitors(100);
    if let Some(environment) = environment {
        config = config.environment(environment);
    }
    platform.fail(RequestKind::Token, Fault::status(500), Times::Once);
    platform.fail(RequestKind::Configuration, Fault::status(500), Times::Once);
    let client = KameleoonClient::new(site, config).unwrap();
    client.wait_init(PATIENCE).unwrap();
    eventually("a stream", || platform.open_streams() == 1);
    client.get_variation(VISITOR, "flag").unwrap();
    assert!(client.is_feature_active_or(VISITOR, "flga", true));
    client.add_data(VISITOR, CustomData::named("plam", ["gold"])).unwrap();
    client.get_remote_data("prices").unwrap_err();
    platform.set_visitor_data(VISITOR, r#"{"currentVisit": {"conversionEvents": 7}, "x": "\ud800"}"#);
    let _ = client.get_remote_visitor_data(VISITOR);
    client.on_update_configuration(|| panic!("a handler that panics, on purpose"));
    platform.set_data_file(data_file(2, true));
    platform.push_update(2);
    eventually("the newer data file", || {
        client.get_data_file().is_some_and(|file| file.date_modified() == 2)
    });
    platform.drop_streams();
    eventually("another stream", || platform.open_streams() == 1);
    for number in 0..1_000 {
        client.add_data(&format!("{VISITOR}-{number}"), CustomData::new(1, ["gold"])).unwrap();
    }
    platform.judge_tracking(|line| line.contains("4711-999").then_some(400));
    platform.fail(RequestKind::Tracking, Fault::status(500), Times::Count(3));
    let _ = client.flush_and_wait(PATIENCE);
    platform.fail(RequestKind::Tracking, Fault::status(503), Times::Always);
    client.get_variation(VISITOR, "flag").unwrap();
    client.track_conversion(VISITOR, 83).unwrap();
    let _ = client.close(Duration::from_millis(500));
}

#[test]
fn each_line_says_of_which_site_it_is_and_none_who_the_visitor_is() {
    records::record();
    std::thread::scope(|scope| {
        scope.spawn(|| live("site-one", None));
        scope.spawn(|| live("site-two", Some("staging")));
    });
    let lines = records::all();
    for line in &lines {
        for (site, beginning) in [
            ("site-one", "[site-one] "),
            ("site-two", "[site-two staging] "),
            ("lines", "[lines] "),
            ("end", "[end] "),
        ] {
            if line.fact("site") == site {
                assert!(line.text.starts_with(beginning), "{}", line.text);
            }
        }
        assert!(!line.fact("site").is_empty(), "of no site: {}", line.text);
        for secret in [SECRET, TOKEN, VISITOR, "Bearer", "Basic"] {
            assert!(!line.text.contains(secret), "{}", line.text);
            assert!(line.facts.values().all(|value| !value.contains(secret)), "{:?}", line.facts);
        }
    }
    // What each of them has something to tell of.
    for site in ["site-one", "site-two"] {
        for text in [
            "max_visitors",
            "no new data file",
            "no access token",
            "is left out",
            "the stream of updates is open",
            "the stream of updates is lost",
            "the caller's default is used",
            "custom data `plam` is ignored",
            "the visitor store is full",
            "handler panicked",
            "a tracking request failed",
            "a data file is in use",
            "flag `flag`: variation `on`",
        ] {
            assert!(!lines_with(site, text).is_empty(), "{site}: no line with `{text}`");
        }
        for (text, kind) in [("no new data file", "configuration"), ("a tracking request failed", "tracking")]
        {
            let line = &lines_with(site, text)[0];
            assert_eq!(
                [line.fact("kind"), line.fact("error"), line.fact("status")],
                [kind, "status", "500"],
                "{line:?}"
            );
        }
    }
}

#[test]
fn a_request_a_batch_and_an_evaluation_are_a_line_each() {
    records::record();
    let platform = platform(false).start().unwrap();
    let client = KameleoonClient::new("lines", quick(platform.client_config())).unwrap();
    client.wait_init(PATIENCE).unwrap();
    client.get_variation(VISITOR, "flag").unwrap();
    client.get_variation(VISITOR, "flga").unwrap_err();
    let _ = client.get_remote_data("prices");
    assert!(client.flush_and_wait(PATIENCE).is_complete());

    let fetched = &lines_with("lines", "GET ")[0];
    assert_eq!(fetched.level, log::Level::Debug);
    let port = format!("127.0.0.1:{}", platform.port());
    for (name, value) in [
        ("kind", "configuration"),
        ("method", "GET"),
        ("host", &*port),
        ("path", "/v3/lines"),
        ("status", "200"),
    ] {
        assert_eq!(fetched.fact(name), value, "{name} of {fetched:?}");
    }
    assert!(fetched.fact("bytes").parse::<usize>().unwrap() > 100);
    assert!(fetched.fact("duration_ms").parse::<f64>().unwrap() > 0.0);
    assert!(fetched.text.contains("/v3/lines: status 200, "), "{}", fetched.text);
    // One line for each request that the platform saw, and none more.
    let requests = records::of("lines").iter().filter(|line| !line.fact("method").is_empty()).count();
    assert_eq!(requests, platform.requests().len());
    let map = lines_with("lines", "/map/map");
    assert!(map.len() == 1 && !map[0].text.contains("prices"), "a key may say who the visitor is: {map:?}");

    let batch = &lines_with("lines", "tracking lines")[0];
    assert_eq!([batch.fact("lines"), batch.fact("visitors"), batch.fact("status")], ["1", "1", "200"]);

    let evaluations = lines_with("lines", "for visitor #");
    assert_eq!(evaluations.len(), 2);
    let good = &evaluations[0];
    for (name, value) in
        [("flag", "flag"), ("variation", "on"), ("reason", "experiment"), ("rule", "2"), ("experiment", "3")]
    {
        assert_eq!(good.fact(name), value, "{name} of {good:?}");
    }
    assert_eq!(evaluations[1].fact("reason"), "feature_not_found");
    assert_eq!(good.fact("visitor"), evaluations[1].fact("visitor"), "the same visitor");
    let _ = client.close(PATIENCE);
}

#[test]
fn what_differs_in_a_number_alone_is_told_once() {
    records::record();
    let platform = platform(false).start().unwrap();
    let client = KameleoonClient::new("numbers", quick(platform.client_config())).unwrap();
    client.wait_init(PATIENCE).unwrap();
    for number in 0..5 {
        let large = Fault::status_with(503, [("X-Large", "x".repeat(70_000 + number))]);
        platform.fail(RequestKind::Configuration, large, Times::Once);
        client.refresh_data_file(PATIENCE).unwrap_err();
    }
    for status in [500, 503, 500] {
        platform.fail(RequestKind::Configuration, Fault::status(status), Times::Once);
        client.refresh_data_file(PATIENCE).unwrap_err();
    }
    let told: Vec<String> =
        lines_with("numbers", "no new data file").into_iter().map(|line| line.text).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].contains("the answer's head is larger than the 65536 bytes that are taken"), "{told:?}");
    assert!(told[1].contains("status 500") && told[2].contains("status 503"), "{told:?}");
    let _ = client.close(PATIENCE);
}

#[test]
fn what_is_told_at_the_end_does_not_contradict_what_was_told_before() {
    records::record();
    let platform = platform(false).start().unwrap();
    let config = quick(platform.client_config()).tracking_retry_delay(Duration::from_millis(1));
    let client = KameleoonClient::new("end", config).unwrap();
    client.wait_init(PATIENCE).unwrap();
    platform.fail(RequestKind::Tracking, Fault::status(503), Times::Always);
    client.get_variation(VISITOR, "flag").unwrap();
    eventually("an outage", || !lines_with("end", "a tracking request failed").is_empty());
    let report = client.close(Duration::from_millis(300));
    assert_eq!(report.given_up, 1);
    let warnings: Vec<String> = records::of("end")
        .into_iter()
        .filter(|line| {
            line.level <= log::Level::Warn && line.text.contains("track") || line.text.contains("lost")
        })
        .map(|line| line.text)
        .collect();
    let waits = warnings.iter().filter(|text| text.contains("wait for the next try")).count();
    assert_eq!(waits, 1, "told once, however many tries fail: {warnings:?}");
    assert!(
        warnings.iter().any(|text| text.contains("1 pieces of visitor data that waited are lost")),
        "{warnings:?}"
    );
    assert!(
        warnings.iter().all(|text| !text.contains("sent later")),
        "a promise that was not kept: {warnings:?}"
    );
}
