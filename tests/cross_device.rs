//! Several devices, one person: the examples of the reference's documentation, against the
//! emulated platform. `docs/cross-device.md` tells what happens here.

#![allow(clippy::unwrap_used)] // helpers of tests count as production code

use std::time::Duration;

use kameleoon::emulator::{Emulator, TrackingLine};
use kameleoon::{
    Conversion, CustomData, Data, KameleoonClient, KameleoonClientFactory, RequestKind, UniqueIdentifier,
};

const PATIENCE: Duration = Duration::from_secs(10);
/// The custom data that identifies a person, and one that devices share.
const MAPPING_INDEX: u32 = 91;
const SHARED_INDEX: u32 = 90;
const FEATURE_KEY: &str = "ff123";
const GOAL: i64 = 123;

/// `ff123` splits visitors in two; `plan` is for those whose shared custom data say `gold`.
const DATA_FILE: &str = r#"{
  "customData": [
    {"id": 1, "index": "91", "name": "user id", "scope": "VISITOR", "isMappingIdentifier": true},
    {"id": 2, "index": "90", "name": "plan", "scope": "VISITOR"}],
  "segments": [{"id": 5, "conditionsData": {"firstLevelOrOperators": [], "firstLevel": [{"orOperators": [],
    "conditions": [{"targetingType": "CUSTOM_DATUM", "isInclude": true, "customDataIndex": "90",
      "valueMatchType": "EXACT", "value": "gold"}]}]}}],
  "featureFlags": [
    {"id": 1, "featureKey": "ff123", "environmentEnabled": true, "defaultVariationKey": "off",
     "variations": [{"key": "off"}, {"key": "a"}, {"key": "b"}],
     "rules": [{"id": 10, "type": "EXPERIMENTATION", "exposition": 1.0, "experimentId": 100,
       "variationByExposition": [{"variationKey": "a", "variationId": 1001, "exposition": 0.5},
                                 {"variationKey": "b", "variationId": 1002, "exposition": 0.5}]}]},
    {"id": 2, "featureKey": "plan", "environmentEnabled": true, "defaultVariationKey": "off",
     "variations": [{"key": "off"}, {"key": "on"}],
     "rules": [{"id": 20, "type": "TARGETED_DELIVERY", "exposition": 1.0, "experimentId": 200, "segmentId": 5,
       "variationByExposition": [{"variationKey": "on", "variationId": 2001, "exposition": 1.0}]}]}]}"#;

/// A server of its own, with its own memory, on the one platform.
fn server(platform: &Emulator, name: &str) -> KameleoonClient {
    let config = platform.client_config().tracking_interval_millisecond(100);
    let client = KameleoonClientFactory::create(name, config).unwrap();
    client.wait_init(PATIENCE).unwrap();
    client
}

fn arrived(platform: &Emulator, matches: impl Fn(&TrackingLine) -> bool) -> Option<TrackingLine> {
    platform.wait_until(PATIENCE, |log| log.tracking_lines().iter().any(&matches));
    platform.tracking_lines().into_iter().find(matches)
}

fn is(line: &TrackingLine, event_type: &str) -> bool {
    line.get("eventType") == Some(event_type)
}

#[test]
fn a_login_merges_the_sessions_before_and_after() {
    let platform = Emulator::builder().data_file(DATA_FILE).start().unwrap();
    let client = server(&platform, "login");
    // Enough people that some would change sides if a login made strangers of them.
    let people: Vec<(String, String)> =
        (0..20).map(|person| (format!("anonymous-{person}"), format!("user-{person}"))).collect();
    let mut variations = Vec::new();
    for (anonymous_visitor_code, user_id) in &people {
        // 1. Before the login.
        variations.push(client.get_variation(anonymous_visitor_code, FEATURE_KEY).unwrap());

        // 2. The login.
        let identifier = CustomData::new(MAPPING_INDEX, [user_id.as_str()]);
        client.add_data(anonymous_visitor_code, identifier).unwrap();
        client.flush_instant(anonymous_visitor_code).unwrap();
        client.add_data(user_id, UniqueIdentifier::new(true)).unwrap();
    }
    // What is unsent goes under whichever of the two names comes first. For this test that is over
    // before the purchase.
    assert!(client.flush_and_wait(PATIENCE).is_complete());
    for ((_, user_id), anonymous_variation) in people.iter().zip(&variations) {
        // 3. After the login.
        let user_variation = client.get_variation(user_id, FEATURE_KEY).unwrap();
        assert_eq!(user_variation.key(), anonymous_variation.key(), "{user_id}");
        client.track_conversion_with(user_id, Conversion::new(GOAL).with_revenue(10.0)).unwrap();
    }
    assert!(client.flush_and_wait(PATIENCE).is_complete());

    let lines = platform.tracking_lines();
    for (anonymous_visitor_code, user_id) in &people {
        let link = lines
            .iter()
            .find(|line| line.get("visitorCode") == Some(anonymous_visitor_code) && is(line, "customData"));
        let link = link.unwrap();
        assert_eq!(link.get("mappingIdentifier"), Some("true"), "{}", link.raw());
        let value = format!(r#"{{"{user_id}":1}}"#);
        assert_eq!(link.get("valuesCountMap"), Some(value.as_str()), "{}", link.raw());

        let sold: Vec<&TrackingLine> = lines
            .iter()
            .filter(|line| is(line, "conversion") && line.get("mappingValue") == Some(user_id))
            .collect();
        assert_eq!(sold.len(), 1, "{user_id}");
        assert_eq!((sold[0].get("goalId"), sold[0].get("revenue")), (Some("123"), Some("10.0")));
    }
    KameleoonClientFactory::forget("login");
}

#[test]
fn linked_visitors_share_what_the_platform_knows() {
    let platform = Emulator::builder().data_file(DATA_FILE).start().unwrap();
    platform.set_visitor_data(
        "user-7",
        r#"{"currentVisit": {"timeStarted": 1700000000000,
            "customDataEvents": [{"time": 1700000000000, "data": {"index": 90, "valuesCountMap": {"gold": 1}}}]}}"#,
    );
    let client = server(&platform, "linked");
    assert!(!client.is_feature_active("anonymous", "plan").unwrap());
    client.add_data("anonymous", CustomData::new(MAPPING_INDEX, ["user-7"])).unwrap();
    client.add_data("user-7", UniqueIdentifier::new(true)).unwrap();

    client.get_remote_visitor_data("user-7").unwrap();

    let requests = platform.requests();
    let asked = requests.iter().find(|request| request.kind == Some(RequestKind::VisitorData)).unwrap();
    assert_eq!(asked.query_value("mappingValue").as_deref(), Some("user-7"), "{asked}");
    for code in ["anonymous", "user-7"] {
        assert!(client.is_feature_active(code, "plan").unwrap(), "{code}");
    }
    KameleoonClientFactory::forget("linked");
}

#[test]
fn a_second_device_learns_what_the_first_one_told() {
    let platform = Emulator::builder().data_file(DATA_FILE).start().unwrap();

    // Device A.
    let device_a = server(&platform, "device-a");
    device_a.add_data("user-7", CustomData::new(SHARED_INDEX, ["gold"])).unwrap();
    device_a.flush("user-7").unwrap();
    let told = arrived(&platform, |line| is(line, "customData")).unwrap();

    // What the platform makes of it.
    let index = told.get("index").unwrap();
    let values = told.get("valuesCountMap").unwrap();
    platform.set_visitor_data(
        told.get("visitorCode").unwrap(),
        format!(
            r#"{{"currentVisit": {{"timeStarted": 1700000000000, "customDataEvents": [
                {{"time": 1700000000000, "data": {{"index": {index}, "valuesCountMap": {values}}}}}]}}}}"#
        ),
    );

    // Device B.
    let device_b = server(&platform, "device-b");
    assert!(!device_b.is_feature_active("user-7", "plan").unwrap());
    let data = device_b.get_remote_visitor_data("user-7").unwrap();
    assert!(matches!(&data[..], [Data::CustomData(found)] if found.values().eq(["gold"])), "{data:?}");
    assert!(device_b.is_feature_active("user-7", "plan").unwrap());
    KameleoonClientFactory::forget("device-a");
    KameleoonClientFactory::forget("device-b");
}
