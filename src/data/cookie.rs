//! The cookies on the visitor's device.

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
    /// Cookies by name. Of two with one name the later counts.
    pub fn new<N: Into<String>, V: Into<String>>(cookies: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut kept: Vec<(Box<str>, Box<str>)> = Vec::new();
        for (name, value) in cookies {
            let (name, value) = (name.into().into_boxed_str(), value.into().into_boxed_str());
            match kept.iter_mut().find(|(known, _)| *known == name) {
                Some(known) => known.1 = value,
                None => kept.push((name, value)),
            }
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
