//! Which visitor code a request has.

use std::borrow::Cow;
use std::fmt;

use super::escape::unescape;
use super::query::parameter;
use super::{CookieJar, VISITOR_CODE};

/// How the visitor code of a request is found, beyond its cookies; see
/// [`KameleoonClient::get_visitor_code_with`](crate::KameleoonClient::get_visitor_code_with).
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// # let client = kameleoon::KameleoonClient::offline("{}")?;
/// use kameleoon::{RequestCookies, VisitorCodeOptions};
///
/// let mut cookies = RequestCookies::new();
/// let options = VisitorCodeOptions::new()
///     .query("page=2&kameleoonVisitorCode=4a5b6c7d8e9f0a1b")
///     .default_visitor_code("user-7");
/// assert_eq!(client.get_visitor_code_with(&mut cookies, options)?, "4a5b6c7d8e9f0a1b");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct VisitorCodeOptions<'a> {
    default_visitor_code: Option<Cow<'a, str>>,
    query_parameter: Option<Cow<'a, str>>,
    pub(crate) read_only: bool,
    pub(crate) replace_invalid: bool,
}

impl<'a> VisitorCodeOptions<'a> {
    /// The defaults: the code comes from the cookie, or is a fresh one.
    pub fn new() -> Self {
        Self::default()
    }

    /// The code for a visitor of whom the request has none. Defaults to a fresh one. It has to be
    /// unique to the visitor.
    #[must_use]
    pub fn default_visitor_code(mut self, visitor_code: impl Into<Cow<'a, str>>) -> Self {
        self.default_visitor_code = Some(visitor_code.into());
        self
    }

    /// The query of the request's URL, as it stands there: its parameter `kameleoonVisitorCode`
    /// is the code when the cookie has none. Defaults to none.
    #[must_use]
    pub fn query(mut self, query: &'a str) -> Self {
        self.query_parameter = parameter(query, VISITOR_CODE);
        self
    }

    /// The decoded value of the request's query parameter `kameleoonVisitorCode`, where a
    /// framework has it at hand; takes the place of [`query`](Self::query).
    #[must_use]
    pub fn query_parameter(mut self, visitor_code: impl Into<Cow<'a, str>>) -> Self {
        self.query_parameter = Some(visitor_code.into());
        self
    }

    /// Whether a code that is not valid, empty or longer than 255 characters, is replaced by a fresh
    /// one, which is written like any. Defaults to `false`: it is an error then, at each request of a
    /// browser whose cookie is damaged. Servers switch it on.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use kameleoon::{RequestCookies, VisitorCodeOptions};
    ///
    /// let damaged = format!("kameleoonVisitorCode={}", "x".repeat(300));
    /// let mut cookies = RequestCookies::from_headers([damaged]);
    /// assert!(client.get_visitor_code(&mut cookies).is_err());
    /// let options = VisitorCodeOptions::new().replace_invalid(true);
    /// let visitor_code = client.get_visitor_code_with(&mut cookies, options)?;
    /// assert!(cookies.set_cookie_headers()[0].contains(&visitor_code));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn replace_invalid(mut self, replace_invalid: bool) -> Self {
        self.replace_invalid = replace_invalid;
        self
    }

    /// Whether the cookies are only read: none is set, whatever the code. Defaults to `false`.
    #[must_use]
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }
}

/// Leaves out the visitor codes.
impl fmt::Debug for VisitorCodeOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VisitorCodeOptions")
            .field("has_default_visitor_code", &self.default_visitor_code.is_some())
            .field("has_query_parameter", &self.query_parameter.is_some())
            .field("read_only", &self.read_only)
            .field("replace_invalid", &self.replace_invalid)
            .finish()
    }
}

/// A visitor code that was found or made, not yet checked.
#[derive(Debug)]
pub(crate) struct FoundCode {
    pub(crate) code: String,
    /// It is what the cookie has.
    pub(crate) is_in_cookie: bool,
}

impl FoundCode {
    pub(crate) fn fresh() -> Self {
        Self { code: fresh_visitor_code(), is_in_cookie: false }
    }
}

/// The visitor code that the cookie has.
pub(crate) fn cookie_visitor_code(jar: &(impl CookieJar + ?Sized)) -> Option<String> {
    let value = jar.get(VISITOR_CODE).filter(|value| !value.is_empty())?;
    Some(unescape(&value).into_owned())
}

/// The visitor code of a request: of the cookie, else of the query, else the default one, else a
/// fresh one. A default one that is empty is taken as it is, for the caller to refuse.
pub(crate) fn find_visitor_code(
    jar: &(impl CookieJar + ?Sized),
    options: VisitorCodeOptions<'_>,
) -> FoundCode {
    if let Some(code) = cookie_visitor_code(jar) {
        return FoundCode { code, is_in_cookie: true };
    }
    let code = options
        .query_parameter
        .filter(|code| !code.is_empty())
        .or(options.default_visitor_code)
        .map_or_else(fresh_visitor_code, Cow::into_owned);
    FoundCode { code, is_in_cookie: false }
}

/// 16 hexadecimal digits from the system's cryptographic generator.
fn fresh_visitor_code() -> String {
    format!("{:016x}", crate::chance::bits())
}
