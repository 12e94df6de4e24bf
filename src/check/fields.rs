//! Fields of the raw file: types, duplicates, shares.

use serde_json::Value;

use super::finding::{Finding, FindingKind};

/// Shares that are this near to 1 add up: files hold thirds.
const ROUNDING: f64 = 1e-6;

/// What a field has to be.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    Number,
    Integer,
    Boolean,
    Array,
    Object,
}

/// The items of a list; none when it is no list.
pub(super) fn items<'v>(value: &'v Value, list: &str) -> std::slice::Iter<'v, Value> {
    value.get(list).and_then(Value::as_array).map_or(&[][..], Vec::as_slice).iter()
}

/// A field as a whole number, which some files write as text.
pub(super) fn integer(value: &Value, field: &str) -> Option<i64> {
    match value.get(field)? {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64().or_else(|| other.as_f64().filter(|n| n.fract() == 0.0).map(|n| n as i64)),
    }
}

/// A field as a text.
pub(super) fn text<'v>(value: &'v Value, field: &str) -> Option<&'v str> {
    value.get(field).and_then(Value::as_str)
}

/// Tells of fields that have another type than they have to have. True when there are some.
pub(super) fn check(
    value: &Value,
    fields: &[(&str, Kind)],
    place: &str,
    findings: &mut Vec<Finding>,
) -> bool {
    let before = findings.len();
    if !value.is_object() {
        findings.push(Finding::new(FindingKind::Unreadable, place, "it has to be an object"));
        return true;
    }
    for (field, kind) in fields {
        let Some(found) = value.get(field).filter(|found| !found.is_null()) else { continue };
        let (fits, expected) = match kind {
            Kind::Text => (found.is_string(), "a text"),
            Kind::Number => (found.is_number(), "a number"),
            Kind::Integer => (integer(value, field).is_some(), "a whole number"),
            Kind::Boolean => (found.is_boolean(), "true or false"),
            Kind::Array => (found.is_array(), "a list"),
            Kind::Object => (found.is_object(), "an object"),
        };
        if !fits {
            let message = format!("`{field}` has to be {expected}; what it belongs to is left out");
            findings.push(Finding::new(FindingKind::Unreadable, place, message));
        }
    }
    findings.len() > before
}

/// Tells of items that share the value of a field that has to be theirs alone.
pub(super) fn duplicates(value: &Value, list: &str, field: &str, noun: &str, findings: &mut Vec<Finding>) {
    let mut seen = std::collections::HashMap::new();
    for item in items(value, list) {
        // Indices come as numbers and as texts of digits.
        let name = match item.get(field) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => continue,
        };
        let count: &mut u32 = seen.entry(name.clone()).or_default();
        *count += 1;
        if *count == 2 {
            let message = format!("more than one has the {field} `{name}`; the last of them counts");
            findings.push(Finding::new(FindingKind::Duplicate, format!("{noun} `{name}`"), message));
        }
    }
}

/// Tells of shares in `variationByExposition` that are none or do not add up.
pub(super) fn shares(value: &Value, place: &str, findings: &mut Vec<Finding>) {
    let mut total = 0.0;
    for item in items(value, "variationByExposition") {
        let share = item.get("exposition").and_then(Value::as_f64).unwrap_or(0.0);
        if !(0.0..=1.0).contains(&share) {
            let key = text(item, "variationKey").unwrap_or_default();
            let message = format!("the share of `{key}` is {share}; it has to be from 0 to 1");
            findings.push(Finding::new(FindingKind::Shares, place, message));
        }
        total += share;
    }
    if (total - 1.0).abs() > ROUNDING {
        let total = (total * 1e6).round() / 1e6;
        let follows = if total < 1.0 {
            "the visitors of what is missing go on to the next rule"
        } else {
            "the last variations get less than they say"
        };
        let message = format!("the shares add up to {total}, not to 1: {follows}");
        findings.push(Finding::new(FindingKind::Shares, place, message));
    }
}
