//! A targeting condition, compiled.

use super::caseless::Caseless;
use super::number_test::{Comparison, CountTest, Version};
use super::text_test::TextTest;
use crate::data::{BrowserType, DeviceType, OperatingSystemType};

/// A condition: what is tested, and whether it has to hold or not to hold.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) is_include: bool,
    pub(crate) test: Test,
}

/// What a condition tests.
#[derive(Debug)]
pub(crate) enum Test {
    /// An unknown type or an unusable definition, with the reason: never holds.
    Never(Box<str>),
    CustomData {
        index: u32,
        test: CustomDataTest,
    },
    FeatureFlag(Box<FeatureFlagTest>),
    Experiment {
        experiment_id: i64,
        variation_id: Option<i64>,
        scope: VisitScope,
    },
    Personalization {
        id: i64,
        scope: VisitScope,
    },
    ExclusiveExperiment {
        campaign: Campaign,
        scope: VisitScope,
    },
    ExclusiveFeatureFlag,
    Device(DeviceType),
    Browser {
        browser: BrowserType,
        version: Option<(Comparison, f64)>,
    },
    OperatingSystem(OperatingSystemType),
    /// In a piece of memory of its own: it would make all conditions half as large again.
    ApplicationVersion(Box<(Comparison, Version)>),
    /// Settled when the data file is compiled: the crate's name and version do not change.
    SdkLanguage {
        holds: bool,
        needs: Box<str>,
    },
    Cookie(Box<(TextTest, TextTest)>),
    Geolocation(Box<GeolocationTest>),
    VisitorCode(TextTest),
    PageUrl(TextTest),
    PageTitle(TextTest),
    PreviousPage(TextTest),
    PageViews(CountTest),
    Conversions {
        goal_id: Option<i64>,
        scope: VisitScope,
    },
    Visits(CountTest),
    SameDayVisits(CountTest),
    NewVisitors {
        new: bool,
    },
    FirstVisit(CountTest),
    LastVisit(CountTest),
    HeatSlice(Box<HeatSliceTest>),
    Segment {
        id: i64,
        /// Its place in the data file's segments, when there is one; filled in when all are
        /// compiled.
        place: SegmentPlace,
    },
}

/// Where a segment is among the data file's. Two files say the same when just the places differ, so
/// its `Debug` form, by which they are compared, does not show it.
#[derive(Clone, Copy, Default)]
pub(crate) struct SegmentPlace(Option<u32>);

impl SegmentPlace {
    pub(super) fn new(place: Option<u32>) -> Self {
        Self(place)
    }

    pub(crate) fn get(self) -> Option<u32> {
        self.0
    }
}

impl std::fmt::Debug for SegmentPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("_")
    }
}

/// What the values of a custom data are tested for.
#[derive(Debug)]
pub(crate) enum CustomDataTest {
    Text(TextTest),
    Number(Comparison, f64),
    True,
    False,
    Among(Box<[Box<str>]>),
    Undefined,
}

/// Which assignments of a flag's rules count.
#[derive(Debug)]
pub(crate) struct FeatureFlagTest {
    pub(crate) flag_id: i64,
    pub(crate) rule_id: Option<i64>,
    pub(crate) variation_key: Option<Box<str>>,
    pub(crate) scope: VisitScope,
    /// The experiments of the rules that count; filled in when all flags are compiled.
    pub(crate) experiments: Box<[i64]>,
    /// The ids of the flag's variations with that key; filled in likewise.
    pub(crate) variation_ids: Box<[i64]>,
}

/// Which campaigns exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Campaign {
    Experiment,
    Personalization,
    Any,
}

/// A place.
#[derive(Debug)]
pub(crate) struct GeolocationTest {
    pub(crate) country: Caseless,
    pub(crate) region: Option<Caseless>,
    pub(crate) city: Option<Caseless>,
}

/// A range of a conversion score.
#[derive(Debug)]
pub(crate) struct HeatSliceTest {
    pub(crate) goal_id: i64,
    pub(crate) key_moment_id: i64,
    pub(crate) lower: f64,
    pub(crate) upper: f64,
}

/// How far back an assignment counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VisitScope {
    CurrentVisit,
    /// The visitor's visits, this many of them.
    Visitor {
        visits: i64,
    },
}
