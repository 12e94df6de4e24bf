//! What callers tell about a visitor.

mod browser;
mod conversion;
mod cookie;
mod custom_data;
mod custom_data_values;
mod device;
mod finite;
mod geolocation;
mod legal_consent;
mod list;
mod operating_system;
mod page_view;
mod single;
mod weight;

pub use browser::{Browser, BrowserType};
pub use conversion::Conversion;
pub use cookie::Cookie;
pub use custom_data::CustomData;
pub(crate) use custom_data::{CustomDataKey, Values};
pub use custom_data_values::CustomDataValues;
pub use device::{Device, DeviceType};
pub use geolocation::Geolocation;
pub use legal_consent::LegalConsent;
pub use list::DataList;
pub use operating_system::{OperatingSystem, OperatingSystemType};
pub use page_view::PageView;
pub use single::{ApplicationVersion, UniqueIdentifier, UserAgent};

/// One piece of data about a visitor; every data type converts into it.
#[doc(alias = "KameleoonData")]
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// See [`ApplicationVersion`].
    ApplicationVersion(ApplicationVersion),
    /// See [`Browser`].
    Browser(Browser),
    /// See [`Conversion`].
    Conversion(Conversion),
    /// See [`Cookie`].
    Cookie(Cookie),
    /// See [`CustomData`].
    CustomData(CustomData),
    /// See [`Device`].
    Device(Device),
    /// See [`Geolocation`].
    Geolocation(Geolocation),
    /// See [`OperatingSystem`].
    OperatingSystem(OperatingSystem),
    /// See [`PageView`].
    PageView(PageView),
    /// See [`UniqueIdentifier`].
    UniqueIdentifier(UniqueIdentifier),
    /// See [`UserAgent`].
    UserAgent(UserAgent),
}
