//! Requests whose visitor was on another server before.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::{Request, Response};
use kameleoon::testing::{Condition, DataFile, Flag, MemoryStore, Rule, Segment, TestClient};
use kameleoon::tower::{KameleoonLayer, LoadVisitorLayer, RequestVisitor};
use kameleoon::{CustomData, KameleoonClientConfig, LogLevel, Logger};
use parking_lot::Mutex;
use tower_layer::Layer;
use tower_service::Service;

const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Logger for Notes {
    fn log(&self, _: LogLevel, message: &str) {
        self.0.lock().push(message.to_owned());
    }
}

fn server(store: &MemoryStore, notes: &Notes) -> TestClient {
    let file = DataFile::new()
        .segment(Segment::all_of("premium", [Condition::custom_data(3, "premium")]))
        .flag(Flag::new("offer").rule(Rule::delivery("on").segment("premium")));
    let config = KameleoonClientConfig::new("", "").visitor_data_store(store.clone());
    let config = config.logger(notes.clone()).log_level(LogLevel::Info);
    TestClient::with_config(file, config).unwrap()
}

/// Answers with the variation that the request's visitor gets.
#[derive(Clone)]
struct Shop;

impl Service<Request<()>> for Shop {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let visitor = request.extensions().get::<RequestVisitor>().unwrap();
        let variation = visitor.client().get_variation(visitor.visitor_code(), "offer").unwrap();
        ready(Ok(Response::new(variation.key().to_owned())))
    }
}

#[test]
fn a_request_waits_for_what_other_servers_know_and_no_longer_than_it_may() {
    let (store, notes) = (MemoryStore::new(), Notes::default());
    let (one, other) = (server(&store, &notes), server(&store, &notes));
    one.add_data("anna", CustomData::new(3, "premium")).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while store.is_empty() {
        assert!(Instant::now() < deadline);
        std::thread::yield_now();
    }
    let loading = LoadVisitorLayer::new(PATIENCE);
    let mut shop = KameleoonLayer::new(other.client().clone()).layer(loading.layer(Shop));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut serve = |code: &str| {
        let request = Request::builder().header("Cookie", format!("kameleoonVisitorCode={code}"));
        runtime.block_on(shop.call(request.body(()).unwrap())).unwrap().into_body()
    };
    assert_eq!(serve("anna"), "on");
    assert_eq!(serve("ben"), "off", "of whom nobody knows anything");
    store.set_failing(true);
    assert_eq!(
        (serve("anna"), serve("ben")),
        ("on".to_owned(), "off".to_owned()),
        "a store that fails changes nothing"
    );
    let is_told = |text: &String| text.contains("goes on without what other servers know");
    assert!(notes.0.lock().iter().any(is_told), "it is told to the client's logger: {:?}", notes.0.lock());
}
