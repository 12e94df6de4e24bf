//! A Redis that is killed, stopped, emptied or slow in the midst of load.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kameleoon::CustomData;
use kameleoon::fleet::RedisStore;
use kameleoon::testing::TestClient;

use crate::rig::{Redis, answers, file, say, server, stats, wait_until};
use crate::slow::slow;

const BOUND: Duration = Duration::from_millis(25);
/// What a busy machine may add before a thread that was woken runs: to most calls, and to the worst.
const BUSY: Duration = Duration::from_millis(150);
const WORST: Duration = Duration::from_secs(2);
const VISITORS: u64 = 500;

/// The times of a stretch of load.
struct Times {
    evaluations: Vec<Duration>,
    loads: Vec<Duration>,
    failed: usize,
}

impl Times {
    fn p99(list: &mut [Duration]) -> Duration {
        list.sort();
        list.get(list.len() * 99 / 100).copied().unwrap_or_default()
    }
}

/// Asks about visitors in turn until told to end; every answer is compared with that of a client
/// that has no store.
fn load(client: &TestClient, alone: &TestClient, ends: &AtomicBool) -> Times {
    let mut times = Times { evaluations: Vec::new(), loads: Vec::new(), failed: 0 };
    let mut round = 0_u64;
    while !ends.load(Ordering::Relaxed) {
        round += 1;
        let visitor = format!("v{}", round % VISITORS);
        let plan = if (round / VISITORS + round) % 3 == 0 { "premium" } else { "basic" };
        client.add_data(&visitor, CustomData::new(3, [plan])).unwrap();
        alone.add_data(&visitor, CustomData::new(3, [plan])).unwrap();
        let start = Instant::now();
        times.failed += usize::from(client.load_visitor(&visitor, BOUND).is_err());
        times.loads.push(start.elapsed());
        for _ in 0..20 {
            let start = Instant::now();
            let variation = client.get_variation(&visitor, "plain").unwrap();
            times.evaluations.push(start.elapsed());
            drop(variation);
        }
        assert_eq!(answers(client, &visitor), answers(alone, &visitor), "{visitor}");
    }
    times
}

/// Keeps a client under load for as long as `fault` takes, and says how long the calls took.
fn under_load(what: &str, client: &TestClient, alone: &TestClient, fault: impl FnOnce()) -> Times {
    let ends = AtomicBool::new(false);
    let mut times = std::thread::scope(|scope| {
        let loading = scope.spawn(|| load(client, alone, &ends));
        fault();
        ends.store(true, Ordering::Relaxed);
        loading.join().unwrap()
    });
    let longest = times.loads.iter().max().copied().unwrap_or_default();
    say(&format!(
        "{what}: {} evaluations, p99 {:?}; {} loads, p99 {:?}, the longest {longest:?}, {} failed",
        times.evaluations.len(),
        Times::p99(&mut times.evaluations),
        times.loads.len(),
        Times::p99(&mut times.loads),
        times.failed
    ));
    let p99 = Times::p99(&mut times.loads);
    assert!(p99 < BOUND + BUSY && longest < WORST, "{what}: loads took {p99:?}, the longest {longest:?}");
    times
}

const STRETCH: Duration = Duration::from_millis(1_500);

fn rest() {
    std::thread::sleep(STRETCH);
}

#[test]
fn whatever_becomes_of_redis_no_answer_changes_and_nobody_waits() {
    let test = "whatever_becomes_of_redis_no_answer_changes_and_nobody_waits";
    let Some(mut redis) = Redis::start(test) else { return };
    let client = server(redis.store());
    let alone = TestClient::new(file()).unwrap();
    let usual = Times::p99(&mut under_load("as usual", &client, &alone, rest).evaluations);
    let check = |what: &str, times: &mut Times| {
        let p99 = Times::p99(&mut times.evaluations);
        // Two orders of magnitude below what one wait for the store would be.
        assert!(p99 < usual * 5 + Duration::from_micros(250), "{what}: {p99:?} instead of {usual:?}");
    };

    let mut times = under_load("stopped", &client, &alone, || {
        redis.signal("STOP");
        rest();
        redis.signal("CONT");
    });
    assert!(times.failed > 0, "a server that is stopped answers nobody");
    check("stopped", &mut times);
    wait_until("it answers again", || !stats(&client).is_away);

    let mut times = under_load("emptied", &client, &alone, || {
        rest();
        redis.command("FLUSHALL");
        rest();
    });
    check("emptied", &mut times);

    let mut times = under_load("killed", &client, &alone, || {
        redis.kill();
        rest();
    });
    assert!(times.failed > 0);
    check("killed", &mut times);
    redis.start_again();
    let start = Instant::now();
    wait_until("all are there again", || redis.command("DBSIZE").trim() == format!(":{}", VISITORS + 1));
    say(&format!(
        "killed and started anew: all {VISITORS} visitors were there again after {:?}",
        start.elapsed()
    ));

    let far = slow(redis.port(), Duration::from_millis(50));
    let far = server(RedisStore::new(&format!("redis://127.0.0.1:{far}")).unwrap());
    let alone = TestClient::new(file()).unwrap();
    let mut times = under_load("50 ms away", &far, &alone, rest);
    assert!(times.failed > 0 && stats(&far).late > 0, "25 ms are not enough");
    assert!(stats(&far).found > 0, "but what comes late is taken over");
    check("50 ms away", &mut times);
    assert!(far.load_visitor("v1", Duration::from_secs(5)).unwrap());
    assert!(!stats(&far).is_away, "slow is not away: {:?}", stats(&far));
}

#[test]
fn who_was_emptied_is_filled_again_within_an_interval() {
    let Some(redis) = Redis::start("who_was_emptied_is_filled_again_within_an_interval") else { return };
    let client = server(redis.store());
    for number in 0..2_000 {
        client.add_data(&format!("v{number}"), CustomData::new(3, ["premium"])).unwrap();
    }
    wait_until("the store is told", || stats(&client).written >= 2_000);
    redis.command("FLUSHALL");
    let start = Instant::now();
    wait_until("all are there again", || redis.command("DBSIZE").trim() == ":2001");
    say(&format!("emptied: 2,000 visitors were there again after {:?}", start.elapsed()));
    // The heartbeat of a second, and a write.
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}
