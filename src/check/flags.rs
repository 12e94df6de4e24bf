//! Flags: their keys, and what they give.

use std::collections::HashMap;

use serde_json::Value;

use super::fields::{self, Kind, items, text};
use super::finding::{Finding, FindingKind};
use super::segments::Sources;
use super::{one_sided, reach, rules};
use crate::decision::datafile::{DataFile, Flag};

const FIELDS: &[(&str, Kind)] = &[
    ("id", Kind::Integer),
    ("featureKey", Kind::Text),
    ("environmentEnabled", Kind::Boolean),
    ("defaultVariationKey", Kind::Text),
    ("mutuallyExclusiveGroup", Kind::Text),
    ("bucketingCustomDataId", Kind::Integer),
    ("variations", Kind::Array),
    ("rules", Kind::Array),
];

pub(super) fn check(sources: &Sources<'_>, findings: &mut Vec<Finding>) {
    let mut experiments: HashMap<i64, String> = HashMap::new();
    for (number, raw) in items(sources.raw, "featureFlags").enumerate() {
        let key = text(raw, "featureKey").unwrap_or_default();
        let place = match key {
            "" => format!("flag number {}", number + 1),
            key => format!("flag `{key}`"),
        };
        fields::check(raw, FIELDS, &place, findings);
        let found = sources.file.find_flag(key).map(|(_, flag)| flag);
        // The one that counts, when the key is there twice.
        let compiled = found.filter(|flag| Some(flag.id) == fields::integer(raw, "id").or(Some(0)));
        variations(raw, &place, compiled, findings);
        keys(sources, raw, &place, findings);
        for (rule_number, rule) in items(raw, "rules").enumerate() {
            let name = match fields::integer(rule, "id") {
                Some(id) => format!("{place}, rule {id}"),
                None => format!("{place}, rule number {}", rule_number + 1),
            };
            // Rules that are left out shift the others.
            let same_count = compiled.filter(|flag| flag.rules.len() == items(raw, "rules").len());
            let compiled = same_count.map(|flag| &flag.rules[rule_number]);
            rules::check(sources, raw, rule, compiled, &name, findings);
            if let Some(id) = fields::integer(rule, "experimentId").filter(|id| *id != 0) {
                match experiments.get(&id) {
                    Some(other) => findings.push(Finding::new(
                        FindingKind::Duplicate,
                        &name,
                        format!("experiment {id} belongs to {other} too; by its id the later one is found"),
                    )),
                    None => drop(experiments.insert(id, name.clone())),
                }
            }
        }
        if let Some(flag) = compiled {
            whole(sources.file, flag, &place, findings);
        }
    }
}

/// Variations and their variables.
fn variations(raw: &Value, place: &str, compiled: Option<&Flag>, findings: &mut Vec<Finding>) {
    const FIELDS: &[(&str, Kind)] = &[("key", Kind::Text), ("name", Kind::Text), ("variables", Kind::Array)];
    const VARIABLE: &[(&str, Kind)] = &[("key", Kind::Text), ("type", Kind::Text)];
    for (number, variation) in items(raw, "variations").enumerate() {
        let key = text(variation, "key").unwrap_or_default();
        let place = match key {
            "" => format!("{place}, variation number {}", number + 1),
            key => format!("{place}, variation `{key}`"),
        };
        fields::check(variation, FIELDS, &place, findings);
        fields::duplicates(variation, "variables", "key", "variable", findings);
        for variable in items(variation, "variables") {
            let name = text(variable, "key").unwrap_or_default();
            let place = format!("{place}, variable `{name}`");
            if fields::check(variable, VARIABLE, &place, findings) {
                continue;
            }
            let definition =
                compiled.and_then(|flag| flag.variations.iter().find(|definition| *definition.key == *key));
            let read = definition.and_then(|found| found.variables.iter().find(|one| one.key() == name));
            let has_value = variable.get("value").is_some_and(|value| !value.is_null());
            // The JSON text `null` is read as null, too.
            let says_null = text(variable, "value").is_some_and(|text| text.trim() == "null");
            if has_value && !says_null && read.is_some_and(|read| read.value().is_null()) {
                let kind = text(variable, "type").unwrap_or_default();
                let message = format!("its value cannot be read as {kind}; programs get null");
                findings.push(Finding::new(FindingKind::Unreadable, place, message));
            }
        }
    }
    fields::duplicates(raw, "variations", "key", "variation", findings);
}

/// Keys and ids of the flag that lead nowhere.
fn keys(sources: &Sources<'_>, raw: &Value, place: &str, findings: &mut Vec<Finding>) {
    let default = text(raw, "defaultVariationKey").unwrap_or_default();
    if !sources.has_variation(raw, default) {
        let message = format!(
            "`defaultVariationKey` `{default}` is none of its variations; programs get it without variables"
        );
        findings.push(Finding::new(FindingKind::UnknownKey, place, message));
    }
    let bucketing = fields::integer(raw, "bucketingCustomDataId");
    if let Some(id) = bucketing.filter(|id| sources.file.custom_data.index_of_id(*id).is_none()) {
        let message =
            format!("`bucketingCustomDataId` {id} is no custom data; the visitor code is hashed instead");
        findings.push(Finding::new(FindingKind::UnknownKey, place, message));
    }
}

/// What can be said of the flag as a whole.
fn whole(file: &DataFile, flag: &Flag, place: &str, findings: &mut Vec<Finding>) {
    for (rule, reason) in flag.rules.iter().zip(reach::unreachable(file, flag)) {
        if let Some(reason) = reason {
            let place = format!("{place}, rule {}", rule.id);
            findings.push(Finding::new(
                FindingKind::Unreachable,
                place,
                format!("nobody can reach it: {reason}"),
            ));
        }
    }
    if let Some(key) = one_sided::one_sided(file, flag) {
        let message = format!("everybody gets `{key}`; the flag decides nothing and could go");
        findings.push(Finding::new(FindingKind::OneSided, place, message));
    }
}
