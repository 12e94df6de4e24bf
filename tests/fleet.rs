//! Several servers that share what they know of visitors, through a store in memory.

use std::time::{Duration, Instant};

use kameleoon::fleet::{StoreStats, StoreTerms, VisitorDataStore, VisitorRecord};
use kameleoon::testing::{Condition, DataFile, Flag, MemoryStore, Rule, Segment, TestClient};
use kameleoon::{
    AddDataOptions, Conversion, CustomData, KameleoonClientConfig, KameleoonError, LegalConsent, PageView,
    UniqueIdentifier,
};

const PATIENCE: Duration = Duration::from_secs(20);
const SOON: Duration = Duration::from_secs(5);

fn file() -> DataFile {
    let seen =
        [Condition::page_url_contains("basket"), Condition::converted(7), Condition::in_experiment(500)];
    DataFile::new()
        .mapping_identifier(9)
        .segment(Segment::all_of("premium", [Condition::custom_data(3, "premium")]))
        .segment(Segment::all_of("seen", seen))
        .flag(Flag::new("offer").rule(Rule::experiment([("off", 50.0), ("on", 50.0)]).segment("premium")))
        .flag(Flag::new("told").rule(Rule::delivery("on").segment("seen")))
        .flag(Flag::new("plain").rule(Rule::experiment([("off", 50.0), ("on", 50.0)]).experiment_id(500)))
}

fn server(store: &MemoryStore) -> TestClient {
    let config = KameleoonClientConfig::new("", "").visitor_data_store(store.clone());
    TestClient::with_config(file(), config).unwrap()
}

fn stats(client: &TestClient) -> StoreStats {
    client.store_stats().unwrap()
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Runs `change`, which the store is told of in one write, and waits for that.
fn written(client: &TestClient, change: impl FnOnce()) {
    let before = stats(client).written;
    change();
    wait_until("the store is told", || stats(client).written > before);
}

fn key(client: &TestClient, visitor: &str, flag: &str) -> String {
    client.get_variation(visitor, flag).unwrap().key().to_owned()
}

#[test]
fn what_one_server_is_told_another_decides_by() {
    let store = MemoryStore::new();
    let (one, other) = (server(&store), server(&store));
    written(&one, || one.add_data("anna", CustomData::new(3, ["premium"])).unwrap());
    let chosen = key(&one, "anna", "offer");
    assert!(other.load_visitor("anna", SOON).unwrap());
    assert_eq!(key(&other, "anna", "offer"), chosen);
    // And back again.
    written(&other, || other.add_data("anna", CustomData::new(3, ["basic"])).unwrap());
    assert!(one.load_visitor("anna", SOON).unwrap());
    for client in [&one, &other] {
        assert!(client.explain("anna", "offer").unwrap().to_string().contains("basic"));
    }
    assert!(!one.load_visitor("nobody", SOON).unwrap());
}

#[test]
fn pages_conversions_and_assignments_are_read_where_they_were_not_made() {
    let store = MemoryStore::new();
    let (one, other) = (server(&store), server(&store));
    written(&one, || {
        one.add_data("anna", (PageView::new("https://shop/basket"), Conversion::new(7))).unwrap();
        key(&one, "anna", "plain");
    });
    assert_eq!(key(&one, "anna", "told"), "on");
    assert_eq!(key(&other, "anna", "told"), "off", "it does not know yet");
    assert!(other.load_visitor("anna", SOON).unwrap());
    assert_eq!(key(&other, "anna", "told"), "on");
}

#[test]
fn what_came_from_the_store_is_not_sent_again() {
    let store = MemoryStore::new();
    let (one, other) = (server(&store), server(&store));
    written(&one, || {
        one.add_data("anna", (CustomData::new(3, ["premium"]), PageView::new("https://a"))).unwrap();
        one.track_conversion("anna", 7).unwrap();
    });
    assert!(other.load_visitor("anna", SOON).unwrap());
    other.flush("anna").unwrap();
    assert!(other.flush_and_wait(PATIENCE).is_complete());
    assert!(one.flush_and_wait(PATIENCE).is_complete());
    assert_eq!(one.tracking_stats().sent, 3);
    assert_eq!(other.tracking_stats().accepted, 0, "{:?}", other.recorder().events());
    assert_eq!(stats(&other).written, 0, "nor is it written again");
}

#[test]
fn forced_variations_and_refusals_count_everywhere() {
    let store = MemoryStore::new();
    let (one, other) = (server(&store), server(&store));
    written(&one, || one.set_forced_variation("anna", 500, Some("on")).unwrap());
    written(&one, || one.set_forced_variation("ben", 500, Some("off")).unwrap());
    written(&one, || one.set_legal_consent("ben", LegalConsent::Refused).unwrap());
    for visitor in ["anna", "ben"] {
        assert!(other.load_visitor(visitor, SOON).unwrap());
    }
    assert_eq!(key(&other, "anna", "plain"), "on");
    assert_eq!(key(&other, "ben", "plain"), "off");
    written(&other, || other.set_forced_variation("anna", 500, None).unwrap());
    assert!(one.load_visitor("anna", SOON).unwrap());
    let decided = one.explain("anna", "plain").unwrap().to_string();
    assert!(!decided.contains("forced"), "{decided}");
}

#[test]
fn a_person_with_several_codes_is_one_everywhere() {
    let store = MemoryStore::new();
    let (one, other) = (server(&store), server(&store));
    one.add_data("device", CustomData::new(3, ["premium"])).unwrap();
    // The device turns out to be a known user's.
    written(&one, || {
        one.add_data("device", (CustomData::new(9, ["user-7"]), UniqueIdentifier::new(false))).unwrap();
    });
    wait_until("both names are there", || store.len() == 2);
    assert!(other.load_visitor("user-7", SOON).unwrap());
    for flag in ["offer", "plain"] {
        let chosen = key(&one, "device", flag);
        assert_eq!(
            [key(&one, "user-7", flag), key(&other, "user-7", flag)],
            [chosen.clone(), chosen.clone()]
        );
        assert_eq!(key(&other, "device", flag), chosen, "the link is known, so the device's code is too");
    }
}

#[test]
fn a_store_that_is_away_changes_no_answer_and_is_told_when_it_is_back() {
    let store = MemoryStore::new();
    let (one, other) = (server(&store), server(&store));
    store.set_failing(true);
    one.add_data("anna", CustomData::new(3, ["premium"])).unwrap();
    let chosen = key(&one, "anna", "offer");
    wait_until("it is left alone", || stats(&one).is_away);
    let start = Instant::now();
    let error = one.load_visitor("anna", SOON).unwrap_err();
    assert!(matches!(error, KameleoonError::Store { .. }), "{error}");
    assert!(start.elapsed() < SOON / 2, "who is known to be away is not waited for");
    assert_eq!(key(&one, "anna", "offer"), chosen);
    store.set_failing(false);
    wait_until("what was kept is written", || stats(&one).written > 0 && !stats(&one).is_away);
    assert!(other.load_visitor("anna", SOON).unwrap());
    assert_eq!(key(&other, "anna", "offer"), chosen);
}

#[test]
fn a_store_that_was_emptied_is_filled_again_by_those_who_know() {
    let store = MemoryStore::new();
    let one = server(&store);
    written(&one, || {
        for number in 0..50 {
            one.add_data(&format!("v{number}"), CustomData::new(3, [number.to_string()])).unwrap();
        }
    });
    wait_until("all are there", || store.len() == 50);
    let before: std::collections::BTreeMap<_, _> = store.records().into_iter().collect();
    store.clear();
    let start = Instant::now();
    wait_until("all are there again", || store.len() == 50);
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert_eq!(store.records().into_iter().collect::<std::collections::BTreeMap<_, _>>(), before);
    assert_eq!(stats(&one).emptied, 1);
}

#[test]
fn a_visitor_that_is_removed_is_gone_here_and_there() {
    let store = MemoryStore::new();
    let (one, other) = (server(&store), server(&store));
    written(&one, || one.add_data("anna", CustomData::new(3, ["gold"])).unwrap());
    assert!(one.explain("anna", "offer").unwrap().to_string().contains("gold"));
    assert_eq!(store.len(), 1);
    store.set_failing(true);
    assert_eq!(one.forget_visitor("anna").unwrap(), ["anna"]);
    wait_until("the store could not be told", || stats(&one).unremoved == 1);
    store.set_failing(false);
    wait_until("the store was told", || store.is_empty() && stats(&one).unremoved == 0);
    assert!(!other.load_visitor("anna", SOON).unwrap());
    assert!(!one.explain("anna", "offer").unwrap().to_string().contains("gold"));
    assert!(one.flush_and_wait(PATIENCE).is_complete());
    let counts = one.tracking_stats();
    assert_eq!((counts.accepted, counts.unconsented), (1, 1), "{counts:?}");
}

#[test]
fn what_changed_last_is_written_by_a_close() {
    let store = MemoryStore::new();
    let one = server(&store);
    for number in 0..1_000 {
        let options = AddDataOptions::new().track(false);
        one.add_data_with(&format!("v{number}"), CustomData::new(3, ["x"]), options).unwrap();
    }
    let _ = one.close(PATIENCE);
    assert_eq!(store.len(), 1_000);
    assert_eq!(one.load_visitor("v1", SOON), Err(KameleoonError::Closed));
}

#[test]
fn without_a_store_nothing_is_loaded_and_nothing_fails() {
    let client = TestClient::new(file()).unwrap();
    client.add_data("anna", CustomData::new(3, ["gold"])).unwrap();
    assert_eq!(client.load_visitor("anna", SOON), Ok(false));
    assert_eq!(client.store_stats(), None);
    assert!(client.load_visitor("", SOON).is_err());
}

/// A store that cannot take much at once, and nothing about one visitor.
struct Weak(MemoryStore);

impl VisitorDataStore for Weak {
    fn load(&self, names: &[&str], terms: StoreTerms) -> kameleoon::Result<Vec<VisitorRecord>> {
        self.0.load(names, terms)
    }

    fn save(&self, records: &[(&str, &VisitorRecord)], terms: StoreTerms) -> kameleoon::Result<u64> {
        if records.len() > 20 || records.iter().any(|(name, _)| name.ends_with("poison")) {
            return Err(KameleoonError::store("too much, or something that it cannot take"));
        }
        self.0.save(records, terms)
    }

    fn remove(&self, names: &[&str], terms: StoreTerms) -> kameleoon::Result<()> {
        self.0.remove(names, terms)
    }
}

#[test]
fn what_a_store_cannot_take_at_once_or_at_all_keeps_nobody_else_from_it() {
    let store = MemoryStore::new();
    let config = KameleoonClientConfig::new("", "").visitor_data_store(Weak(store.clone()));
    let (one, other) = (TestClient::with_config(file(), config).unwrap(), server(&store));
    one.add_data("poison", CustomData::new(3, ["premium"])).unwrap();
    for visitor in 0..200 {
        one.add_data(&format!("visitor-{visitor}"), CustomData::new(3, ["premium"])).unwrap();
    }
    wait_until("all others are written", || stats(&one).written >= 200);
    assert!(other.load_visitor("visitor-199", SOON).unwrap());
    assert!(!other.load_visitor("poison", SOON).unwrap());
}

/// A store that is full: it can be read and not written.
struct Full(MemoryStore);

impl VisitorDataStore for Full {
    fn load(&self, names: &[&str], terms: StoreTerms) -> kameleoon::Result<Vec<VisitorRecord>> {
        self.0.load(names, terms)
    }

    fn save(&self, _: &[(&str, &VisitorRecord)], _: StoreTerms) -> kameleoon::Result<u64> {
        Err(KameleoonError::store("it is full"))
    }

    fn remove(&self, _: &[&str], _: StoreTerms) -> kameleoon::Result<()> {
        Err(KameleoonError::store("it is full"))
    }
}

#[test]
fn a_store_that_cannot_be_written_is_read_all_the_same() {
    let store = MemoryStore::new();
    let config = KameleoonClientConfig::new("", "").visitor_data_store(Full(store.clone()));
    let (one, other) = (TestClient::with_config(file(), config).unwrap(), server(&store));
    written(&other, || other.add_data("anna", CustomData::new(3, ["premium"])).unwrap());
    one.add_data("ben", CustomData::new(3, ["premium"])).unwrap();
    wait_until("writes are left alone", || stats(&one).is_away);
    for _ in 0..100 {
        assert!(one.load_visitor("anna", SOON).unwrap());
    }
}
