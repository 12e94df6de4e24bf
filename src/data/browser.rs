//! The visitor's browser.

use super::finite::{Finite, finite};

/// A browser of the platform's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BrowserType {
    /// Chrome and what is built on it.
    Chrome,
    /// Internet Explorer.
    InternetExplorer,
    /// Firefox.
    Firefox,
    /// Safari.
    Safari,
    /// Opera.
    Opera,
    /// Any other browser.
    Other,
}

impl BrowserType {
    /// The platform's index of the browser, as tracking sends it.
    pub(crate) fn index(self) -> u8 {
        self as u8
    }

    /// Reads the name the platform uses; `IE` is Internet Explorer too.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "CHROME" => Self::Chrome,
            "IE" | "INTERNET_EXPLORER" => Self::InternetExplorer,
            "FIREFOX" => Self::Firefox,
            "SAFARI" => Self::Safari,
            "OPERA" => Self::Opera,
            "OTHER" => Self::Other,
            _ => return None,
        })
    }
}

/// The visitor's browser, with its version when it is known.
///
/// A visitor has one; a later one replaces it.
///
/// ```
/// use kameleoon::{Browser, BrowserType};
///
/// let browser = Browser::new(BrowserType::Safari).with_version(17.4);
/// assert_eq!(browser.version(), Some(17.4));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Browser {
    browser_type: BrowserType,
    version: Finite,
}

impl Browser {
    /// A browser of unknown version.
    pub fn new(browser_type: BrowserType) -> Self {
        Self { browser_type, version: Finite::NONE }
    }

    /// Sets the version: major and minor as one decimal number, `17.4`. One that is no finite number
    /// counts as unknown.
    #[must_use]
    pub fn with_version(mut self, version: f64) -> Self {
        self.version = Finite::new(finite(version, "a browser version"));
        self
    }

    /// Which browser it is.
    pub fn browser_type(&self) -> BrowserType {
        self.browser_type
    }

    /// The version, when it is known.
    pub fn version(&self) -> Option<f64> {
        self.version.get()
    }
}
