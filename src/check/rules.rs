//! Rules: their shares, and what they refer to.

use serde_json::Value;

use super::fields::{self, Kind, integer, items, text};
use super::finding::{Finding, FindingKind};
use super::segments::{self, Sources};
use crate::decision::datafile::Rule;

const FIELDS: &[(&str, Kind)] = &[
    ("id", Kind::Integer),
    ("type", Kind::Text),
    ("exposition", Kind::Number),
    ("respoolTime", Kind::Integer),
    ("experimentId", Kind::Integer),
    ("segmentId", Kind::Integer),
    ("segment", Kind::Object),
    ("variationByExposition", Kind::Array),
];
const SHARE: &[(&str, Kind)] =
    &[("variationKey", Kind::Text), ("variationId", Kind::Integer), ("exposition", Kind::Number)];

pub(super) fn check(
    sources: &Sources<'_>,
    flag: &Value,
    raw: &Value,
    compiled: Option<&Rule>,
    place: &str,
    findings: &mut Vec<Finding>,
) {
    let mut spoiled = fields::check(raw, FIELDS, place, findings);
    for share in items(raw, "variationByExposition") {
        spoiled |= fields::check(share, SHARE, place, findings);
    }
    if spoiled {
        return;
    }
    let exposition = raw.get("exposition").and_then(Value::as_f64).unwrap_or(0.0);
    if !(0.0..=1.0).contains(&exposition) {
        let message = format!("the exposition is {exposition}; it has to be from 0 to 1");
        findings.push(Finding::new(FindingKind::Shares, place, message));
    }
    match text(raw, "type") {
        Some("TARGETED_DELIVERY") if items(raw, "variationByExposition").len() == 0 => {
            let message = "it delivers no variation; its visitors get the default";
            findings.push(Finding::new(FindingKind::Shares, place, message));
        }
        // A delivery gives its first variation, whatever the shares say.
        Some("TARGETED_DELIVERY") => {}
        _ => fields::shares(raw, place, findings),
    }
    for share in items(raw, "variationByExposition") {
        let key = text(share, "variationKey").unwrap_or_default();
        if !sources.has_variation(flag, key) {
            let message =
                format!("`{key}` is none of the flag's variations; programs get it without variables");
            findings.push(Finding::new(FindingKind::UnknownKey, place, message));
        }
    }
    segment(sources, raw, compiled, place, findings);
}

fn segment(
    sources: &Sources<'_>,
    raw: &Value,
    compiled: Option<&Rule>,
    place: &str,
    findings: &mut Vec<Finding>,
) {
    if let Some(inline) = raw.get("segment").filter(|segment| segment.is_object()) {
        let segment = compiled.and_then(|rule| rule.segment).map(|at| &sources.file.segments[at as usize]);
        if let Some(segment) = segment {
            segments::check(sources, inline, segment, &format!("{place}, segment {}", segment.id), findings);
        }
    } else if let Some(id) = integer(raw, "segmentId") {
        if sources.file.segment_with_id(id).is_none() {
            let message = format!("segment {id} is not in the file; the rule targets everybody");
            findings.push(Finding::new(FindingKind::UnknownKey, place, message));
        }
    }
}
