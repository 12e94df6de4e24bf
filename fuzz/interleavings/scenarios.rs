//! What several threads do to one store, each scenario in many orders.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::delivery::State;
use super::entry::{PersonBounds, Visitor};
use super::known::{Aftermath, Moment};
use super::outbox::Outcome;
use super::store::{StoreBounds, VisitorStore};
use crate::clock::{Clock, Hands};
use crate::data::{Conversion, CustomData, Data};
use crate::decision::datafile::DataFile;
use crate::decision::profile::Profile;
use crate::logging::{KameleoonLogger, LogLevel};
use crate::scheduled::atomic::{AtomicU64, Ordering};
use crate::scheduled::{Mutex, thread};

const NOW: i64 = 1_700_000_000_000;
const DAY: i64 = 24 * 60 * 60 * 1_000;

fn explore(scenario: fn()) {
    KameleoonLogger::set_log_level(LogLevel::None);
    let orders = std::env::var("KAMELEOON_ORDERS").ok().and_then(|text| text.parse().ok()).unwrap_or(3_000);
    crate::scheduled::play(scenario, orders);
}

fn moment() -> Moment<'static> {
    static FILE: OnceLock<DataFile> = OnceLock::new();
    let file = FILE.get_or_init(|| DataFile::parse(b"{}").expect("an empty file is good"));
    Moment { file: Some(file), now: NOW, track: true }
}

/// A store with a clock of its own.
fn store_of(visitors: usize) -> (Arc<VisitorStore>, Arc<Hands>) {
    let hands = Arc::new(Hands::default());
    hands.passed.fetch_add(DAY, std::sync::atomic::Ordering::SeqCst);
    let person = PersonBounds { profile: 1 << 20, outbox: 1 << 20 };
    let bounds = StoreBounds { visitors, bytes: 1 << 30, person };
    let store = VisitorStore::new(bounds, Duration::from_secs(60), Clock::Manual(Arc::clone(&hands)));
    (Arc::new(store), hands)
}

fn store() -> Arc<VisitorStore> {
    store_of(50).0
}

fn add(store: &VisitorStore, code: &str, data: impl Into<Data>) -> Arc<Visitor> {
    let mut after = Aftermath::default();
    store.change(code, None, NOW, |known| known.add(data.into(), code, moment(), &mut after)).0
}

fn convert(store: &VisitorStore, code: &str, goal: i64) -> Arc<Visitor> {
    add(store, code, Conversion::new(goal))
}

fn say(store: &VisitorStore, code: &str, index: u32, value: u64) {
    add(store, code, CustomData::new(index, [value.to_string()]));
}

fn link(store: &VisitorStore, code: &str, user: &str) {
    let visitor = store.get_or_insert(code, NOW);
    let after = Aftermath { users: vec![user.into()], ..Aftermath::default() };
    store.follow_up(&visitor, after, moment());
}

fn said(profile: Option<&Profile>, index: u32) -> u64 {
    let entry = profile.and_then(|profile| profile.custom_data(index));
    entry.and_then(|entry| entry.values.as_slice().first()?.parse().ok()).unwrap_or(0)
}

fn goals(store: &VisitorStore, code: &str) -> usize {
    store
        .find(code)
        .map_or(0, |visitor| visitor.read(|_, more| more.map_or(0, |more| more.outbox.pieces().len())))
}

/// How many pieces lie in the store.
fn pieces(store: &VisitorStore) -> u64 {
    let mut sum = 0;
    store.for_each_person(|person| {
        sum += person.read(|_, more| more.map_or(0, |more| more.outbox.pieces().len() as u64));
    });
    sum
}

/// Every piece is in one place, and those that wait lie where they are found.
fn check(store: &VisitorStore) {
    let counts = store.ledger().read();
    let ended = counts.sent + counts.replaced + counts.given_up + counts.refused + counts.unconsented;
    let waiting = counts.pending + counts.withheld;
    assert_eq!(counts.accepted, ended + waiting, "{counts:?}");
    assert_eq!(waiting, pieces(store), "{counts:?}");
}

/// When all are forgotten, nothing is left that takes memory.
fn check_empty(store: &VisitorStore, codes: &[&str]) {
    codes.iter().for_each(|code| drop(store.forget(code, None)));
    // Names whose person left in the midst of something stand there until somebody asks, or this.
    let _unsent = store.sweep_next(NOW, true);
    check(store);
    assert_eq!((store.len(), store.ledger().bytes()), (0, 0));
}

fn run<const N: usize>(threads: [Box<dyn FnOnce() + Send>; N]) {
    let running = threads.map(thread::spawn);
    running.into_iter().for_each(|thread| thread.join().expect("no thread panics"));
}

macro_rules! threads {
    ($store:ident: $($body:expr),+ $(,)?) => {
        run([$({
            let $store = Arc::clone(&$store);
            Box::new(move || { let _ = $body; }) as Box<dyn FnOnce() + Send>
        }),+])
    };
}

#[test]
fn a_snapshot_that_counts_as_current_shows_all_that_was_done() {
    explore(|| {
        let store = store();
        let done = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
        say(&store, "visitor", 9, 1);
        let writer = |index: u32| {
            let (store, done) = (Arc::clone(&store), Arc::clone(&done));
            move || {
                for value in 1..=2 {
                    say(&store, "visitor", index, value);
                    done[index as usize].store(value, Ordering::SeqCst);
                }
            }
        };
        let (one, other) = (writer(0), writer(1));
        let (linked, looking, known) = (Arc::clone(&store), Arc::clone(&store), Arc::clone(&done));
        run([
            Box::new(one),
            Box::new(other),
            Box::new(move || link(&linked, "person", "visitor")),
            Box::new(move || {
                for _ in 0..3 {
                    let least = [0, 1].map(|index: usize| known[index].load(Ordering::SeqCst));
                    let at_hand = looking.at_hand("visitor", None, NOW);
                    let seen = [0, 1].map(|index| said(at_hand.profile(), index));
                    assert!(seen[0] >= least[0] && seen[1] >= least[1], "{seen:?} instead of {least:?}");
                    assert_eq!(said(at_hand.profile(), 9), 1);
                }
            }),
        ]);
        let snapshot = store.snapshot("visitor", NOW).expect("it is there");
        assert_eq!([0, 1].map(|index| said(snapshot.profile.as_deref(), index)), [2, 2]);
        check(&store);
    });
}

#[test]
fn visitors_that_turn_out_to_be_one_lose_nothing() {
    explore(|| {
        let store = store();
        convert(&store, "a", 1);
        threads!(store:
            convert(&store, "a", 2),
            convert(&store, "b", 3),
            link(&store, "a", "b"),
            link(&store, "c", "a"),
        );
        check(&store);
        assert_eq!(goals(&store, "a"), 3);
        let person = store.find("a").expect("it is there").person();
        for code in ["b", "c"] {
            assert!(Arc::ptr_eq(&store.find(code).expect("it is there").person(), &person), "{code}");
        }
        check_empty(&store, &["a", "b", "c"]);
    });
}

#[test]
fn links_that_cross_come_to_an_end() {
    explore(|| {
        let store = store();
        convert(&store, "a", 1);
        convert(&store, "b", 2);
        threads!(store:
            link(&store, "a", "b"),
            link(&store, "b", "a"),
            link(&store, "b", "c"),
            convert(&store, "c", 3),
        );
        check(&store);
        assert_eq!(pieces(&store), 3);
        check_empty(&store, &["a", "b", "c"]);
    });
}

/// Marks all pieces of a visitor as being sent; their nonces.
fn begin(store: &VisitorStore, visitor: &Arc<Visitor>) -> Vec<u64> {
    let started = store.change_known(visitor, |known| {
        let Some(outbox) = known.outbox() else { return Vec::new() };
        let places = outbox.in_order();
        places
            .into_iter()
            .map(|place| {
                outbox.start(place);
                outbox.nonce(place)
            })
            .collect()
    });
    started.unwrap_or_default()
}

#[test]
fn what_is_being_sent_is_settled_wherever_it_went() {
    for outcome in [Outcome::Delivered, Outcome::Unsent, Outcome::Refused] {
        static OUTCOME: std::sync::Mutex<Outcome> = std::sync::Mutex::new(Outcome::Delivered);
        *OUTCOME.lock().unwrap() = outcome;
        explore(|| {
            let outcome = *OUTCOME.lock().unwrap();
            let store = store();
            let visitor = convert(&store, "a", 1);
            convert(&store, "a", 2);
            let nonces = begin(&store, &visitor);
            assert_eq!(nonces.len(), 2);
            let finishing = Arc::clone(&store);
            let (linking, converting) = (Arc::clone(&store), Arc::clone(&store));
            run([
                Box::new(move || assert_eq!(finishing.finish(&visitor, &nonces, outcome, moment().file), 2)),
                Box::new(move || link(&linking, "b", "a")),
                Box::new(move || drop(convert(&converting, "a", 3))),
            ]);
            check(&store);
            let left = if outcome == Outcome::Unsent { 3 } else { 1 };
            assert_eq!(goals(&store, "b"), left);
            let visitor = store.find("a").expect("it is there");
            assert!(!visitor.read(|_, more| more.is_some_and(|more| more.outbox.has(State::Sending))));
        });
    }
}

#[test]
fn who_is_forgotten_in_the_midst_of_calls_leaves_nothing_uncounted() {
    explore(|| {
        let store = store();
        let visitor = convert(&store, "a", 1);
        let nonces = begin(&store, &visitor);
        let finishing = Arc::clone(&store);
        let (forgetting, linking, converting) = (Arc::clone(&store), Arc::clone(&store), Arc::clone(&store));
        let forgotten = Arc::clone(&visitor);
        run([
            Box::new(move || {
                finishing.finish(&forgotten, &nonces, Outcome::Unsent, moment().file);
            }),
            Box::new(move || drop(forgetting.forget("a", None))),
            Box::new(move || link(&linking, "b", "a")),
            Box::new(move || drop(convert(&converting, "a", 2))),
        ]);
        drop(visitor);
        check(&store);
        check_empty(&store, &["a", "b"]);
    });
}

#[test]
fn nobody_is_swept_whose_piece_waits() {
    explore(|| {
        let (store, hands) = store_of(50);
        store.get_or_insert("a", NOW);
        link(&store, "b", "c");
        hands.passed.fetch_add(100_000, std::sync::atomic::Ordering::SeqCst);
        threads!(store:
            convert(&store, "a", 1),
            convert(&store, "c", 2),
            { store.sweep_next(NOW, true); store.sweep_next(NOW, true) },
            link(&store, "a", "c"),
        );
        check(&store);
        assert_eq!(store.ledger().read().pending, 2, "both are still to be sent");
        hands.passed.fetch_add(DAY, std::sync::atomic::Ordering::SeqCst);
        check_empty(&store, &["a", "b", "c"]);
    });
}

#[test]
fn a_full_store_counts_whom_it_lets_go() {
    explore(|| {
        let (store, _) = store_of(2);
        link(&store, "a", "b");
        threads!(store:
            convert(&store, "a", 1),
            convert(&store, "b", 2),
            convert(&store, "c", 3),
            { convert(&store, "d", 4); store.at_hand("b", None, NOW) },
            link(&store, "d", "e"),
        );
        check(&store);
        // A name that left while it was linked stands there once more, until the next one comes.
        assert!(store.len() <= 3, "{}", store.len());
        check_empty(&store, &["a", "b", "c", "d", "e"]);
    });
}

#[test]
fn after_a_close_nothing_waits() {
    explore(|| {
        let store = store();
        convert(&store, "a", 1);
        convert(&store, "b", 2);
        threads!(store:
            { store.ledger().close(); store.give_up(true) },
            link(&store, "a", "b"),
            convert(&store, "b", 3),
        );
        check(&store);
        let counts = store.ledger().read();
        assert_eq!((counts.pending, counts.withheld), (0, 0), "{counts:?}");
    });
}

/// Whoever adds a piece lists the visitor; whoever sends takes it off the list and looks at all pieces.
#[test]
fn what_is_listed_is_looked_at() {
    explore(|| {
        let store = store();
        let list: Arc<Mutex<Vec<Arc<Visitor>>>> = Arc::default();
        let seen = Arc::new(AtomicU64::new(0));
        let say_and_list = |goal: i64| {
            let (store, list) = (Arc::clone(&store), Arc::clone(&list));
            move || {
                let visitor = convert(&store, "a", goal);
                if visitor.list() {
                    list.lock().push(visitor);
                }
            }
        };
        let look = || {
            let (store, list, seen) = (Arc::clone(&store), Arc::clone(&list), Arc::clone(&seen));
            move || {
                loop {
                    // The lock is not held any more when the visitor is looked at.
                    let next = list.lock().pop();
                    let Some(visitor) = next else { break };
                    visitor.unlist();
                    let mut next = Some(visitor);
                    while let Some(visitor) = next {
                        let nonces = begin(&store, &visitor);
                        let count = store.finish(&visitor, &nonces, Outcome::Delivered, moment().file);
                        seen.fetch_add(count, Ordering::SeqCst);
                        let again = nonces.is_empty() && visitor.is_dead();
                        next = if again { store.find(visitor.code()) } else { None };
                    }
                }
            }
        };
        let (one, other, linking, looking) = (say_and_list(1), say_and_list(2), Arc::clone(&store), look());
        run([Box::new(one), Box::new(other), Box::new(looking), Box::new(move || link(&linking, "b", "a"))]);
        look()();
        check(&store);
        assert_eq!(seen.load(Ordering::SeqCst), 2, "{:?}", store.ledger().read());
    });
}
