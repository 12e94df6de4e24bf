//! The layer and its options.

use std::fmt;
use std::sync::Arc;

use http::header::COOKIE;
use http::request::Parts;

use super::RequestVisitor;
use crate::client::KameleoonClient;
use crate::web::{RequestCookies, VisitorCodeOptions};

type DefaultCode = Arc<dyn Fn(&Parts) -> Option<String> + Send + Sync>;

/// Gives each request its visitor code, and each response the cookie that it needs.
///
/// Handlers find a [`RequestVisitor`] among the extensions of the request. Where the site requires
/// consent, the cookie is written as soon as consent is known and removed when it is withdrawn,
/// whether a handler told the [`RequestVisitor`] or the client. A simulation cookie is honoured as
/// [`KameleoonClient::get_visitor_code`] says.
///
/// A visitor code that is no valid one is replaced by a fresh one: no request fails here. Whether
/// consent is required is known once the client has its data file, so a server that needs
/// consent calls [`wait_init`](KameleoonClient::wait_init) before it serves.
///
/// A request has one visitor, however many layers of one client it passes: the outermost decides
/// the code and writes the cookie. The response to an `OPTIONS` request gets no cookie.
///
/// Assets need no visitor: put their routes outside of the layer.
#[doc(alias = "KameleoonWSGIMiddleware")]
#[doc(alias = "middleware")]
#[derive(Clone)]
pub struct KameleoonLayer {
    client: KameleoonClient,
    read_query: bool,
    keep_private: bool,
    default_visitor_code: Option<DefaultCode>,
}

impl KameleoonLayer {
    /// A layer that asks this client.
    pub fn new(client: KameleoonClient) -> Self {
        Self { client, read_query: false, keep_private: true, default_visitor_code: None }
    }

    /// Whether the query parameter `kameleoonVisitorCode` is the code of a request without the
    /// cookie. Defaults to `false`: with it, a link decides who its reader is. For sites that
    /// send visitors from one domain of theirs to another.
    #[must_use]
    pub fn read_query(mut self, read_query: bool) -> Self {
        self.read_query = read_query;
        self
    }

    /// Whether a response that sets or removes the cookie is kept out of the caches that several
    /// people share. Defaults to `true`: `public` and `s-maxage` are taken out of its
    /// `Cache-Control` and `private` is put in, and what only content delivery networks read
    /// (`CDN-Cache-Control`, `Surrogate-Control` and their like) is removed; `max-age` stays, for
    /// the visitor's own browser. Switch it off only where a cache in front is known to take
    /// `Set-Cookie` out of what it keeps.
    #[must_use]
    pub fn private_responses(mut self, keep_private: bool) -> Self {
        self.keep_private = keep_private;
        self
    }

    /// The code for a request that has none, such as the id of whoever is logged in, which a layer
    /// further out has put into the extensions. Defaults to a fresh code, which is also what an
    /// empty text gives, and one of more than 255 characters.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use kameleoon::tower::KameleoonLayer;
    ///
    /// #[derive(Clone)]
    /// struct UserId(String);
    ///
    /// let layer = KameleoonLayer::new(client)
    ///     .default_visitor_code(|parts| parts.extensions.get::<UserId>().map(|id| id.0.clone()));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn default_visitor_code(
        mut self,
        choose: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.default_visitor_code = Some(Arc::new(choose));
        self
    }

    pub(super) fn keeps_private(&self) -> bool {
        self.keep_private
    }

    /// The visitor of a request, unless it has one of this client already.
    pub(super) fn new_visitor(&self, parts: &Parts) -> Option<RequestVisitor> {
        if parts.extensions.get::<RequestVisitor>().is_some_and(|visitor| visitor.is_of(&self.client)) {
            return None;
        }
        let mut cookies = RequestCookies::from_headers(parts.headers.get_all(COOKIE));
        let mut options = VisitorCodeOptions::new();
        if let Some(query) = parts.uri.query().filter(|_| self.read_query) {
            options = options.query(query);
        }
        if let Some(code) = self.default_visitor_code.as_ref().and_then(|choose| choose(parts)) {
            options = options.default_visitor_code(code);
        }
        // Without an error: what is not valid is replaced.
        let code = self.client.get_visitor_code_with(&mut cookies, options.replace_invalid(true)).ok()?;
        Some(RequestVisitor::new(self.client.clone(), code, cookies))
    }
}

// As the client is; what chooses a code is given a request and keeps nothing of the layer's.
impl std::panic::UnwindSafe for KameleoonLayer {}
impl std::panic::RefUnwindSafe for KameleoonLayer {}

impl fmt::Debug for KameleoonLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KameleoonLayer")
            .field("client", &self.client)
            .field("read_query", &self.read_query)
            .field("private_responses", &self.keep_private)
            .field("has_default_visitor_code", &self.default_visitor_code.is_some())
            .finish()
    }
}
