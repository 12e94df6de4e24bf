//! The data file as a whole while it is read: the wire form, but for flags and segments, which are
//! compiled as they come.

use super::compile_flag::FlagDraft;
use super::compile_tree::SegmentDraft;
use super::wire::{ConfigurationWire, CustomDataWire, HoldoutWire};
use crate::decision::lenient::{List, Object, Scalar, wire};

wire!(
    /// The whole file. Flags and segments are compiled one by one as they are read: a large file as
    /// texts and as what is made of them at once would take twice the memory.
    DataFileWire {
        date_modified = "dateModified": Scalar<'a>,
        configuration = "configuration": Object<ConfigurationWire<'a>>,
        custom_data = "customData": List<Object<CustomDataWire<'a>>>,
        segments = "segments": List<SegmentDraft>,
        holdout = "holdout": Object<HoldoutWire<'a>>,
        feature_flags = "featureFlags": List<FlagDraft>,
    }
);
