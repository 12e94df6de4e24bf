//! Some minutes of ordinary life.
#![cfg(target_os = "linux")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kameleoon::{Browser, BrowserType, KameleoonClientFactory};

use crate::process::{alone, client_threads, descriptors, resident_kib};
use crate::rig::{FLAG, PATIENCE, data_file, new_site, platform, quick, wait_until};

/// Visitors in a second.
const RATE: u64 = 500;
const SAMPLES: u64 = 12;
/// What the memory may grow by between the first third and the end. A leak of a few bytes for each
/// visitor is more than this within minutes.
const MOST_GROWTH_KIB: usize = 6 * 1024;

/// As the system shows their names, which it cuts off.
const THREADS: [&str; 3] = ["kameleoon-confi", "kameleoon-event", "kameleoon-track"];

/// How long it runs: `KAMELEOON_STEADY_SECONDS`, three minutes unless it is set.
fn duration() -> Duration {
    let seconds = std::env::var("KAMELEOON_STEADY_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(180))
}

#[test]
#[ignore = "long"]
fn memory_threads_and_descriptors_are_steady() {
    alone("steady::memory_threads_and_descriptors_are_steady", || {
        let lines = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&lines);
        let platform = platform()
            .data_file(data_file(1, true))
            .record_bodies(false)
            .keep_requests(10)
            .on_tracking_line(move |line| {
                if !line.contains("eventType=activity") {
                    seen.fetch_add(1, Ordering::Relaxed);
                }
            })
            .start()
            .unwrap();
        let site = new_site("steady");
        let config = quick(platform.client_config())
            .session_duration(Duration::from_secs(2))
            .refresh_interval(Duration::from_secs(1))
            .default_timeout(Duration::from_secs(10));
        let client = KameleoonClientFactory::create(&site, config).unwrap();
        client.wait_init(PATIENCE).unwrap();
        let updates = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&updates);
        client.on_update_configuration(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });

        let (start, whole) = (Instant::now(), duration());
        let (mut visitor, mut date, mut repeated) = (0_u64, 1, 0);
        let mut samples = Vec::new();
        while start.elapsed() < whole {
            while visitor < start.elapsed().as_millis() as u64 * RATE / 1_000 {
                let code = format!("visitor-{visitor}");
                client.add_data(&code, Browser::new(BrowserType::Firefox)).unwrap();
                client.get_variation(&code, FLAG).unwrap();
                client.track_conversion(&code, 83).unwrap();
                visitor += 1;
            }
            if start.elapsed() > Duration::from_secs(2) * date as u32 {
                date += 1;
                platform.set_data_file(data_file(date, true));
                platform.push_update(date);
                repeated += platform.tracking_totals().repeated_nonces;
                platform.clear_requests();
            }
            if start.elapsed() > whole / SAMPLES as u32 * (samples.len() as u32 + 1) {
                // The HTTP library looks names up on a thread that is gone in no time.
                wait_until("no more than the usual threads", || client_threads() == THREADS);
                samples.push((resident_kib(), descriptors(), client.visitor_count()));
                println!("{:?}: {:?} (KiB, descriptors, visitors)", start.elapsed(), samples.last());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(client.flush_and_wait(PATIENCE).is_complete());
        let stats = client.tracking_stats();
        println!("{visitor} visitors, {} updates, {stats:?}", updates.load(Ordering::Relaxed));
        assert_eq!((stats.sent, stats.pending, stats.given_up), (3 * visitor, 0, 0), "{stats:?}");
        assert_eq!((lines.load(Ordering::Relaxed), repeated), (3 * visitor, 0));
        assert!(updates.load(Ordering::Relaxed) + 3 >= date as u64, "updates were missed");
        let settled = &samples[samples.len() / 3..];
        let least = settled.iter().map(|sample| sample.0).min().unwrap();
        let last = settled.last().unwrap().0;
        assert!(last < least + MOST_GROWTH_KIB, "{samples:?}");
        let (fewest, most) = (
            settled.iter().map(|sample| sample.1).min().unwrap(),
            settled.iter().map(|sample| sample.1).max().unwrap(),
        );
        assert!(most <= fewest + 2, "{samples:?}");
        assert!(KameleoonClientFactory::forget(&site).unwrap().is_complete());
        wait_until("no thread is left", || client_threads().is_empty());
    });
}
