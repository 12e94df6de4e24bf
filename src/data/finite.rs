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

#[cfg(test)]
mod tests {
    use crate::data::{Browser, BrowserType, Conversion, Geolocation};

    #[test]
    fn what_is_no_number_is_left_out() {
        for nonsense in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Browser::new(BrowserType::Chrome).with_version(nonsense).version(), None);
            assert_eq!(Conversion::new(1).with_revenue(nonsense).revenue(), 0.0);
            let place = Geolocation::new("France").with_latitude(nonsense).with_longitude(nonsense);
            assert_eq!((place.latitude(), place.longitude()), (None, None));
        }
    }
}
