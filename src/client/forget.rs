//! A person who asks to be forgotten.

use super::KameleoonClient;
use super::core::check_code;
use crate::error::Result;
use crate::web::{CookieJar, SetCookie};

impl KameleoonClient {
    /// Forgets a person: everything known under the code and under every other code of the same
    /// person (those that are linked, and those with the same value of the site's mapping
    /// identifier), and what waits to be sent, in memory and in the
    /// [spool](crate::KameleoonClientConfig::tracking_spool), and what a
    /// [visitor store](crate::KameleoonClientConfig::visitor_data_store) holds. Returns the codes, the
    /// given one first, for other places that keep something under them.
    ///
    /// What waits is counted as `unconsented`, lines of the spool as `spool_dropped`. The spool is
    /// seen to within moments, by the thread that sends, and so is the store, by the one that writes to
    /// it ([`StoreStats::unremoved`](crate::fleet::StoreStats) is what it has yet to remove); a request
    /// that is under way ends as it does. What the platform was sent before is deleted there, by the platform's own means.
    ///
    /// A visitor who comes back with the cookie begins anew under the same code:
    /// [`forget_visitor_with`](Self::forget_visitor_with) removes the cookie as well. Each server
    /// process keeps its own visitors, so each has to be told.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](crate::KameleoonError::VisitorCodeInvalid).
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use kameleoon::CustomData;
    ///
    /// client.add_data("visitor", CustomData::new(3, "gold"))?;
    /// assert_eq!(client.forget_visitor("visitor")?, ["visitor"]);
    /// assert_eq!(client.visitor_count(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn forget_visitor(&self, visitor_code: &str) -> Result<Vec<String>> {
        check_code(visitor_code)?;
        let file = self.core.file.load();
        let names = self.core.visitors.forget(visitor_code, file.as_deref());
        self.forget_in_store(&names);
        let names: Vec<String> = names.into_iter().map(String::from).collect();
        self.purge_spool(names.clone());
        Ok(names)
    }

    /// [`forget_visitor`](Self::forget_visitor), and the browser is told to remove the cookie with
    /// the visitor code, whether the site requires consent or not.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](crate::KameleoonError::VisitorCodeInvalid).
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use kameleoon::RequestCookies;
    ///
    /// let mut cookies = RequestCookies::from_headers(["kameleoonVisitorCode=4a5b6c7d8e9f0a1b"]);
    /// let visitor_code = client.get_visitor_code(&mut cookies)?;
    /// client.forget_visitor_with(&visitor_code, &mut cookies)?;
    /// assert!(cookies.set_cookie_headers()[0].contains("Max-Age=0"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn forget_visitor_with(
        &self,
        visitor_code: &str,
        jar: &mut (impl CookieJar + ?Sized),
    ) -> Result<Vec<String>> {
        let names = self.forget_visitor(visitor_code)?;
        jar.set(SetCookie::expire(visitor_code, &self.core.settings));
        Ok(names)
    }
}
