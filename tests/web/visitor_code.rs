//! Where the visitor code comes from, and when the response sets it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::SystemTime;

use kameleoon::{
    CookieJar, KameleoonClient, KameleoonClientConfig, KameleoonError, LegalConsent, RequestCookies,
    SameSite, SetCookie, VisitorCodeOptions,
};

use crate::header::written;

fn client() -> KameleoonClient {
    KameleoonClient::offline("{}").unwrap()
}

fn is_fresh(code: &str) -> bool {
    code.len() == 16 && code.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The code of a request, and the one that the response sets.
fn codes(cookie: &str, options: VisitorCodeOptions<'_>) -> (kameleoon::Result<String>, Option<String>) {
    let mut cookies = RequestCookies::from_headers([cookie]);
    let code = client().get_visitor_code_with(&mut cookies, options);
    (code, written(&cookies).map(|cookie| cookie.value))
}

#[test]
fn cookie_query_default_and_fresh_come_in_this_order() {
    let longest = "x".repeat(255);
    let new = VisitorCodeOptions::new;
    for (cookie, options, code, set) in [
        ("kameleoonVisitorCode=c", new(), "c", None),
        (
            "kameleoonVisitorCode=c",
            new().query("kameleoonVisitorCode=q").default_visitor_code("d"),
            "c",
            None,
        ),
        ("", new().query("?a=1&kameleoonVisitorCode=q").default_visitor_code("d"), "q", Some("q")),
        ("", new().query_parameter("q q").default_visitor_code("d"), "q q", Some("q%20q")),
        ("", new().query("kameleoonVisitorCode=").default_visitor_code("d"), "d", Some("d")),
        ("", new().query_parameter("").default_visitor_code("d"), "d", Some("d")),
        ("kameleoonVisitorCode=", new().default_visitor_code("d"), "d", Some("d")),
        ("other=1", new().default_visitor_code("d"), "d", Some("d")),
        ("other=1", new().default_visitor_code("d").read_only(true), "d", None),
        ("kameleoonVisitorCode=c", new().read_only(true), "c", None),
        ("kameleoonVisitorCode=a%20b%3B%C3%9F", new(), "a b;ß", None),
        ("kameleoonVisitorCode=\"q\"", new(), "q", None),
        ("kameleoonVisitorCode=100%", new(), "100%", None),
        ("", new().default_visitor_code("100%, ß"), "100%, ß", Some("100%25%2C%20%C3%9F")),
        ("", new().default_visitor_code(longest.as_str()), &longest, Some(longest.as_str())),
    ] {
        let described = format!("{cookie:?} {options:?}");
        let (found, written) = codes(cookie, options);
        assert_eq!((found.as_deref(), written.as_deref()), (Ok(code), set), "{described}");
    }
    for options in [new(), new().query(""), new().read_only(true)] {
        let described = format!("{options:?}");
        let read_only = described.contains("read_only: true");
        let (found, written) = codes("", options);
        let found = found.unwrap();
        assert!(is_fresh(&found), "{found}");
        assert_eq!(written, (!read_only).then_some(found), "{described}");
    }
}

#[test]
fn a_code_that_counts_has_to_be_valid() {
    let too_long = "é".repeat(256);
    let cookie = format!("kameleoonVisitorCode={too_long}");
    let new = VisitorCodeOptions::new;
    for (cookie, options) in [
        (cookie.as_str(), new().default_visitor_code("good")),
        ("", new().query_parameter(too_long.as_str()).default_visitor_code("good")),
        ("", new().default_visitor_code(too_long.as_str())),
        ("", new().default_visitor_code("")),
    ] {
        let described = format!("{options:?}");
        let (found, written) = codes(cookie, options);
        assert!(matches!(found, Err(KameleoonError::VisitorCodeInvalid { .. })), "{described}: {found:?}");
        assert_eq!(written, None, "{described}");
    }
    // 255 characters are fine, however many bytes they take.
    let longest = "🚀".repeat(255);
    assert_eq!(codes(&format!("kameleoonVisitorCode={longest}"), new()).0, Ok(longest));
}

#[test]
fn fresh_codes_differ() {
    let client = client();
    let codes: BTreeSet<String> =
        (0..100).map(|_| client.get_visitor_code(&mut RequestCookies::new()).unwrap()).collect();
    assert_eq!(codes.len(), 100);
}

#[test]
fn one_request_has_one_code_however_often_it_is_asked_for() {
    let client = client();
    let mut cookies = RequestCookies::new();
    let code = client.get_visitor_code(&mut cookies).unwrap();
    assert_eq!(client.get_visitor_code(&mut cookies), Ok(code.clone()));
    assert_eq!(written(&cookies).unwrap().value, code);
}

#[test]
fn the_browser_that_keeps_the_cookie_is_the_same_visitor() {
    let client = client();
    for default in ["user 7", "ß;🚀", "a%41b", "a\r\nSet-Cookie: evil=1", "\"quoted\"", " ", "=", "a+b"] {
        let mut first = RequestCookies::new();
        let options = VisitorCodeOptions::new().default_visitor_code(default);
        client.get_visitor_code_with(&mut first, options).unwrap();
        let cookie = written(&first).unwrap();
        let mut second = RequestCookies::from_headers([format!("{}={}", cookie.name, cookie.value)]);
        assert_eq!(client.get_visitor_code(&mut second).as_deref(), Ok(default));
        assert_eq!(written(&second), None);
    }
}

#[test]
fn the_cookie_has_the_attributes_of_the_configuration() {
    let config = KameleoonClientConfig::new("", "")
        .top_level_domain("example.com")
        .cookie_secure(false)
        .cookie_same_site(SameSite::Strict);
    let client = KameleoonClient::offline_with("{}", config).unwrap();
    let mut cookies = RequestCookies::new();
    client.get_visitor_code(&mut cookies).unwrap();
    let mut cookie = written(&cookies).unwrap();
    let expires = cookie.attributes.remove("Expires").unwrap();
    assert!(expires.ends_with(" GMT"), "{expires}");
    let attributes: Vec<(&str, &str)> =
        cookie.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        attributes,
        [("Domain", "example.com"), ("Max-Age", "32832000"), ("Path", "/"), ("SameSite", "Strict")]
    );
}

/// A framework's jar: it reads and writes by its own types.
#[derive(Default)]
struct OwnJar {
    asked: std::cell::Cell<u32>,
    set: Vec<SetCookie>,
}

impl CookieJar for OwnJar {
    fn get(&self, _: &str) -> Option<Cow<'_, str>> {
        self.asked.set(self.asked.get() + 1);
        None
    }

    fn set(&mut self, cookie: SetCookie) {
        self.set.push(cookie);
    }
}

#[test]
fn any_jar_does_and_gets_the_attributes_one_by_one() {
    let mut jar = OwnJar::default();
    let dynamic: &mut dyn CookieJar = &mut jar;
    let code = client().get_visitor_code(dynamic).unwrap();
    assert!(jar.asked.get() > 0);
    let [cookie] = &jar.set[..] else { panic!("{:?}", jar.set) };
    assert_eq!((cookie.name(), cookie.value(), cookie.path()), ("kameleoonVisitorCode", &*code, "/"));
    assert_eq!((cookie.domain(), cookie.secure(), cookie.same_site()), (None, true, SameSite::Lax));
    assert_eq!(cookie.max_age().as_secs(), 380 * 86_400);
    let left = cookie.expires().duration_since(SystemTime::now()).unwrap();
    let days = left.as_secs_f64() / 86_400.0;
    assert!((379.9..=380.0).contains(&days), "{days}");
}

#[test]
fn a_cookie_is_renewed_where_that_is_asked_for_and_allowed() {
    const FREE: &str = "{}";
    const MANAGED: &str = r#"{"configuration": {"consentType": "REQUIRED"}}"#;
    for (data_file, renews, consent, read_only, is_written) in [
        (FREE, false, None, false, false),
        (FREE, true, None, false, true),
        (FREE, true, None, true, false),
        (FREE, true, Some(LegalConsent::Refused), false, true),
        (MANAGED, true, None, false, false),
        (MANAGED, true, Some(LegalConsent::Refused), false, false),
        (MANAGED, true, Some(LegalConsent::Given), false, true),
        (MANAGED, false, Some(LegalConsent::Given), false, false),
    ] {
        let config = KameleoonClientConfig::new("", "").renew_cookie(renews);
        let client = KameleoonClient::offline_with(data_file, config).unwrap();
        if let Some(consent) = consent {
            client.set_legal_consent("v", consent).unwrap();
        }
        let mut cookies = RequestCookies::from_headers(["kameleoonVisitorCode=v"]);
        let options = VisitorCodeOptions::new().read_only(read_only);
        assert_eq!(client.get_visitor_code_with(&mut cookies, options).as_deref(), Ok("v"));
        let what = format!("{data_file}, renews: {renews}, {consent:?}, read only: {read_only}");
        assert_eq!(written(&cookies).is_some(), is_written, "{what}");
    }
}
