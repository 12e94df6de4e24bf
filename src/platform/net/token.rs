//! What is known about the access token, and what to do next. Time is handed in; nothing is sent.

use crate::config::Secret;
use crate::decision::lenient::{Object, Strict, decode, read, wire};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A token is not used in the last moments of its life.
const EXPIRED_BEFORE_END: Duration = Duration::from_secs(60);
/// A token is replaced this long before its end, while it still serves.
const OBSOLETE_BEFORE_END: Duration = Duration::from_secs(1_800);
/// After a failure no token is asked for during this time.
pub(super) const SILENCE: Duration = Duration::from_secs(300);
/// A token that is obsolete from birth is not replaced more often than this.
const REFRESH_GAP: Duration = Duration::from_secs(60);
/// Nobody means a token for longer than this, and points in time must not overflow.
const LONGEST_LIFE: Duration = Duration::from_secs(10 * 365 * 24 * 3_600);

/// A token as the platform gave it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(Arc<Secret>);

impl Token {
    pub(super) fn new(text: &str) -> Self {
        Self(Arc::new(Secret::new(text)))
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

wire!(
    /// The token service's answer, as far as it matters.
    TokenWire {
        access_token = "access_token": Strict<'a>,
        expires_in = "expires_in": Strict<'a>,
    }
);

/// The token in an answer and how long it lives; `None` when the answer is not one.
pub(super) fn parse(body: &[u8]) -> Option<(Token, Duration)> {
    let (text, _) = decode(body);
    let (Object::Is(wire), _) = read::<Object<TokenWire<'_>>>(&text).ok()? else { return None };
    let token = wire.access_token.text("access_token").ok()??;
    let seconds = wire.expires_in.number("expires_in").ok()??;
    // What cannot stand in a header would fail every call that carries it.
    let sendable = !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic());
    let life = Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_LIFE).min(LONGEST_LIFE);
    (sendable && seconds > 0.0).then(|| (Token::new(token), life))
}

/// What somebody who needs a token is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Advice {
    /// Use this one.
    Use(Token),
    /// Use this one, and start the fetch that was just registered.
    UseAndFetch(Token),
    /// Start the fetch that was just registered, and wait for it.
    Fetch,
    /// Wait for the fetch that is running.
    Wait,
    /// Go without.
    Without,
}

#[derive(Debug)]
struct Cached {
    token: Token,
    obsolete: Instant,
    expires: Instant,
    refreshable: Instant,
}

/// The state of one client's token.
#[derive(Debug, Default)]
pub(super) struct TokenState {
    cached: Option<Cached>,
    /// The result of the last fetch when it lives too short to be cached: for those who waited.
    passing: Option<Token>,
    fetching: bool,
    silent_until: Option<Instant>,
}

impl TokenState {
    /// What to do now. `Fetch` and `UseAndFetch` register a fetch: whoever gets one of them has to
    /// see to it that [`fetched`](Self::fetched) or [`failed`](Self::failed) follows.
    pub(super) fn ask(&mut self, now: Instant) -> Advice {
        if self.cached.as_ref().is_some_and(|cached| now >= cached.expires) {
            self.cached = None;
        }
        let may_fetch = !self.fetching && self.silent_until.is_none_or(|until| now >= until);
        match &self.cached {
            Some(cached) => {
                let token = cached.token.clone();
                if may_fetch && now >= cached.obsolete && now >= cached.refreshable {
                    self.begin();
                    Advice::UseAndFetch(token)
                } else {
                    Advice::Use(token)
                }
            }
            None if self.fetching => Advice::Wait,
            None if may_fetch => {
                self.begin();
                Advice::Fetch
            }
            None => Advice::Without,
        }
    }

    fn begin(&mut self) {
        self.fetching = true;
        self.passing = None;
    }

    /// The running fetch brought a token. True when it is cached.
    pub(super) fn fetched(&mut self, token: Token, life: Duration, now: Instant) -> bool {
        self.fetching = false;
        self.silent_until = None;
        let Some(useful) = life.checked_sub(EXPIRED_BEFORE_END).filter(|useful| !useful.is_zero()) else {
            self.passing = Some(token);
            return false;
        };
        self.cached = Some(Cached {
            token,
            obsolete: now + life.saturating_sub(OBSOLETE_BEFORE_END),
            expires: now + useful,
            refreshable: now + REFRESH_GAP,
        });
        true
    }

    /// The running fetch brought none. A token that has not expired stays.
    pub(super) fn failed(&mut self, now: Instant) {
        self.fetching = false;
        self.silent_until = Some(now + SILENCE);
    }

    /// The token for somebody who was told to wait; the outer `None` while a fetch is running.
    pub(super) fn outcome(&self, now: Instant) -> Option<Option<Token>> {
        if self.fetching {
            return None;
        }
        let cached = self.cached.as_ref().filter(|cached| now < cached.expires).map(|cached| &cached.token);
        Some(self.passing.as_ref().or(cached).cloned())
    }

    /// The platform refused this token. Another one that came in the meantime stays.
    pub(super) fn discard(&mut self, token: &Token) {
        if self.cached.as_ref().is_some_and(|cached| cached.token == *token) {
            self.cached = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn token(text: &str) -> Token {
        Token::new(text)
    }

    /// A state that fetched token `a` with this life at time 0.
    fn with_token(life: u64) -> (TokenState, Instant) {
        let start = Instant::now();
        let mut state = TokenState::default();
        assert_eq!(state.ask(start), Advice::Fetch);
        state.fetched(token("a"), seconds(life), start);
        (state, start)
    }

    #[test]
    fn callers_share_one_fetch() {
        let now = Instant::now();
        let mut state = TokenState::default();
        assert_eq!(state.ask(now), Advice::Fetch);
        assert_eq!(state.ask(now), Advice::Wait);
        assert_eq!(state.outcome(now), None);
        assert!(state.fetched(token("a"), seconds(7_200), now));
        assert_eq!(state.outcome(now), Some(Some(token("a"))));
        assert_eq!(state.ask(now), Advice::Use(token("a")));
    }

    #[test]
    fn a_token_is_used_then_refreshed_then_expired() {
        for (at, expected) in [
            (0, Advice::Use(token("a"))),
            (5_399, Advice::Use(token("a"))),
            (5_400, Advice::UseAndFetch(token("a"))),
            (7_139, Advice::UseAndFetch(token("a"))),
            (7_140, Advice::Fetch),
            (9_000, Advice::Fetch),
        ] {
            let (mut state, start) = with_token(7_200);
            assert_eq!(state.ask(start + seconds(at)), expected, "after {at} s");
        }
    }

    #[test]
    fn one_refresh_runs_at_a_time_and_its_token_takes_over() {
        let (mut state, start) = with_token(7_200);
        let now = start + seconds(6_000);
        assert_eq!(state.ask(now), Advice::UseAndFetch(token("a")));
        assert_eq!(state.ask(now), Advice::Use(token("a")));
        state.fetched(token("b"), seconds(7_200), now);
        assert_eq!(state.ask(now), Advice::Use(token("b")));
    }

    #[test]
    fn a_failed_refresh_keeps_the_token_and_is_quiet_for_a_while() {
        let (mut state, start) = with_token(7_200);
        let now = start + seconds(6_000);
        state.ask(now);
        state.failed(now);
        assert_eq!(state.ask(now + seconds(299)), Advice::Use(token("a")));
        assert_eq!(state.ask(now + seconds(300)), Advice::UseAndFetch(token("a")));
    }

    #[test]
    fn after_a_failed_fetch_calls_go_without_for_a_while() {
        let now = Instant::now();
        let mut state = TokenState::default();
        state.ask(now);
        state.failed(now);
        assert_eq!(state.outcome(now), Some(None));
        for (at, expected) in [(0, Advice::Without), (299, Advice::Without), (300, Advice::Fetch)] {
            assert_eq!(state.ask(now + seconds(at)), expected, "after {at} s");
        }
    }

    #[test]
    fn a_short_lived_token_serves_those_who_waited_and_nobody_else() {
        for life in [1, 60] {
            let now = Instant::now();
            let mut state = TokenState::default();
            state.ask(now);
            assert!(!state.fetched(token("a"), seconds(life), now), "{life}");
            assert_eq!(state.outcome(now), Some(Some(token("a"))));
            assert_eq!(state.ask(now), Advice::Fetch, "{life}");
            state.failed(now);
            assert_eq!(
                state.outcome(now),
                Some(None),
                "those who waited for the later fetch get nothing of it"
            );
        }
        assert!(with_token(61).0.cached.is_some());
    }

    #[test]
    fn a_token_that_is_obsolete_from_birth_is_not_refreshed_at_every_call() {
        let (mut state, start) = with_token(600);
        assert_eq!(state.ask(start + seconds(59)), Advice::Use(token("a")));
        assert_eq!(state.ask(start + seconds(60)), Advice::UseAndFetch(token("a")));
    }

    #[test]
    fn only_the_refused_token_is_discarded() {
        let (mut state, start) = with_token(7_200);
        state.discard(&token("other"));
        assert_eq!(state.ask(start), Advice::Use(token("a")));
        state.discard(&token("a"));
        assert_eq!(state.ask(start), Advice::Fetch);
    }

    #[test]
    fn answers_without_a_usable_token_are_none() {
        for (body, life) in [
            (r#"{"access_token":"abc","expires_in":7200,"token_type":"bearer"}"#, Some(7_200)),
            (r#"{"access_token":"a\u0062c","expires_in":60.0}"#, Some(60)),
            (r#"{"access_token":"abc","expires_in":1e300}"#, Some(LONGEST_LIFE.as_secs())),
            (r#"{"access_token":"","expires_in":7200}"#, None),
            (r#"{"access_token":"a b","expires_in":7200}"#, None),
            (r#"{"access_token":"a\nb","expires_in":7200}"#, None),
            (r#"{"access_token":7,"expires_in":7200}"#, None),
            (r#"{"access_token":"abc","expires_in":0}"#, None),
            (r#"{"access_token":"abc","expires_in":-1}"#, None),
            (r#"{"access_token":"abc","expires_in":"7200"}"#, None),
            (r#"{"access_token":"abc"}"#, None),
            (r#"{"error":"invalid_client"}"#, None),
            ("[]", None),
            ("<html>", None),
            ("", None),
        ] {
            let parsed = parse(body.as_bytes());
            assert_eq!(parsed.as_ref().map(|(_, life)| life.as_secs()), life, "{body}");
            assert!(parsed.is_none_or(|(token, _)| token.expose() == "abc"), "{body}");
        }
    }

    #[test]
    fn debug_shows_no_token() {
        let (state, _) = with_token(7_200);
        let mut passing = TokenState::default();
        passing.ask(Instant::now());
        passing.fetched(token("s3cr3t"), seconds(5), Instant::now());
        let shown = format!("{state:?} {passing:?} {:?}", Advice::Use(token("s3cr3t")));
        assert!(!shown.contains("s3cr3t") && !shown.contains("\"a\""), "{shown}");
    }
}
