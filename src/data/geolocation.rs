//! Where the visitor is.

use super::finite::finite;

/// Where the visitor is. A visitor has one place; a later one replaces it.
///
/// ```
/// use kameleoon::Geolocation;
///
/// let place = Geolocation::new("France")
///     .with_region("Île-de-France")
///     .with_city("Paris")
///     .with_postal_code("75001")
///     .with_latitude(48.86)
///     .with_longitude(2.34);
/// assert_eq!((place.country(), place.postal_code()), ("France", Some("75001")));
/// assert_eq!((place.latitude(), place.longitude()), (Some(48.86), Some(2.34)));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Geolocation {
    pub(crate) country: Box<str>,
    pub(crate) region: Option<Box<str>>,
    pub(crate) city: Option<Box<str>>,
    pub(crate) postal_code: Option<Box<str>>,
    pub(crate) latitude: Option<f64>,
    pub(crate) longitude: Option<f64>,
}

impl Geolocation {
    /// A place of which only the country is known.
    pub fn new(country: impl Into<String>) -> Self {
        Self {
            country: country.into().into_boxed_str(),
            region: None,
            city: None,
            postal_code: None,
            latitude: None,
            longitude: None,
        }
    }

    /// Sets the region.
    #[must_use]
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into().into_boxed_str());
        self
    }

    /// Sets the city.
    #[must_use]
    pub fn with_city(mut self, city: impl Into<String>) -> Self {
        self.city = Some(city.into().into_boxed_str());
        self
    }

    /// Sets the postal code.
    #[must_use]
    pub fn with_postal_code(mut self, postal_code: impl Into<String>) -> Self {
        self.postal_code = Some(postal_code.into().into_boxed_str());
        self
    }

    /// Sets the latitude, in decimal degrees. One that is no finite number counts as unknown.
    #[must_use]
    pub fn with_latitude(mut self, latitude: f64) -> Self {
        self.latitude = finite(latitude, "a latitude");
        self
    }

    /// Sets the longitude, in decimal degrees. One that is no finite number counts as unknown.
    #[must_use]
    pub fn with_longitude(mut self, longitude: f64) -> Self {
        self.longitude = finite(longitude, "a longitude");
        self
    }

    /// The country.
    pub fn country(&self) -> &str {
        &self.country
    }

    /// The region, when it is known.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The city, when it is known.
    pub fn city(&self) -> Option<&str> {
        self.city.as_deref()
    }

    /// The postal code, when it is known.
    pub fn postal_code(&self) -> Option<&str> {
        self.postal_code.as_deref()
    }

    /// The latitude in decimal degrees, when it is known.
    pub fn latitude(&self) -> Option<f64> {
        self.latitude
    }

    /// The longitude in decimal degrees, when it is known.
    pub fn longitude(&self) -> Option<f64> {
        self.longitude
    }
}
