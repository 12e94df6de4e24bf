//! Calls to the data API: with a token when there is one.

use super::http::{HttpClient, Request, Response};
use super::token::Token;
use super::token_source::TokenSource;
use crate::error::RequestFailure;
use crate::logging::log_debug;
use std::sync::Arc;
use std::time::{Duration, Instant};

const UNAUTHORIZED: u16 = 401;

/// Sends a request with a token if one is at hand. A `401` discards the token and sends the request
/// again with another one, which takes one of `retries`; when none is left, one last time without.
///
/// The request's timeout is the budget of all of it, the wait for a token included. When it is used
/// up, the last answer stands.
pub(crate) fn send_authorized(
    http: &HttpClient,
    tokens: &Arc<TokenSource>,
    request: &Request<'_>,
    retries: &mut u32,
) -> Result<Response, RequestFailure> {
    let deadline = Instant::now() + request.timeout;
    let mut token = tokens.token(waiting_deadline(request.timeout));
    let left = || deadline.saturating_duration_since(Instant::now());
    let mut response = send(http, request, token.as_ref(), left())?;
    while response.status == UNAUTHORIZED {
        let Some(refused) = token.take() else { break };
        tokens.discard(&refused);
        log_debug!("the platform refused the access token");
        if *retries > 0 {
            *retries -= 1;
            token = tokens.token(waiting_deadline(left()));
        }
        let left = left();
        if left.is_zero() {
            break;
        }
        response = send(http, request, token.as_ref(), left)?;
    }
    Ok(response)
}

/// A call that waited for a token keeps half of its time for itself.
fn waiting_deadline(left: Duration) -> Instant {
    Instant::now() + left / 2
}

fn send(
    http: &HttpClient,
    request: &Request<'_>,
    token: Option<&Token>,
    timeout: Duration,
) -> Result<Response, RequestFailure> {
    let mut request = Request { timeout, ..request.clone() };
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {}", token.expose()));
    }
    http.send(&request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::net::endpoints::Endpoints;
    use crate::platform::net::fake::{Fake, PATIENCE, response};
    use crate::platform::net::http_tests::{client, config};
    use parking_lot::Mutex;

    /// A platform whose tokens are called 1, 2, … and that takes only some of them. What it saw of
    /// `Authorization` in calls to the data API is kept, `-` for none.
    fn platform(token_status: u16, taken: &'static [&'static str]) -> (Fake, Arc<Mutex<Vec<String>>>) {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (seen_there, tokens) = (Arc::clone(&seen), Mutex::new(0));
        let fake = Fake::start(move |connection| {
            while let Some(request) = connection.request() {
                let answer = if request.starts_with("POST /oauth/token?") {
                    let mut tokens = tokens.lock();
                    *tokens += 1;
                    response(token_status, "", &format!(r#"{{"access_token":"{tokens}","expires_in":7200}}"#))
                } else {
                    let token = request
                        .lines()
                        .find_map(|line| {
                            line.to_ascii_lowercase()
                                .strip_prefix("authorization: bearer ")
                                .map(str::to_owned)
                        })
                        .unwrap_or_else(|| "-".to_owned());
                    let status = if taken.contains(&token.as_str()) { 200 } else { 401 };
                    seen_there.lock().push(token);
                    response(status, "", "")
                };
                connection.send(answer);
            }
        });
        (fake, seen)
    }

    #[test]
    fn a_refused_token_is_replaced_within_the_budget_then_left_out() {
        for (case, token_status, taken, retries, status, expected, retries_left) in [
            ("taken at once", 200, &["1"][..], 2, 200, &["1"][..], 2),
            ("the second is taken", 200, &["2"], 2, 200, &["1", "2"], 1),
            ("none is taken, none is needed", 200, &["-"], 2, 200, &["1", "2", "3", "-"], 0),
            ("no retry: one try without", 200, &["-"], 0, 200, &["1", "-"], 0),
            ("nothing is taken", 200, &[], 1, 401, &["1", "2", "-"], 0),
            ("no token at all", 500, &["-"], 2, 200, &["-"], 2),
            ("no token and it is needed", 500, &[], 2, 401, &["-"], 2),
        ] {
            let (fake, seen) = platform(token_status, taken);
            let config = config().automation_url(fake.url());
            let http = client(&config);
            let endpoints = Endpoints::new(config.settings(), "site");
            let tokens = TokenSource::new(http.clone(), &endpoints, config.settings(), Arc::default());
            let url = fake.url() + "/visit";
            let mut budget = retries;
            let request = Request::post(&url, b"line", PATIENCE, 100);
            let response = send_authorized(&http, &tokens, &request, &mut budget).unwrap();
            assert_eq!(response.status, status, "{case}");
            assert_eq!(*seen.lock(), expected, "{case}");
            assert_eq!(budget, retries_left, "{case}");
        }
    }

    #[test]
    fn a_token_service_that_hangs_costs_half_of_the_budget() {
        let fake = Fake::start(|connection| {
            while let Some(request) = connection.request() {
                if request.starts_with("POST /oauth/token?") {
                    return connection.hang();
                }
                connection.send(response(200, "", ""));
            }
        });
        let config = config().automation_url(fake.url());
        let http = client(&config);
        let tokens = TokenSource::new(
            http.clone(),
            &Endpoints::new(config.settings(), "site"),
            config.settings(),
            Arc::default(),
        );
        let url = fake.url() + "/visit";
        let budget = Duration::from_millis(600);
        let start = Instant::now();
        let response = send_authorized(&http, &tokens, &Request::get(&url, budget, 100), &mut 0).unwrap();
        assert_eq!(response.status, 200);
        assert!(start.elapsed() >= budget / 2 && start.elapsed() < PATIENCE, "{:?}", start.elapsed());
        http.shutdown(); // ends the fetch
    }
}
