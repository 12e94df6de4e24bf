//! A build without TLS.

#![cfg(not(any(feature = "rustls", feature = "native-tls")))]

use std::time::Duration;

use kameleoon::emulator::Emulator;
use kameleoon::{KameleoonClientConfig, KameleoonClientFactory, KameleoonError};

#[test]
fn a_client_over_https_is_refused_with_the_reason_and_one_over_http_works() {
    let platform = Emulator::builder().data_file(r#"{"featureFlags": []}"#).start().unwrap();
    let plain = platform.client_config();
    for config in [
        KameleoonClientConfig::new("id", "secret"),
        plain.clone().events_url("https://localhost"),
        plain.clone().proxy("https://localhost"),
    ] {
        let error = KameleoonClientFactory::create("no-tls", config).unwrap_err();
        let KameleoonError::ConfigInvalid { key, reason, .. } = &error else { panic!("{error:?}") };
        assert_eq!(key, "tls_provider");
        assert!(reason.contains("`rustls`") && reason.contains("`native-tls`"), "{reason}");
    }
    let client = KameleoonClientFactory::create("no-tls", plain).unwrap();
    client.wait_init(Duration::from_secs(10)).unwrap();
    assert!(KameleoonClientFactory::forget("no-tls").unwrap().is_complete());
}
