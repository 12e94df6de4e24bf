//! A logger that calls the client, on whatever thread it is called.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use kameleoon::emulator::{Fault, Times};
use kameleoon::{
    CustomData, KameleoonClient, KameleoonClientFactory, KameleoonLogger, LogLevel, Logger, RequestKind,
};

use crate::process::alone;
use crate::rig::{FLAG, PATIENCE, data_file, new_site, platform, quick};

/// Calls the factory and the client for every message. What it would log because of that is left
/// out by the crate.
struct Curious {
    client: Arc<OnceLock<KameleoonClient>>,
    messages: Arc<AtomicUsize>,
}

impl Logger for Curious {
    fn log(&self, _level: LogLevel, _message: &str) {
        let before = self.messages.fetch_add(1, Ordering::SeqCst);
        assert!(KameleoonClientFactory::forget("of nobody").is_none());
        if let Some(client) = self.client.get() {
            // Not for each of the thousands of messages: all handlers hear of all events.
            if before % 100 == 0 {
                client.set_event_handler(|_| ());
                client.on_update_configuration(|| ());
                client.on_evaluation(|_| ());
            }
            let _ = client.get_variation("the logger's visitor", FLAG);
            let _ = client.add_data("the logger's visitor", CustomData::new(1, ["the logger's user"]));
            client.flush_all();
            let _ = client.tracking_stats();
            let _ = client.wait_init(Duration::ZERO);
        }
    }
}

#[test]
fn a_logger_may_call_the_client() {
    alone("logger::a_logger_may_call_the_client", || {
        let client_of_logger = Arc::new(OnceLock::new());
        let messages = Arc::new(AtomicUsize::new(0));
        KameleoonLogger::set_log_level(LogLevel::Debug);
        KameleoonLogger::set_logger(Curious {
            client: Arc::clone(&client_of_logger),
            messages: Arc::clone(&messages),
        });
        let (done, is_done) = crossbeam_channel::bounded::<()>(1);
        let test = std::thread::spawn(move || {
            let mapping = r#""customData": [{"index": "1", "id": 9, "isMappingIdentifier": true}],"#;
            let file = data_file(1, true).replacen("{", &format!("{{{mapping}"), 1);
            let platform = platform().data_file(file).start().unwrap();
            let site = new_site("logger");
            // It has something to say already: that the domain has `www.`.
            let config =
                quick(platform.client_config()).max_visitors(100).top_level_domain("www.example.com");
            let client = KameleoonClientFactory::create(&site, config).unwrap();
            client_of_logger.set(client.clone()).unwrap();
            client.wait_init(PATIENCE).unwrap();
            let (release, released) = crossbeam_channel::bounded::<()>(0);
            client.set_event_handler(move |_| {
                let _ = released.recv();
            });
            platform.fail(RequestKind::Token, Fault::NeverAnswer, Times::Once);
            platform.fail(RequestKind::Tracking, Fault::status(500), Times::Count(4));
            platform.fail(RequestKind::Configuration, Fault::status(500), Times::Count(2));
            for number in 0..1_000 {
                let visitor = format!("visitor-{number}");
                client.get_variation(&visitor, FLAG).unwrap();
                // Links it, which may make room in the store.
                client.add_data(&visitor, CustomData::new(1, [format!("user-{number}")])).unwrap();
            }
            for _ in 0..2 {
                client.refresh_data_file(PATIENCE).unwrap_err();
            }
            platform.drop_streams();
            // More events than may wait.
            for _ in 0..1_100 {
                let _ = client.get_remote_data("key");
            }
            drop(release);
            let _ = client.flush_and_wait(PATIENCE);
            let _ = KameleoonClientFactory::forget(&site).unwrap();
            drop(done);
        });
        let over = is_done.recv_timeout(2 * PATIENCE);
        assert_eq!(over, Err(crossbeam_channel::RecvTimeoutError::Disconnected), "it hangs");
        test.join().unwrap();
        assert!(messages.load(Ordering::SeqCst) > 10);
    });
}
