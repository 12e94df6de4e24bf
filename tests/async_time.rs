//! Futures under a runtime whose time is paused, or that has no timer: their times are real.

use std::time::{Duration, Instant};

use kameleoon::emulator::{Emulator, Fault, Times};
use kameleoon::{KameleoonClientFactory, KameleoonError, RequestKind};

const DATA_FILE: &str = r#"{"featureFlags": []}"#;
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn paused_time_makes_no_call_late() {
    let paused =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let bare = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for (name, runtime) in [("paused", paused), ("bare", bare)] {
        let platform = Emulator::builder().data_file(DATA_FILE).start().unwrap();
        platform.set_map("prices", r#"{"ticket": 7}"#);
        let site = format!("async-time-{name}");
        let client = KameleoonClientFactory::create(&site, platform.client_config()).unwrap();
        runtime.block_on(async {
            assert_eq!(client.wait_init_async(PATIENCE).await, Ok(()), "{name}");
            assert_eq!(client.refresh_data_file_async(PATIENCE).await, Ok(()), "{name}");
            assert_eq!(client.get_remote_data_async("prices").await.unwrap()["ticket"], 7, "{name}");
            client.track_conversion("visitor", 1).unwrap();
            assert!(client.flush_and_wait_async(PATIENCE).await.is_complete(), "{name}");
            // A time that is over is over.
            platform.fail(RequestKind::Configuration, Fault::NeverAnswer, Times::Always);
            let (short, start) = (Duration::from_millis(50), Instant::now());
            let late = client.refresh_data_file_async(short).await;
            let Err(KameleoonError::InitializationTimeout { waited, .. }) = late else {
                panic!("{name}: {late:?}")
            };
            assert_eq!(waited, short, "{name}");
            assert!(start.elapsed() >= short, "{name}");
        });
        KameleoonClientFactory::forget(&site);
    }
}
