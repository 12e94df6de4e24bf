//! Percent-encoding of query values, and queries built from them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What the platform expects escaped: all but letters, digits and `- _ . ~ ( ) * ! '`.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'!')
    .remove(b'\'');

/// Appends `text` to `out`, escaped.
pub(crate) fn push_encoded(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, ESCAPED));
}

/// Writes `key=value` pairs to the end of a text. Pairs with an empty value are left out.
pub(crate) struct Query<'a> {
    out: &'a mut String,
    separator: &'static str,
}

impl<'a> Query<'a> {
    /// Pairs that start with `first` before the first of them: `?` for a URL, nothing for a line
    /// of its own, `&` for one that goes on.
    pub(crate) fn new(out: &'a mut String, first: &'static str) -> Self {
        Self { out, separator: first }
    }

    /// One pair; the key is written as it is, the value escaped.
    pub(crate) fn add(&mut self, key: &str, value: &str) -> &mut Self {
        if !value.is_empty() {
            self.begin(key);
            push_encoded(self.out, value);
        }
        self
    }

    /// One pair whose value needs no escapes: a number, a truth value.
    pub(crate) fn add_plain(&mut self, key: &str, value: impl std::fmt::Display) -> &mut Self {
        use std::fmt::Write;
        self.begin(key);
        // Writing to a String cannot fail.
        let _ = write!(self.out, "{value}");
        self
    }

    fn begin(&mut self, key: &str) {
        self.out.push_str(std::mem::replace(&mut self.separator, "&"));
        self.out.push_str(key);
        self.out.push('=');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_as_the_platform_expects() {
        for (text, expected) in [
            ("azAZ09-_.~()*!'", "azAZ09-_.~()*!'"),
            (" /+&=?#%", "%20%2F%2B%26%3D%3F%23%25"),
            ("\"<>[]{}|\\^`,;:@$", "%22%3C%3E%5B%5D%7B%7D%7C%5C%5E%60%2C%3B%3A%40%24"),
            ("é€😀", "%C3%A9%E2%82%AC%F0%9F%98%80"),
            ("\r\n\t\0\u{7f}", "%0D%0A%09%00%7F"),
            ("{\"v1\":1}", "%7B%22v1%22%3A1%7D"),
            ("", ""),
        ] {
            let mut out = String::from("x");
            push_encoded(&mut out, text);
            assert_eq!(out, format!("x{expected}"), "{text:?}");
        }
    }

    #[test]
    fn empty_values_are_left_out_with_their_key() {
        let mut url = String::from("http://host/path");
        Query::new(&mut url, "?")
            .add("a", "")
            .add("b", "1 2")
            .add("c", "")
            .add_plain("d", true)
            .add("e", "ä");
        assert_eq!(url, "http://host/path?b=1%202&d=true&e=%C3%A4");

        let mut untouched = String::from("http://host/path");
        Query::new(&mut untouched, "?").add("a", "");
        assert_eq!(untouched, "http://host/path");

        let mut line = String::from("nonce=1");
        Query::new(&mut line, "&").add("eventType", "page");
        assert_eq!(line, "nonce=1&eventType=page");
    }
}
