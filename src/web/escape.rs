//! Visitor codes as cookies carry them.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// What a cookie's value must not hold, and the escape character itself: without that, reading
/// would not give back what was written. All that is not ASCII is escaped in any case.
const NOT_IN_COOKIES: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\').add(b'%');

/// Writes any text so that it can be a cookie's value, and nothing but one.
pub(super) fn escape(text: &str) -> String {
    utf8_percent_encode(text, NOT_IN_COOKIES).to_string()
}

/// Reads what [`escape`] wrote, and what others wrote as a URI component. A text whose escapes
/// make no sense stays as it is.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text))
}

#[cfg(test)]
mod tests {
    use super::{escape, unescape};

    #[test]
    fn what_a_cookie_cannot_hold_is_escaped_and_read_back() {
        for (text, escaped) in [
            ("0123456789abcdef", "0123456789abcdef"),
            ("user@example.com", "user@example.com"),
            ("!#$&'()*+-./:<=>?@[]^_`{|}~", "!#$&'()*+-./:<=>?@[]^_`{|}~"),
            ("a b\"c,d;e\\f%g", "a%20b%22c%2Cd%3Be%5Cf%25g"),
            ("\r\nSet-Cookie: x=1\0\t\u{7f}", "%0D%0ASet-Cookie:%20x=1%00%09%7F"),
            ("ßé🚀", "%C3%9F%C3%A9%F0%9F%9A%80"),
            ("%41", "%2541"),
            ("", ""),
        ] {
            assert_eq!(escape(text), escaped, "{text:?}");
            assert_eq!(unescape(escaped), text, "{escaped:?}");
        }
    }

    #[test]
    fn escapes_without_sense_stay() {
        for (text, read) in [
            ("100%", "100%"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz", "%zz"),
            ("%ff", "%ff"),
            ("%C3", "%C3"),
            ("a+b", "a+b"),
            ("%7b%22a%22%7D", "{\"a\"}"),
            ("ß%20é", "ß é"),
        ] {
            assert_eq!(unescape(text), read, "{text:?}");
        }
    }
}
