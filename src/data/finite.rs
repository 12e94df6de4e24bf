//! Numbers that are none.

use crate::logging::{Voice, log_rarely};

/// The number, if it is one: what is infinite or not a number can neither be compared nor sent.
pub(super) fn finite(number: f64, what: &str) -> Option<f64> {
    static LEFT_OUT: Voice = Voice::new();
    if number.is_finite() {
        return Some(number);
    }
    log_rarely!(LEFT_OUT, Warning, "{what} of {number} is left out: it is no finite number");
    None
}

/// A finite number, if there is one, in the room of the number alone: none is kept as what is no
/// number.
#[derive(Clone, Copy)]
pub(super) struct Finite(f64);

impl Finite {
    pub(super) const NONE: Self = Self(f64::NAN);

    pub(super) fn new(number: Option<f64>) -> Self {
        number.map_or(Self::NONE, Self)
    }

    pub(super) fn get(self) -> Option<f64> {
        self.0.is_finite().then_some(self.0)
    }
}

impl PartialEq for Finite {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl std::fmt::Debug for Finite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.get().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use crate::data::{Browser, BrowserType, Conversion, Geolocation};

    #[test]
    fn what_is_no_number_is_left_out() {
        for nonsense in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let browser = Browser::new(BrowserType::Chrome);
            assert_eq!(browser.with_version(nonsense).version(), None);
            assert_eq!(browser.with_version(nonsense), browser);
            assert_eq!(format!("{browser:?}"), "Browser { browser_type: Chrome, version: None }");
            assert_ne!(browser.with_version(0.0), browser);
            assert_eq!(Conversion::new(1).with_revenue(nonsense).revenue(), 0.0);
            let place = Geolocation::new("France").with_latitude(nonsense).with_longitude(nonsense);
            assert_eq!((place.latitude(), place.longitude()), (None, None));
        }
    }
}
