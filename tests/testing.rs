//! The kit for people who test programs that use this crate.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crossbeam_channel::unbounded;
use kameleoon::testing::{Condition, DataFile, Flag, FlagVariation, Rule, Segment, TestClient};
use kameleoon::{
    CustomData, EvaluationOptions, Geolocation, KameleoonClient, KameleoonClientConfig, KameleoonError, Step,
    VariableType,
};
use serde_json::json;

const PATIENCE: Duration = Duration::from_secs(10);
const GOAL: i64 = 83023;

fn shop() -> DataFile {
    DataFile::new()
        .segment(Segment::all_of(
            "gold abroad",
            [Condition::custom_data(3, "gold"), Condition::country("France").not()],
        ))
        .segment(Segment::any_of("staff", [Condition::visitor_code("anna"), Condition::visitor_code("ben")]))
        .flag(Flag::new("banner").rule(Rule::delivery("on").percent(30.0)))
        .flag(
            Flag::new("checkout")
                .variation("off")
                .variation(
                    FlagVariation::new("short")
                        .variable("title", "Pay")
                        .variable("steps", 2)
                        .variable("layout", json!({"columns": 3})),
                )
                .rule(Rule::experiment([("off", 50.0), ("short", 50.0)])),
        )
        .flag(Flag::new("vip").rule(Rule::delivery("on").segment("gold abroad")))
        .flag(Flag::new("console").rule(Rule::delivery("on").segment("staff")))
        .flag(Flag::new("retired").disabled())
}

fn visitors() -> impl Iterator<Item = String> {
    (0..2000).map(|number| format!("visitor-{number}"))
}

#[test]
fn shares_of_visitors_are_about_what_was_asked_for_and_stay() {
    let client = TestClient::new(shop()).unwrap();
    let takes_part = |client: &KameleoonClient, flag: &str| {
        visitors().filter(|visitor| client.is_feature_active(visitor, flag).unwrap()).collect::<Vec<_>>()
    };
    let banner = takes_part(&client, "banner");
    assert!((500..700).contains(&banner.len()), "30 % of 2,000 are not {}", banner.len());
    let checkout = takes_part(&client, "checkout");
    assert!((900..1100).contains(&checkout.len()), "50 % of 2,000 are not {}", checkout.len());
    // Other flags in the file make no difference.
    let alone = DataFile::new().flag(Flag::new("banner").rule(Rule::delivery("on").percent(30.0)));
    assert_eq!(takes_part(&TestClient::new(alone).unwrap(), "banner"), banner);
}

#[test]
fn segments_variables_and_disabled_flags_are_as_written() {
    let client = TestClient::new(shop()).unwrap();
    assert!(client.is_feature_active("anna", "console").unwrap());
    assert!(!client.is_feature_active("carl", "console").unwrap());
    assert!(!client.is_feature_active("anna", "vip").unwrap());
    client.add_data("anna", (CustomData::new(3, ["gold"]), Geolocation::new("Spain"))).unwrap();
    assert!(client.is_feature_active("anna", "vip").unwrap());
    client.add_data("anna", Geolocation::new("France")).unwrap();
    assert!(!client.is_feature_active("anna", "vip").unwrap());
    let disabled = client.get_variation("anna", "retired").unwrap_err();
    assert!(matches!(disabled, KameleoonError::FeatureEnvironmentDisabled { .. }), "{disabled}");

    client.force("checkout", "short").unwrap();
    let variation = client.get_variation("anna", "checkout").unwrap();
    let types: Vec<_> = variation.variables().iter().map(|variable| variable.variable_type()).collect();
    assert_eq!(types, [&VariableType::String, &VariableType::Number, &VariableType::Json]);
    assert_eq!(variation.require("layout").unwrap().value(), &json!({"columns": 3}));
}

#[test]
fn an_explanation_gives_the_flag_and_the_upper_ends_of_the_shares() {
    let rule = Rule::experiment([("off", 30.0), ("short", 25.0), ("long", 45.0)]);
    let flag = Flag::new("checkout").variation("off").variation("short").variation("long").rule(rule);
    let client = TestClient::new(DataFile::new().flag(flag)).unwrap();
    let told = client.explain("anna", "checkout").unwrap();
    assert_eq!((told.visitor_code(), told.feature_key()), ("anna", "checkout"));
    let shares = told.steps().iter().find_map(|step| match step {
        Step::Shares { upper_ends, .. } => Some(upper_ends),
        _ => None,
    });
    let shares: Vec<_> = shares.unwrap().iter().map(|(key, end)| format!("{key} {end:.2}")).collect();
    assert_eq!(shares, ["off 0.30", "short 0.55", "long 1.00"]);
}

#[test]
fn a_variation_names_the_rule_of_the_data_file_that_decided() {
    let segment = Segment::all_of("gold", [Condition::custom_data(3, "gold")]);
    let flag = Flag::new("checkout").rule(Rule::delivery("off").segment("gold")).rule(Rule::delivery("on"));
    let file = DataFile::new().segment(segment).flag(flag).flag(Flag::new("retired").disabled());
    let client = TestClient::new(file).unwrap();
    let file = client.get_data_file().unwrap();
    let rules: Vec<i64> = file.flag("checkout").unwrap().rules().map(|rule| rule.id()).collect();
    assert_eq!(client.get_variation("anna", "checkout").unwrap().rule_id(), Some(rules[1]));
    let enabled = ["checkout", "retired"].map(|key| file.flag(key).unwrap().is_environment_enabled());
    assert_eq!(enabled, [true, false]);
}

#[test]
fn a_holdout_and_consent_can_be_had() {
    let file = DataFile::new().holdout_percent(100.0).flag(Flag::new("banner").rule(Rule::delivery("on")));
    let client = TestClient::new(file).unwrap();
    assert!(!client.is_feature_active("anna", "banner").unwrap());

    let client = TestClient::new(
        DataFile::new()
            .consent_required()
            .flag(Flag::new("checkout").rule(Rule::experiment([("off", 0.0), ("on", 100.0)]))),
    )
    .unwrap();
    assert!(client.is_feature_active("anna", "checkout").unwrap());
    client.recorder().assert_nothing();
}

#[test]
fn mistakes_in_a_data_file_are_told_with_what_would_fit() {
    let checkout = || Flag::new("checkout");
    let table = [
        (shop().flag(Flag::new("banner")), "the flag `banner` is there twice"),
        (DataFile::new().flag(checkout().variation("a").variation("a")), "has the variation `a` twice"),
        (DataFile::new().flag(checkout().default_variation("red")), "no variation `red`; it has `off`, `on`"),
        (DataFile::new().flag(checkout().rule(Rule::delivery("red"))), "no variation `red`"),
        (
            DataFile::new().flag(checkout().rule(Rule::delivery("on").percent(130.0))),
            "130 %; it has to be between 0 and 100",
        ),
        (
            shop().flag(Flag::new("x").rule(Rule::delivery("on").segment("stuff"))),
            "names the segment `stuff`; the data file has `gold abroad`, `staff`",
        ),
        (shop().segment(Segment::any_of("staff", [])), "the segment `staff` is there twice"),
    ];
    for (file, expected) in table {
        let error = TestClient::new(file).unwrap_err().to_string();
        assert!(error.contains(expected), "`{error}` does not say `{expected}`");
    }
}

#[test]
fn results_are_forced_for_everybody_and_for_one_and_taken_back() {
    let client = TestClient::new(shop()).unwrap();
    let key = |visitor: &str, flag: &str| client.get_variation(visitor, flag).unwrap().key().to_owned();
    let before: Vec<String> = visitors().take(20).map(|visitor| key(&visitor, "checkout")).collect();
    client.force("checkout", "short").unwrap();
    client.force_for("anna", "checkout", "off").unwrap();
    assert!(visitors().take(20).all(|visitor| key(&visitor, "checkout") == "short"));
    assert_eq!(key("anna", "checkout"), "off");
    client.force_for("anna", "checkout", "short").unwrap();
    assert_eq!(key("anna", "checkout"), "short");
    client.force("retired", "on").unwrap();
    assert_eq!(key("anna", "retired"), "on");

    // What does not fit changes nothing.
    assert!(matches!(client.force("chekout", "off"), Err(KameleoonError::FeatureNotFound { .. })));
    assert!(matches!(client.force("checkout", "long"), Err(KameleoonError::FeatureVariationNotFound { .. })));
    assert_eq!(key("anna", "checkout"), "short");
    client.release_all().unwrap();
    let after: Vec<String> = visitors().take(20).map(|visitor| key(&visitor, "checkout")).collect();
    assert_eq!(after, before);
    assert!(matches!(
        client.force_for("anna", "retired", "on"),
        Err(KameleoonError::FeatureEnvironmentDisabled { .. })
    ));
    client.force("banner", "on").unwrap();
    client.release("banner").unwrap();
    assert!(!visitors().all(|visitor| client.is_feature_active(&visitor, "banner").unwrap()));
}

#[test]
fn another_data_file_is_put_in_use_and_announced() {
    let client = TestClient::new(shop()).unwrap();
    let (sender, updates) = unbounded();
    client.on_update_configuration(move || _ = sender.send(()));
    client.force("banner", "on").unwrap();
    client.set_data_file(DataFile::new().flag(Flag::new("banner")).flag(Flag::new("new"))).unwrap();
    updates.recv_timeout(PATIENCE).expect("the handler is called");
    assert_eq!(client.get_feature_list(), ["banner", "new"]);
    assert!(client.is_feature_active("anna", "banner").unwrap(), "what is forced stays so");

    let misfit = client.set_data_file(DataFile::new()).unwrap_err();
    assert!(matches!(misfit, KameleoonError::FeatureNotFound { .. }), "{misfit}");
    assert!(matches!(client.set_data_file_json("[}"), Err(KameleoonError::DataFileInvalid { .. })));
    assert_eq!(client.get_feature_list(), ["banner", "new"]);
    client.release_all().unwrap();
    client.set_data_file(DataFile::new()).unwrap();
    assert!(client.get_feature_list().is_empty());
}

#[test]
fn a_data_file_of_the_platform_does_as_well() {
    let shop = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/shop.json")).unwrap();
    let client = TestClient::from_json(&shop).unwrap();
    let flags = client.get_feature_list();
    let data_file = client.get_data_file().unwrap();
    for key in &flags {
        let flag = data_file.flag(key).unwrap();
        for variation in flag.variations() {
            client.force(key, variation.key()).unwrap();
            assert_eq!(client.get_variation("anna", key).unwrap().key(), variation.key());
        }
    }
    assert!(flags.len() > 3);
}

#[test]
fn what_is_recorded_is_what_would_be_sent() {
    let client = TestClient::new(shop()).unwrap();
    let recorder = client.recorder();
    recorder.assert_nothing();
    client.force("checkout", "short").unwrap();
    client.get_variation_with("anna", "checkout", EvaluationOptions::new().track(false)).unwrap();
    recorder.assert_nothing();
    client.get_variation("anna", "checkout").unwrap();
    client.add_data("anna", CustomData::new(3, ["gold"])).unwrap();
    client.track_conversion("anna", GOAL).unwrap();
    recorder.assert_exposure("anna", "checkout", "short");
    recorder.assert_conversion("anna", GOAL);
    recorder.assert_custom_data("anna", 3, "gold");
    recorder.assert_no_exposure("anna", "banner");
    recorder.assert_no_exposure("ben", "checkout");
    recorder.assert_no_conversion("anna", 1);
    let types: Vec<String> =
        recorder.events_of("anna").iter().map(|event| event.event_type().to_owned()).collect();
    assert_eq!(types, ["customData", "experiment", "conversion"]);
    let stats = client.tracking_stats();
    assert_eq!((stats.accepted, stats.sent, stats.requests_accepted), (3, 3, 1), "{stats:?}");

    recorder.clear();
    recorder.assert_nothing();
    client.flush_instant("anna").unwrap();
    assert_eq!(recorder.events().len(), 1, "an activity: {:?}", recorder.events());

    // As in production, a close sends what is left, and then nothing is tracked any more.
    recorder.clear();
    client.track_conversion("ben", GOAL).unwrap();
    let report = client.client().clone().close(PATIENCE);
    assert!(report.is_complete(), "{report:?}");
    client.track_conversion("carl", GOAL).unwrap();
    recorder.assert_conversion("ben", GOAL);
    recorder.assert_no_conversion("carl", GOAL);
}

#[test]
fn exposures_are_named_by_the_data_file_they_came_from() {
    let client = TestClient::new(DataFile::new().flag(Flag::new("old").rule(Rule::delivery("on")))).unwrap();
    client.get_variation("anna", "old").unwrap();
    client.recorder().assert_exposure("anna", "old", "on");
    client.set_data_file(DataFile::new()).unwrap();
    client.recorder().assert_exposure("anna", "old", "on");
}

#[test]
fn failing_assertions_list_what_was_recorded() {
    let client = TestClient::new(shop()).unwrap();
    client.force("checkout", "short").unwrap();
    let message = |run: &dyn Fn()| {
        let panic = catch_unwind(AssertUnwindSafe(run)).expect_err("the assertion fails");
        panic.downcast_ref::<String>().cloned().unwrap_or_default()
    };
    let recorder = client.recorder();
    let nothing = message(&|| recorder.assert_conversion("anna", GOAL));
    assert_eq!(
        nothing,
        "a conversion of goal 83023 for visitor `anna` should have been recorded; nothing was"
    );
    client.get_variation("ben", "checkout").unwrap();
    client.track_conversion("ben", GOAL).unwrap();
    let other = message(&|| recorder.assert_exposure("anna", "checkout", "short"));
    assert!(other.contains("visitor `anna` should have been recorded; 2 events were:"), "{other}");
    assert!(other.contains("\n  `ben`: exposure of `checkout` with `short` (experiment "), "{other}");
    assert!(other.contains("\n  `ben`: conversion of goal 83023 with revenue 0"), "{other}");
    for run in [
        &(|| recorder.assert_nothing()) as &dyn Fn(),
        &|| recorder.assert_no_exposure("ben", "checkout"),
        &|| recorder.assert_no_conversion("ben", GOAL),
        &|| recorder.assert_exposure("ben", "checkout", "off"),
        &|| recorder.assert_custom_data("ben", 3, "gold"),
    ] {
        assert!(message(run).contains("2 events were:"));
    }
}

#[test]
fn sessions_end_when_the_clock_says_so() {
    let config = KameleoonClientConfig::new("", "").session_duration(Duration::from_secs(600));
    let client = TestClient::with_config(shop(), config).unwrap();
    let is_gold = || client.is_feature_active("carl", "vip").unwrap();
    client.add_data("carl", CustomData::new(3, ["gold"])).unwrap();
    let _ = client.flush_and_wait(PATIENCE);
    let before = client.clock().now();
    for _ in 0..5 {
        client.clock().advance(Duration::from_secs(500));
        assert!(is_gold(), "each use keeps the session");
    }
    assert_eq!(client.clock().now().duration_since(before).unwrap(), Duration::from_secs(2500));
    let _ = client.flush_and_wait(PATIENCE);
    client.clock().advance(Duration::from_secs(700));
    assert!(!is_gold());
    client.clock().set(std::time::UNIX_EPOCH + Duration::from_secs(1));
    assert_eq!(client.clock().now(), std::time::UNIX_EPOCH + Duration::from_secs(1));
}

#[test]
fn what_needs_the_network_says_that_there_is_none() {
    let client = TestClient::new(shop()).unwrap();
    client.wait_init(Duration::ZERO).unwrap();
    assert!(client.is_ready());
    assert_eq!(client.get_remote_data("prices"), Err(KameleoonError::Offline));
    assert_eq!(client.get_remote_visitor_data("anna"), Err(KameleoonError::Offline));
    assert_eq!(client.refresh_data_file(PATIENCE), Err(KameleoonError::Offline));
}

#[test]
fn an_exposure_keeps_its_names_when_another_data_file_comes() {
    let client =
        TestClient::new(DataFile::new().flag(Flag::new("banner").rule(Rule::delivery("on")))).unwrap();
    client.get_variation("anna", "banner").unwrap();
    client.set_data_file(DataFile::new()).unwrap();
    client.recorder().assert_exposure("anna", "banner", "on");
}

#[test]
fn shares_of_more_than_all_are_refused() {
    let file = |shares: Vec<(&'static str, f64)>| {
        let variations = shares.iter().fold(Flag::new("f"), |flag, (key, _)| flag.variation(*key));
        DataFile::new().flag(variations.rule(Rule::experiment(shares))).to_json()
    };
    assert!(file(vec![("a", 33.4), ("b", 33.3), ("c", 33.3)]).is_ok());
    assert!(file(vec![("a", 10.0), ("b", 20.0)]).is_ok(), "the rest is left to the next rule");
    let error = file(vec![("a", 65.0), ("b", 65.0)]).unwrap_err().to_string();
    assert!(error.contains("130 %") && error.contains("flag `f`"), "{error}");
}
