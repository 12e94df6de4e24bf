//! Made-up visitor codes, far more than the client keeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kameleoon::{KameleoonClientFactory, KameleoonLogger, LogLevel, Logger};

use crate::process::alone;
use crate::rig::{FLAG, PATIENCE, data_file, new_site, platform, quick};

const MOST: usize = 5_000;
const FLOOD: usize = 60_000;

struct Count(Arc<AtomicUsize>);

impl Logger for Count {
    fn log(&self, _level: LogLevel, message: &str) {
        if message.contains("visitor store is full") {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[test]
fn a_flood_of_visitor_codes_is_bounded_counted_and_told_now_and_then() {
    alone("flood::a_flood_of_visitor_codes_is_bounded_counted_and_told_now_and_then", || {
        let warnings = Arc::new(AtomicUsize::new(0));
        KameleoonLogger::set_logger(Count(Arc::clone(&warnings)));
        let platform = platform().data_file(data_file(1, false)).start().unwrap();
        let site = new_site("flood");
        let config = quick(platform.client_config()).max_visitors(MOST);
        let client = KameleoonClientFactory::create(&site, config).unwrap();
        client.wait_init(PATIENCE).unwrap();
        // Nothing can be sent, so that all of them are on the list.
        platform.pause();
        for number in 0..FLOOD {
            client.get_variation(&format!("made-up-{number}"), FLAG).unwrap();
            if number % 1_000 == 0 {
                assert!(client.visitor_count() <= MOST, "{}", client.visitor_count());
            }
        }
        let stats = client.tracking_stats();
        assert!(
            client.visitor_count() <= MOST && client.visitor_count() > MOST / 2,
            "{}",
            client.visitor_count()
        );
        assert_eq!(stats.visitors_evicted as usize, FLOOD - client.visitor_count(), "{stats:?}");
        assert_eq!(stats.accepted as usize, FLOOD, "{stats:?}");
        let told = warnings.load(Ordering::SeqCst);
        // The first one, and one for every 10,000.
        assert_eq!(told, 1 + stats.visitors_evicted as usize / 10_000, "{stats:?}");
        platform.resume().unwrap();
        crate::rig::wait_until("what is left is sent", || client.tracking_stats().pending == 0);
        let stats = client.tracking_stats();
        // What was part of a request under way when its visitor had to go is neither lost twice
        // nor counted twice.
        assert_eq!(stats.sent + stats.given_up, stats.accepted, "{stats:?}");
        let exposures = platform
            .tracking_lines()
            .iter()
            .filter(|line| line.get("eventType") == Some("experiment"))
            .count();
        assert_eq!(stats.sent as usize, exposures, "{stats:?}");
        assert!(stats.sent as usize >= client.visitor_count(), "{stats:?}");
        assert!(KameleoonClientFactory::forget(&site).unwrap().is_complete());
    });
}
