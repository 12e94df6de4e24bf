//! From a flag of the data file to the one that evaluation reads.

use std::borrow::Cow;
use std::fmt::Display;

use serde_json::Value;

use super::compile_tree::segment;
use super::flag::{Exposure, Flag, Rule, RuleKind, VariationDefinition};
use super::json_text::JsonText;
use super::places::Places;
use super::salt::Salt;
use super::tree::Segment;
use super::variable::{Variable, VariableType, VariableValue};
use super::wire::{ExposureWire, FlagWire, RuleWire, SegmentWire, VariableWire, VariationWire};
use crate::decision::lenient::{List, Object, Read, Reader, Scalar, Stopped, Wrong};
use crate::decision::short_text::ShortText;
use crate::logging::log_warning;

/// A flag as far as it can be compiled on its own, as it is read.
#[derive(Debug)]
pub(super) struct FlagDraft {
    /// The flag, or its key and what makes it unusable. Its segments, its group and its bucketing
    /// index are still open.
    pub(super) flag: Result<Flag, (Box<str>, Wrong)>,
    /// The segment of each rule.
    pub(super) segments: Vec<RuleSegment>,
    /// Segments of rules that are left out: conditions of others may refer to them.
    pub(super) left_over: Vec<Segment>,
    /// The id, as far as it can be read: a flag that is left out keeps its place in its group.
    pub(super) id: i64,
    pub(super) group: Option<Box<str>>,
    pub(super) bucketing_custom_data_id: Option<i64>,
}

/// Whom a rule targets.
#[derive(Debug)]
pub(super) enum RuleSegment {
    Everybody,
    /// A segment of the file's list.
    Id(i64),
    /// A segment of the rule's own.
    Inline(Box<Segment>),
}

impl Default for FlagDraft {
    fn default() -> Self {
        let wrong = Wrong { field: "featureFlags", expected: "an array of objects" };
        Self {
            flag: Err((Box::default(), wrong)),
            segments: Vec::new(),
            left_over: Vec::new(),
            id: 0,
            group: None,
            bucketing_custom_data_id: None,
        }
    }
}

impl FlagDraft {
    /// The key of the flag, as far as it can be read.
    pub(super) fn key(&self) -> &str {
        match &self.flag {
            Ok(flag) => &flag.key,
            Err((key, _)) => key,
        }
    }
}

impl<'de> Read<'de> for FlagDraft {
    fn read(&mut self, reader: &mut Reader<'de>) -> Result<(), Stopped> {
        let mut wire = Object::<FlagWire<'de>>::None;
        wire.read(reader)?;
        *self = Self::default();
        let draft = self;
        if let Object::Is(mut wire) = wire {
            let key: Box<str> = wire.feature_key.text("featureKey").ok().flatten().unwrap_or_default().into();
            draft.id = wire.id.integer("id").ok().flatten().unwrap_or(0);
            let group = wire.mutually_exclusive_group.text("mutuallyExclusiveGroup").ok().flatten();
            draft.group = group.filter(|name| !name.is_empty()).map(Into::into);
            draft.flag = flag(&mut wire, &key, draft).map_err(|wrong| (key, wrong));
            if draft.flag.is_err() {
                let rules = wire.rules.into_items("rules").unwrap_or_default();
                draft.left_over =
                    rules.into_iter().filter_map(|rule| own_segment(rule, draft.key())).collect();
            }
        }
        Ok(())
    }
}

/// Compiles a flag, or says what makes it unusable. What is still open goes into the draft.
fn flag(wire: &mut FlagWire<'_>, key: &str, draft: &mut FlagDraft) -> Result<Flag, Wrong> {
    wire.feature_key.text("featureKey")?;
    let mut variations = Variations::new(std::mem::take(&mut wire.variations), key)?;
    let default_key = wire.default_variation_key.text("defaultVariationKey")?.unwrap_or_default();
    let default_variation = variations.place(&default_key);
    draft.bucketing_custom_data_id = wire.bucketing_custom_data_id.integer("bucketingCustomDataId")?;
    wire.mutually_exclusive_group.text("mutuallyExclusiveGroup")?;
    let id = wire.id.integer("id")?.unwrap_or(0);
    let environment_enabled = wire.environment_enabled.boolean("environmentEnabled")?.unwrap_or(false);
    // From here on nothing makes the flag unusable: the segments of its rules go where they belong.
    let items = std::mem::take(&mut wire.rules).into_items("rules")?;
    let mut rules = Vec::with_capacity(items.len());
    draft.segments.reserve_exact(items.len());
    for (place, mut item) in items.into_iter().enumerate() {
        match rule(&mut item, key, &mut variations) {
            Ok((rule, segment)) => {
                rules.push(rule);
                draft.segments.push(segment);
            }
            Err(wrong) => {
                log_warning!("data file: rule {} of flag `{key}` is left out: {wrong}", name(&item, place));
                draft.left_over.extend(own_segment(item, key));
            }
        }
    }
    Ok(Flag {
        id,
        environment_enabled,
        default_variation,
        bucketing_index: None,
        group: None,
        variations: variations.list.into_boxed_slice(),
        rules: rules.into_boxed_slice(),
        key: key.into(),
    })
}

/// How a rule is named in the log: its id, or its place when it has none that can be read.
fn name(item: &Object<RuleWire<'_>>, place: usize) -> String {
    match item {
        Object::Is(RuleWire { id: Scalar::Int(id), .. }) => id.to_string(),
        _ => format!("number {}", place + 1),
    }
}

/// The flag's variations; keys that only a rule or the default names are added without variables.
struct Variations {
    list: Vec<VariationDefinition>,
    places: Places,
}

impl Variations {
    fn new(wire: List<Object<VariationWire<'_>>>, flag_key: &str) -> Result<Self, Wrong> {
        let items = wire.into_items("variations")?;
        let mut list: Vec<VariationDefinition> = Vec::with_capacity(items.len());
        for item in items {
            match variation(item, flag_key) {
                Ok(variation) => list.push(variation),
                Err(wrong) => {
                    log_warning!("data file: a variation of flag `{flag_key}` is left out: {wrong}")
                }
            }
        }
        Ok(Self { list, places: Places::default() })
    }

    fn place(&mut self, key: &str) -> u32 {
        let known = self.places.find(key, self.list.len(), |place| &self.list[place].key);
        let place = known.unwrap_or_else(|| {
            self.list.push(VariationDefinition::undeclared(key));
            self.list.len() - 1
        });
        place as u32
    }
}

fn variation(wire: Object<VariationWire<'_>>, flag_key: &str) -> Result<VariationDefinition, Wrong> {
    let Object::Is(wire) = wire else {
        return Err(Wrong { field: "variations", expected: "an array of objects" });
    };
    let key: Box<str> = wire.key.text("key")?.unwrap_or_default().into();
    let items = wire.variables.into_items("variables")?;
    let mut variables: Vec<Variable> = Vec::with_capacity(items.len());
    let mut places = Places::default();
    for item in items {
        match variable(item, flag_key, &key) {
            // Of two with one key the later counts, as in a map.
            Ok(variable) => {
                match places.find(variable.key(), variables.len(), |place| variables[place].key()) {
                    Some(known) => variables[known] = variable,
                    None => variables.push(variable),
                }
            }
            Err(wrong) => log_warning!(
                "data file: a variable of variation `{key}` of flag `{flag_key}` is left out: {wrong}"
            ),
        }
    }
    let name = ShortText::new(&wire.name.text("name")?.unwrap_or_default());
    Ok(VariationDefinition { name, key, variables: variables.into_boxed_slice(), declared: true })
}

fn variable(wire: Object<VariableWire<'_>>, flag_key: &str, variation_key: &str) -> Result<Variable, Wrong> {
    let Object::Is(wire) = wire else {
        return Err(Wrong { field: "variables", expected: "an array of objects" });
    };
    let key = wire.key.text("key")?.unwrap_or_default();
    let variable_type = VariableType::from_name(&wire.r#type.text("type")?.unwrap_or_default());
    let unreadable = |why: &dyn Display| {
        log_warning!(
            "data file: variable `{key}` of variation `{variation_key}` of flag `{flag_key}` is null: \
             its JSON cannot be read: {why}"
        );
        VariableValue::Read(Value::Null)
    };
    let value = match (&variable_type, wire.value) {
        (VariableType::Other(_), _) | (VariableType::Json, Value::Null) => VariableValue::Read(Value::Null),
        (VariableType::Json, Value::String(text)) => match JsonText::new(text) {
            Ok((text, remarks)) => {
                if !remarks.is_empty() {
                    log_warning!(
                        "data file: the JSON of variable `{key}` of variation `{variation_key}` of flag \
                         `{flag_key}` is damaged: {remarks}"
                    );
                }
                VariableValue::Json(text)
            }
            Err(broken) => unreadable(&broken),
        },
        (VariableType::Json, _) => unreadable(&"it has to be a text that holds JSON"),
        (_, value) => VariableValue::Read(value),
    };
    Ok(Variable { key: ShortText::new(&key), variable_type, value })
}

/// Takes the rule's own segment only when the rule can be used.
fn rule(
    wire: &mut Object<RuleWire<'_>>,
    flag_key: &str,
    variations: &mut Variations,
) -> Result<(Rule, RuleSegment), Wrong> {
    let Object::Is(wire) = wire else {
        return Err(Wrong { field: "rules", expected: "an array of objects" });
    };
    let id = wire.id.integer("id")?.unwrap_or(0);
    let experiment_id = wire.experiment_id.integer("experimentId")?.unwrap_or(0);
    let exposition = wire.exposition.number("exposition")?.unwrap_or(0.0);
    let respool = wire.respool_time.integer("respoolTime")?.filter(|time| *time != 0);
    let kind = match wire.r#type.text("type")?.as_deref() {
        Some("EXPERIMENTATION") => RuleKind::Experimentation,
        Some("TARGETED_DELIVERY") => RuleKind::TargetedDelivery,
        _ => RuleKind::Other,
    };
    let items = wire.variation_by_exposition.items("variationByExposition")?;
    let mut exposures = Vec::with_capacity(items.len());
    for item in items {
        let exposure = exposure(item)?;
        exposures.push(Exposure {
            variation: variations.place(&exposure.key),
            variation_id: exposure.variation_id,
            exposition: exposure.exposition,
        });
    }
    let segment = match wire.segment {
        Object::None => wire.segment_id.integer("segmentId")?.map_or(RuleSegment::Everybody, RuleSegment::Id),
        _ => RuleSegment::Inline(Box::new(inline(std::mem::take(&mut wire.segment), flag_key))),
    };
    let salt = |id: i64| Salt::of_ids(id, respool);
    let rule = Rule {
        id,
        kind,
        experiment_id,
        exposition,
        segment: None,
        exposures: exposures.into_boxed_slice(),
        rule_salt: salt(id),
        experiment_salt: salt(experiment_id),
    };
    Ok((rule, segment))
}

fn inline(wire: Object<SegmentWire<'_>>, flag_key: &str) -> Segment {
    segment(wire, &format_args!("a segment of flag `{flag_key}`"))
}

/// The segment that a rule holds itself.
fn own_segment(wire: Object<RuleWire<'_>>, flag_key: &str) -> Option<Segment> {
    match wire {
        Object::Is(RuleWire { segment: wire @ Object::Is(_), .. }) => Some(inline(wire, flag_key)),
        _ => None,
    }
}

/// An item of `variationByExposition`.
pub(super) struct ExposureItem<'w> {
    pub(super) key: Cow<'w, str>,
    pub(super) variation_id: Option<i64>,
    pub(super) exposition: f64,
}

/// Reads an item of `variationByExposition`. One that cannot be read spoils its rule: without it
/// the shares of the others would shift.
pub(super) fn exposure<'w>(wire: &'w Object<ExposureWire<'_>>) -> Result<ExposureItem<'w>, Wrong> {
    let Object::Is(wire) = wire else {
        return Err(Wrong { field: "variationByExposition", expected: "an array of objects" });
    };
    Ok(ExposureItem {
        key: wire.variation_key.text("variationKey")?.unwrap_or_default(),
        variation_id: wire.variation_id.integer("variationId")?,
        exposition: wire.exposition.number("exposition")?.unwrap_or(0.0),
    })
}
