//! From the text of a data file to what is wrong with it.

use serde_json::Value;

use super::fields::{self, items};
use super::finding::{Finding, FindingKind};
use super::report::DataFileCheck;
use super::{flags, segments};
use crate::decision::datafile::DataFile;
use crate::error::Result;

impl DataFileCheck {
    /// Checks the text of a data file.
    ///
    /// # Errors
    /// [`DataFileInvalid`](crate::KameleoonError::DataFileInvalid) when the text is no JSON object.
    pub fn of(json: impl AsRef<[u8]>) -> Result<Self> {
        let file = DataFile::parse(json.as_ref())?;
        let mut findings = Vec::new();
        match serde_json::from_slice::<Value>(json.as_ref()) {
            Ok(raw) => check(&file, &raw, &mut findings),
            Err(error) => findings.push(Finding::new(
                FindingKind::Unreadable,
                "the file",
                format!("it is JSON only with allowances, so nothing else was looked at: {error}"),
            )),
        }
        Ok(Self { findings })
    }
}

fn check(file: &DataFile, raw: &Value, findings: &mut Vec<Finding>) {
    const FIELDS: &[(&str, fields::Kind)] = &[
        ("configuration", fields::Kind::Object),
        ("customData", fields::Kind::Array),
        ("segments", fields::Kind::Array),
        ("holdout", fields::Kind::Object),
        ("featureFlags", fields::Kind::Array),
    ];
    fields::check(raw, FIELDS, "the file", findings);
    if !file.has_flag_list {
        findings.push(Finding::new(
            FindingKind::Unreadable,
            "the file",
            "it has no list `featureFlags`; is it a data file?",
        ));
    }
    fields::duplicates(raw, "customData", "index", "custom data", findings);
    fields::duplicates(raw, "segments", "id", "segment", findings);
    fields::duplicates(raw, "featureFlags", "featureKey", "flag", findings);
    fields::duplicates(raw, "featureFlags", "id", "flag", findings);
    holdout(raw, findings);
    let sources = segments::Sources::new(file, raw);
    for (segment, compiled) in items(raw, "segments").zip(&file.segments) {
        segments::check(&sources, segment, compiled, &format!("segment {}", compiled.id), findings);
    }
    flags::check(&sources, findings);
    segments::circles(file, findings);
}

fn holdout(raw: &Value, findings: &mut Vec<Finding>) {
    let Some(holdout) = raw.get("holdout").filter(|holdout| holdout.is_object()) else { return };
    fields::shares(holdout, "the holdout", findings);
}
