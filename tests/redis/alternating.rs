//! Two servers, one Redis, many visitors whose requests go to one and the other in turn.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use kameleoon::testing::TestClient;
use kameleoon::{Conversion, CustomData, PageView};

use crate::rig::{PATIENCE, Redis, answers, say, server, stats, wait_until};

const VISITORS: usize = 10_000;
const THREADS: usize = 8;

fn name(number: usize) -> String {
    format!("visitor-{number}")
}

/// Runs `each` for all visitors on several threads.
fn for_each(each: impl Fn(usize) + Sync) {
    std::thread::scope(|scope| {
        for first in 0..THREADS {
            let each = &each;
            scope.spawn(move || (first..VISITORS).step_by(THREADS).for_each(each));
        }
    });
}

/// Lets `change` happen to all visitors, and waits until the store was told.
fn change(client: &TestClient, change: impl Fn(usize) + Sync) {
    let before = stats(client).written;
    for_each(change);
    wait_until("the store is told", || stats(client).written >= before + VISITORS as u64);
}

fn told(client: &TestClient) -> BTreeMap<String, u32> {
    assert!(client.flush_and_wait(PATIENCE).is_complete());
    let mut lines = BTreeMap::new();
    for event in client.recorder().events() {
        let what =
            ["customDataIndex", "index", "href", "goalId"].map(|name| event.get(name).unwrap_or_default());
        *lines.entry(format!("{} {} {what:?}", event.visitor_code(), event.event_type())).or_insert(0) += 1;
    }
    lines
}

#[test]
fn visitors_get_the_same_from_both_and_each_line_is_sent_once() {
    let Some(redis) = Redis::start("visitors_get_the_same_from_both_and_each_line_is_sent_once") else {
        return;
    };
    let (one, other) = (server(redis.store()), server(redis.store()));
    let plans = ["premium", "basic"];
    change(&one, |number| {
        let plan = plans[number % 2];
        one.add_data(&name(number), (CustomData::new(3, [plan]), PageView::new("https://shop/basket")))
            .unwrap();
    });
    let loaded = Instant::now();
    for_each(|number| {
        let visitor = name(number);
        assert!(other.load_visitor(&visitor, PATIENCE).unwrap());
        assert_eq!(answers(&one, &visitor), answers(&other, &visitor), "{visitor}");
    });
    let loaded = loaded.elapsed();
    // And the other way: the plan changes, and a goal is reached.
    change(&other, |number| {
        let plan = plans[(number + number / 2) % 2];
        other.add_data(&name(number), (CustomData::new(3, [plan]), Conversion::new(7))).unwrap();
    });
    for_each(|number| {
        let visitor = name(number);
        assert!(one.load_visitor(&visitor, PATIENCE).unwrap());
        let answer = answers(&one, &visitor);
        assert_eq!(answer, answers(&other, &visitor), "{visitor}");
        assert_eq!(answer[1], "on", "what both know together");
    });
    // Nothing that came from the store is sent by who read it.
    let (first, second) = (told(&one), told(&other));
    assert_eq!(first.len(), 2 * VISITORS, "a custom data and a page for each");
    assert_eq!(second.len(), 2 * VISITORS, "a custom data and a conversion for each");
    assert!(first.values().chain(second.values()).all(|times| *times == 1));
    say(&format!(
        "{VISITORS} visitors alternated: equal in 100 %, {} loads a second by {THREADS} threads",
        (VISITORS as f64 / loaded.as_secs_f64()) as u64
    ));
}

#[test]
fn a_change_is_there_for_others_within_a_moment() {
    let Some(redis) = Redis::start("a_change_is_there_for_others_within_a_moment") else { return };
    let (one, other) = (server(redis.store()), server(redis.store()));
    let mut delays: Vec<Duration> = (0..60)
        .map(|number| {
            let visitor = name(number);
            let start = Instant::now();
            one.add_data(&visitor, CustomData::new(3, ["premium"])).unwrap();
            while !other.load_visitor(&visitor, PATIENCE).unwrap() {}
            start.elapsed()
        })
        .collect();
    delays.sort();
    say(&format!("a change was there for others after {:?}, after {:?} at most", delays[30], delays[59]));
    assert!(delays[30] < Duration::from_secs(1), "{delays:?}");
}
