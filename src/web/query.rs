//! Parameters of a request's query.

use std::borrow::Cow;

use percent_encoding::percent_decode;

/// So much of a query is read; servers take less.
const MOST_BYTES: usize = 64 * 1024;

/// The value of the first parameter of that name that is not empty. The query may begin with `?`;
/// what follows a `#` is no part of it. What begins after 64 KiB is not looked at.
pub(super) fn parameter<'q>(query: &'q str, name: &str) -> Option<Cow<'q, str>> {
    let query = query.strip_prefix('?').unwrap_or(query);
    let query = query.split('#').next().unwrap_or_default();
    let query = match query.as_bytes().iter().skip(MOST_BYTES).position(|byte| *byte == b'&') {
        Some(end) => &query[..MOST_BYTES + end],
        None => query,
    };
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut values =
        pairs.filter(|(key, _)| decoded(key).is_some_and(|key| key == name)).map(|(_, value)| value);
    values.find_map(|value| decoded(value).filter(|value| !value.is_empty()))
}

/// A text as forms escape it; none when it is no UTF-8.
fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('+') {
        return percent_decode(text.as_bytes()).decode_utf8().ok();
    }
    let text = text.replace('+', " ");
    percent_decode(text.as_bytes()).decode_utf8().ok().map(|text| Cow::Owned(text.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::parameter;

    #[test]
    fn a_parameter_is_found_in_any_query() {
        for (query, value) in [
            ("", None),
            ("?", None),
            ("code", None),
            ("code=", None),
            ("code=v", Some("v")),
            ("?a=1&code=v&code=w", Some("v")),
            ("code=&code=w", Some("w")),
            ("xcode=1&codex=2&Code=3", None),
            ("c%6Fde=a%20b+c%2B", Some("a b c+")),
            ("code=%ff&code=w", Some("w")),
            ("code=%0D%0Ax%3B", Some("\r\nx;")),
            ("code=a=b", Some("a=b")),
            ("code=ß%C3%9F", Some("ßß")),
            ("a=1#code=v", None),
            ("code=v#&code=w", Some("v")),
            ("&&=&=x&&code=v", Some("v")),
            ("%=1&code=%", Some("%")),
        ] {
            assert_eq!(parameter(query, "code").as_deref(), value, "{query:?}");
        }
    }
}
