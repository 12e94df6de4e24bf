//! Requests that mean harm: whatever a client sends, nothing panics, and nothing but one
//! well-formed cookie reaches the response.

use kameleoon::{KameleoonClient, KameleoonClientConfig, LegalConsent, RequestCookies, VisitorCodeOptions};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, RngExt, SeedableRng};

const SEED: u64 = 0x6b61_6d65_6c65_6f6e;
const ROUNDS: usize = 20_000;

/// What has a meaning to someone who reads cookies, queries, headers or JSON.
const WORDS: &[&str] = &[
    "kameleoonVisitorCode",
    "kameleoonVisitorCode=",
    "kameleoonSimulationFFData=",
    "; ",
    ";",
    "=",
    "&",
    "?",
    "#",
    "+",
    ",",
    "\"",
    "\\",
    "\\\"",
    "%",
    "%0d%0a",
    "%0D%0ASet-Cookie: evil=1",
    "%3B",
    "%25",
    "%25250d",
    "%ff",
    "%C3",
    "%C3%9F",
    "%00",
    "\r\n",
    "\r\nSet-Cookie: evil=1",
    "\n",
    "\r",
    "\t",
    "\0",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "; Domain=evil.example",
    "; Path=/evil",
    "Max-Age=0",
    "HttpOnly",
    "ß",
    "🚀",
    " ",
    "{",
    "}",
    "[",
    "]",
    ":",
    "{\"f\":",
    "{\"f\":{\"expId\":10,\"varId\":20}}",
    "%7B%22f%22%3A%7B%22expId%22%3A0%7D%7D",
    "{\"expId\":10,\"varId\":-1}",
    "null",
    "1e999",
    "99999999999999999999",
];

fn word(random: &mut Xoshiro256PlusPlus) -> &'static str {
    WORDS[random.random_range(0..WORDS.len())]
}

/// Up to 40 pieces, each a word or a few random bytes.
fn bytes(random: &mut Xoshiro256PlusPlus) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..random.random_range(0..40) {
        if random.random_bool(0.75) {
            text.extend_from_slice(word(random).as_bytes());
        } else {
            let mut noise = [0; 4];
            random.fill_bytes(&mut noise);
            text.extend_from_slice(&noise[..random.random_range(0..=4)]);
        }
    }
    text
}

fn text(random: &mut Xoshiro256PlusPlus) -> String {
    String::from_utf8_lossy(&bytes(random)).into_owned()
}

/// Takes a header apart by its grammar (RFC 6265, section 4.1.1) and compares it with the one that
/// is due. Returns the cookie's value.
fn check_header<'h>(header: &'h str, attributes: &[&str]) -> &'h str {
    assert!(header.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{header:?}");
    let (pair, rest) = header.split_once("; ").unwrap();
    let value = pair.strip_prefix("kameleoonVisitorCode=").unwrap();
    let allowed = |byte: u8| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte);
    assert!(!value.is_empty() && value.bytes().all(allowed), "{header:?}");
    let (expires, others): (Vec<&str>, Vec<&str>) =
        rest.split("; ").partition(|attribute| attribute.starts_with("Expires="));
    assert_eq!(expires.len(), 1, "{header:?}");
    assert_eq!(others, attributes, "{header:?}");
    value
}

#[test]
fn no_request_panics_or_injects() {
    let file = r#"{"featureFlags": [{"featureKey": "f", "defaultVariationKey": "off", "rules": [
        {"experimentId": 10, "variationByExposition": [{"variationKey": "on", "variationId": 20}]}]}]}"#;
    let config = KameleoonClientConfig::new("", "").top_level_domain("example.com");
    let client = KameleoonClient::offline_with(file, config).unwrap();
    let kept = ["Domain=example.com", "Path=/", "Max-Age=32832000", "Secure", "SameSite=Lax"];
    let mut random = Xoshiro256PlusPlus::seed_from_u64(SEED);
    let (mut found, mut escaped) = (0, 0);
    for round in 0..ROUNDS {
        let headers: Vec<Vec<u8>> = (0..random.random_range(0..3)).map(|_| bytes(&mut random)).collect();
        let (query, default) = (text(&mut random), text(&mut random));
        let mut options = VisitorCodeOptions::new().query(&query);
        if random.random_bool(0.5) {
            options = options.default_visitor_code(default.as_str());
        }
        let case = format!("round {round}: {headers:?} {query:?} {default:?}");

        let mut cookies = RequestCookies::from_headers(&headers);
        let Ok(code) = client.get_visitor_code_with(&mut cookies, options) else { continue };
        assert!((1..=255).contains(&code.chars().count()), "{case}");
        let mut consented = RequestCookies::from_headers(&headers);
        client.set_legal_consent_with(&code, LegalConsent::Given, &mut consented).unwrap();

        let written = cookies.set_cookie_headers();
        assert!(written.len() <= 1, "{case}");
        for header in written.iter().chain(consented.set_cookie_headers()) {
            let value = check_header(header, &kept);
            escaped += usize::from(value.contains('%'));
            // The browser's next request.
            let mut next = RequestCookies::from_headers([format!("kameleoonVisitorCode={value}")]);
            assert_eq!(client.get_visitor_code(&mut next).as_deref(), Ok(code.as_str()), "{case}");
            assert!(next.set_cookie_headers().is_empty(), "{case}");
            found += 1;
        }
        let script = client.get_engine_tracking_code(&code);
        assert_eq!(script, "window.kameleoonQueue=window.kameleoonQueue||[];", "{case}");
    }
    // The property means something only while many rounds get this far.
    assert!(found > ROUNDS && escaped > ROUNDS / 4, "{found} headers, {escaped} with escapes");
}

#[test]
fn huge_headers_are_read_in_reasonable_time() {
    let start = std::time::Instant::now();
    let client = KameleoonClient::offline("{}").unwrap();
    for header in [
        "a=;".repeat(1_000_000),
        format!("kameleoonVisitorCode={}", "%".repeat(3_000_000)),
        "kameleoonVisitorCode=;".repeat(200_000),
        format!("kameleoonVisitorCode=v; kameleoonSimulationFFData={}", "[".repeat(3_000_000)),
        format!(
            "kameleoonVisitorCode=v; kameleoonSimulationFFData={{{}\"a\":1}}",
            "\"a\":1,".repeat(500_000)
        ),
        ";".repeat(3_000_000),
        "=".repeat(3_000_000),
    ] {
        let mut cookies = RequestCookies::from_headers([&header]);
        let _ = client.get_visitor_code_with(&mut cookies, VisitorCodeOptions::new().query(&header));
    }
    let taken = start.elapsed();
    assert!(taken.as_secs() < 60, "{taken:?}");
}
