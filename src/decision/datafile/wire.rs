//! The data file as the platform writes it. Every field is optional and may hold anything; what
//! the fields have to be is decided when the wire form is compiled.

use serde::Deserialize;

use crate::decision::lenient::{List, Object, Pairs, Scalar, wire};

wire!(ConfigurationWire {
    real_time_update: Scalar<'a>,
    consent_type: Scalar<'a>,
    consent_opt_out_behavior: Scalar<'a>,
    data_api_domain: Scalar<'a>,
});

wire!(CustomDataWire {
    index: Scalar<'a>,
    id: Scalar<'a>,
    name: Scalar<'a>,
    local_only: Scalar<'a>,
    scope: Scalar<'a>,
    is_mapping_identifier: Scalar<'a>,
});

wire!(SegmentWire {
    id: Scalar<'a>,
    audience_tracking: Scalar<'a>,
    conditions_data: Object<TreeWire<'a>>,
});

wire!(TreeWire {
    first_level_or_operators: List<Scalar<'a>>,
    first_level: List<Object<ConditionListWire<'a>>>,
});

wire!(ConditionListWire {
    or_operators: List<Scalar<'a>>,
    conditions: List<ConditionWire<'a>>,
});

/// The fields of a condition as they come: which of them count depends on its type, and most
/// conditions have few of all that there are.
pub(super) type ConditionWire<'a> = Pairs<'a, Scalar<'a>>;

wire!(HoldoutWire {
    experiment_id: Scalar<'a>,
    variation_by_exposition: List<Object<ExposureWire<'a>>>,
});

wire!(FlagWire {
    id: Scalar<'a>,
    feature_key: Scalar<'a>,
    environment_enabled: Scalar<'a>,
    default_variation_key: Scalar<'a>,
    mutually_exclusive_group: Scalar<'a>,
    bucketing_custom_data_id: Scalar<'a>,
    variations: List<Object<VariationWire<'a>>>,
    rules: List<Object<RuleWire<'a>>>,
});

wire!(RuleWire {
    id: Scalar<'a>,
    r#type: Scalar<'a>,
    exposition: Scalar<'a>,
    respool_time: Scalar<'a>,
    experiment_id: Scalar<'a>,
    segment_id: Scalar<'a>,
    segment: Object<SegmentWire<'a>>,
    variation_by_exposition: List<Object<ExposureWire<'a>>>,
});

wire!(ExposureWire {
    variation_key: Scalar<'a>,
    variation_id: Scalar<'a>,
    exposition: Scalar<'a>,
});

wire!(VariationWire {
    key: Scalar<'a>,
    name: Scalar<'a>,
    variables: List<Object<VariableWire<'a>>>,
});

/// A variable keeps its value whole: it may be any JSON.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct VariableWire<'a> {
    #[serde(borrow)]
    pub(super) key: Scalar<'a>,
    #[serde(borrow)]
    pub(super) r#type: Scalar<'a>,
    pub(super) value: serde_json::Value,
}
