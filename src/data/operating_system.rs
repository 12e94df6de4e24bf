//! The visitor's operating system.

/// An operating system of the platform's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OperatingSystemType {
    /// Windows on computers.
    Windows,
    /// macOS.
    Mac,
    /// iOS and iPadOS.
    Ios,
    /// Linux.
    Linux,
    /// Android.
    Android,
    /// Windows on phones.
    WindowsPhone,
}

impl OperatingSystemType {
    const ALL: [Self; 6] =
        [Self::Windows, Self::Mac, Self::Ios, Self::Linux, Self::Android, Self::WindowsPhone];

    /// The platform's index of the system, as tracking sends it.
    pub(crate) fn index(self) -> u8 {
        self as u8
    }

    /// The name the platform uses.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Windows => "WINDOWS",
            Self::Mac => "MAC",
            Self::Ios => "IOS",
            Self::Linux => "LINUX",
            Self::Android => "ANDROID",
            Self::WindowsPhone => "WINDOWS_PHONE",
        }
    }

    /// Reads the name the platform uses.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.name() == name)
    }
}

/// The operating system of the visitor's device. A visitor has one; a later one replaces it.
///
/// ```
/// use kameleoon::{OperatingSystem, OperatingSystemType};
///
/// let system = OperatingSystem::new(OperatingSystemType::Android);
/// assert_eq!(system.os_type(), OperatingSystemType::Android);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperatingSystem {
    os_type: OperatingSystemType,
}

impl OperatingSystem {
    /// This operating system.
    pub fn new(os_type: OperatingSystemType) -> Self {
        Self { os_type }
    }

    /// Which system it is.
    pub fn os_type(&self) -> OperatingSystemType {
        self.os_type
    }
}
