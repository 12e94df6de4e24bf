//! The data file as the platform writes it. Every field is optional and may hold anything; what
//! the fields have to be is decided when the wire form is compiled.

use super::condition_compile::ConditionsDraft;
use super::operators::Operators;
use crate::decision::lenient::{Array, List, Object, Scalar, wire};

wire!(ConfigurationWire {
    real_time_update = "realTimeUpdate": Scalar<'a>,
    consent_type = "consentType": Scalar<'a>,
    consent_opt_out_behavior = "consentOptOutBehavior": Scalar<'a>,
    data_api_domain = "dataApiDomain": Scalar<'a>,
});

wire!(CustomDataWire {
    index = "index": Scalar<'a>,
    id = "id": Scalar<'a>,
    name = "name": Scalar<'a>,
    local_only = "localOnly": Scalar<'a>,
    scope = "scope": Scalar<'a>,
    is_mapping_identifier = "isMappingIdentifier": Scalar<'a>,
});

wire!(SegmentWire {
    id = "id": Scalar<'a>,
    audience_tracking = "audienceTracking": Scalar<'a>,
    conditions_data = "conditionsData": Object<TreeWire<'a>>,
});

wire!(TreeWire {
    first_level_or_operators = "firstLevelOrOperators": Array<Operators>,
    first_level = "firstLevel": List<Object<ConditionListWire<'a>>>,
});

wire!(ConditionListWire {
    or_operators = "orOperators": Array<Operators>,
    conditions = "conditions": Array<ConditionsDraft<'a>>,
});

wire!(HoldoutWire {
    experiment_id = "experimentId": Scalar<'a>,
    variation_by_exposition = "variationByExposition": List<Object<ExposureWire<'a>>>,
});

wire!(FlagWire {
    id = "id": Scalar<'a>,
    feature_key = "featureKey": Scalar<'a>,
    environment_enabled = "environmentEnabled": Scalar<'a>,
    default_variation_key = "defaultVariationKey": Scalar<'a>,
    mutually_exclusive_group = "mutuallyExclusiveGroup": Scalar<'a>,
    bucketing_custom_data_id = "bucketingCustomDataId": Scalar<'a>,
    variations = "variations": List<Object<VariationWire<'a>>>,
    rules = "rules": List<Object<RuleWire<'a>>>,
});

wire!(RuleWire {
    id = "id": Scalar<'a>,
    r#type = "type": Scalar<'a>,
    exposition = "exposition": Scalar<'a>,
    respool_time = "respoolTime": Scalar<'a>,
    experiment_id = "experimentId": Scalar<'a>,
    segment_id = "segmentId": Scalar<'a>,
    segment = "segment": Object<SegmentWire<'a>>,
    variation_by_exposition = "variationByExposition": List<Object<ExposureWire<'a>>>,
});

wire!(ExposureWire {
    variation_key = "variationKey": Scalar<'a>,
    variation_id = "variationId": Scalar<'a>,
    exposition = "exposition": Scalar<'a>,
});

wire!(VariationWire {
    key = "key": Scalar<'a>,
    name = "name": Scalar<'a>,
    variables = "variables": List<Object<VariableWire<'a>>>,
});

wire!(
    /// A variable keeps its value whole: it may be any JSON.
    VariableWire {
        key = "key": Scalar<'a>,
        r#type = "type": Scalar<'a>,
        value = "value": serde_json::Value,
    }
);
