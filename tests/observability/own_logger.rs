//! Loggers of clients.

use std::sync::Arc;
use std::time::Duration;

use kameleoon::{KameleoonClient, KameleoonClientConfig, KameleoonClientFactory, LogLevel, Logger};
use parking_lot::Mutex;

use crate::records;
use crate::{PATIENCE, platform, quick};

#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<(LogLevel, String)>>>);

impl Logger for Notes {
    fn log(&self, level: LogLevel, message: &str) {
        self.0.lock().push((level, message.to_owned()));
    }
}

#[test]
fn clients_have_loggers_and_levels_of_their_own_and_the_last_does_not_win() {
    records::record();
    let platform = platform(false).start().unwrap();
    let (first, second) = (Notes::default(), Notes::default());
    let make = |site: &str, notes: &Notes, level| {
        let config = quick(platform.client_config()).logger(notes.clone()).log_level(level);
        let client = KameleoonClient::new(site, config).unwrap();
        client.wait_init(PATIENCE).unwrap();
        let _ = client.get_variation("anna", "flag");
        let _ = client.get_variation_or("anna", "flga", "off");
        client
    };
    let quiet = make("quiet", &first, LogLevel::Warning);
    let loud = make("loud", &second, LogLevel::Debug);
    let _ = (quiet.close(Duration::ZERO), loud.close(Duration::ZERO));
    let (first, second) = (first.0.lock(), second.0.lock());
    assert!(first.iter().all(|(level, text)| *level <= LogLevel::Warning && text.starts_with("[quiet] ")));
    assert!(second.iter().all(|(_, text)| text.starts_with("[loud] ")));
    assert!(first.iter().any(|(_, text)| text.contains("`flga`")), "{first:?}");
    assert!(second.iter().any(|(level, text)| *level == LogLevel::Debug && text.contains("status 200")));
    assert!(records::of("quiet").is_empty() && records::of("loud").is_empty(), "they are nobody else's");
}

#[test]
fn a_visitor_code_file_that_cannot_be_read_is_told_to_the_clients_logger() {
    records::record();
    let platform = platform(false).start().unwrap();
    let notes = Notes::default();
    // Below a file there is no folder.
    let path = std::env::current_exe().unwrap().join("code");
    let config = quick(platform.client_config()).logger(notes.clone()).visitor_code_file(path);
    let client = KameleoonClient::new("no-code-file", config).unwrap();
    assert_eq!(client.local_visitor_code().len(), 16);
    let told = |(_, text): &(LogLevel, String)| {
        text.starts_with("[no-code-file] ") && text.contains("visitor code of its own")
    };
    assert!(notes.0.lock().iter().any(told), "{:?}", notes.0.lock());
}

#[test]
fn the_factory_knows_a_configuration_with_the_same_logger() {
    records::record();
    let platform = platform(false).start().unwrap();
    let notes = Notes::default();
    let config: KameleoonClientConfig = quick(platform.client_config()).logger(notes.clone());
    let told = || {
        notes
            .0
            .lock()
            .iter()
            .filter(|(_, text)| text.contains("that is there already") && text.contains("`logger`"))
            .count()
    };
    let client = KameleoonClientFactory::create("same-logger", config.clone()).unwrap();
    KameleoonClientFactory::create("same-logger", config.clone()).unwrap();
    assert_eq!(told(), 0);
    KameleoonClientFactory::create("same-logger", config.logger(Notes::default())).unwrap();
    assert_eq!(told(), 1);
    assert!(!format!("{client:?}").is_empty());
    KameleoonClientFactory::forget("same-logger");
}
