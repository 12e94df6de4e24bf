//! The running client against the emulated platform, over real sockets.

use std::time::Duration;

use kameleoon::emulator::Emulator;
use kameleoon::{KameleoonClientFactory, RequestKind};

const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn flags_come_from_the_platform_and_exposures_go_there() {
    let shop = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/shop.json")).unwrap();
    let platform = Emulator::builder().data_file(shop).start().unwrap();
    let client = KameleoonClientFactory::create("smoke", platform.client_config()).unwrap();
    client.wait_init(PATIENCE).unwrap();
    assert!(!client.get_feature_list().is_empty());
    for visitor in 0..100 {
        client.get_variation(&format!("visitor-{visitor}"), "new_checkout").unwrap();
    }
    assert!(platform.wait_until(PATIENCE, |log| log.count(RequestKind::Tracking) > 0));
    let report = client.flush_and_wait(PATIENCE);
    assert!(report.is_complete(), "{report:?}");
    let stats = client.tracking_stats();
    assert_eq!(stats.accepted, stats.sent, "{stats:?}");
    assert!(stats.sent > 0);
    assert!(KameleoonClientFactory::forget("smoke").unwrap().is_complete());
}
