//! What the factory does with a second configuration. The logger holds for the whole process, so all
//! of it is one test.

#![allow(clippy::unwrap_used)] // helpers of tests count as production code

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kameleoon::emulator::Emulator;
use kameleoon::{KameleoonClientFactory, KameleoonLogger, LogLevel, Logger};

#[derive(Clone, Default)]
struct Messages(Arc<Mutex<Vec<String>>>);

impl Logger for Messages {
    fn log(&self, level: LogLevel, message: &str) {
        if level == LogLevel::Warning {
            self.0.lock().unwrap().push(message.to_owned());
        }
    }
}

impl Messages {
    fn about(&self, site: &str) -> Vec<String> {
        let all = std::mem::take(&mut *self.0.lock().unwrap());
        all.into_iter().filter(|message| message.contains(&format!("`{site}`"))).collect()
    }
}

#[test]
fn a_second_configuration_is_told_by_its_keys_and_without_secrets() {
    const SITE: &str = "second-configuration";
    let messages = Messages::default();
    KameleoonLogger::set_logger(messages.clone());
    let platform = Emulator::builder().data_file("{}").start().unwrap();
    let config = || platform.client_config().top_level_domain("example.com");

    let client = KameleoonClientFactory::create(SITE, config()).unwrap();
    client.track_conversion("visitor", 1).unwrap();
    let same = KameleoonClientFactory::create(SITE, config()).unwrap();
    assert_eq!(same.tracking_stats().accepted, 1);
    assert!(messages.about(SITE).is_empty(), "the same configuration is no news");

    let other = config().client_secret("hunter2").refresh_interval(Duration::from_secs(77));
    let same = KameleoonClientFactory::create(SITE, other.clone()).unwrap();
    assert_eq!(same.tracking_stats().accepted, 1, "the first client is given");
    let told = messages.about(SITE);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("`client_secret`, `refresh_interval`"), "{told:?}");
    assert!(!told[0].contains("hunter2") && !told[0].contains("77"), "{told:?}");
    let _ = KameleoonClientFactory::create(SITE, other).unwrap();
    assert!(messages.about(SITE).is_empty(), "told once, not at each call");

    let path = std::env::temp_dir().join(format!("kameleoon-factory-{}.yaml", std::process::id()));
    std::fs::write(&path, "client_id: from-file\nclient_secret: hunter3\nmax_visitors: 9\n").unwrap();
    let same = KameleoonClientFactory::create_from_file(SITE, &path).unwrap();
    assert_eq!(same.tracking_stats().accepted, 1);
    let told = messages.about(SITE);
    assert!(told.len() == 1 && told[0].contains("`max_visitors`"), "{told:?}");
    assert!(!told[0].contains("hunter3") && !told[0].contains("from-file"), "{told:?}");

    std::fs::remove_file(path).unwrap();
    let _ = KameleoonClientFactory::forget(SITE);
}
