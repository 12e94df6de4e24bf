//! A store that fails, panics, hangs or is slow.

use std::time::{Duration, Instant};

use kameleoon::{DataFileOrigin, KameleoonClient, LogLevel};

use crate::rig::{Lines, NAME, PATIENCE, SITE, config, has, platform, settled, text, wait_until};
use crate::shelf::{Mood, Shelf};

/// What a call of the store may take, with what a busy machine adds, three times.
const BOUND: Duration = Duration::from_secs(8);

#[test]
fn whatever_becomes_of_the_store_each_client_asks_the_platform_itself() {
    for mood in [Mood::Fails, Mood::Panics, Mood::Hangs] {
        let (platform, store) = (platform().data_file(text(1, true)).start().unwrap(), Shelf::new());
        let before = settled(&platform, &store);
        wait_until("it is shared", || store.text(NAME).is_some());
        store.set(mood);

        // A start.
        let lines = Lines::default();
        let config = config(&platform, &store).logger(lines.clone()).log_level(LogLevel::Info);
        let begun = Instant::now();
        let client = KameleoonClient::new(SITE, config).unwrap();
        client.wait_init(PATIENCE).unwrap();
        assert!(begun.elapsed() < BOUND, "{mood:?}: {:?}", begun.elapsed());
        assert_eq!(client.data_file_origin(), Some(DataFileOrigin::Polling), "{mood:?}");
        wait_until("the stream is open", || client.health().is_streaming);

        // Updates, and answers that wait for nothing meanwhile.
        for date in 2..5 {
            platform.set_data_file(text(date, true));
            let begun = Instant::now();
            platform.push_update(date);
            let mut slowest = Duration::ZERO;
            wait_until("both have it", || {
                let asked = Instant::now();
                let have = has(&client, date) && has(&before, date);
                slowest = slowest.max(asked.elapsed());
                have
            });
            assert!(begun.elapsed() < BOUND, "{mood:?}: {:?}", begun.elapsed());
            assert!(slowest < Duration::from_millis(500), "{mood:?}: an answer took {slowest:?}");
        }
        let stats = client.data_file_store_stats().unwrap();
        assert!(stats.failed >= 3 && stats.taken == 0, "{mood:?}: {stats:?}");
        assert!(client.health().prometheus().contains("kameleoon_data_file_store_failed_total"));
        wait_until("it is left alone", || lines.count("the data file store is left alone") == 1);

        // And when it is back, what is newest is shared.
        store.set(Mood::Fine);
        platform.set_data_file(text(9, true));
        wait_until("it is shared again", || {
            platform.push_update(9);
            std::thread::sleep(Duration::from_millis(200));
            store.text(NAME) == Some(text(9, true)) && has(&client, 9) && has(&before, 9)
        });
        assert_eq!(lines.count("the data file store is left alone"), 1, "{mood:?}: once for an outage");
    }
}

#[test]
fn a_close_does_not_wait_for_a_store_that_hangs() {
    let (platform, store) = (platform().data_file(text(1, true)).start().unwrap(), Shelf::new());
    let client = settled(&platform, &store);
    store.set(Mood::Hangs);
    platform.push_update(2);
    wait_until("a call hangs", || client.data_file_store_stats().unwrap().failed > 0);
    let begun = Instant::now();
    let timeout = Duration::from_secs(1);
    let _ = client.close(timeout);
    assert!(begun.elapsed() < timeout + Duration::from_millis(500), "{:?}", begun.elapsed());
    store.set(Mood::Fine);
}

#[test]
fn a_store_that_is_slow_is_used_all_the_same() {
    let (platform, store) = (platform().data_file(text(1, true)).start().unwrap(), Shelf::new());
    store.set(Mood::Slow(Duration::from_millis(50)));
    let clients: Vec<_> = (0..3).map(|_| settled(&platform, &store)).collect();
    platform.set_data_file(text(2, true));
    platform.push_update(2);
    wait_until("all have it", || clients.iter().all(|client| has(client, 2)));
    assert!(clients.iter().all(|client| client.data_file_store_stats().unwrap().failed == 0));
}
