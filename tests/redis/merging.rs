//! The server merges as the crate does.

use std::time::Duration;

use kameleoon::fleet::{Datum, StoreTerms, VisitorDataStore, VisitorRecord};

use crate::rig::Redis;

#[test]
fn what_the_server_merges_is_what_the_crate_merges() {
    let Some(redis) = Redis::start("what_the_server_merges_is_what_the_crate_merges") else { return };
    let store = redis.store().prefix("merging");
    let terms = StoreTerms::new(Duration::from_secs(10), Duration::from_secs(600));
    let mut state: u64 = 77;
    let mut roll = |sides: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % sides
    };
    for round in 0..300 {
        let name = format!("site//{round}");
        let mut expected = VisitorRecord::new();
        for _ in 0..6 {
            let mut record = VisitorRecord::new();
            for _ in 0..roll(6) {
                let values = ["", "a", "A", "aa", "a b", "é", "\u{1F600}", "1 2", "\n"];
                let rank =
                    [-3, 0, 2, 1_790_000_000_000, 1_790_000_000_001, i64::MAX, i64::MIN][roll(7) as usize];
                let datum = Datum::new(rank, values[roll(values.len() as u64) as usize]);
                record.put(["c", "d3", "p1f", "x9"][roll(4) as usize], datum);
            }
            expected.merge(record.clone());
            // Whatever comes twice changes nothing.
            let once = store.save(&[(&name, &record)], terms).unwrap();
            assert_eq!(store.save(&[(&name, &record), (&name, &record)], terms).unwrap(), once);
        }
        assert_eq!(store.load(&[&name, "site//nobody"], terms).unwrap(), [expected, VisitorRecord::new()]);
    }
    store.remove(&["site//0"], terms).unwrap();
    assert_eq!(store.load(&["site//0"], terms).unwrap(), [VisitorRecord::new()]);
}

#[test]
fn what_is_kept_ends_with_the_session_unless_it_is_used() {
    let Some(redis) = Redis::start("what_is_kept_ends_with_the_session_unless_it_is_used") else { return };
    let store = redis.store();
    let left = || -> i64 {
        let answer = redis.command("PTTL kameleoon:v:site//anna");
        answer.trim_start_matches(':').trim().parse().unwrap_or_else(|_| panic!("{answer}"))
    };
    let terms = |seconds| StoreTerms::new(Duration::from_secs(10), Duration::from_secs(seconds));
    let mut record = VisitorRecord::new();
    record.put("c", Datum::new(1, "1"));
    store.save(&[("site//anna", &record)], terms(100)).unwrap();
    assert!(left() > 90_000 && left() <= 100_000);
    store.load(&["site//anna"], terms(600)).unwrap();
    assert!(left() > 590_000);
}

#[test]
fn what_somebody_else_wrote_there_is_left_out() {
    let Some(redis) = Redis::start("what_somebody_else_wrote_there_is_left_out") else { return };
    let store = redis.store();
    let terms = StoreTerms::new(Duration::from_secs(10), Duration::from_secs(600));
    redis.command("HSET kameleoon:v:site//anna c nonsense d3 5 x9 7_x");
    assert_eq!(store.load(&["site//anna"], terms).unwrap(), [VisitorRecord::new()]);
    let mut record = VisitorRecord::new();
    record.put("c", Datum::new(1, "1"));
    store.save(&[("site//anna", &record)], terms).unwrap();
    assert_eq!(store.load(&["site//anna"], terms).unwrap(), [record.clone()], "what is damaged gives way");
    for rank in ["inf", "-inf", "nan", "1e300", "0x7fffffffffffffff", "99999999999999999999", "1.5", ""] {
        redis.command(&format!("HSET kameleoon:v:site//ben c \"{rank} x\""));
        assert_eq!(store.load(&["site//ben"], terms).unwrap(), [VisitorRecord::new()], "{rank}");
        store.save(&[("site//ben", &record)], terms).unwrap();
        assert_eq!(store.load(&["site//ben"], terms).unwrap(), [record.clone()], "{rank} gives way");
    }
    // Scripts that were flushed, and a connection that was closed, cost one more try.
    redis.command("SCRIPT FLUSH");
    redis.command("CLIENT KILL TYPE normal");
    assert!(store.save(&[], terms).is_ok());
}
