//! From the bytes of a data file to the form that evaluation reads.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::circles;
use super::compile_flag::{FlagDraft, RuleSegment, exposure};
use super::compile_tree::{SegmentDraft, conditions, tests_mut};
use super::condition::Test;
use super::file_wire::DataFileWire;
use super::flag::{Flag, RuleKind};
use super::flags::Flags;
use super::key_index::KeyIndex;
use super::kinds::Kinds;
use super::model::{CustomDataIndex, CustomDataInfo, DataFile, Group, Holdout, HoldoutVariation, Settings};
use super::salt::Salt;
use super::tree::Segment;
use super::wire::{ConfigurationWire, CustomDataWire, HoldoutWire};
use crate::decision::hashing::{IdMap, KeyHasher};
use crate::decision::lenient::{List, Object, Remarks, Wrong, decode, read};
use crate::error::{KameleoonError, Result};
use crate::logging::{Voice, log_warning};

impl DataFile {
    /// Compiles the text of a data file. Items that cannot be read are left out, each with a
    /// warning in the log; a text that is no JSON object is refused.
    pub(crate) fn parse(json: &[u8]) -> Result<Self> {
        let invalid = |reason: String| KameleoonError::DataFileInvalid { reason };
        let (text, has_replaced_bytes) = decode(json);
        let (wire, remarks) = read::<Object<DataFileWire<'_>>>(&text)
            .map_err(|broken| invalid(format!("it is no JSON: {broken}")))?;
        let Object::Is(wire) = wire else { return Err(invalid("it is not a JSON object".to_owned())) };
        if has_replaced_bytes {
            log_warning!("data file: bytes that are no UTF-8 are replaced by U+FFFD");
        }
        tell_of_flaws(&wire, &remarks);
        Ok(compile(wire))
    }
}

/// Each thing that was repaired or left out while reading is told, with the flag that it is in.
fn tell_of_flaws(wire: &DataFileWire<'_>, remarks: &Remarks) {
    for remark in &remarks.list {
        let flag = match (remark.top_item(), &wire.feature_flags) {
            (Some(("featureFlags", place)), List::Is(flags)) => flags.get(place),
            _ => None,
        };
        match flag {
            Some(flag) => log_warning!("data file: flag `{}`, {remark}", flag.key()),
            None => log_warning!("data file: {remark}"),
        }
    }
    if remarks.more > 0 {
        log_warning!("data file: {} more such things are not told one by one", remarks.more);
    }
}

fn compile(wire: DataFileWire<'_>) -> DataFile {
    let custom_data = custom_data(&wire.custom_data);
    let has_flag_list = matches!(wire.feature_flags, List::Is(_));
    let mut parts = Parts::default();
    let segments = owned_items(wire.segments, "segments");
    parts.segments.reserve_exact(segments.len());
    parts.segments_by_id.reserve(segments.len());
    for SegmentDraft(segment) in segments {
        parts.add_segment(segment);
    }
    parts.inline_segments_are_new = parts.segments.is_empty();
    let mut flags = flags(owned_items(wire.feature_flags, "featureFlags"), &custom_data, &mut parts);
    let mut settings = settings(&wire.configuration);
    settings.visitor_code_managed = settings.consent_required
        && !flags.iter().any(|flag| flag.environment_enabled && delivers_to_targets(flag));
    connect(&mut flags, &mut parts);
    circles::settle(&mut parts.segments, &parts.segments_by_id);
    tell_of_unusable_conditions(&parts.segments);

    let rules = flags.iter().map(|flag| flag.rules.len()).sum();
    let mut experiments = IdMap::with_capacity_and_hasher(rules, KeyHasher::random());
    for (place, flag) in flags.iter().enumerate() {
        for (rule_place, rule) in flag.rules.iter().enumerate() {
            experiments.insert(rule.experiment_id, (place as u32, rule_place as u32));
        }
    }
    let has_assignment_conditions =
        parts.segments.iter().any(|segment| segment.kinds.has(Kinds::ASSIGNMENTS));
    DataFile {
        number: rand::random(),
        told_of_segments: Voice::default(),
        date_modified: wire.date_modified.integer("dateModified").ok().flatten().unwrap_or(0),
        has_flag_list,
        settings,
        flags_by_key: KeyIndex::new(flags.iter().map(|flag| &*flag.key)),
        flags: Flags::new(flags),
        segments: parts.segments.into_boxed_slice(),
        segments_by_id: parts.segments_by_id,
        experiments,
        custom_data,
        holdout: holdout(&wire.holdout),
        groups: parts.groups.into_boxed_slice(),
        has_assignment_conditions,
    }
}

fn items<'w, T>(list: &'w List<T>, field: &'static str) -> &'w [T] {
    list.items(field).unwrap_or_else(|wrong| {
        log_warning!("data file: {wrong}; it is left out");
        &[]
    })
}

fn owned_items<T>(list: List<T>, field: &'static str) -> Vec<T> {
    // An array that is none is told of.
    items(&list, field);
    match list {
        List::Is(items) => items,
        List::None | List::Wrong => Vec::new(),
    }
}

/// Each reason is told once, however many conditions have it.
fn tell_of_unusable_conditions(segments: &[Segment]) {
    let mut told = HashSet::new();
    for segment in segments.iter().filter(|segment| segment.kinds.has(Kinds::UNUSABLE)) {
        for condition in conditions(segment) {
            let Test::Never(reason) = &condition.test else { continue };
            if told.insert(reason) {
                log_warning!(
                    "data file: conditions count as false: {reason}; segment {} has one",
                    segment.id
                );
            }
        }
    }
}

fn delivers_to_targets(flag: &Flag) -> bool {
    flag.rules.iter().any(|rule| rule.kind == RuleKind::TargetedDelivery)
}

fn settings(wire: &Object<ConfigurationWire<'_>>) -> Settings {
    let wire = match wire {
        Object::None => return Settings::default(),
        Object::Is(wire) => wire,
        Object::Wrong => {
            log_warning!("data file: `configuration` has to be an object; its defaults are used");
            return Settings::default();
        }
    };
    let is = |result: std::result::Result<Option<std::borrow::Cow<'_, str>>, Wrong>, value: &str| {
        result.ok().flatten().is_some_and(|text| text == value)
    };
    let domain = wire.data_api_domain.text("dataApiDomain").ok().flatten();
    Settings {
        real_time_update: wire.real_time_update.boolean("realTimeUpdate").ok().flatten().unwrap_or(false),
        consent_required: is(wire.consent_type.text("consentType"), "REQUIRED"),
        fully_block: is(wire.consent_opt_out_behavior.text("consentOptOutBehavior"), "FULLY_BLOCK"),
        data_api_domain: domain.filter(|domain| !domain.is_empty()).map(Into::into),
        visitor_code_managed: false,
    }
}

fn custom_data(wire: &List<Object<CustomDataWire<'_>>>) -> CustomDataIndex {
    // Of two definitions with one index, one id or one name, the later counts.
    let mut by_index: BTreeMap<u32, CustomDataInfo> = BTreeMap::new();
    let (mut ids, mut names) = (IdMap::default(), HashMap::new());
    let mut mapping_index = None;
    for (place, item) in items(wire, "customData").iter().enumerate() {
        match custom_data_item(item) {
            Ok((info, is_mapping)) => {
                if is_mapping {
                    mapping_index = Some(info.index);
                }
                ids.insert(info.id, info.index);
                names.extend(info.name.clone().map(|name| (name, info.index)));
                by_index.insert(info.index, info);
            }
            Err(wrong) => log_warning!("data file: custom data number {} is left out: {wrong}", place + 1),
        }
    }
    CustomDataIndex { items: by_index.into_values().collect(), ids, names, mapping_index }
}

fn custom_data_item(wire: &Object<CustomDataWire<'_>>) -> std::result::Result<(CustomDataInfo, bool), Wrong> {
    let Object::Is(wire) = wire else {
        return Err(Wrong { field: "customData", expected: "an array of objects" });
    };
    let index = wire.index.integer("index")?.and_then(|index| u32::try_from(index).ok());
    let index = index.ok_or(Wrong { field: "index", expected: "a number from 0 on" })?;
    let info = CustomDataInfo {
        index,
        id: wire.id.integer("id")?.unwrap_or(0),
        name: wire.name.text("name")?.map(Into::into),
        local_only: wire.local_only.boolean("localOnly")?.unwrap_or(false),
        visitor_scope: wire.scope.text("scope")?.is_some_and(|scope| scope == "VISITOR"),
    };
    Ok((info, wire.is_mapping_identifier.boolean("isMappingIdentifier")?.unwrap_or(false)))
}

fn holdout(wire: &Object<HoldoutWire<'_>>) -> Option<Holdout> {
    let wire = match wire {
        Object::None => return None,
        Object::Is(wire) => wire,
        Object::Wrong => {
            log_warning!("data file: `holdout` has to be an object; it is left out");
            return None;
        }
    };
    let read = || -> std::result::Result<Holdout, Wrong> {
        let experiment_id = wire.experiment_id.integer("experimentId")?.unwrap_or(0);
        let mut variations = Vec::new();
        for item in wire.variation_by_exposition.items("variationByExposition")? {
            let item = exposure(item)?;
            variations.push(HoldoutVariation {
                keeps_out: *item.key == *IN_HOLDOUT,
                key: item.key.into(),
                variation_id: item.variation_id,
                exposition: item.exposition,
            });
        }
        Ok(Holdout {
            experiment_id,
            salt: Salt::new(&experiment_id.to_string()),
            variations: variations.into_boxed_slice(),
        })
    };
    read().map_err(|wrong| log_warning!("data file: `holdout` is left out: {wrong}")).ok()
}

/// The holdout's variation that keeps a visitor out of everything.
const IN_HOLDOUT: &str = "in-holdout";

fn flags(drafts: Vec<FlagDraft>, custom_data: &CustomDataIndex, parts: &mut Parts) -> Vec<Flag> {
    let mut list: Vec<Flag> = Vec::with_capacity(drafts.len());
    let mut places: HashMap<Box<str>, usize> = HashMap::with_capacity(drafts.len());
    for (place, draft) in drafts.into_iter().enumerate() {
        let group = draft.group.map(|name| parts.group(name));
        draft.left_over.into_iter().for_each(|segment| parts.add_left_over(segment));
        let mut flag = match draft.flag {
            Ok(flag) => flag,
            Err((key, wrong)) => {
                log_warning!("data file: flag number {} `{key}` is left out: {wrong}", place + 1);
                parts.left_out.extend(group.map(|group| (group, draft.id)));
                continue;
            }
        };
        flag.bucketing_index = draft.bucketing_custom_data_id.and_then(|id| custom_data.index_of_id(id));
        flag.group = group;
        for (rule, segment) in flag.rules.iter_mut().zip(draft.segments) {
            rule.segment = parts.segment(segment);
        }
        match places.get(&flag.key) {
            Some(known) => {
                log_warning!("data file: flag `{}` is there twice; the later one is used", flag.key);
                list[*known] = flag;
            }
            None => {
                places.insert(flag.key.clone(), list.len());
                list.push(flag);
            }
        }
    }
    list
}

/// What flags share: segments and exclusive groups.
#[derive(Default)]
struct Parts {
    segments: Vec<Segment>,
    segments_by_id: IdMap<u32>,
    /// Without a list of segments, those within the rules are the ones that ids refer to.
    inline_segments_are_new: bool,
    groups: Vec<Group>,
    groups_by_name: HashMap<Box<str>, u32>,
    /// Flags that cannot be read, as groups and flag ids. They keep their places in their groups:
    /// the shares of the other members must not shift.
    left_out: Vec<(u32, i64)>,
}

impl Parts {
    fn add_segment(&mut self, segment: Segment) -> u32 {
        let place = self.segments.len() as u32;
        self.segments_by_id.insert(segment.id, place);
        self.segments.push(segment);
        place
    }

    /// The segment of a rule that is left out.
    fn add_left_over(&mut self, segment: Segment) {
        if self.inline_segments_are_new {
            self.add_segment(segment);
        }
    }

    /// The place of a rule's segment; none when everybody is targeted.
    fn segment(&mut self, segment: RuleSegment) -> Option<u32> {
        match segment {
            RuleSegment::Everybody => None,
            RuleSegment::Id(id) => self.segments_by_id.get(&id).copied(),
            RuleSegment::Inline(segment) if self.inline_segments_are_new => Some(self.add_segment(*segment)),
            RuleSegment::Inline(segment) => {
                self.segments.push(*segment);
                Some(self.segments.len() as u32 - 1)
            }
        }
    }

    /// The place of an exclusive group, which is made when it is new.
    fn group(&mut self, name: Box<str>) -> u32 {
        if let Some(place) = self.groups_by_name.get(&name) {
            return *place;
        }
        let place = self.groups.len() as u32;
        self.groups_by_name.insert(name.clone(), place);
        self.groups.push(Group { salt: Salt::new(&name), name, flags: Box::default() });
        place
    }
}

/// Fills in what could be known only when all flags were read: the members of the groups, and the
/// experiments that conditions on flags look for.
fn connect(flags: &mut [Flag], parts: &mut Parts) {
    let mut members: Vec<Vec<(i64, Option<u32>)>> = vec![Vec::new(); parts.groups.len()];
    for (place, flag) in flags.iter().enumerate() {
        if let Some(group) = flag.group {
            members[group as usize].push((flag.id, Some(place as u32)));
        }
    }
    for (group, id) in std::mem::take(&mut parts.left_out) {
        members[group as usize].push((id, None));
    }
    for (group, mut members) in parts.groups.iter_mut().zip(members) {
        members.sort_by_key(|(id, _)| *id);
        group.flags = members.into_iter().map(|(_, place)| place).collect();
    }
    let mut tests = tests_mut(&mut parts.segments, Kinds::FLAGS).peekable();
    if tests.peek().is_none() {
        return;
    }
    let by_id: IdMap<&Flag> = flags.iter().map(|flag| (flag.id, flag)).collect();
    for test in tests {
        let Test::FeatureFlag(test) = test else { continue };
        let Some(flag) = by_id.get(&test.flag_id) else { continue };
        let rules = flag.rules.iter().filter(|rule| test.rule_id.is_none_or(|id| id == rule.id));
        test.experiments = rules.map(|rule| rule.experiment_id).collect();
        if let Some(key) = &test.variation_key {
            let exposures = flag.rules.iter().flat_map(|rule| rule.exposures.iter());
            test.variation_ids = exposures
                .filter(|exposure| flag.variation(exposure.variation).key == *key)
                .filter_map(|exposure| exposure.variation_id)
                .collect();
        }
    }
}
