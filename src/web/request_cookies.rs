//! Cookies without a framework.

use std::borrow::Cow;
use std::fmt;

use super::cache_control::private_cache_control;
use super::{CookieJar, SetCookie};

/// So much of a request's cookies is read; what comes after is left out. Servers take less.
const MOST_BYTES: usize = 64 * 1024;
const MOST_COOKIES: usize = 1_000;

/// The cookies of one request, and those that its response is to set, as plain texts.
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// # let client = kameleoon::KameleoonClient::offline("{}")?;
/// use kameleoon::RequestCookies;
///
/// // The values of the request's `Cookie` headers; most requests have one.
/// let mut cookies = RequestCookies::from_headers(["theme=dark; kameleoonVisitorCode=4a5b6c7d8e9f0a1b"]);
/// assert_eq!(client.get_visitor_code(&mut cookies)?, "4a5b6c7d8e9f0a1b");
/// // Each of these goes into a `Set-Cookie` header of the response.
/// assert!(cookies.set_cookie_headers().is_empty(), "the browser has the code already");
///
/// let mut cookies = RequestCookies::new();
/// let visitor_code = client.get_visitor_code(&mut cookies)?;
/// let start = format!("kameleoonVisitorCode={visitor_code}; Path=/; Max-Age=32832000; ");
/// assert!(cookies.set_cookie_headers()[0].starts_with(&start));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct RequestCookies {
    /// `name=value;` for each usable cookie. One text, looked through when asked: a request may
    /// carry any number of cookies, of which two matter.
    request: String,
    written: Vec<SetCookie>,
    /// `written` as texts.
    headers: Vec<String>,
}

impl RequestCookies {
    /// Those of a request without cookies.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those of a request with these `Cookie` headers, each given by its value: texts or bytes.
    ///
    /// Never fails. What is no cookie is left out: parts without `=`, without a name, with control
    /// characters or bytes that are not UTF-8. Quotes around a value are taken off. Of more than
    /// 1,000 cookies, or more than 64 KiB of them, the first are taken, each as a whole.
    pub fn from_headers<I>(headers: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<[u8]>,
    {
        let mut request = String::new();
        let (mut bytes_left, mut cookies_left) = (MOST_BYTES, MOST_COOKIES);
        for header in headers {
            let header = header.as_ref();
            // A cookie that begins within the bound is taken whole: a part of a visitor code is another one.
            let Some(last) = bytes_left.checked_sub(1) else { break };
            let beyond = header.iter().skip(last).position(|byte| *byte == b';');
            let end = beyond.map_or(header.len(), |more| last + more);
            for part in header[..end].split(|byte| *byte == b';') {
                let taken = std::str::from_utf8(part).ok().and_then(cookie).filter(|_| cookies_left > 0);
                if let Some((name, value)) = taken {
                    request.extend([name, "=", value, ";"]);
                    cookies_left -= 1;
                }
            }
            bytes_left = bytes_left.saturating_sub(header.len());
        }
        Self { request, ..Self::default() }
    }

    /// The value of the cookie of that name, as it stands in the request, or as it was set since.
    /// Of several in the request the first counts that is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        if let Some(cookie) = self.written.iter().find(|cookie| cookie.name() == name) {
            return (!cookie.max_age().is_zero()).then(|| cookie.value());
        }
        let values = || self.iter().filter(|(known, _)| *known == name).map(|(_, value)| value);
        values().find(|value| !value.is_empty()).or_else(|| values().next())
    }

    /// Name and value of each cookie of the request, in its order.
    ///
    /// They are what targeting by cookies asks for:
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use kameleoon::{Cookie, RequestCookies};
    ///
    /// let cookies = RequestCookies::from_headers(["theme=dark; beta=1"]);
    /// client.add_data("visitor", Cookie::new(cookies.iter()))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.request.split(';').filter_map(|pair| pair.split_once('='))
    }

    /// The values of the `Set-Cookie` headers that the response needs: none or one.
    pub fn set_cookie_headers(&self) -> &[String] {
        &self.headers
    }

    /// Those of [`set_cookie_headers`](Self::set_cookie_headers), and where the cookie of a domain is
    /// removed, one more before it: it removes a cookie of the answering host alone, which the
    /// browser may have from before
    /// [`top_level_domain`](crate::KameleoonClientConfig::top_level_domain) was configured.
    pub fn all_set_cookie_headers(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let host_only = self.written.iter().filter_map(SetCookie::host_only_removal);
        let host_only = host_only.map(|cookie| Cow::Owned(cookie.to_string()));
        host_only.chain(self.headers.iter().map(|header| Cow::Borrowed(header.as_str())))
    }

    /// The value of `Cache-Control` that the response needs, given the one it has (none: `""`). None
    /// when it can stay as it is: no cookie is set, or no shared cache may keep the response.
    ///
    /// A response that sets a visitor's cookie must not be handed to others: `public` and `s-maxage`
    /// are taken out, `private` is put in, the rest stays.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use kameleoon::RequestCookies;
    ///
    /// let mut cookies = RequestCookies::new();
    /// client.get_visitor_code(&mut cookies)?;
    /// let cache_control = cookies.cache_control("public, max-age=60, s-maxage=3600");
    /// assert_eq!(cache_control.as_deref(), Some("max-age=60, private"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn cache_control(&self, current: &str) -> Option<String> {
        if self.headers.is_empty() { None } else { private_cache_control([current]) }
    }
}

impl CookieJar for RequestCookies {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(Cow::Borrowed)
    }

    fn set(&mut self, cookie: SetCookie) {
        let header = cookie.to_string();
        match self.written.iter().position(|known| known.name() == cookie.name()) {
            Some(place) => {
                self.written[place] = cookie;
                self.headers[place] = header;
            }
            None => {
                self.written.push(cookie);
                self.headers.push(header);
            }
        }
    }
}

/// Leaves out the values: cookies hold sessions.
impl fmt::Debug for RequestCookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(|(name, _)| name).collect();
        f.debug_struct("RequestCookies").field("names", &names).field("written", &self.written).finish()
    }
}

/// The cookie of one part of a header, if it is one.
fn cookie(part: &str) -> Option<(&str, &str)> {
    let (name, value) = part.split_once('=')?;
    let (name, value) = (name.trim_matches([' ', '\t']), value.trim_matches([' ', '\t']));
    let value = value.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(value);
    let usable = !name.is_empty() && !name.chars().chain(value.chars()).any(char::is_control);
    usable.then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::RequestCookies;
    use crate::config::KameleoonClientConfig;
    use crate::web::{CookieJar, SetCookie};

    #[test]
    fn usable_cookies_are_taken_from_any_header() {
        for (headers, expected) in [
            (&[][..], &[][..]),
            (&["a=1"][..], &[("a", "1")][..]),
            (&["a=1; b=2;c=3 ;\td=4"], &[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]),
            (&["a=1", "b=2"], &[("a", "1"), ("b", "2")]),
            (&["a=\"x y\"; b=\"; c=\"\"; d=\"x"], &[("a", "x y"), ("b", "\""), ("c", ""), ("d", "\"x")]),
            (&["a=b=c; d=%3B"], &[("a", "b=c"), ("d", "%3B")]),
            (&["; ;=;=x;a;  = ; b=2"], &[("b", "2")]),
            (&["a=1\r\nb=2; c=3; \u{1}d=4; e=\u{7f}"], &[("c", "3")]),
            (&["ä=ß; €=🚀"], &[("ä", "ß"), ("€", "🚀")]),
            (&["a={\"f\":{\"expId\":1,\"varId\":2}}"], &[("a", "{\"f\":{\"expId\":1,\"varId\":2}}")]),
        ] {
            let cookies = RequestCookies::from_headers(headers);
            let found: Vec<(&str, &str)> = cookies.iter().collect();
            assert_eq!(found, expected, "{headers:?}");
        }
        let cookies = RequestCookies::from_headers([&b"a=1; b=\xff; c=\xc3\xa9"[..]]);
        let found: Vec<(&str, &str)> = cookies.iter().collect();
        assert_eq!(found, [("a", "1"), ("c", "é")], "bytes that are no text cost only their cookie");
    }

    #[test]
    fn of_several_cookies_the_first_that_is_not_empty_counts() {
        for (header, value) in [
            ("a=1; a=2", Some("1")),
            ("a=; a=2; a=3", Some("2")),
            ("a=; a=", Some("")),
            ("b=1", None),
            ("A=1", None),
        ] {
            assert_eq!(RequestCookies::from_headers([header]).get("a"), value, "{header}");
        }
    }

    #[test]
    fn a_cookie_at_the_bound_is_taken_whole_or_not_at_all() {
        let code = "kameleoonVisitorCode=4a5b6c7d8e9f0a1b";
        for (room, is_taken) in [(1_000, true), (code.len(), true), (10, true), (1, true), (0, false)] {
            let long = format!("a={};", "x".repeat(super::MOST_BYTES - 3 - room));
            let taken = is_taken.then_some("4a5b6c7d8e9f0a1b");
            for header in [format!("{long}{code}"), format!("{long}{code}; b=2")] {
                let cookies = RequestCookies::from_headers([header]);
                assert_eq!(cookies.get("kameleoonVisitorCode"), taken, "{room}");
            }
            let cookies = RequestCookies::from_headers([long.as_str(), code, "c=3"]);
            assert_eq!(cookies.get("kameleoonVisitorCode"), taken, "{room}, in a header of its own");
        }
    }

    #[test]
    fn what_was_set_last_counts() {
        let config = KameleoonClientConfig::new("", "");
        let mut cookies = RequestCookies::from_headers(["kameleoonVisitorCode=old"]);
        assert_eq!(cookies.get("kameleoonVisitorCode"), Some("old"));
        cookies.set(SetCookie::keep("new", config.settings(), 0));
        assert_eq!(cookies.get("kameleoonVisitorCode"), Some("new"));
        cookies.set(SetCookie::expire("new", config.settings()));
        assert_eq!(cookies.get("kameleoonVisitorCode"), None);
        assert_eq!(cookies.set_cookie_headers().len(), 1);
        assert!(cookies.set_cookie_headers()[0].contains("Max-Age=0"));
    }

    #[test]
    fn debug_leaves_out_the_values() {
        let text = format!("{:?}", RequestCookies::from_headers(["session=hunter2"]));
        assert!(text.contains("session") && !text.contains("hunter2"), "{text}");
    }
}
