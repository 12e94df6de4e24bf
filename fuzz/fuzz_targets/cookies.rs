//! A cookie header and a query: the visitor code, the simulated variations, and the answer's header.
#![no_main]

use std::sync::OnceLock;

use kameleoon::{
    EvaluationOptions, KameleoonClient, KameleoonClientConfig, RequestCookies, VisitorCodeOptions,
};
use kameleoon_fuzz::Bytes;
use libfuzzer_sys::fuzz_target;

const SHOP: &str = include_str!("../../fixtures/shop.json");

fuzz_target!(|bytes: &[u8]| {
    kameleoon_fuzz::quiet();
    static CLIENT: OnceLock<KameleoonClient> = OnceLock::new();
    let client = CLIENT.get_or_init(|| {
        let config = KameleoonClientConfig::new("", "").top_level_domain("shop.example").max_visitors(100);
        KameleoonClient::offline_with(SHOP, config).expect("the shop's data file is good")
    });
    let mut bytes = Bytes(bytes);
    let query = String::from_utf8_lossy(bytes.part()).into_owned();
    let header = bytes.0;
    let mut cookies = RequestCookies::from_headers([header]);
    let options = VisitorCodeOptions::new().query(&query).replace_invalid(true);
    let code = client.get_visitor_code_with(&mut cookies, options).expect("what is invalid is replaced");
    assert!(!code.is_empty() && code.chars().count() <= 255, "{code:?}");
    client
        .get_variation_with(&code, "new_checkout", EvaluationOptions::new().track(false))
        .expect("it is there");
    let _ = client.get_engine_tracking_code(&code);
    for header in cookies.all_set_cookie_headers() {
        let is_plain = header.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        assert!(is_plain, "a header with more than printable ASCII: {header:?}");
        assert_eq!(header.split("; ").filter(|part| part.starts_with("Domain=")).count(), 1, "{header:?}");
        // The browser sends it back, and the same code is read.
        let pair = header.split(';').next().expect("there is always a first part");
        let mut next = RequestCookies::from_headers([pair]);
        let again = client.get_visitor_code(&mut next).expect("a code of our own is good");
        assert_eq!(again, code, "{header:?}");
    }
});
