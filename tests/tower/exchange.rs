//! A request through the layer, to a handler that is a closure.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use http::header::{COOKIE, SET_COOKIE};
use http::{Request, Response};
use kameleoon::KameleoonClient;
use kameleoon::tower::{KameleoonLayer, RequestVisitor};
use tower_layer::Layer;
use tower_service::Service;

/// The site requires consent, and nothing is delivered without it: codes are managed.
pub(crate) const MANAGED: &str = r#"{"configuration": {"consentType": "REQUIRED"}, "featureFlags": [
    {"featureKey": "f", "environmentEnabled": true, "defaultVariationKey": "off",
     "variations": [{"key": "off"}, {"key": "on"}], "rules": [{"id": 1, "type": "EXPERIMENTATION",
     "exposition": 1.0, "experimentId": 2, "variationByExposition": [
     {"variationKey": "on", "variationId": 3, "exposition": 1.0}]}]}]}"#;

/// The same, where consent is of no interest.
pub(crate) fn free() -> String {
    MANAGED.replace("REQUIRED", "OFF")
}

pub(crate) fn client(data_file: &str) -> KameleoonClient {
    KameleoonClient::offline(data_file).unwrap()
}

pub(crate) fn request(cookie: &str) -> Request<()> {
    Request::get("/page").header(COOKIE, cookie).body(()).unwrap()
}

/// Sends a request; `handler` sees its visitor. Gives the `Set-Cookie` headers of the response.
pub(crate) fn send(
    layer: &KameleoonLayer,
    request: Request<()>,
    handler: impl Fn(&RequestVisitor) -> Response<()>,
) -> Vec<String> {
    let response = answer(layer, request, handler);
    let cookies = response.headers().get_all(SET_COOKIE).iter();
    cookies.map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
}

/// Sends a request; `handler` sees its visitor. Gives the response.
pub(crate) fn answer(
    layer: &KameleoonLayer,
    request: Request<()>,
    handler: impl Fn(&RequestVisitor) -> Response<()>,
) -> Response<()> {
    let mut service = layer.layer(Handler(handler));
    let mut context = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut context).is_ready());
    let future = pin!(service.call(request));
    let Poll::Ready(Ok(response)) = future.poll(&mut context) else { panic!("the answer is not ready") };
    response
}

/// The visitor code that a handler sees, and the response's cookies.
pub(crate) fn visit(layer: &KameleoonLayer, request: Request<()>) -> (String, Vec<String>) {
    let code = std::cell::RefCell::new(String::new());
    let cookies = send(layer, request, |visitor| {
        visitor.visitor_code().clone_into(&mut code.borrow_mut());
        Response::new(())
    });
    (code.into_inner(), cookies)
}

#[derive(Clone)]
pub(crate) struct Handler<H>(pub(crate) H);

impl<H: Fn(&RequestVisitor) -> Response<()>> Service<Request<()>> for Handler<H> {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        ready(Ok((self.0)(request.extensions().get::<RequestVisitor>().unwrap())))
    }
}
