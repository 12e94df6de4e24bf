//! What a response tells shared caches when it has a visitor's cookie.

use http::header::{CACHE_CONTROL, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use kameleoon::tower::KameleoonLayer;

use crate::exchange::{answer, client, free, request};

/// The headers of a response whose handler sets these.
fn headers(layer: &KameleoonLayer, request: Request<()>, set: &[(&'static str, &'static str)]) -> HeaderMap {
    let handler = |_: &_| {
        let mut response = Response::new(());
        for (name, value) in set {
            response.headers_mut().append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        response
    };
    answer(layer, request, handler).headers().clone()
}

fn cache_control(headers: &HeaderMap) -> Vec<&str> {
    headers.get_all(CACHE_CONTROL).iter().map(|value| value.to_str().unwrap()).collect()
}

#[test]
fn a_response_with_a_visitors_cookie_is_kept_out_of_shared_caches() {
    let layer = KameleoonLayer::new(client(&free()));
    for (set, expected) in [
        (&[][..], "private"),
        (&[("cache-control", "public, s-maxage=3600")][..], "private"),
        (&[("cache-control", "public"), ("cache-control", "max-age=60")], "max-age=60, private"),
        (&[("cache-control", "no-store")], "no-store"),
        (&[("cache-control", "private, max-age=5")], "private, max-age=5"),
    ] {
        let headers = headers(&layer, Request::new(()), set);
        assert!(headers.contains_key(SET_COOKIE));
        assert_eq!(cache_control(&headers), [expected], "{set:?}");
    }
    let networks = [
        ("cdn-cache-control", "max-age=60"),
        ("cloudflare-cdn-cache-control", "max-age=60"),
        ("surrogate-control", "max-age=60"),
        ("etag", "x"),
    ];
    let headers = headers(&layer, Request::new(()), &networks);
    let names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
    assert!(
        names.contains(&"etag") && !names.iter().any(|name| name.contains("cdn") || name.contains("surr"))
    );
}

#[test]
fn a_response_without_the_cookie_stays_as_it_is() {
    let known = || request("kameleoonVisitorCode=v");
    let public = [("cache-control", "public, s-maxage=3600"), ("surrogate-control", "max-age=1")];
    let layer = KameleoonLayer::new(client(&free()));
    let unchanged = headers(&layer, known(), &public);
    assert_eq!(cache_control(&unchanged), ["public, s-maxage=3600"]);
    assert!(unchanged.contains_key("surrogate-control"));
    assert_eq!(cache_control(&headers(&layer, known(), &[])), Vec::<&str>::new());
    let off = headers(&layer.private_responses(false), Request::new(()), &public);
    assert!(off.contains_key(SET_COOKIE));
    assert_eq!(cache_control(&off), ["public, s-maxage=3600"]);
}

#[test]
fn a_response_without_room_for_a_header_harms_nobody() {
    let layer = KameleoonLayer::new(client(&free()));
    let response = answer(&layer, Request::new(()), |_| {
        let mut response = Response::new(());
        let headers = response.headers_mut();
        while headers.try_append("x-many", HeaderValue::from_static("x")).is_ok() {
            let name = HeaderName::try_from(format!("x-{}", headers.keys_len())).unwrap();
            if headers.try_append(name, HeaderValue::from_static("x")).is_err() {
                break;
            }
        }
        response
    });
    assert!(response.headers().keys_len() > 1_000);
}
