//! What is told of the domain of the visitor's cookie.

use kameleoon::{KameleoonClient, RequestCookies};

use crate::{platform, quick, records};

/// The lines about the domain: of the start, and after `cookies` of them were made.
fn told(site: &str, domain: &str, cookies: usize) -> Vec<String> {
    let platform = platform(false).start().unwrap();
    let config = quick(platform.client_config()).top_level_domain(domain);
    let client = KameleoonClient::new(site, config).unwrap();
    for _ in 0..cookies {
        client.get_visitor_code(&mut RequestCookies::new()).unwrap();
    }
    let lines = records::of(site).into_iter().filter(|line| line.text.contains("top_level_domain"));
    lines.map(|line| line.text).collect()
}

#[test]
fn a_domain_is_spoken_of_where_it_matters_and_keeps_no_client_from_being_made() {
    records::record();
    assert!(told("tool", "", 0).is_empty(), "a program without cookies hears nothing");
    assert_eq!(told("shop", "", 3).len(), 1, "once, at the first cookie");
    assert!(told("right", "https://example.com/", 3).is_empty());
    for (site, domain, part) in [
        ("www", "https://www.example.com/", "without `www.`"),
        ("port", "localhost:3000", "is no domain"),
        ("path", "example.com/shop", "is no domain"),
        ("international", "b\u{fc}cher.example", "begins with `xn--`"),
    ] {
        let lines = told(site, domain, 1);
        assert!(lines.len() == 1 && lines[0].contains(part), "{domain}: {lines:?}");
    }
}
