//! Consent behind the layer: what becomes of the cookie.

use http::{Request, Response};
use kameleoon::LegalConsent;
use kameleoon::tower::{KameleoonLayer, RequestVisitor};

use crate::exchange::{MANAGED, client, free, request, send, visit};

const CODE: &str = "kameleoonVisitorCode=v";

/// What a response does to the cookie.
#[derive(Debug, PartialEq)]
enum Cookie {
    Left,
    Kept,
    Expired,
}

fn cookie(cookies: &[String]) -> Cookie {
    match cookies {
        [] => Cookie::Left,
        [cookie] if cookie.contains("; Max-Age=32832000;") => Cookie::Kept,
        [cookie] if cookie.contains("; Max-Age=0;") => Cookie::Expired,
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_consent_there_is_no_cookie() {
    let layer = KameleoonLayer::new(client(MANAGED));
    let (first, cookies) = visit(&layer, Request::new(()));
    assert_eq!(cookie(&cookies), Cookie::Left);
    let (second, _) = visit(&layer, Request::new(()));
    assert_ne!(first, second, "nothing connects two requests");
}

#[test]
fn what_a_handler_is_told_reaches_the_cookie() {
    type Handler = fn(&RequestVisitor);
    let accept: Handler = |visitor| visitor.set_legal_consent(LegalConsent::Given);
    let refuse: Handler = |visitor| visitor.set_legal_consent(LegalConsent::Refused);
    // As the reference's documentation has it: the client is told, the middleware has the cookie.
    let accept_plain: Handler =
        |visitor| visitor.client().set_legal_consent(visitor.visitor_code(), LegalConsent::Given).unwrap();
    let refuse_plain: Handler =
        |visitor| visitor.client().set_legal_consent(visitor.visitor_code(), LegalConsent::Refused).unwrap();
    let both: Handler = |visitor| {
        visitor.set_legal_consent(LegalConsent::Given);
        visitor.client().set_legal_consent(visitor.visitor_code(), LegalConsent::Refused).unwrap();
    };
    for (managed, request_cookie, name, handler, expected) in [
        (true, "", "accept", accept, Cookie::Kept),
        (true, CODE, "accept", accept, Cookie::Kept),
        (true, CODE, "refuse", refuse, Cookie::Expired),
        (true, "", "accept_plain", accept_plain, Cookie::Kept),
        (true, CODE, "accept_plain", accept_plain, Cookie::Left),
        (true, CODE, "refuse_plain", refuse_plain, Cookie::Expired),
        (true, "", "refuse_plain", refuse_plain, Cookie::Left),
        (true, "", "both", both, Cookie::Expired),
        (false, "", "accept", accept, Cookie::Kept),
        (false, CODE, "accept", accept, Cookie::Kept),
        (false, CODE, "refuse", refuse, Cookie::Left),
        (false, "", "refuse", refuse, Cookie::Kept),
        (false, CODE, "refuse_plain", refuse_plain, Cookie::Left),
    ] {
        let data_file = if managed { MANAGED.to_owned() } else { free() };
        let layer = KameleoonLayer::new(client(&data_file));
        let cookies = send(&layer, request(request_cookie), |visitor| {
            handler(visitor);
            Response::new(())
        });
        assert_eq!(cookie(&cookies), expected, "managed {managed}, {request_cookie:?}, {name}");
    }
}

#[test]
fn consent_that_was_given_before_brings_the_cookie() {
    let client = client(MANAGED);
    let layer = KameleoonLayer::new(client.clone()).default_visitor_code(|_| Some("user-7".to_owned()));
    assert_eq!(cookie(&visit(&layer, Request::new(())).1), Cookie::Left);
    // Somewhere else, such as when the user's account was read.
    client.set_legal_consent("user-7", LegalConsent::Given).unwrap();
    let (code, cookies) = visit(&layer, Request::new(()));
    assert_eq!((code.as_str(), cookie(&cookies)), ("user-7", Cookie::Kept));
    let (_, cookies) = visit(&layer, request("kameleoonVisitorCode=user-7"));
    assert_eq!(cookie(&cookies), Cookie::Left, "the browser has it");
    client.set_legal_consent("user-7", LegalConsent::Refused).unwrap();
    let (_, cookies) = visit(&layer, request("kameleoonVisitorCode=user-7"));
    assert_eq!(cookie(&cookies), Cookie::Expired);
}

#[test]
fn evaluation_follows_consent() {
    let layer = KameleoonLayer::new(client(MANAGED));
    for (consent, key) in [(true, "on"), (false, "off"), (true, "on")] {
        send(&layer, request(CODE), |visitor| {
            visitor.set_legal_consent(consent.into());
            let variation = visitor.client().get_variation(visitor.visitor_code(), "f").unwrap();
            assert_eq!(variation.key(), key);
            Response::new(())
        });
    }
}

#[test]
fn a_visitor_kept_beyond_its_request_does_no_harm() {
    let layer = KameleoonLayer::new(client(MANAGED));
    let kept = std::cell::RefCell::new(None);
    send(&layer, request(CODE), |visitor| {
        *kept.borrow_mut() = Some(visitor.clone());
        Response::new(())
    });
    let visitor = kept.take().unwrap();
    visitor.set_legal_consent(LegalConsent::Refused);
    assert_eq!(visitor.client().get_variation("v", "f").unwrap().key(), "off");
}
