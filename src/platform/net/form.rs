//! Reading what is written as `a=1&b=2`: tracking lines, queries.

use percent_encoding::percent_decode_str;

/// The value of the first pair of that name.
pub(crate) fn value_of<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Decodes `a=1&b=2` by the rules of `application/x-www-form-urlencoded`.
pub(crate) fn decode_pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::decode_pairs;

    #[test]
    fn pairs_are_decoded_as_forms_are() {
        let pairs = decode_pairs("a=1&b=x%20y+z&&c&d=%C3%A9=1");
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(key, value)| (&**key, &**value)).collect();
        assert_eq!(pairs, [("a", "1"), ("b", "x y z"), ("c", ""), ("d", "é=1")]);
    }
}
