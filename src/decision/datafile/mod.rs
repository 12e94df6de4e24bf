//! The data file: as the platform writes it, and in the form that evaluation reads.

mod caseless;
mod circles;
mod compile;
mod compile_flag;
mod compile_tree;
mod condition;
mod condition_compile;
mod decided;
mod file_wire;
mod flag;
mod flags;
mod json_text;
mod key_index;
mod kinds;
mod model;
mod number_test;
mod operators;
mod places;
mod salt;
mod striped;
mod text_test;
mod tree;
mod typed;
mod variable;
mod variation;
mod view;
mod wire;

pub(crate) use caseless::Caseless;
pub(crate) use circles::DEEPEST_REFERENCE;
pub(crate) use condition::{
    Campaign, Condition, CustomDataTest, FeatureFlagTest, GeolocationTest, HeatSliceTest, Test, VisitScope,
};
pub use decided::DecidedBy;
pub(crate) use decided::{Decided, Place};
pub(crate) use flag::{Chosen, Exposure, Flag, Rule, RuleKind, VariationDefinition};
pub(crate) use flags::SharedFlag;
pub(crate) use model::{CustomDataIndex, DataFile, Holdout, HoldoutVariation};
pub(crate) use number_test::{Comparison, parse_version};
pub(crate) use salt::Salt;
pub(crate) use tree::{Reference, Segment};
pub use variable::{Variable, VariableType};
pub(crate) use variation::Other;
pub use variation::Variation;
pub use view::{CustomDataView, DataFileView, FlagView, RuleView, VariationView};
