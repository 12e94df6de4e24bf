//! The data file as the platform writes it. Every field is optional and may hold anything; what
//! the fields have to be is decided when the wire form is compiled.

use serde::Deserialize;

use crate::lenient::{List, Object, Scalar, wire};

wire!(DataFileWire {
    date_modified: Scalar<'a>,
    configuration: Object<ConfigurationWire<'a>>,
    custom_data: List<Object<CustomDataWire<'a>>>,
    segments: List<Object<SegmentWire<'a>>>,
    holdout: Object<HoldoutWire<'a>>,
    feature_flags: List<Object<FlagWire<'a>>>,
});

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
    conditions: List<Object<ConditionWire<'a>>>,
});

wire!(
    /// The fields of all conditions together; `targetingType` says which of them count.
    ConditionWire {
        targeting_type: Scalar<'a>,
        is_include: Scalar<'a>,
        browser: Scalar<'a>,
        campaign_type: Scalar<'a>,
        city: Scalar<'a>,
        count_in_millis: Scalar<'a>,
        country: Scalar<'a>,
        custom_data_index: Scalar<'a>,
        device: Scalar<'a>,
        experiment_id: Scalar<'a>,
        feature_flag_id: Scalar<'a>,
        goal_id: Scalar<'a>,
        key_moment_id: Scalar<'a>,
        lower_bound: Scalar<'a>,
        match_type: Scalar<'a>,
        name: Scalar<'a>,
        name_match_type: Scalar<'a>,
        os: Scalar<'a>,
        page_count: Scalar<'a>,
        personalization_id: Scalar<'a>,
        region: Scalar<'a>,
        rule_id: Scalar<'a>,
        sdk_language: Scalar<'a>,
        segment_id: Scalar<'a>,
        title: Scalar<'a>,
        upper_bound: Scalar<'a>,
        url: Scalar<'a>,
        value: Scalar<'a>,
        value_match_type: Scalar<'a>,
        variation_id: Scalar<'a>,
        variation_key: Scalar<'a>,
        variation_match_type: Scalar<'a>,
        version: Scalar<'a>,
        version_match_type: Scalar<'a>,
        visit_count: Scalar<'a>,
        visit_scope: Scalar<'a>,
        visitor_code: Scalar<'a>,
        visitor_type: Scalar<'a>,
    }
);

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
