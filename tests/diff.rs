//! The comparison of two data files, held against asking the evaluator about each visitor.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests count as production code

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use kameleoon::{
    ChangeKind, CustomData, Data, DataFileDiff, DataFileView, DiffOptions, KameleoonClient, KameleoonLogger,
    LogLevel, MoveCause,
};
use serde_json::{Value, json};

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/shop.json");

/// A file with one flag `banner` of these rules, and the segments that they may name.
fn file(rules: Value) -> Value {
    let plan = |id: u32, value: &str| {
        json!({"id": id, "conditionsData": {"firstLevel": [{"conditions": [{"targetingType": "CUSTOM_DATUM",
            "customDataIndex": 1, "valueMatchType": "EXACT", "value": value}]}]}})
    };
    json!({
        "customData": [{"index": 1, "id": 71, "name": "plan"}],
        "segments": [plan(5, "gold"), plan(6, "silver")],
        "featureFlags": [{"id": 1, "featureKey": "banner", "environmentEnabled": true,
            "defaultVariationKey": "off",
            "variations": [{"key": "off"}, {"key": "on"}, {"key": "blue"}],
            "rules": rules}],
    })
}

fn experiment(id: u32, exposition: f64, on: f64) -> Value {
    json!({"id": id, "type": "EXPERIMENTATION", "exposition": exposition, "experimentId": id * 10,
        "variationByExposition": [
            {"variationKey": "on", "variationId": 1, "exposition": on},
            {"variationKey": "blue", "variationId": 2, "exposition": 1.0 - on}]})
}

fn delivery(id: u32, exposition: f64, key: &str) -> Value {
    json!({"id": id, "type": "TARGETED_DELIVERY", "exposition": exposition, "experimentId": id * 10,
        "variationByExposition": [{"variationKey": key, "variationId": 9, "exposition": 1.0}]})
}

fn with(mut rule: Value, field: &str, value: Value) -> Value {
    rule[field] = value;
    rule
}

fn view(file: &Value) -> DataFileView {
    DataFileView::parse(file.to_string()).unwrap()
}

fn compare(old: &Value, new: &Value, options: DiffOptions) -> DataFileDiff {
    DataFileDiff::compute(&view(old), &view(new), options).unwrap()
}

/// From key to key of each flag, counted with two clients that know nothing of each other.
fn brute_force(
    files: [&Value; 2],
    codes: &[String],
    data: &[Data],
) -> BTreeMap<(String, Option<String>, Option<String>), u64> {
    // What a client says of custom data that one of the files does not have is known.
    KameleoonLogger::set_log_level(LogLevel::None);
    let clients = files.map(|file| KameleoonClient::offline(file.to_string()).unwrap());
    let keys = |client: &KameleoonClient, code: &str| -> BTreeMap<String, String> {
        client.add_data(code, data.to_vec()).unwrap();
        let variations = client.get_variations(code).unwrap();
        variations.iter().map(|(flag, variation)| (flag.to_owned(), variation.key().to_owned())).collect()
    };
    let mut flags: Vec<String> = clients.iter().flat_map(KameleoonClient::get_feature_list).collect();
    flags.sort();
    flags.dedup();
    let mut counts = BTreeMap::new();
    for code in codes {
        let [was, is] = [keys(&clients[0], code), keys(&clients[1], code)];
        for flag in &flags {
            *counts.entry((flag.clone(), was.get(flag).cloned(), is.get(flag).cloned())).or_default() += 1;
        }
    }
    counts
}

fn counted(diff: &DataFileDiff) -> BTreeMap<(String, Option<String>, Option<String>), u64> {
    let flows = diff.flags().iter().flat_map(|flag| {
        flag.flows()
            .iter()
            .map(|flow| ((flag.feature_key().to_owned(), flow.from.clone(), flow.to.clone()), flow.visitors))
    });
    flows.collect()
}

fn codes(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("visitor-{number}")).collect()
}

#[test]
fn a_wider_exposition_moves_exactly_those_that_it_takes_in() {
    let old = file(json!([experiment(3, 0.1, 0.5)]));
    let new = file(json!([experiment(3, 0.2, 0.5)]));
    let codes = codes(20_000);
    let diff = compare(&old, &new, DiffOptions::new().visitors(codes.clone()).keep_moves(true));

    let clients = [&old, &new].map(|file| KameleoonClient::offline(file.to_string()).unwrap());
    let key =
        |client: &KameleoonClient, code: &str| client.get_variation(code, "banner").unwrap().key().to_owned();
    let expected: Vec<(String, String, String)> = codes
        .iter()
        .map(|code| (code.clone(), key(&clients[0], code), key(&clients[1], code)))
        .filter(|(_, was, is)| was != is)
        .collect();
    let found: Vec<(String, String, String)> = diff
        .moves()
        .iter()
        .map(|one| (one.visitor_code.clone(), one.from.clone().unwrap(), one.to.clone().unwrap()))
        .collect();
    assert_eq!(found, expected);
    assert!((1_800..2_200).contains(&expected.len()), "a tenth of 20,000: {}", expected.len());
    assert!(expected.iter().all(|(_, was, _)| was == "off"), "nobody is taken away from anything");
    let banner = diff.flag("banner").unwrap();
    assert_eq!(banner.causes(), BTreeMap::from([(MoveCause::Exposition, expected.len() as u64)]));
    assert_eq!((diff.moved(), banner.moved()), (expected.len() as u64, expected.len() as u64));
    let changes: Vec<_> = banner.changes().iter().map(|change| (change.kind, change.text.as_str())).collect();
    assert_eq!(changes, [(ChangeKind::Exposition, "rule 3, exposition: 10 % -> 20 %")]);
}

#[test]
fn each_cause_is_found() {
    let gold = |rule| with(rule, "segmentId", json!(5));
    let silver = |rule| with(rule, "segmentId", json!(6));
    let one = || file(json!([experiment(3, 1.0, 0.5)]));
    let change = |path: &str, value: Value| {
        let mut file = one();
        *file.pointer_mut(path).unwrap() = value;
        file
    };
    let mut holdout = one();
    holdout["holdout"] = json!({"experimentId": 9, "variationByExposition": [
        {"variationKey": "in-holdout", "variationId": 1, "exposition": 0.2},
        {"variationKey": "not-in-holdout", "variationId": 2, "exposition": 0.8}]});
    let mut group = one();
    group["featureFlags"][0]["mutuallyExclusiveGroup"] = json!("g");
    let other = json!({"id": 2, "featureKey": "other", "mutuallyExclusiveGroup": "g"});
    group["featureFlags"].as_array_mut().unwrap().push(other);
    let mut by_plan = one();
    by_plan["featureFlags"][0]["bucketingCustomDataId"] = json!(71);
    let rules = |rules: &[Value]| file(Value::from(rules.to_vec()));
    let on = || delivery(1, 1.0, "on");
    let blue = || delivery(2, 1.0, "blue");
    let table = [
        ("added", json!({}), one(), MoveCause::FlagAdded),
        ("removed", one(), json!({}), MoveCause::FlagRemoved),
        ("off", one(), change("/featureFlags/0/environmentEnabled", json!(false)), MoveCause::Environment),
        ("holdout", one(), holdout, MoveCause::Holdout),
        ("group", one(), group, MoveCause::ExclusiveGroup),
        ("by custom data", one(), by_plan, MoveCause::BucketingCode),
        (
            "default",
            file(json!([])),
            {
                let mut file = file(json!([]));
                file["featureFlags"][0]["defaultVariationKey"] = json!("on");
                file
            },
            MoveCause::DefaultVariation,
        ),
        (
            "default behind a delivery",
            rules(&[delivery(1, 0.0, "on")]),
            {
                let mut file = rules(&[delivery(1, 0.0, "on")]);
                file["featureFlags"][0]["defaultVariationKey"] = json!("blue");
                file
            },
            MoveCause::DefaultVariation,
        ),
        ("rule in front", rules(&[blue()]), rules(&[on(), blue()]), MoveCause::RuleAdded),
        ("first rule", rules(&[]), rules(&[on()]), MoveCause::RuleAdded),
        ("rule went", rules(&[on(), blue()]), rules(&[blue()]), MoveCause::RuleRemoved),
        ("order", rules(&[on(), blue()]), rules(&[blue(), on()]), MoveCause::RuleOrder),
        ("type", rules(&[experiment(1, 1.0, 1.0)]), rules(&[delivery(1, 1.0, "blue")]), MoveCause::RuleType),
        ("segment", rules(&[gold(on()), blue()]), rules(&[silver(on()), blue()]), MoveCause::Segment),
        ("segment of the last", rules(&[gold(on())]), rules(&[silver(on())]), MoveCause::Segment),
        (
            "segment of one in front",
            rules(&[silver(on()), blue()]),
            rules(&[gold(on()), blue()]),
            MoveCause::Segment,
        ),
        (
            "conditions of the segment",
            rules(&[gold(on())]),
            {
                let mut file = rules(&[gold(on())]);
                file["segments"][0]["conditionsData"]["firstLevel"][0]["conditions"][0]["value"] =
                    json!("iron");
                file
            },
            MoveCause::Segment,
        ),
        (
            "exposition",
            rules(&[delivery(1, 0.3, "on")]),
            rules(&[delivery(1, 0.6, "on")]),
            MoveCause::Exposition,
        ),
        ("less", rules(&[experiment(3, 0.3, 0.5)]), rules(&[experiment(3, 0.1, 0.5)]), MoveCause::Exposition),
        (
            "in front",
            rules(&[experiment(3, 0.3, 0.5), blue()]),
            rules(&[experiment(3, 0.5, 1.0), blue()]),
            MoveCause::Exposition,
        ),
        (
            "respool",
            one(),
            change("/featureFlags/0/rules/0", with(experiment(3, 1.0, 0.5), "respoolTime", json!(7))),
            MoveCause::Respool,
        ),
        (
            "respool of a delivery",
            rules(&[delivery(1, 0.5, "on")]),
            rules(&[with(delivery(1, 0.5, "on"), "respoolTime", json!(7))]),
            MoveCause::Respool,
        ),
        ("shares", one(), file(json!([experiment(3, 1.0, 0.8)])), MoveCause::Shares),
        ("delivered", rules(&[on()]), rules(&[delivery(1, 1.0, "blue")]), MoveCause::Shares),
    ];
    for (name, old, new, cause) in table {
        let gold = CustomData::named("plan", ["gold"]);
        let diff = compare(&old, &new, DiffOptions::new().visitors(codes(500)).data(gold.clone()));
        let banner = diff.flag("banner").unwrap();
        assert!(banner.moved() > 0, "{name}");
        let causes = banner.causes();
        assert!(causes.contains_key(&cause), "{name}: {causes:?}");
        // Another share may move besides, where a test changes two things.
        assert!(
            causes.keys().all(|found| *found == cause || *found == MoveCause::Shares),
            "{name}: {causes:?}"
        );
        assert_eq!(counted(&diff), brute_force([&old, &new], &codes(500), &[gold.into()]), "{name}");
    }
}

#[test]
fn what_went_and_what_can_no_longer_be_reached_is_told() {
    let mut old = file(json!([experiment(3, 0.5, 0.5), delivery(4, 1.0, "on")]));
    old["featureFlags"][0]["variations"] = json!([
        {"key": "off"},
        {"key": "on", "variables": [
            {"key": "title", "type": "STRING", "value": "Hello"},
            {"key": "size", "type": "NUMBER", "value": 3},
            {"key": "gone", "type": "STRING", "value": ""}]},
        {"key": "blue"}]);
    let mut new = old.clone();
    new["featureFlags"][0]["rules"] = json!([experiment(3, 1.0, 0.5), delivery(4, 1.0, "on")]);
    new["featureFlags"][0]["variations"] = json!([
        {"key": "off"},
        {"key": "on", "variables": [
            {"key": "title", "type": "STRING", "value": "Welcome"},
            {"key": "size", "type": "STRING", "value": "3"},
            {"key": "new", "type": "STRING", "value": ""}]},
        {"key": "green"}]);
    let diff = compare(&old, &new, DiffOptions::new().sample(10));
    let texts: Vec<&str> = diff.flags()[0].changes().iter().map(|change| change.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "the value of `title` of `on`: \"Hello\" -> \"Welcome\"",
            "the type of `size` of `on`: NUMBER -> STRING",
            "the variable `gone` of `on` went",
            "the variable `new` of `on` is new",
            "the variation `blue` went",
            "the variation `green` is new",
            "rule 3, exposition: 50 % -> 100 %",
            "rule 4 can never be reached: rule 3 before it decides for everybody",
        ]
    );
}

#[test]
fn a_file_compared_with_itself_changes_nothing() {
    let text = fs::read(SHOP).unwrap();
    let shop = DataFileView::parse(&text).unwrap();
    let diff = DataFileDiff::compute(&shop, &shop, DiffOptions::new().sample(2_000)).unwrap();
    assert!(diff.is_empty());
    assert_eq!((diff.visitors(), diff.moved(), diff.moved_share()), (2_000, 0, 0.0));
}

#[test]
fn visitors_of_the_callers_own_are_checked_and_their_data_count() {
    let old = file(json!([with(delivery(1, 1.0, "on"), "segmentId", json!(5))]));
    let new = file(json!([with(delivery(1, 1.0, "on"), "segmentId", json!(6))]));
    let options = DiffOptions::new()
        .visitor("gold", CustomData::named("plan", ["gold"]))
        .visitor("silver", CustomData::new(1, ["silver"]))
        .visitor("nobody", Vec::<Data>::new())
        .keep_moves(true);
    let diff = compare(&old, &new, options);
    let moves: Vec<_> =
        diff.moves().iter().map(|one| (one.visitor_code.as_str(), one.to.as_deref())).collect();
    assert_eq!(moves, [("gold", Some("off")), ("silver", Some("on"))]);
    let empty = DataFileDiff::compute(&view(&old), &view(&new), DiffOptions::new().visitors([""]));
    assert!(empty.is_err());
}

/// A file of many flags of several kinds; `turn` varies what the two files to compare differ in.
fn many(flags: usize, turn: usize) -> Value {
    let rules = |place: usize| -> Value {
        let id = place as u32 * 10 + 1;
        let changed = turn > 0 && place % 3 == 0;
        let exposition = if changed { 0.7 } else { 0.5 };
        match place % 5 {
            0 => json!([experiment(id, exposition, 0.5)]),
            1 => json!([
                with(delivery(id, 1.0, "blue"), "segmentId", json!(5 + turn % 2)),
                experiment(id + 1, 1.0, 0.3)
            ]),
            2 => json!([experiment(id, 1.0, exposition)]),
            3 => json!([with(experiment(id, 0.9, 0.5), "respoolTime", json!(u32::from(changed)))]),
            _ => json!([experiment(id, exposition, 0.5), delivery(id + 1, exposition, "on")]),
        }
    };
    let mut file = file(json!([]));
    file["featureFlags"] = (0..flags)
        .map(|place| {
            json!({"id": place, "featureKey": format!("flag_{place}"), "environmentEnabled": true,
                "defaultVariationKey": "off",
                "variations": [{"key": "off"}, {"key": "on"}, {"key": "blue"}], "rules": rules(place)})
        })
        .collect();
    file
}

#[test]
fn counts_are_those_of_asking_for_each_visitor_on_any_number_of_threads() {
    let mut shop: Value = serde_json::from_slice(&fs::read(SHOP).unwrap()).unwrap();
    let old_shop = shop.clone();
    shop["featureFlags"][0]["rules"][1]["variationByExposition"][0]["exposition"] = json!(0.2);
    shop["featureFlags"][0]["rules"][1]["variationByExposition"][1]["exposition"] = json!(0.8);
    shop["holdout"]["variationByExposition"][0]["exposition"] = json!(0.1);
    let data: [Data; 1] = [CustomData::named("plan", ["gold"]).into()];
    let table = [(many(20, 0), many(20, 1)), (old_shop, shop)];
    for (old, new) in &table {
        let codes = codes(3_000);
        let expected = brute_force([old, new], &codes, &data);
        for threads in [1, 2, 3] {
            let options = DiffOptions::new()
                .visitors(codes.clone())
                .data(data.to_vec())
                .threads(NonZeroUsize::new(threads).unwrap());
            assert_eq!(counted(&compare(old, new, options)), expected, "{threads} threads");
        }
    }
}

/// The figure that the command promises; in a release build:
/// `cargo test --release --test diff -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement, for a release build"]
fn a_hundred_flags_and_a_hundred_thousand_visitors_take_less_than_ten_seconds() {
    let (old, new) = (view(&many(100, 0)), view(&many(100, 1)));
    let start = Instant::now();
    let diff = DataFileDiff::compute(&old, &new, DiffOptions::new().sample(100_000)).unwrap();
    let took = start.elapsed();
    println!("{} of {} visitors move; {} ms", diff.moved(), diff.visitors(), took.as_millis());
    assert!(took < Duration::from_secs(10), "{took:?}");
}
