//! The cookies on the visitor's device.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// What is kept of the cookies, which the visitor chooses: browsers keep less for one site.
const MOST_COOKIES: usize = 1_000;
const MOST_BYTES: usize = 64 * 1024;

/// The cookies on the visitor's device, for targeting; never sent. A visitor has one set; a later
/// one replaces it.
///
/// ```
/// use kameleoon::Cookie;
///
/// let cookies = Cookie::new([("theme", "dark"), ("beta", "1")]);
/// assert_eq!(cookies.get("theme"), Some("dark"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cookie {
    pub(crate) cookies: Box<[(Box<str>, Box<str>)]>,
}

impl Cookie {
    /// Cookies by name. Of two with one name the later counts. Of more than 1,000 names, or more than
    /// 64 KiB of names and values together, the first are kept.
    pub fn new<N: Into<String>, V: Into<String>>(cookies: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut kept: Vec<(Box<str>, Box<str>)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut bytes_left = MOST_BYTES;
        for (name, value) in cookies {
            let (name, value) = (name.into(), value.into());
            let size = name.len() + value.len();
            let (is_full, fits) = (kept.len() >= MOST_COOKIES, size <= bytes_left);
            match places.entry(name) {
                Entry::Occupied(place) if fits => kept[*place.get()].1 = value.into_boxed_str(),
                Entry::Vacant(place) if fits && !is_full => {
                    kept.push((place.key().as_str().into(), value.into_boxed_str()));
                    place.insert(kept.len() - 1);
                }
                _ => continue,
            }
            bytes_left -= size;
        }
        Self { cookies: kept.into_boxed_slice() }
    }

    /// The value of the cookie with this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// All cookies, name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cookies.iter().map(|(name, value)| (&**name, &**value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_of_two_with_one_name_counts_in_the_place_of_the_first() {
        let cookies = Cookie::new([("a", "1"), ("b", "2"), ("a", "3")]);
        assert_eq!(cookies.iter().collect::<Vec<_>>(), [("a", "3"), ("b", "2")]);
    }

    #[test]
    fn what_a_visitor_can_send_is_bounded() {
        let many = Cookie::new((0..1_000_000).map(|n| (n.to_string(), "")));
        assert_eq!((many.iter().count(), many.get("999"), many.get("1000")), (1_000, Some(""), None));
        let long = "x".repeat(MOST_BYTES);
        let large = Cookie::new([("a", "1"), ("b", long.as_str()), ("a", long.as_str()), ("c", "2")]);
        assert_eq!(large.iter().collect::<Vec<_>>(), [("a", "1"), ("c", "2")]);
    }
}
