//! Segments: their conditions, and how they refer to each other.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::fields::{integer, items, text};
use super::finding::{Finding, FindingKind};
use crate::decision::datafile::{Condition, DataFile, Segment, Test};
use crate::decision::pattern::cost;

/// The file, read and raw.
pub(super) struct Sources<'s> {
    pub(super) file: &'s DataFile,
    pub(super) raw: &'s Value,
    /// The flags by id.
    flags: HashMap<i64, &'s Value>,
}

impl<'s> Sources<'s> {
    pub(super) fn new(file: &'s DataFile, raw: &'s Value) -> Self {
        let flags = items(raw, "featureFlags").filter_map(|flag| Some((integer(flag, "id")?, flag)));
        Self { file, raw, flags: flags.collect() }
    }

    /// Whether a flag declares a variation.
    pub(super) fn has_variation(&self, flag: &Value, key: &str) -> bool {
        items(flag, "variations").any(|variation| text(variation, "key") == Some(key))
    }
}

/// Checks the conditions of a segment.
pub(super) fn check(
    sources: &Sources<'_>,
    raw: &Value,
    compiled: &Segment,
    place: &str,
    findings: &mut Vec<Finding>,
) {
    let Some(tree) = &compiled.tree else {
        let message = "its conditions cannot be read; it never holds";
        findings.push(Finding::new(FindingKind::Unreadable, place, message));
        return;
    };
    let empty = Value::Null;
    let lists = raw.get("conditionsData").unwrap_or(&empty);
    for (list, compiled) in items(lists, "firstLevel").zip(&tree.items) {
        for (raw, compiled) in items(list, "conditions").zip(&compiled.items) {
            condition(sources, raw, compiled, place, findings);
        }
    }
}

fn condition(
    sources: &Sources<'_>,
    raw: &Value,
    compiled: &Condition,
    place: &str,
    findings: &mut Vec<Finding>,
) {
    let texts = patterns(raw);
    if let Test::Never(reason) = &compiled.test {
        let kind = if texts.is_empty() { FindingKind::UnknownCondition } else { FindingKind::Pattern };
        let kind_of = text(raw, "targetingType").unwrap_or("a condition");
        let result = if compiled.is_include { "never holds" } else { "always holds, since it is negated" };
        findings.push(Finding::new(kind, place, format!("{kind_of} {result}: {reason}")));
        return;
    }
    for pattern in texts {
        if let Some(why) = cost(pattern) {
            findings.push(Finding::new(
                FindingKind::CostlyPattern,
                place,
                format!("the pattern `{pattern}`: {why}"),
            ));
        }
    }
    if let Some(message) = reference(sources, raw, &compiled.test) {
        findings.push(Finding::new(FindingKind::UnknownKey, place, message));
    }
}

/// The patterns of a condition.
fn patterns(raw: &Value) -> Vec<&str> {
    const PAIRS: &[(&str, &[&str])] = &[
        ("matchType", &["url", "title", "visitorCode"]),
        ("valueMatchType", &["value"]),
        ("nameMatchType", &["name"]),
    ];
    let is_pattern = |field: &str| text(raw, field) == Some("REGULAR_EXPRESSION");
    let pairs = PAIRS.iter().filter(|(field, _)| is_pattern(field));
    pairs.flat_map(|(_, values)| values.iter()).filter_map(|value| text(raw, value)).collect()
}

/// What a condition refers to that is not there.
fn reference(sources: &Sources<'_>, raw: &Value, test: &Test) -> Option<String> {
    match test {
        Test::Segment { id, .. } => sources
            .file
            .segment_with_id(*id)
            .is_none()
            .then(|| format!("it refers to segment {id}, which is not in the file and counts as false")),
        Test::CustomData { index, .. } => sources
            .file
            .custom_data
            .get(*index)
            .is_none()
            .then(|| format!("it asks for custom data {index}, which the site does not have")),
        Test::FeatureFlag(test) => {
            let Some(flag) = sources.flags.get(&test.flag_id) else {
                return Some(format!("it asks for flag {}, which is not in the file", test.flag_id));
            };
            let name = text(flag, "featureKey").unwrap_or_default();
            if let Some(id) = test.rule_id {
                if !items(flag, "rules").any(|rule| integer(rule, "id") == Some(id)) {
                    return Some(format!("it asks for rule {id} of flag `{name}`, which has no such rule"));
                }
            }
            let key = text(raw, "variationKey").filter(|key| !sources.has_variation(flag, key))?;
            Some(format!("it asks for variation `{key}` of flag `{name}`, which has no such variation"))
        }
        _ => None,
    }
}

/// Tells of segments that refer to themselves, directly or through others; each circle once.
pub(super) fn circles(file: &DataFile, findings: &mut Vec<Finding>) {
    let mut done: HashSet<i64> = HashSet::new();
    for start in file.distinct_segments() {
        // A stack of its own: a chain may be longer than a call stack.
        let mut path: Vec<(i64, Vec<i64>)> = Vec::new();
        let mut enter = Some(start.id);
        loop {
            if let Some(id) = enter.take() {
                if let Some(at) = path.iter().position(|(on_path, _)| *on_path == id) {
                    let mut circle: Vec<String> = path[at..].iter().map(|(id, _)| id.to_string()).collect();
                    circle.push(id.to_string());
                    findings.push(Finding::new(
                        FindingKind::SegmentCircle,
                        format!("segment {id}"),
                        format!(
                            "it refers to itself ({}): the second entry counts as false",
                            circle.join(" -> ")
                        ),
                    ));
                } else if done.insert(id) {
                    path.push((id, references(file, id)));
                }
            }
            let Some((_, open)) = path.last_mut() else { break };
            enter = open.pop();
            if enter.is_none() {
                path.pop();
            }
        }
    }
}

fn references(file: &DataFile, id: i64) -> Vec<i64> {
    let tree = file.segment_with_id(id).and_then(|segment| segment.tree.as_ref());
    let conditions = tree.iter().flat_map(|tree| &tree.items).flat_map(|list| &list.items);
    let ids = conditions.filter_map(|condition| match condition.test {
        Test::Segment { id, .. } => Some(id),
        _ => None,
    });
    ids.collect()
}
