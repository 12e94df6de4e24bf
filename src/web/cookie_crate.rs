//! The jar of the `cookie` crate.

use std::borrow::Cow;

use cookie::time::{Duration, OffsetDateTime};
use cookie::{Cookie, CookieJar as Jar};

use super::{CookieJar, SetCookie};
use crate::config::SameSite;

/// With the feature `cookie`. Send the jar's cookies as they are (`to_string`), not encoded once
/// more: the value is escaped already, where it has to be.
impl CookieJar for Jar {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        Self::get(self, name).map(|cookie| Cow::Borrowed(cookie.value()))
    }

    fn set(&mut self, cookie: SetCookie) {
        let same_site = match cookie.same_site() {
            SameSite::Lax => cookie::SameSite::Lax,
            SameSite::Strict => cookie::SameSite::Strict,
            SameSite::None => cookie::SameSite::None,
        };
        let max_age = i64::try_from(cookie.max_age().as_secs()).unwrap_or(i64::MAX);
        let mut built = Cookie::build((cookie.name().to_owned(), cookie.value().to_owned()))
            .path(cookie.path().to_owned())
            .max_age(Duration::seconds(max_age))
            .expires(OffsetDateTime::from(cookie.expires()))
            .secure(cookie.secure())
            .same_site(same_site);
        if let Some(domain) = cookie.domain() {
            built = built.domain(domain.to_owned());
        }
        self.add(built);
    }
}
