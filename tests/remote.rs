//! Reading the data API, over real sockets.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests count as production code

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use kameleoon::emulator::{Emulator, Fault, Times, TrackingLine};
use kameleoon::{
    CustomData, Data, KameleoonClient, KameleoonClientConfig, KameleoonClientFactory, KameleoonError,
    RemoteDataOptions, RemoteVisitorDataFilter, RemoteVisitorDataOptions, RequestFailure, RequestKind,
    UniqueIdentifier, WarehouseAudienceOptions,
};
use serde_json::json;

const PATIENCE: Duration = Duration::from_secs(10);

/// One flag for visitors whose custom data 3 is `gold`, one experiment, and custom data of which
/// index 2 belongs to the visitor on all devices.
const DATA_FILE: &str = r#"{
    "customData": [{"index": 2, "scope": "VISITOR"}, {"index": 3}],
    "segments": [{"id": 1, "conditionsData": {"firstLevelOrOperators": [], "firstLevel": [{"orOperators": [],
        "conditions": [{"targetingType": "CUSTOM_DATUM", "isInclude": true, "customDataIndex": 3,
                        "valueMatchType": "EXACT", "value": "gold"}]}]}}],
    "featureFlags": [
        {"id": 1, "featureKey": "gold", "environmentEnabled": true, "defaultVariationKey": "off",
         "variations": [{"key": "on"}, {"key": "off"}],
         "rules": [{"id": 10, "type": "TARGETED_DELIVERY", "exposition": 1, "experimentId": 11, "segmentId": 1,
                    "variationByExposition": [{"variationKey": "on", "variationId": 12, "exposition": 1}]}]},
        {"id": 2, "featureKey": "colours", "environmentEnabled": true, "defaultVariationKey": "off",
         "variations": [{"key": "red"}, {"key": "blue"}, {"key": "off"}],
         "rules": [{"id": 20, "type": "EXPERIMENTATION", "exposition": 1, "experimentId": 21,
                    "variationByExposition": [{"variationKey": "red", "variationId": 22, "exposition": 0.5},
                                              {"variationKey": "blue", "variationId": 23, "exposition": 0.5}]}]}]}"#;

/// A client with its platform; its site is its own, so that tests run side by side.
struct Stage {
    platform: Emulator,
    client: KameleoonClient,
    site_code: String,
}

impl Stage {
    fn new() -> Self {
        Self::with(|config| config)
    }

    fn with(adjust: impl FnOnce(KameleoonClientConfig) -> KameleoonClientConfig) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let site_code = format!("remote-{}", NEXT.fetch_add(1, Ordering::SeqCst));
        let platform = Emulator::builder().data_file(DATA_FILE).start().unwrap();
        let config = adjust(platform.client_config());
        let client = KameleoonClientFactory::create(&site_code, config).unwrap();
        client.wait_init(PATIENCE).unwrap();
        Self { platform, client, site_code }
    }

    /// The queries of the requests of a kind, without the site code.
    fn queries(&self, kind: RequestKind) -> Vec<String> {
        let site = format!("siteCode={}&", self.site_code);
        let requests = self.platform.requests();
        let of_kind = requests.iter().filter(|request| request.kind == Some(kind));
        of_kind.map(|request| request.query.replacen(&site, "", 1)).collect()
    }

    /// The tracking lines that a flush of a visitor brings.
    fn flushed(&self, visitor_code: &str) -> Vec<TrackingLine> {
        let before = self.platform.tracking_lines().len();
        self.client.flush(visitor_code).unwrap();
        assert!(self.client.flush_and_wait(PATIENCE).is_complete());
        self.platform.tracking_lines().split_off(before)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // None after a test that has closed its client.
        let _ = KameleoonClientFactory::forget(&self.site_code);
    }
}

fn custom_data(data: &[Data]) -> Vec<(u32, Vec<&str>)> {
    data.iter()
        .map(|item| match item {
            Data::CustomData(item) => (item.index().unwrap(), item.values().collect()),
            other => panic!("{other:?}"),
        })
        .collect()
}

/// The failure of a request of this kind.
fn failure<T: std::fmt::Debug>(result: Result<T, KameleoonError>, expected: RequestKind) -> RequestFailure {
    match result {
        Err(KameleoonError::Request { kind, failure, .. }) if kind == expected => failure,
        other => panic!("no failed request: {other:?}"),
    }
}

#[test]
fn what_the_platform_remembers_decides_and_what_is_told_here_wins() {
    let stage = Stage::new();
    let reply = r#"{"currentVisit": {"customDataEvents": [{"data": {"index": 3, "valuesCountMap": {"gold": 1}}}]},
                    "previousVisits": [{"customDataEvents": [{"data": {"index": 3, "valuesCountMap": {"tin": 1}}},
                                                             {"data": {"index": 2, "valuesCountMap": {"b": 1, "a": 2}}}]}]}"#;
    for code in ["new", "told", "unadded"] {
        stage.platform.set_visitor_data(code, reply);
    }
    let client = &stage.client;
    client.add_data("told", CustomData::new(3, ["silver"])).unwrap();
    let unadded = RemoteVisitorDataOptions::new().add_data(false);
    for (code, options, is_active) in [
        ("new", RemoteVisitorDataOptions::new(), true),
        ("told", RemoteVisitorDataOptions::new(), false),
        ("unadded", unadded, false),
    ] {
        let data = client.get_remote_visitor_data_with(code, options).unwrap();
        assert_eq!(custom_data(&data), [(3, vec!["gold"]), (2, vec!["b", "a"])], "{code}");
        assert_eq!(client.is_feature_active(code, "gold").unwrap(), is_active, "{code}");
    }
}

#[test]
fn the_platform_gets_back_the_visitors_own_data_and_visits_it_has_not_counted() {
    let stage = Stage::new();
    let reply = r#"{"currentVisit": {"customDataEvents": [
                        {"data": {"index": 2, "valuesCountMap": {"a": 5, "b": 1}}},
                        {"data": {"index": 3, "valuesCountMap": {"gold": 1}}}]},
                    "previousVisits": [{"timeStarted": 1000}]}"#;
    stage.platform.set_visitor_data("visitor", reply);
    stage.client.get_remote_visitor_data("visitor").unwrap();
    let stats = stage.client.tracking_stats();
    assert_eq!((stats.accepted, stats.pending), (2, 2));
    let lines = stage.flushed("visitor");
    let shown: Vec<_> = lines
        .iter()
        .map(|line| ["eventType", "index", "valuesCountMap", "visitNumber"].map(|key| line.get(key)))
        .collect();
    assert_eq!(
        shown,
        [
            [Some("staticData"), None, None, Some("1")],
            [Some("customData"), Some("2"), Some(r#"{"a":1,"b":1}"#), None]
        ]
    );
    stage.client.get_remote_visitor_data("visitor").unwrap();
    let again = stage.flushed("visitor");
    assert_eq!(again.iter().map(|line| line.get("eventType")).collect::<Vec<_>>(), [Some("activity")]);
    let stats = stage.client.tracking_stats();
    assert_eq!((stats.accepted, stats.sent, stats.pending), (2, 2, 0));
}

#[test]
fn the_code_of_the_newest_visit_decides_the_variation_on_every_device() {
    let stage = Stage::new();
    let client = &stage.client;
    let untracked = kameleoon::EvaluationOptions::new().track(false);
    let key = |code: &str| client.get_variation_with(code, "colours", untracked).unwrap().key().to_owned();
    // A visitor whose phone and laptop would get different variations.
    let codes: Vec<String> = (0..64).map(|number| format!("device-{number}")).collect();
    let (laptop, phone) = (&codes[0], codes.iter().find(|code| key(code) != key(&codes[0])).unwrap());
    let reply = format!(r#"{{"currentVisit": {{"visitorCode": "{laptop}"}}}}"#);
    let default = RemoteVisitorDataFilter::new();
    for (place, filter, add_data, is_taken) in [
        (0, default, true, true),
        (1, default, false, true),
        (2, default.visitor_code(false), true, false),
        (3, default.visitor_code(false), false, false),
    ] {
        let code = codes.iter().filter(|code| key(code) == key(phone)).nth(place).unwrap();
        stage.platform.set_visitor_data(code, &*reply);
        let options = RemoteVisitorDataOptions::new().filter(filter).add_data(add_data);
        let expected = if is_taken { key(laptop) } else { key(phone) };
        client.get_remote_visitor_data_with(code, options).unwrap();
        assert_eq!(key(code), expected, "{filter:?} {add_data}");
    }
}

#[test]
fn the_request_asks_for_what_the_filter_wants() {
    let stage = Stage::new();
    let default = RemoteVisitorDataFilter::new();
    let nothing = default.current_visit(false).custom_data(false).visitor_code(false);
    let everything = default
        .previous_visit_amount(25)
        .page_views(true)
        .geolocation(true)
        .device(true)
        .browser(true)
        .operating_system(true)
        .conversions(true)
        .experiments(true)
        .kcs(true)
        .personalization(true)
        .cbs(true);
    let table = [
        (default, "1", "currentVisit=true&customData=true"),
        (nothing, "1", ""),
        (nothing.current_visit(true), "1", "currentVisit=true"),
        (nothing.custom_data(true), "1", "customData=true"),
        (nothing.page_views(true), "1", "page=true"),
        (nothing.geolocation(true), "1", "geolocation=true"),
        (nothing.device(true).browser(true).operating_system(true), "1", ""),
        (nothing.conversions(true), "1", "conversion=true"),
        (nothing.experiments(true), "1", "experiment=true"),
        (nothing.kcs(true), "1", "kcs=true"),
        (nothing.personalization(true), "1", "personalization=true"),
        (nothing.cbs(true), "1", "cbs=true"),
        (nothing.previous_visit_amount(0), "0", ""),
        (nothing.previous_visit_amount(26), "26", ""),
        (
            everything,
            "25",
            "kcs=true&currentVisit=true&customData=true&conversion=true&geolocation=true&experiment=true&\
             page=true&personalization=true&cbs=true",
        ),
    ];
    for (filter, ..) in table {
        let options = RemoteVisitorDataOptions::new().filter(filter);
        stage.client.get_remote_visitor_data_with("anna b/é&", options).unwrap();
    }
    let expected: Vec<String> = table
        .iter()
        .map(|(_, amount, parts)| {
            let query = format!(
                "visitorCode=anna%20b%2F%C3%A9%26&maxNumberPreviousVisits={amount}&version=0&staticData=true&{parts}"
            );
            query.trim_end_matches('&').to_owned()
        })
        .collect();
    assert_eq!(stage.queries(RequestKind::VisitorData), expected);
}

#[test]
fn a_unique_identifier_is_asked_for_as_a_mapping_value() {
    let stage = Stage::new();
    for (unique, parameter) in [(true, "mappingValue=user&"), (false, "visitorCode=user&")] {
        stage.client.add_data("user", UniqueIdentifier::new(unique)).unwrap();
        stage.client.get_remote_visitor_data("user").unwrap();
        let queries = stage.queries(RequestKind::VisitorData);
        assert!(queries.last().unwrap().starts_with(parameter), "{queries:?}");
    }
}

#[test]
fn remote_data_are_whatever_json_is_stored() {
    let stage = Stage::new();
    let client = &stage.client;
    for value in [json!({"a": [1, null, "é"]}), json!([]), json!("text"), json!(12.5), json!(null)] {
        stage.platform.set_map("a b/é&c", value.to_string());
        assert_eq!(client.get_remote_data("a b/é&c").unwrap(), value);
    }
    assert_eq!(stage.queries(RequestKind::DataMap)[0], "key=a%20b%2F%C3%A9%26c");
    for (fault, expected) in [
        (Fault::status(500), "status 500"),
        (Fault::Html, "unusable body: it is no JSON"),
        (Fault::EmptyBody, "unusable body: it is no JSON"),
    ] {
        stage.platform.fail(RequestKind::DataMap, fault, Times::Once);
        let failure = failure(client.get_remote_data("a b/é&c"), RequestKind::DataMap);
        assert!(failure.to_string().starts_with(expected), "{failure}");
    }
    assert_eq!(failure(client.get_remote_data("absent"), RequestKind::DataMap), RequestFailure::Status(404));
}

#[test]
fn warehouse_audiences_become_a_custom_data_that_is_tracked() {
    let stage = Stage::new();
    let client = &stage.client;
    for (key, json) in [
        ("visitor", r#"{"warehouseAudiences": {"silver": 1, "gold": {}}, "other": 1}"#),
        ("user-1", r#"{"warehouseAudiences": {"bronze": null}}"#),
        ("empty", r#"{"warehouseAudiences": {}}"#),
        ("absent", "{}"),
        ("wrong", r#"{"warehouseAudiences": ["gold"]}"#),
        ("list", "[]"),
        ("null", "null"),
    ] {
        stage.platform.set_map(key, json);
    }
    let found = client.get_visitor_warehouse_audience("visitor", 3).unwrap();
    assert_eq!(found, CustomData::new(3, ["silver", "gold"]));
    assert!(client.is_feature_active("visitor", "gold").unwrap());
    let lines = stage.flushed("visitor");
    let line = lines.iter().find(|line| line.get("eventType") == Some("customData")).unwrap();
    assert_eq!(line.get("valuesCountMap"), Some(r#"{"silver":1,"gold":1}"#));

    for (key, values) in [
        ("user-1", &["bronze"][..]),
        ("", &["silver", "gold"]),
        ("empty", &[]),
        ("absent", &[]),
        ("wrong", &[]),
        ("list", &[]),
        ("null", &[]),
    ] {
        let options = WarehouseAudienceOptions::new().warehouse_key(key);
        let found = client.get_visitor_warehouse_audience_with("visitor", 3, options).unwrap();
        assert_eq!(found.values().collect::<Vec<_>>(), values, "{key}");
        assert_eq!(client.is_feature_active("visitor", "gold").unwrap(), values.contains(&"gold"), "{key}");
    }
    let missing = failure(client.get_visitor_warehouse_audience("stranger", 3), RequestKind::DataMap);
    assert_eq!(missing, RequestFailure::Status(404));
    assert_eq!(client.visitor_count(), 1, "a failure makes no visitor");
}

#[test]
fn a_failure_is_told_and_changes_nothing() {
    let stage = Stage::new();
    for (fault, expected) in [
        (Fault::status(500), "status 500"),
        (Fault::status(404), "status 404"),
        (Fault::status(403), "status 403"),
        (Fault::CloseWithoutAnswer, "connection"),
        (Fault::CutInHeaders, "connection"),
        (Fault::CutInBody, "unusable body"),
        (Fault::EmptyBody, "unusable body"),
        (Fault::Html, "unusable body"),
        (Fault::WrongGzip, "unusable body"),
        (Fault::Json("[]".to_owned()), "unusable body"),
        (Fault::Json("null".to_owned()), "unusable body"),
        (Fault::huge_body(11 * 1024 * 1024), "unusable body: larger"),
    ] {
        let case = format!("{fault:?}");
        stage.platform.fail(RequestKind::VisitorData, fault, Times::Always);
        let failure = failure(stage.client.get_remote_visitor_data("visitor"), RequestKind::VisitorData);
        stage.platform.clear_faults();
        assert!(failure.to_string().starts_with(expected), "{case}: {failure}");
    }
    assert_eq!(stage.client.visitor_count(), 0);
    assert_eq!(stage.client.get_remote_visitor_data("visitor").unwrap(), [], "and then it works again");
}

#[test]
fn a_call_takes_no_longer_than_its_timeout_or_the_configured_one() {
    // The configured timeout is ten seconds unless a test says otherwise.
    let (patient, hurried) = (Stage::new(), Stage::with(|config| config.default_timeout_millisecond(300)));
    let own = Duration::from_millis(100);
    for (stage, given, least) in
        [(&patient, Some(own), 100), (&hurried, None, 300), (&hurried, Some(Duration::ZERO), 300)]
    {
        let client = &stage.client;
        for kind in [RequestKind::VisitorData, RequestKind::DataMap] {
            stage.platform.fail(kind, Fault::NeverAnswer, Times::Always);
        }
        let mut visitor_data = RemoteVisitorDataOptions::new();
        let mut data = RemoteDataOptions::new();
        let mut warehouse = WarehouseAudienceOptions::new();
        if let Some(timeout) = given {
            visitor_data = visitor_data.timeout(timeout);
            data = data.timeout(timeout);
            warehouse = warehouse.timeout(timeout);
        }
        for call in 0..3 {
            let start = Instant::now();
            let failure = match call {
                0 => failure(
                    client.get_remote_visitor_data_with("v", visitor_data.clone()),
                    RequestKind::VisitorData,
                ),
                1 => failure(client.get_remote_data_with("k", data.clone()), RequestKind::DataMap),
                _ => failure(
                    client.get_visitor_warehouse_audience_with("v", 1, warehouse.clone()),
                    RequestKind::DataMap,
                ),
            };
            let took = start.elapsed();
            assert!(matches!(failure, RequestFailure::Timeout(_)), "call {call}, {given:?}: {failure:?}");
            assert!(
                took >= Duration::from_millis(least) && took < PATIENCE / 2,
                "call {call}, {given:?}: {took:?}"
            );
        }
    }
    patient.platform.clear_faults();
    let endless = RemoteDataOptions::new().timeout(Duration::MAX);
    let answer = patient.client.get_remote_data_with("absent", endless);
    assert_eq!(failure(answer, RequestKind::DataMap), RequestFailure::Status(404));
}

#[test]
fn calls_carry_a_token_and_a_refused_one_is_replaced_once() {
    let stage = Stage::new();
    for (refusals, is_answered, authorized) in [
        (0, true, &[true][..]),
        (1, true, &[true, true]),
        // The last try goes without.
        (2, true, &[true, true, false]),
        (3, false, &[true, true, false]),
    ] {
        stage.platform.clear_requests();
        stage.platform.fail(RequestKind::VisitorData, Fault::status(401), Times::Count(refusals));
        let answer = stage.client.get_remote_visitor_data("visitor");
        stage.platform.clear_faults();
        assert_eq!(answer.is_ok(), is_answered, "{refusals} refusals: {answer:?}");
        let requests = stage.platform.requests();
        let of_kind = requests.iter().filter(|request| request.kind == Some(RequestKind::VisitorData));
        let headers: Vec<_> = of_kind.map(|request| request.header("Authorization")).collect();
        let expected: Vec<_> =
            authorized.iter().map(|authorized| authorized.then_some("Bearer tok-0123456789")).collect();
        assert_eq!(headers, expected, "{refusals} refusals");
    }
}

#[test]
fn calls_at_once_do_not_hinder_each_other() {
    let stage = Stage::new();
    for visitor in 0..8 {
        let reply = json!({"currentVisit": {"customDataEvents":
            [{"data": {"index": 3, "valuesCountMap": {(visitor.to_string()): 1}}}]}});
        stage.platform.set_visitor_data(format!("visitor-{visitor}"), reply.to_string());
    }
    thread::scope(|scope| {
        for visitor in 0..8 {
            let client = stage.client.clone();
            scope.spawn(move || {
                for _ in 0..20 {
                    let data = client.get_remote_visitor_data(&format!("visitor-{visitor}")).unwrap();
                    assert_eq!(custom_data(&data), [(3, vec![&*visitor.to_string()])]);
                }
            });
        }
    });
    assert_eq!(stage.client.visitor_count(), 8);
    assert_eq!(stage.platform.count(RequestKind::VisitorData), 160);
    assert_eq!(stage.platform.count(RequestKind::Token), 1);
}

#[test]
fn invalid_codes_are_refused_before_anything_else() {
    let offline = KameleoonClient::offline(DATA_FILE).unwrap();
    let stage = Stage::new();
    for client in [&offline, &stage.client] {
        for code in [String::new(), "x".repeat(256)] {
            let is_refused = |error| matches!(error, KameleoonError::VisitorCodeInvalid { .. });
            assert!(is_refused(client.get_remote_visitor_data(&code).unwrap_err()));
            assert!(is_refused(client.get_visitor_warehouse_audience(&code, 1).unwrap_err()));
        }
    }
    assert!(
        stage.queries(RequestKind::VisitorData).is_empty() && stage.queries(RequestKind::DataMap).is_empty()
    );
}

#[test]
fn a_client_without_a_network_or_closed_says_so() {
    let offline = KameleoonClient::offline(DATA_FILE).unwrap();
    let stage = Stage::new();
    let _ = stage.client.close(PATIENCE);
    for (client, expected) in [(&offline, KameleoonError::Offline), (&stage.client, KameleoonError::Closed)] {
        assert_eq!(client.get_remote_visitor_data("visitor").unwrap_err(), expected);
        assert_eq!(client.get_remote_data("key").unwrap_err(), expected);
        assert_eq!(client.get_visitor_warehouse_audience("visitor", 1).unwrap_err(), expected);
    }
}

#[test]
fn closing_the_client_ends_a_call_that_waits() {
    let stage = Stage::new();
    stage.platform.fail(RequestKind::VisitorData, Fault::NeverAnswer, Times::Always);
    thread::scope(|scope| {
        let client = stage.client.clone();
        let call = scope.spawn(move || client.get_remote_visitor_data("visitor"));
        assert!(stage.platform.wait_until(PATIENCE, |log| log.count(RequestKind::VisitorData) > 0));
        let _ = stage.client.close(PATIENCE);
        assert_eq!(call.join().unwrap().unwrap_err(), KameleoonError::Closed);
    });
}
