//! B5: tracked calls, up to the server.

use std::hint::black_box;
use std::time::{Duration, Instant};

use kameleoon::KameleoonClientFactory;
use kameleoon::emulator::Emulator;

use crate::data::Site;
use crate::limit::{Limit, code};
use crate::measure::{Line, Scale, plain};

const PATIENCE: Duration = Duration::from_secs(60);

/// Tracked evaluations of 100,000 visitors, and how long until every line has arrived; then ten
/// seconds of as many per second.
pub fn b5_tracked(scale: Scale) -> Vec<Line> {
    let count = scale.of(100_000);
    let limit = Limit::of(count);
    let platform = Emulator::builder()
        .data_file(Site::experiments(1).text())
        .record_bodies(false)
        .keep_requests(16)
        .start()
        .expect("the loopback is there");
    let config = platform.client_config().max_visitors(4_000_000);
    let client = KameleoonClientFactory::create("b5", config).expect("the client starts");
    client.wait_init(PATIENCE).expect("the platform answers");
    let visitors: Vec<String> = (0..count).map(code).collect();

    let start = Instant::now();
    for visitor in &visitors {
        black_box(limit.run(visitor));
    }
    let floor = start.elapsed().as_nanos() as f64 / count as f64;
    let start = Instant::now();
    for visitor in &visitors {
        client.get_variation(visitor, "feature_0").expect("the flag is there");
    }
    let call = start.elapsed().as_nanos() as f64 / count as f64;
    let last = Instant::now();
    let arrived = platform.wait_until(PATIENCE, |log| log.tracking_totals().lines >= count);
    let drained = last.elapsed();
    plain("B5 tracked call, new visitors, times the yardstick", call / floor, "x", 4.0);
    println!("{:<44} {call:>9.1} ns  yardstick {floor:>7.1} ns", "   the call and the yardstick");
    plain("B5 until every line has arrived", drained.as_secs_f64(), "s", 1.5);
    let stats = client.tracking_stats();
    println!(
        "{:<44} accepted {} sent {} arrived {} {}",
        "   nothing lost",
        stats.accepted,
        stats.sent,
        platform.tracking_totals().lines,
        if arrived && stats.accepted == count as u64 { "ok" } else { "MISSED" }
    );

    let seconds = if scale == Scale::Full { 10 } else { 1 };
    let start = Instant::now();
    let mut most_pending = 0;
    for second in 1..=seconds {
        for visitor in &visitors {
            client.get_variation(visitor, "feature_0").expect("the flag is there");
        }
        most_pending = most_pending.max(client.tracking_stats().pending);
        let next = Duration::from_secs(second);
        std::thread::sleep(next.saturating_sub(start.elapsed()));
    }
    let last = Instant::now();
    let done = client.flush_and_wait(PATIENCE);
    let stats = client.tracking_stats();
    println!(
        "{:<44} pending at most {most_pending}, backlog at the end sent in {:.2} s, balance {} {}",
        format!("B5 {count} tracked visitors per second, {seconds} s"),
        last.elapsed().as_secs_f64(),
        if stats.accepted == stats.sent + stats.replaced { "even" } else { "WRONG" },
        if done.is_complete() && most_pending <= 2 * count as u64 { "ok" } else { "MISSED" }
    );
    KameleoonClientFactory::forget("b5");
    Vec::new()
}
