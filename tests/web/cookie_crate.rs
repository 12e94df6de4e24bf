//! The jar of the `cookie` crate.

use cookie::{Cookie, CookieJar};
use kameleoon::{KameleoonClient, KameleoonClientConfig, RequestCookies, VisitorCodeOptions};

fn client() -> KameleoonClient {
    let file = r#"{"configuration": {"consentType": "REQUIRED"}, "featureFlags": []}"#;
    let config = KameleoonClientConfig::new("", "").top_level_domain("example.com");
    KameleoonClient::offline_with(file, config).unwrap()
}

#[test]
fn both_jars_write_the_same_cookie() {
    let client = client();
    for consent in [true, false] {
        let mut plain = RequestCookies::new();
        client.set_legal_consent_with("a ß;b", consent.into(), &mut plain).unwrap();
        let mut jar = CookieJar::new();
        client.set_legal_consent_with("a ß;b", consent.into(), &mut jar).unwrap();

        let parse = |header: &str| Cookie::parse(header.to_owned()).unwrap();
        let mut plain = parse(&plain.set_cookie_headers()[0]);
        let changed: Vec<String> = jar.delta().map(ToString::to_string).collect();
        let [header] = &changed[..] else { panic!("{changed:?}") };
        let mut other = parse(header);
        // The two are made one after the other.
        for cookie in [&mut plain, &mut other] {
            assert!(cookie.expires_datetime().is_some());
            cookie.unset_expires();
        }
        assert_eq!(plain, other);
        assert_eq!(plain.value(), "a%20%C3%9F%3Bb");
    }
}

#[test]
fn a_code_is_read_from_the_jar() {
    let client = client();
    let mut jar = CookieJar::new();
    jar.add_original(Cookie::new("kameleoonVisitorCode", "a%20b"));
    assert_eq!(client.get_visitor_code(&mut jar).unwrap(), "a b");
    assert_eq!(jar.delta().count(), 0);
    let mut empty = CookieJar::new();
    let options = VisitorCodeOptions::new().default_visitor_code("d");
    assert_eq!(client.get_visitor_code_with(&mut empty, options).unwrap(), "d");
    assert_eq!(empty.delta().count(), 0, "consent is required first");
}
