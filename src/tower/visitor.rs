//! What handlers get.

use std::fmt;
use std::sync::Arc;

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};
use parking_lot::Mutex;

use crate::client::KameleoonClient;
use crate::error::Result;
use crate::web::RequestCookies;

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
    ///
    /// # Errors
    /// None as things stand: the visitor code is a valid one.
    pub fn set_legal_consent(&self, consent: bool) -> Result<()> {
        let mut cookies = self.shared.cookies.lock();
        self.shared.client.set_legal_consent_with(&self.shared.code, consent, &mut *cookies)
    }

    /// Puts the cookies into the head of the response.
    pub(super) fn write_cookies(&self, headers: &mut HeaderMap) {
        let mut cookies = self.shared.cookies.lock();
        self.shared.client.settle_consent(&self.shared.code, &mut *cookies);
        for cookie in cookies.set_cookie_headers() {
            // Always one: a `SetCookie` is ASCII without control characters.
            if let Ok(value) = HeaderValue::try_from(cookie) {
                headers.append(SET_COOKIE, value);
            }
        }
    }
}

/// Leaves out the visitor code.
impl fmt::Debug for RequestVisitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestVisitor").field("client", &self.shared.client).finish_non_exhaustive()
    }
}
