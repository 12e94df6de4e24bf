//! Where calls get their token from.

use super::endpoints::Endpoints;
use super::http::{HttpClient, Request};
use super::quiet::Quiet;
use super::token::{Advice, SILENCE, Token, TokenState, parse};
use crate::config::{Secret, Settings};
use crate::error::{RequestFailure, RequestKind};
use crate::logging::{Speaker, Voice, Voices, cause_of, log_debug, log_rarely, log_rarely_by};
use crate::platform::events::Events;
use base64::prelude::{BASE64_STANDARD, Engine};
use parking_lot::{Condvar, Mutex};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

static SHORT_LIVED: Voice = Voice::new();

/// An answer with a token is short.
const MAX_BODY: usize = 64 * 1024;

/// Hands out the access token and keeps it fresh.
///
/// Fetches run on a thread of their own that ends with the fetch (one in an hour or two): callers
/// wait for it as long as they have time, an obsolete token is used meanwhile, and a caller in a
/// hurry does not make the fetch of all others fail.
pub(crate) struct TokenSource {
    http: HttpClient,
    events: Arc<Events>,
    endpoints: Endpoints,
    url: String,
    /// The value of the `Authorization` header.
    credentials: Secret,
    timeout: Duration,
    state: Mutex<TokenState>,
    /// What the log was told of failures, by the cause.
    told: Voices,
    quiet: Quiet,
    settled: Condvar,
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource").field("url", &self.url).finish_non_exhaustive()
    }
}

impl TokenSource {
    /// The fetches go through `http` and are cancelled when it is shut down.
    pub(crate) fn new(
        http: HttpClient,
        endpoints: &Endpoints,
        settings: &Settings,
        events: Arc<Events>,
    ) -> Arc<Self> {
        let pair = format!("{}:{}", settings.client_id, settings.client_secret.expose());
        Arc::new(Self {
            http,
            events,
            url: endpoints.token_url(),
            endpoints: endpoints.clone(),
            credentials: Secret::new(format!("Basic {}", BASE64_STANDARD.encode(pair))),
            timeout: settings.default_timeout,
            state: Mutex::default(),
            told: Voices::default(),
            quiet: Quiet::new(settings.tracking_spool.is_some()),
            settled: Condvar::new(),
        })
    }

    /// A token, if there is one before the deadline. Without one a call is made all the same.
    pub(crate) fn token(self: &Arc<Self>, deadline: Instant) -> Option<Token> {
        let advice = self.state.lock().ask(Instant::now());
        match advice {
            Advice::Use(token) => Some(token),
            Advice::UseAndFetch(token) => {
                self.start_fetch();
                Some(token)
            }
            Advice::Without => None,
            Advice::Wait => self.wait(deadline),
            Advice::Fetch => {
                self.start_fetch();
                self.wait(deadline)
            }
        }
    }

    /// The platform refused this token with a `401`.
    pub(crate) fn discard(&self, token: &Token) {
        self.state.lock().discard(token);
    }

    fn wait(&self, deadline: Instant) -> Option<Token> {
        let mut state = self.state.lock();
        loop {
            if let Some(outcome) = state.outcome(Instant::now()) {
                return outcome;
            }
            if self.settled.wait_until(&mut state, deadline).timed_out() {
                let outcome = state.outcome(Instant::now()).flatten();
                // Outside of the lock: a logger may call the client.
                drop(state);
                log_debug!("no access token within the time of a call; it goes without");
                return outcome;
            }
        }
    }

    fn start_fetch(self: &Arc<Self>) {
        let source = Arc::clone(self);
        let started = std::thread::Builder::new().name("kameleoon-token".to_owned());
        let started = started.spawn(Speaker::carry(move || {
            // Settled in any case: a panic on the way must not leave others waiting for ever.
            let mut settle = Settle::new(&source, "the fetch panicked".to_owned());
            (settle.outcome, settle.is_expected) = source.fetch();
        }));
        if let Err(error) = started {
            drop(Settle::new(self, format!("no thread could be started: {error}")));
        }
    }

    fn failed(&self, failure: RequestFailure) -> String {
        self.endpoints.failed(RequestKind::Token, failure, &self.url).to_string()
    }

    /// A token and how long it lives; and whether a failure was to be expected.
    fn fetch(&self) -> (Result<(Token, Duration), String>, bool) {
        let request = Request::post(&self.url, b"grant_type=client_credentials", self.timeout, MAX_BODY)
            .of_kind(RequestKind::Token)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Authorization", self.credentials.expose());
        let response =
            self.events.observe(RequestKind::Token, || self.http.send(&request), |response| response.status);
        let outcome = response.and_then(|response| match response.is_success() {
            // The body is not repeated: it may hold a token after all.
            true => parse(&response.body)
                .ok_or_else(|| RequestFailure::Body("the answer holds no usable token".to_owned())),
            false => Err(RequestFailure::Status(response.status)),
        });
        let is_expected = outcome.as_ref().is_err_and(|failure| self.quiet.covers(failure));
        (outcome.map_err(|failure| self.failed(failure)), is_expected)
    }
}

/// Brings the outcome of a fetch into the state and wakes those who wait, when dropped.
struct Settle<'a> {
    source: &'a TokenSource,
    outcome: Result<(Token, Duration), String>,
    is_expected: bool,
}

impl<'a> Settle<'a> {
    fn new(source: &'a TokenSource, failure: String) -> Self {
        Self { source, outcome: Err(failure), is_expected: false }
    }
}

impl Drop for Settle<'_> {
    fn drop(&mut self) {
        let now = Instant::now();
        match &self.outcome {
            Ok((token, life)) => {
                let cached = self.source.state.lock().fetched(token.clone(), *life, now);
                if !cached {
                    log_rarely!(
                        SHORT_LIVED,
                        Warning,
                        "the platform's access token lives only {} s; it is used once and not kept",
                        life.as_secs()
                    );
                }
            }
            Err(reason) => {
                self.source.state.lock().failed(now);
                if self.source.http.is_closed() {
                    // Cancelled.
                } else if self.is_expected {
                    log_rarely_by!(self.source.told, &cause_of(reason), Info, "no access token ({reason})");
                } else {
                    log_rarely_by!(
                        self.source.told,
                        &cause_of(reason),
                        Warning,
                        "no access token ({reason}); calls go without one, the next try is in {} s at the earliest",
                        SILENCE.as_secs()
                    );
                }
            }
        }
        self.source.settled.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::net::fake::{Fake, PATIENCE, response, wait_until};
    use crate::platform::net::http_tests::{client, config};
    use parking_lot::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const GOOD: &str = r#"{"access_token":"tok-1","token_type":"bearer","expires_in":7200}"#;

    fn source(fake: &Fake) -> Arc<TokenSource> {
        let config = config().automation_url(fake.url());
        let endpoints = Endpoints::new(config.settings(), "site");
        TokenSource::new(client(&config), &endpoints, config.settings(), Arc::default())
    }

    fn text(token: Option<Token>) -> Option<String> {
        token.map(|token| token.expose().to_owned())
    }

    fn soon() -> Instant {
        Instant::now() + PATIENCE
    }

    #[test]
    fn the_request_carries_the_credentials_and_the_token_is_kept() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let seen_there = Arc::clone(&seen);
        let fake = Fake::start(move |connection| {
            while let Some(request) = connection.request() {
                seen_there.lock().push(request);
                connection.send(response(200, "", GOOD));
            }
        });
        let source = source(&fake);
        assert_eq!(text(source.token(soon())).as_deref(), Some("tok-1"));
        assert_eq!(text(source.token(soon())).as_deref(), Some("tok-1"));
        let seen = seen.lock();
        assert_eq!(seen.len(), 1);
        let (head, body) = seen[0].split_once("\r\n\r\n").unwrap();
        let target =
            format!("POST /oauth/token?sdkName=RUST&sdkVersion={}&siteCode=site ", env!("CARGO_PKG_VERSION"));
        assert!(head.starts_with(&target), "{head}");
        let head = head.to_ascii_lowercase();
        assert!(head.contains("content-type: application/x-www-form-urlencoded"), "{head}");
        // base64 of id:secret, in lower case as everything here
        assert!(head.contains("authorization: basic awq6c2vjcmv0"), "{head}");
        assert_eq!(body, "grant_type=client_credentials");
    }

    #[test]
    fn callers_at_once_share_one_fetch() {
        let go = Arc::new(Mutex::new(false));
        let (go_there, fetches) = (Arc::clone(&go), Arc::new(AtomicUsize::new(0)));
        let fetches_there = Arc::clone(&fetches);
        let fake = Fake::start(move |connection| {
            while connection.request().is_some() {
                fetches_there.fetch_add(1, Ordering::SeqCst);
                wait_until("the callers are there", || *go_there.lock());
                connection.send(response(200, "", GOOD));
            }
        });
        let source = source(&fake);
        let callers: Vec<_> = (0..8)
            .map(|_| {
                let source = Arc::clone(&source);
                std::thread::spawn(move || text(source.token(soon())))
            })
            .collect();
        wait_until("the fetch arrives", || fetches.load(Ordering::SeqCst) == 1);
        // A caller in a hurry goes without, and its hurry is not that of the others.
        assert_eq!(source.token(Instant::now()), None);
        *go.lock() = true;
        for caller in callers {
            assert_eq!(caller.join().unwrap().as_deref(), Some("tok-1"));
        }
        assert_eq!(fetches.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn after_a_failure_calls_go_without_and_the_service_is_left_alone() {
        for answer in [
            response(500, "", GOOD),
            response(401, "", r#"{"error":"invalid_client"}"#),
            response(302, "Location: /other\r\n", ""),
            response(200, "", "<html>"),
            response(200, "", r#"{"access_token":"","expires_in":7200}"#),
            String::new(),
        ] {
            let fetches = Arc::new(AtomicUsize::new(0));
            let fetches_there = Arc::clone(&fetches);
            let told = answer.clone();
            let fake = Fake::start(move |connection| {
                while connection.request().is_some() {
                    fetches_there.fetch_add(1, Ordering::SeqCst);
                    if answer.is_empty() || !connection.send(&answer) {
                        return;
                    }
                }
            });
            let source = source(&fake);
            for _ in 0..3 {
                assert_eq!(source.token(soon()), None, "{told}");
            }
            assert_eq!(fetches.load(Ordering::SeqCst), 1, "{told}");
        }
    }

    #[test]
    fn a_discarded_token_is_replaced() {
        let fake = Fake::start(|connection| {
            for number in 1.. {
                let body = format!(r#"{{"access_token":"tok-{number}","expires_in":7200}}"#);
                if connection.request().is_none() || !connection.send(response(200, "", &body)) {
                    return;
                }
            }
        });
        let source = source(&fake);
        let first = source.token(soon()).unwrap();
        source.discard(&first);
        assert_eq!(text(source.token(soon())).as_deref(), Some("tok-2"));
        source.discard(&first);
        assert_eq!(text(source.token(soon())).as_deref(), Some("tok-2"), "the old one is gone already");
    }

    #[test]
    fn a_shutdown_ends_the_wait() {
        let fake = Fake::start(|connection| {
            connection.request();
            connection.hang();
        });
        let source = source(&fake);
        let waiting = Arc::clone(&source);
        let caller = std::thread::spawn(move || (waiting.token(soon()), Instant::now()));
        wait_until("the fetch arrives", || fake.connections() == 1);
        let start = Instant::now();
        source.http.shutdown();
        let (token, ended) = caller.join().unwrap();
        assert_eq!(token, None);
        assert!(ended - start < Duration::from_millis(500), "{:?}", ended - start);
    }

    #[test]
    fn debug_shows_neither_secret_nor_token() {
        let fake = Fake::start(|connection| connection.always(&response(200, "", GOOD)));
        let source = source(&fake);
        source.token(soon()).unwrap();
        let shown = format!("{source:?} {:?} {:?}", source.state, source.http);
        for secret in ["tok-1", "secret", "aWQ6c2VjcmV0"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
