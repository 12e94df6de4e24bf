//! What a client keeps about its visitors, and how much of it.

use std::time::{Duration, Instant, SystemTime};

use kameleoon::testing::{DataFile, Flag, RecordedEvent, Rule, TestClient, end_tracking_interval};
use kameleoon::{
    AddDataOptions, Conversion, Cookie, CustomData, EvaluationOptions, FlushOptions, KameleoonClientConfig,
    PageView, TrackingStats,
};

const PATIENCE: Duration = Duration::from_secs(20);

fn check(client: &TestClient) -> TrackingStats {
    let stats = client.tracking_stats();
    let ended = stats.sent + stats.replaced + stats.given_up + stats.refused + stats.unconsented;
    assert_eq!(stats.accepted, ended + stats.pending + stats.withheld, "{stats:?}");
    stats
}

fn client(change: impl FnOnce(KameleoonClientConfig) -> KameleoonClientConfig, file: DataFile) -> TestClient {
    TestClient::with_config(file, change(KameleoonClientConfig::new("id", "secret"))).unwrap()
}

/// The pages of a visitor who means harm.
fn pages(visitor: usize, count: usize, length: usize) -> Vec<PageView> {
    (0..count)
        .map(|page| PageView::new(format!("https://shop/{visitor}/{page}/{}", "x".repeat(length))))
        .collect()
}

#[test]
fn a_flood_of_large_pages_keeps_within_the_bounds() {
    let most = 4 << 20;
    let client = client(|config| config.max_store_bytes(most), DataFile::new());
    for visitor in 0..300 {
        client.add_data(&format!("visitor-{visitor}"), pages(visitor, 20, 8_000)).unwrap();
    }
    let stats = check(&client);
    assert!(stats.visitors_evicted > 200 && stats.given_up > 0, "{stats:?}");
    // 160 KB each wait to be sent.
    assert!(client.visitor_count() <= most / 160_000 + 20, "{}", client.visitor_count());
}

/// A user whom a whole site shares, as `guest` may be, has as many codes as there are visitors.
#[test]
fn a_user_with_many_codes_is_forgotten_in_time_in_line_with_them() {
    const CODES: usize = 20_000;
    let client = client(|config| config, DataFile::new().mapping_identifier(1));
    for visitor in 0..CODES {
        client.add_data(&format!("visitor-{visitor}"), CustomData::new(1, "guest")).unwrap();
    }
    let start = Instant::now();
    let codes = client.forget_visitor("visitor-7").unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!((codes.len(), codes[0].as_str(), client.visitor_count()), (CODES + 1, "visitor-7", 0));
    check(&client);
}

#[test]
fn one_visitor_keeps_within_its_bounds_and_what_is_sent_is_never_cut() {
    let client = client(|config| config.max_visitor_unsent_bytes(1 << 20), DataFile::new());
    client.add_data("visitor", pages(0, 1_000, 8_000)).unwrap();
    let stats = check(&client);
    assert!(stats.given_up > 800 && stats.pending > 100, "{stats:?}");
    assert!(client.flush_and_wait(PATIENCE).is_complete());
    let sent = client.recorder().events();
    assert!(sent.iter().all(|event| event.to_string().len() > 8_000), "whole urls");
}

#[test]
fn targeting_forgets_the_oldest_beyond_its_bound() {
    let client = client(|config| config.max_visitor_bytes(64 * 1024), DataFile::new());
    let untracked = AddDataOptions::new().track(false);
    for index in 0..100 {
        client.add_data_with("visitor", CustomData::new(index, ["x".repeat(4_000)]), untracked).unwrap();
    }
    let cookie = Cookie::new([("name", "x".repeat(200_000))]);
    client.add_data_with("visitor", cookie, untracked).unwrap();
    assert!(client.tracking_stats().profiles_cut > 0);
}

#[test]
fn many_values_and_many_pages_take_time_in_proportion() {
    let client = client(|config| config, DataFile::new());
    let start = std::time::Instant::now();
    let values: Vec<String> = (0..40_000).map(|value| value.to_string()).collect();
    client.add_data("visitor", CustomData::new(1, values)).unwrap();
    for page in 0..10_000 {
        client.add_data("visitor", PageView::new(format!("https://shop/{page}"))).unwrap();
    }
    for goal in 0..10_000 {
        client.track_conversion_with("visitor", Conversion::new(goal % 50)).unwrap();
    }
    assert!(client.flush_and_wait(PATIENCE).is_complete());
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    assert_eq!(check(&client).sent, 20_001);
}

#[test]
fn a_clock_that_is_corrected_ends_nobodys_session() {
    let client = client(|config| config, DataFile::new());
    client.track_conversion("visitor", 1).unwrap();
    let now = client.clock().now();
    for hours in [26, 24 * 400, -48] {
        let time = match u64::try_from(hours) {
            Ok(hours) => now + Duration::from_secs(hours * 3600),
            Err(_) => now.checked_sub(Duration::from_secs(48 * 3600)).unwrap_or(SystemTime::UNIX_EPOCH),
        };
        client.clock().set(time);
        assert_eq!((client.visitor_count(), check(&client).pending), (1, 1), "{hours} hours");
    }
    client.clock().advance(Duration::from_secs(26 * 3600));
    assert_eq!(check(&client).given_up, 1, "a day after its session");
}

#[test]
fn a_person_leaves_as_a_whole_whichever_code_was_used_last() {
    let client = client(|config| config, DataFile::new().mapping_identifier(3));
    client.add_data("anonymous", CustomData::new(3, ["user"])).unwrap();
    client.clock().advance(Duration::from_secs(20 * 60));
    client.track_conversion("user", 7).unwrap();
    client.clock().advance(Duration::from_secs(20 * 60));
    assert_eq!(client.visitor_count(), 2, "used under the other name");
    client.track_conversion("anonymous", 8).unwrap();
    let stats = check(&client);
    assert_eq!(stats.pending, 3, "{stats:?}");
    assert!(client.flush_and_wait(PATIENCE).is_complete());
    client.clock().advance(Duration::from_secs(2 * 3600));
    assert_eq!((client.visitor_count(), check(&client).pending), (0, 0));
}

#[test]
fn a_long_chain_of_links_is_one_person() {
    let client = client(|config| config.max_visitors(500_000), DataFile::new().mapping_identifier(3));
    let untracked = AddDataOptions::new().track(false);
    for number in 0..3_000 {
        let next = format!("code-{}", number + 1);
        let link = CustomData::new(3, [next.as_str()]);
        client.add_data_with(&format!("code-{number}"), link, untracked).unwrap();
    }
    client.add_data("code-7", CustomData::new(1, ["gold"])).unwrap();
    check(&client);
    drop(client);
}

#[test]
fn a_person_who_asks_for_it_is_forgotten_under_every_code() {
    let file = DataFile::new().mapping_identifier(3).flag(Flag::new("vip").rule(Rule::delivery("on")));
    let client = client(|config| config, file);
    // The codes of one person: two browsers that logged in as the same user.
    for browser in ["phone", "laptop"] {
        client.add_data(browser, CustomData::new(3, "user-7")).unwrap();
    }
    client.add_data("user-7", CustomData::new(1, "gold")).unwrap();
    client.track_conversion("phone", 83).unwrap();
    client.add_data("somebody else", CustomData::new(1, "silver")).unwrap();
    let accepted = check(&client).accepted;

    let mut codes = client.forget_visitor("laptop").unwrap();
    assert_eq!(codes.remove(0), "laptop", "the given one first");
    codes.sort();
    assert_eq!(codes, ["phone", "user-7"]);
    assert_eq!(client.visitor_count(), 1, "somebody else is still there");
    let stats = check(&client);
    assert_eq!((stats.pending, stats.unconsented, stats.given_up), (1, accepted - 1, 0), "{stats:?}");
    client.recorder().assert_nothing();

    client.flush_all();
    client.recorder().assert_custom_data("somebody else", 1, "silver");
    let events = client.recorder().events();
    assert!(events.iter().all(|event| event.visitor_code() == "somebody else"), "{events:?}");

    // The next request under the code begins with nothing.
    client.get_variation("phone", "vip").unwrap();
    assert!(client.recorder().events_of("phone").iter().all(|event| event.event_type() != "conversion"));
    assert_eq!(client.forget_visitor("nobody").unwrap(), ["nobody"]);
    assert!(client.forget_visitor("").is_err());
}

/// The reference's deprecated option, in each call that has it there.
#[test]
#[allow(deprecated)]
fn the_deprecated_option_does_what_the_data_does() {
    let file = DataFile::new().mapping_identifier(3).flag(Flag::new("vip").rule(Rule::delivery("on")));
    let client = client(|config| config, file);
    type Call = fn(&TestClient, &str, bool) -> kameleoon::Result<()>;
    let calls: [(&str, Call); 5] = [
        ("is_feature_active", |client, code, unique| {
            let options = EvaluationOptions::new().is_unique_identifier(unique);
            client.is_feature_active_with(code, "vip", options).map(|_| ())
        }),
        ("get_variation", |client, code, unique| {
            let options = EvaluationOptions::new().is_unique_identifier(unique);
            client.get_variation_with(code, "vip", options).map(|_| ())
        }),
        ("handle", |client, code, unique| {
            let options = EvaluationOptions::new().is_unique_identifier(unique);
            client.visitor(code)?.is_feature_active_with("vip", options).map(|_| ())
        }),
        ("flush", |client, code, unique| {
            client.flush_with(code, FlushOptions::new().is_unique_identifier(unique))
        }),
        ("track_conversion", |client, code, unique| {
            client.track_conversion_with(code, Conversion::new(83).is_unique_identifier(unique))
        }),
    ];
    for (name, call) in calls {
        // Whoever logs in as a user in a browser is known under both codes.
        client.add_data(&format!("browser of {name}"), CustomData::new(3, name)).unwrap();
        for unique in [true, false] {
            client.recorder().clear();
            call(&client, name, unique).unwrap();
            let events = client.recorder().events();
            let is_linked = |event: &RecordedEvent| event.get("mappingValue") == Some(name);
            assert_eq!(events.iter().any(is_linked), unique, "{name} {unique}: {events:?}");
        }
    }
}

/// Two devices that one user uses in turn: the second has the user's code from then on, whatever
/// order a data file has everybody looked at in.
#[test]
fn a_code_that_changed_hands_stays_there_when_a_data_file_comes() {
    let file = || DataFile::new().mapping_identifier(3);
    let client = client(KameleoonClientConfig::manual_tracking, file());
    let users: Vec<String> = (0..20).map(|number| format!("user-{number}")).collect();
    for user in &users {
        client.add_data(&format!("first-{user}"), CustomData::new(3, [user])).unwrap();
        client.add_data(&format!("second-{user}"), CustomData::new(3, [user])).unwrap();
        client.add_data(&format!("second-{user}"), Conversion::new(83)).unwrap();
    }
    assert!(!end_tracking_interval(&client, PATIENCE).timed_out);
    client.set_data_file(file()).unwrap();
    assert!(!end_tracking_interval(&client, PATIENCE).timed_out);
    for user in &users {
        client.flush(user).unwrap();
    }
    assert!(!end_tracking_interval(&client, PATIENCE).timed_out);
    for user in &users {
        client.recorder().assert_conversion(user, 83);
    }
}

#[test]
fn a_code_that_changed_hands_while_it_was_listed_is_told_of_once() {
    let client = client(KameleoonClientConfig::manual_tracking, DataFile::new().mapping_identifier(3));
    for device in ["first", "second"] {
        client.flush("user").unwrap();
        client.add_data(device, CustomData::new(3, ["user"])).unwrap();
    }
    client.add_data("user", Conversion::new(83)).unwrap();
    assert!(!end_tracking_interval(&client, PATIENCE).timed_out);
    let events = client.recorder().events_of("user");
    let conversions = events.iter().filter(|event| event.get("goalId") == Some("83")).count();
    assert_eq!((conversions, events.len()), (1, 2), "{events:?}");
}

#[test]
fn a_further_code_that_moves_with_its_person_is_told_of_once() {
    let client = client(KameleoonClientConfig::manual_tracking, DataFile::new().mapping_identifier(3));
    client.add_data("user", CustomData::new(3, ["old name"])).unwrap();
    client.flush("old name").unwrap();
    client.add_data("device", CustomData::new(3, ["user"])).unwrap();
    client.flush("old name").unwrap();
    assert!(!end_tracking_interval(&client, PATIENCE).timed_out);
    let events = client.recorder().events();
    assert_eq!(events.len(), 1, "{events:?}");
}

/// As with ids: a later definition counts, and takes nothing from the name of an earlier one.
#[test]
fn names_of_custom_data_that_are_defined_twice_find_their_index() {
    let client = TestClient::from_json(
        r#"{"featureFlags": [], "customData": [
            {"index": 2, "id": 12, "name": "old name"}, {"index": 2, "id": 14, "name": "new name"},
            {"index": 5, "id": 15, "name": "moved"}, {"index": 4, "id": 16, "name": "moved"}]}"#,
    )
    .unwrap();
    for name in ["old name", "new name", "moved"] {
        client.add_data(name, CustomData::named(name, ["x"])).unwrap();
    }
    assert!(client.flush_and_wait(PATIENCE).is_complete());
    client.recorder().assert_custom_data("old name", 2, "x");
    client.recorder().assert_custom_data("new name", 2, "x");
    client.recorder().assert_custom_data("moved", 4, "x");
}
