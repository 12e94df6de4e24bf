//! Before the first data file nothing is sent, since it decides what may be.

use std::time::Duration;

use serde_json::json;

use kameleoon::testing::{Condition, DataFile, Flag, Rule, Segment};
use kameleoon::{
    AddDataOptions, Conversion, CustomData, LegalConsent, PageView, RequestKind, UniqueIdentifier,
};

use crate::rig::{PATIENCE, Rig, platform};

const FILE: &str = r#"{"dateModified": 1, "configuration": {"consentType": "CONSENT"},
    "customData": [{"id": 1, "index": 1, "name": "plan"}, {"id": 2, "index": 2, "localOnly": true},
        {"id": 3, "index": 3, "isMappingIdentifier": true}],
    "featureFlags": []}"#;

fn rig(name: &str) -> Rig {
    // No data file yet: the fetch fails until there is one.
    let platform = platform().start().unwrap();
    platform.set_data_file("null");
    Rig::create(platform, name, |config| config.refresh_interval(Duration::from_millis(200)))
}

fn add(rig: &Rig) {
    let data = (
        CustomData::named("plan", ["gold"]),
        CustomData::named("nobody knows", ["x"]),
        CustomData::new(2, ["secret"]),
        CustomData::new(3, ["user-7"]),
        PageView::new("https://shop.example/"),
    );
    rig.client.add_data("visitor", data).unwrap();
    rig.client.add_data("user-7", UniqueIdentifier::new(true)).unwrap();
    let conversion = Conversion::new(7).with_metadata([CustomData::named("plan", ["gold"])]);
    rig.client.track_conversion_with("visitor", conversion).unwrap();
    rig.client.flush_instant("visitor").unwrap();
}

fn come(rig: &Rig, file: &str) {
    rig.platform.set_data_file(file);
    rig.client.refresh_data_file(PATIENCE).unwrap();
}

#[test]
fn what_depends_on_the_data_file_is_settled_when_it_comes() {
    let rig = rig("before-file");
    add(&rig);
    let report = rig.client.flush_and_wait(Duration::from_secs(5));
    assert_eq!((report.pending, report.withheld, report.timed_out), (0, 6, false), "{report:?}");
    assert_eq!(rig.platform.count(RequestKind::Tracking), 0);
    assert_eq!((rig.check_balance().withheld, rig.check_balance().pending), (6, 0));
    let error = rig.client.set_forced_variation("visitor", 9516, Some("on")).unwrap_err();
    assert!(error.is_not_ready() && error.to_string().contains("no data file yet"), "{error}");

    come(&rig, FILE);
    rig.wait_for("all was sent", |rig| rig.check_balance().pending == 0 && rig.check_balance().withheld == 0);
    let lines = rig.platform.tracking_lines();
    let of = |index: &str| {
        lines
            .iter()
            .find(|line| line.get("eventType") == Some("customData") && line.get("index") == Some(index))
    };
    assert_eq!(of("1").unwrap().get("valuesCountMap"), Some(r#"{"gold":1}"#));
    assert!(of("2").is_none(), "the data file says that it does not leave");
    assert_eq!(of("3").unwrap().get("mappingIdentifier"), Some("true"));
    let sold = lines.iter().find(|line| line.get("eventType") == Some("conversion")).unwrap();
    assert_eq!(sold.get("metadata"), Some(r#"{"1":["gold"]}"#));
    let stats = rig.check_balance();
    assert_eq!((stats.replaced, stats.given_up), (1, 1), "local only; a name that nobody knows: {stats:?}");
    let error = rig.client.set_forced_variation("visitor", 9516, Some("on")).unwrap_err();
    assert!(!error.is_not_ready() && error.to_string().contains("no rule with experiment 9516"), "{error}");
    // The two codes are one person now.
    rig.client.add_data("user-7", CustomData::new(1, ["silver"])).unwrap();
    assert_eq!(rig.client.flush_and_wait(PATIENCE).pending, 0);
}

#[test]
fn of_two_values_by_one_name_the_later_counts() {
    let rig = rig("before-names");
    let untracked = || AddDataOptions::new().track(false);
    let plan = |value: &str| CustomData::named("plan", value);
    rig.client.add_data_with("anna", plan("iron"), untracked()).unwrap();
    rig.client.add_data("anna", plan("gold")).unwrap();
    rig.client.add_data("ben", plan("iron")).unwrap();
    rig.client.add_data_with("ben", plan("gold"), untracked()).unwrap();
    let file = DataFile::new()
        .custom_data(1, "plan")
        .segment(Segment::all_of("gold", [Condition::custom_data(1, "gold")]))
        .flag(Flag::new("lounge").rule(Rule::delivery("on").segment("gold")));
    come(&rig, &file.to_json().unwrap());
    for visitor in ["anna", "ben"] {
        assert!(rig.client.is_feature_active(visitor, "lounge").unwrap(), "{visitor}");
    }
    rig.wait_for("all was sent", |rig| rig.check_balance().pending == 0 && rig.check_balance().withheld == 0);
    let lines = rig.platform.tracking_lines();
    let sent = lines.iter().filter_map(|line| line.get("valuesCountMap").zip(line.get("visitorCode")));
    assert_eq!(sent.collect::<Vec<_>>(), [(r#"{"gold":1}"#, "anna")], "ben's later value is not to be sent");
    assert_eq!(rig.check_balance().replaced, 1);
}

/// Whoever came before the data file, or while it came, is decided with all that was said.
#[test]
fn no_decision_is_made_with_the_first_data_file_that_does_not_know_a_name() {
    const WAITING: usize = 5_000;
    let rig = rig("before-first-decision");
    let add = |visitor: &str| rig.client.add_data(visitor, CustomData::named("plan", ["gold"])).unwrap();
    (0..WAITING).for_each(|number| add(&format!("waiting-{number}")));
    rig.client.add_data("waiting-user", CustomData::new(1, ["gold"])).unwrap();
    rig.client.add_data("waiting-browser", CustomData::new(2, ["waiting-user"])).unwrap();
    let file = DataFile::new()
        .custom_data(1, "plan")
        .mapping_identifier(2)
        .segment(Segment::all_of("gold", [Condition::custom_data(1, "gold")]))
        .flag(Flag::new("lounge").rule(Rule::delivery("on").segment("gold")));
    let file = file.to_json().unwrap();
    let is_active = |visitor: &str| match rig.client.is_feature_active(visitor, "lounge") {
        Err(error) if error.is_not_ready() => None,
        result => Some(result.unwrap()),
    };
    std::thread::scope(|scope| {
        // The last to be made ready are asked for first, again and again until there is a file.
        scope.spawn(|| {
            let first = std::iter::repeat_with(|| is_active("waiting-browser")).flatten().next();
            assert_eq!(first, Some(true));
            for number in 0..WAITING {
                assert_eq!(is_active(&format!("waiting-{number}")), Some(true), "waiting-{number}");
            }
        });
        scope.spawn(|| {
            for number in 0.. {
                let visitor = format!("coming-{number}");
                add(&visitor);
                match is_active(&visitor) {
                    None => {}
                    Some(is_active) => return assert!(is_active, "{visitor}"),
                }
            }
        });
        come(&rig, &file);
    });
}

#[test]
fn what_the_platform_remembers_is_settled_by_the_data_file_too() {
    let rig = rig("before-remote");
    let event = |index: u32| json!({"time": 1, "data": {"index": index, "valuesCountMap": {"gold": 1}}});
    let reply = json!({"currentVisit": {"customDataEvents": [event(1), event(2), event(3), event(4)]}});
    rig.platform.set_visitor_data("visitor", reply.to_string());
    rig.client.get_remote_visitor_data("visitor").unwrap();
    let file = json!({"featureFlags": [], "customData": [{"id": 1, "index": "1", "scope": "VISITOR"},
        {"id": 2, "index": "2", "scope": "VISIT"}, {"id": 3, "index": "3", "scope": "VISITOR", "localOnly": true}]});
    come(&rig, &file.to_string());
    rig.client.flush("visitor").unwrap();
    rig.wait_for("something was sent", |rig| rig.platform.tracking_totals().lines > 0);
    rig.wait_for("all was sent", |rig| rig.check_balance().pending == 0 && rig.check_balance().withheld == 0);
    let lines = rig.platform.tracking_lines();
    let sent: Vec<_> = lines.iter().filter_map(|line| line.get("index")).collect();
    assert_eq!(sent, ["1"], "custom data of the visitor's scope that may leave");
}

#[test]
fn what_waits_for_an_index_is_bounded() {
    let rig = rig("before-bound");
    let untracked = || AddDataOptions::new().track(false);
    let long = "x".repeat(100_000);
    for number in 0..20 {
        let data = CustomData::named(format!("name {number}"), long.as_str());
        rig.client.add_data_with("visitor", data, untracked()).unwrap();
    }
    assert!(rig.client.tracking_stats().profiles_cut >= 17, "256 KiB hold two of them");
}

#[test]
fn where_consent_is_needed_nothing_leaves_before_it() {
    let rig = rig("before-consent");
    add(&rig);
    come(&rig, &FILE.replace("CONSENT", "REQUIRED"));
    rig.wait_for("the conversion was sent", |rig| {
        rig.check_balance().pending == 0 && rig.check_balance().sent > 0
    });
    let lines = rig.platform.tracking_lines();
    assert!(lines.iter().all(|line| line.get("eventType") == Some("conversion")), "{lines:?}");
    assert!(rig.check_balance().withheld > 0);
    // A consent sends what waits for it by itself.
    rig.client.set_legal_consent("visitor", LegalConsent::Given).unwrap();
    rig.wait_for("the rest was sent", |rig| {
        rig.check_balance().withheld == 0 && rig.check_balance().pending == 0
    });
    assert!(rig.platform.tracking_lines().iter().any(|line| line.get("eventType") == Some("page")));
}

#[test]
fn a_close_before_the_first_data_file_says_what_is_lost() {
    let rig = rig("before-close");
    rig.client.track_conversion("visitor", 1).unwrap();
    let report = rig.client.close(Duration::from_millis(500));
    assert_eq!((report.given_up, report.is_complete()), (1, false), "{report:?}");
    assert_eq!(rig.platform.count(RequestKind::Tracking), 0);
    assert_eq!(rig.check_balance().given_up, 1);
}

#[test]
fn what_a_session_without_consent_leaves_is_unconsented() {
    let rig = rig("unconsented");
    come(&rig, &FILE.replace("CONSENT", "REQUIRED"));
    rig.client.add_data("visitor", PageView::new("https://shop.example/")).unwrap();
    let report = rig.client.close(Duration::from_secs(5));
    assert!(report.is_complete(), "{report:?}");
    let stats = rig.check_balance();
    assert_eq!((stats.unconsented, stats.given_up), (1, 0), "{stats:?}");
}
