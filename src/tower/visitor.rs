//! What handlers get.

use std::fmt;
use std::sync::Arc;

use http::header::{CACHE_CONTROL, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use parking_lot::Mutex;

use crate::client::KameleoonClient;
use crate::data::LegalConsent;
use crate::logging::{Speaker, Voice, log_rarely};
use crate::web::{RequestCookies, private_cache_control};

static FULL: Voice = Voice::new();

/// The visitor of a request: an extension that [`KameleoonLayer`](super::KameleoonLayer) puts into
/// it. Clones are the same visitor of the same request.
#[derive(Clone)]
pub struct RequestVisitor {
    shared: Arc<Shared>,
}

struct Shared {
    client: KameleoonClient,
    code: String,
    cookies: Mutex<RequestCookies>,
}

impl RequestVisitor {
    pub(super) fn new(client: KameleoonClient, code: String, cookies: RequestCookies) -> Self {
        Self { shared: Arc::new(Shared { client, code, cookies: Mutex::new(cookies) }) }
    }

    /// The visitor code.
    pub fn visitor_code(&self) -> &str {
        &self.shared.code
    }

    /// The client to ask about the visitor.
    ///
    /// Passing on the request's user agent, by which the platform knows bots:
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// use kameleoon::UserAgent;
    /// use kameleoon::tower::RequestVisitor;
    ///
    /// fn note(visitor: &RequestVisitor, user_agent: &str) -> kameleoon::Result<()> {
    ///     visitor.client().add_data(visitor.visitor_code(), UserAgent::new(user_agent))
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn client(&self) -> &KameleoonClient {
        &self.shared.client
    }

    /// Notes whether the visitor agrees to the use of personal data, and sets or removes the
    /// cookie on the response accordingly; see [`KameleoonClient::set_legal_consent_with`]. Once
    /// the response's head is made, it changes no cookie any more.
    pub fn set_legal_consent(&self, consent: LegalConsent) {
        let mut cookies = self.shared.cookies.lock();
        // The visitor code, all that can be wrong, was checked when the layer found it.
        let _ = self.shared.client.set_legal_consent_with(&self.shared.code, consent, &mut *cookies);
    }

    /// Whether this is a visitor of that client.
    pub(super) fn is_of(&self, client: &KameleoonClient) -> bool {
        self.shared.client.is_same(client)
    }

    /// Puts the cookies into the head of the response; `keep_private`: tells shared caches to leave
    /// a response with a cookie alone.
    pub(super) fn write_cookies(&self, headers: &mut HeaderMap, keep_private: bool) {
        let mut cookies = self.shared.cookies.lock();
        self.shared.client.settle_consent(&self.shared.code, &mut *cookies);
        let mut is_set = false;
        for cookie in cookies.all_set_cookie_headers() {
            // Always one: a `SetCookie` is ASCII without control characters.
            let Ok(value) = HeaderValue::try_from(&*cookie) else { continue };
            match headers.try_append(SET_COOKIE, value) {
                Ok(_) => is_set = true,
                Err(_) => {
                    let _speaking = self.shared.client.speaker().enter();
                    log_rarely!(FULL, Warning, "a response has too many headers for the visitor's cookie")
                }
            }
        }
        if is_set && keep_private {
            make_private(headers, self.shared.client.speaker());
        }
    }
}

/// Keeps a response out of the caches that several people share.
fn make_private(headers: &mut HeaderMap, speaker: &Speaker) {
    let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let value = private_cache_control(values).and_then(|value| HeaderValue::try_from(value).ok());
    if let Some(value) = value {
        // Fails only on a full map, which then has no such header, or it would be replaced.
        if headers.try_insert(CACHE_CONTROL, value).is_err() {
            let _speaking = speaker.enter();
            log_rarely!(FULL, Warning, "a response has too many headers for `Cache-Control`");
        }
    }
    // What content delivery networks follow in its place.
    let is_for_network = |name: &HeaderName| {
        let name = name.as_str();
        name == "surrogate-control" || name == "edge-control" || name.ends_with("cdn-cache-control")
    };
    let for_networks: Vec<HeaderName> = headers.keys().filter(|name| is_for_network(name)).cloned().collect();
    for name in for_networks {
        headers.remove(name);
    }
}

// As the client is.
impl std::panic::UnwindSafe for RequestVisitor {}
impl std::panic::RefUnwindSafe for RequestVisitor {}

/// Leaves out the visitor code.
impl fmt::Debug for RequestVisitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestVisitor").field("client", &self.shared.client).finish_non_exhaustive()
    }
}
