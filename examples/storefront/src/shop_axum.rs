//! The demo shop on axum: the pages of [`shop`](crate::shop), with the layer in place of the recipe.
//!
//! ```text
//! cargo run -p storefront --bin shop_axum
//! ```
//!
//! prints the address to open in a browser. `--help` lists the options.

use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use kameleoon::tower::{KameleoonLayer, RequestVisitor};
use kameleoon::{KameleoonError, RequestCookies};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::{Answer, Arguments, Shop, Visit};

/// Runs the shop as the command line asks.
pub fn main() -> ExitCode {
    match Arguments::read() {
        Ok(arguments) if arguments.help => println!("{}", Arguments::usage("shop_axum")),
        Ok(arguments) => {
            if let Err(error) = run(&arguments) {
                eprintln!("shop_axum: {error}");
                return ExitCode::FAILURE;
            }
        }
        Err(error) => {
            eprintln!("shop_axum: {error}\n\n{}", Arguments::usage("shop_axum"));
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let shop = Arc::new(Shop::open(arguments)?);
    let runtime = Runtime::new().map_err(|error| error.to_string())?;
    let listener = runtime
        .block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)))
        .map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    println!("the shop is open: http://{address}/  (Ctrl-C closes it)");

    let stop = async { tokio::signal::ctrl_c().await.unwrap_or(()) };
    let server = axum::serve(listener, app(Arc::clone(&shop))).with_graceful_shutdown(stop);
    let server = runtime.spawn(server.into_future());
    if arguments.check {
        let checked = crate::check(&shop, address);
        shop.close();
        return checked;
    }
    let served = runtime.block_on(server).map_err(|error| error.to_string())?;
    shop.close();
    served.map_err(|error| error.to_string())
}

fn app(shop: Arc<Shop>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/products/{id}", get(product))
        .route("/basket", post(change_basket))
        .route("/checkout", get(checkout))
        .route("/orders", post(buy))
        .route("/thanks", get(thanks))
        .route("/consent", post(consent))
        .route("/simulate", post(simulate))
        .fallback(missing)
        .layer(KameleoonLayer::new(shop.client.clone()))
        // Routes from here on are not part of a visit.
        .route("/style.css", get(|| async { Answer::css(crate::STYLE) }))
        .route("/tracked.json", get(tracked))
        .with_state(shop)
}

async fn home(State(shop): State<Arc<Shop>>, visit: Visit) -> Result<Answer, Failed> {
    Ok(crate::home(&shop, &visit)?)
}

async fn product(
    State(shop): State<Arc<Shop>>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Answer, Failed> {
    Ok(crate::product(&shop, &visit, &id)?)
}

async fn change_basket(visit: Visit, form: String) -> Answer {
    crate::change_basket(&visit, &form)
}

async fn missing(State(shop): State<Arc<Shop>>, visit: Visit) -> Result<Answer, Failed> {
    Ok(crate::missing(&shop, &visit)?)
}

async fn checkout(
    State(shop): State<Arc<Shop>>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Answer, Failed> {
    Ok(crate::checkout(&shop, &visit, &query.unwrap_or_default())?)
}

async fn buy(State(shop): State<Arc<Shop>>, visit: Visit) -> Result<Answer, Failed> {
    Ok(crate::buy(&shop, &visit)?)
}

async fn thanks(
    State(shop): State<Arc<Shop>>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Answer, Failed> {
    Ok(crate::thanks(&shop, &visit, &query.unwrap_or_default())?)
}

async fn consent(Extension(visitor): Extension<RequestVisitor>, form: String) -> Result<Answer, Failed> {
    let (consent, answer) = crate::consent(&form);
    visitor.set_legal_consent(consent.into());
    Ok(answer)
}

async fn simulate(visit: Visit, form: String) -> Answer {
    crate::simulate(&visit, &form)
}

async fn tracked(State(shop): State<Arc<Shop>>) -> Answer {
    crate::tracked(&shop)
}

/// A visit is made of the layer's visitor and of the shop's own cookies.
impl FromRequestParts<Arc<Shop>> for Visit {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, shop: &Arc<Shop>) -> Result<Self, Failed> {
        let visitor = parts.extensions.get::<RequestVisitor>().ok_or(Failed(None))?;
        let cookies = RequestCookies::from_headers(parts.headers.get_all(COOKIE));
        let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self::new(shop, visitor.visitor_code(), &cookies, user_agent)?)
    }
}

/// Why there is no page: what the client said, or nothing when the route is outside of the layer.
pub(crate) struct Failed(Option<KameleoonError>);

impl From<KameleoonError> for Failed {
    fn from(error: KameleoonError) -> Self {
        Self(Some(error))
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        match self.0 {
            Some(error) => Answer::failed(&error).into_response(),
            None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let fixed = [(CONTENT_TYPE, self.content_type), (CACHE_CONTROL, "no-store")];
        let location = AppendHeaders(self.location.map(|location| (LOCATION, location)));
        let cookies = AppendHeaders(self.cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)));
        (status, fixed, location, cookies, self.body).into_response()
    }
}
