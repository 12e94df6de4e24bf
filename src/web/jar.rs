//! The cookies of a request and its response, whoever keeps them.

use std::borrow::Cow;

use super::SetCookie;

/// The cookies of one request and of its response.
///
/// [`RequestCookies`](crate::RequestCookies) is one that needs no framework; with the feature
/// `cookie` the `CookieJar` of the `cookie` crate is another. A framework's own jar takes a few
/// lines:
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// # let client = kameleoon::KameleoonClient::offline("{}")?;
/// use std::borrow::Cow;
/// use std::collections::HashMap;
///
/// use kameleoon::{CookieJar, SetCookie};
///
/// #[derive(Default)]
/// struct Exchange {
///     request_cookies: HashMap<String, String>,
///     response_headers: Vec<(&'static str, String)>,
/// }
///
/// impl CookieJar for Exchange {
///     fn get(&self, name: &str) -> Option<Cow<'_, str>> {
///         self.request_cookies.get(name).map(Cow::from)
///     }
///
///     fn set(&mut self, cookie: SetCookie) {
///         self.response_headers.push(("Set-Cookie", cookie.to_string()));
///     }
/// }
///
/// let mut exchange = Exchange::default();
/// let visitor_code = client.get_visitor_code(&mut exchange)?;
/// assert!(exchange.response_headers[0].1.contains(&visitor_code));
/// # Ok(())
/// # }
/// ```
#[doc(alias = "CookieAccessor")]
pub trait CookieJar {
    /// The value of the request's cookie of that name, as it stands in the header: escapes such
    /// as `%20` are read by the client. A jar that was written to should answer with what was
    /// written, so that asking for the visitor code twice gives it twice.
    fn get(&self, name: &str) -> Option<Cow<'_, str>>;

    /// Takes a cookie for the response, in place of one of the same name that it took before.
    /// Name and value are to be sent as they are: the value is escaped already.
    fn set(&mut self, cookie: SetCookie);
}
