//! The data file as a whole while it is read: the wire form, but for flags and segments, which are
//! compiled as they come.

use serde::Deserialize;

use super::compile_flag::FlagDraft;
use super::compile_tree::SegmentDraft;
use super::wire::{ConfigurationWire, CustomDataWire, HoldoutWire};
use crate::decision::lenient::{List, Object, Scalar};

/// The whole file. Flags and segments are compiled one by one as they are read: a large file as
/// texts and as what is made of them at once would take twice the memory.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DataFileWire<'a> {
    #[serde(borrow)]
    pub(super) date_modified: Scalar<'a>,
    #[serde(borrow)]
    pub(super) configuration: Object<ConfigurationWire<'a>>,
    #[serde(borrow)]
    pub(super) custom_data: List<Object<CustomDataWire<'a>>>,
    pub(super) segments: List<SegmentDraft>,
    #[serde(borrow)]
    pub(super) holdout: Object<HoldoutWire<'a>>,
    pub(super) feature_flags: List<FlagDraft>,
}
