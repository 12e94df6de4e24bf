//! The visitor's kind of device.

/// A kind of device of the platform's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeviceType {
    /// A phone.
    Phone,
    /// A tablet.
    Tablet,
    /// A desktop or laptop computer.
    Desktop,
}

impl DeviceType {
    /// The name the platform uses.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Phone => "PHONE",
            Self::Tablet => "TABLET",
            Self::Desktop => "DESKTOP",
        }
    }

    /// Reads the name the platform uses, in any case.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Phone, Self::Tablet, Self::Desktop]
            .into_iter()
            .find(|kind| name.eq_ignore_ascii_case(kind.name()))
    }
}

/// The visitor's device. A visitor has one; a later one replaces it.
///
/// ```
/// use kameleoon::{Device, DeviceType};
///
/// assert_eq!(Device::new(DeviceType::Tablet).device_type(), DeviceType::Tablet);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    device_type: DeviceType,
}

impl Device {
    /// A device of this kind.
    pub fn new(device_type: DeviceType) -> Self {
        Self { device_type }
    }

    /// The kind of device.
    pub fn device_type(&self) -> DeviceType {
        self.device_type
    }
}
