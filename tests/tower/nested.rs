//! Layers around layers, and requests that are no visits.

use std::cell::RefCell;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use http::header::SET_COOKIE;
use http::{Request, Response};
use kameleoon::tower::{KameleoonLayer, RequestVisitor};
use kameleoon::{KameleoonClient, KameleoonClientConfig, LegalConsent};
use tower_layer::Layer;
use tower_service::Service;

use crate::exchange::{Handler, MANAGED, client, free, request, send};

#[test]
fn a_request_has_one_visitor_however_many_layers_it_passes() {
    let client = client(&free());
    let (inner, outer) = (KameleoonLayer::new(client.clone()), KameleoonLayer::new(client));
    let seen = RefCell::new(String::new());
    let handler = Handler(|visitor: &RequestVisitor| {
        visitor.visitor_code().clone_into(&mut seen.borrow_mut());
        Response::new(())
    });
    let mut service = outer.layer(inner.clone().layer(inner.layer(handler)));
    let mut context = Context::from_waker(Waker::noop());
    let future = pin!(service.call(Request::new(())));
    let Poll::Ready(Ok(response)) = future.poll(&mut context) else { panic!("the answer is not ready") };
    let cookies: Vec<_> = response.headers().get_all(SET_COOKIE).iter().collect();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    assert!(cookies[0].to_str().unwrap().contains(&*seen.borrow()), "the handler saw the code that is kept");
}

#[test]
fn what_a_browser_asks_by_itself_gets_no_cookie() {
    let layer = KameleoonLayer::new(client(&free()));
    let options = Request::options("/page").body(()).unwrap();
    assert_eq!(send(&layer, options, |_| Response::new(())), Vec::<String>::new());
    let head = Request::head("/page").body(()).unwrap();
    assert_eq!(send(&layer, head, |_| Response::new(())).len(), 1);
}

#[test]
fn a_refusal_removes_the_cookie_of_the_domain_and_that_of_the_host() {
    for (domain, removed) in [("example.com", 2), ("", 1)] {
        let config = KameleoonClientConfig::new("", "").top_level_domain(domain);
        let layer = KameleoonLayer::new(KameleoonClient::offline_with(MANAGED, config).unwrap());
        let cookies = send(&layer, request("kameleoonVisitorCode=v"), |visitor| {
            visitor.set_legal_consent(LegalConsent::Refused);
            Response::new(())
        });
        assert_eq!(cookies.len(), removed, "{cookies:?}");
        assert!(cookies.iter().all(|cookie| cookie.contains("; Max-Age=0;")), "{cookies:?}");
        let of_domain = cookies.iter().filter(|cookie| cookie.contains("; Domain=example.com;")).count();
        assert_eq!(of_domain, removed - 1, "{cookies:?}");
    }
}
