//! One thing that the platform is to be told about a visitor.

use super::delivery::Delivery;
use crate::data::{Browser, Conversion, CustomData, Device, Geolocation, OperatingSystem, PageView};
use crate::decision::datafile::{DataFile, RuleKind};
use crate::decision::profile::{Consent, CustomDataEntry};

/// What is told.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Device(Device),
    Browser(Browser),
    OperatingSystem(OperatingSystem),
    Geolocation(Box<Geolocation>),
    /// Those that are known when the line is written.
    Visits,
    CustomData(CustomDataEntry),
    Page(Box<PageView>),
    Experiment {
        experiment_id: i64,
        variation_id: i64,
        kind: RuleKind,
    },
    TargetedSegment(i64),
    Conversion(Box<Conversion>),
    /// Custom data given by a name that only a data file can tell the index of; none is in use yet.
    Unnamed(Box<CustomData>),
}

/// What there is one of: a later piece takes the place of an earlier one that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Device,
    Browser,
    OperatingSystem,
    Geolocation,
    Visits,
    CustomData(u32),
    /// The hash of the url.
    Page(u64),
    Experiment(i64),
    TargetedSegment(i64),
}

impl Content {
    /// The place of custom data among the lines of a visitor.
    pub(crate) const CUSTOM_DATA_RANK: u8 = 5;

    /// The place of its kind among the lines of a visitor.
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Self::Device(_) => 0,
            Self::Browser(_) => 1,
            Self::OperatingSystem(_) => 2,
            Self::Geolocation(_) => 3,
            Self::Visits => 4,
            Self::CustomData(_) | Self::Unnamed(_) => Self::CUSTOM_DATA_RANK,
            Self::Page(_) => 6,
            Self::Experiment { .. } => 7,
            Self::TargetedSegment(_) => 8,
            Self::Conversion(_) => 9,
        }
    }

    /// Whether it may be sent as things stand.
    pub(crate) fn may_leave(&self, consent: Consent, file: Option<&DataFile>) -> bool {
        let Some(file) = file else { return false };
        if !file.settings.consent_required || consent == Consent::Given {
            return !matches!(self, Self::Unnamed(_));
        }
        matches!(self, Self::Conversion(_) | Self::Experiment { kind: RuleKind::TargetedDelivery, .. })
    }

    /// Whether a data file says that it is for this client alone, or that the platform, which told it,
    /// need not get it again.
    pub(super) fn is_local(&self, file: &DataFile) -> bool {
        match self {
            Self::CustomData(entry) => {
                let info = file.custom_data.get(entry.index);
                info.is_some_and(|info| info.local_only)
                    || !entry.is_local && !info.is_some_and(|info| info.visitor_scope)
            }
            _ => false,
        }
    }

    /// The bytes that it takes beside the piece itself.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Geolocation(place) => place.weight(),
            Self::CustomData(entry) => entry.values.weight(),
            Self::Page(view) => view.weight(),
            Self::Conversion(conversion) => conversion.weight(),
            Self::Unnamed(data) => data.weight(),
            _ => 0,
        }
    }
}

/// A thing that is told once, with where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) delivery: Delivery,
    /// The order among those of its kind.
    pub(crate) order: u32,
    pub(crate) key: Option<Key>,
    pub(crate) content: Content,
}

impl Piece {
    /// The bytes that it takes.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + self.content.weight()
    }
}
