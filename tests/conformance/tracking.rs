//! What the platform was told.

use std::collections::HashSet;

use kameleoon::emulator::TrackingLine;
use kameleoon::{RequestKind, testing};
use serde_json::{Map, Value, json};

use crate::argument::Arguments;
use crate::stage::{PATIENCE, Stage, Trouble, query};

/// How the platform's token reaches it.
const AUTHORIZATION: &str = "Bearer tok-0123456789";

/// Plays the ends of tracking intervals and says what the platform was told since the last time.
pub(crate) fn observe(stage: &mut Stage, arguments: Arguments<'_>) -> Result<Value, Trouble> {
    for _ in 0..arguments.optional_integer("rounds")?.unwrap_or(1) {
        let report = testing::end_tracking_interval(stage.client()?, PATIENCE);
        if report.timed_out {
            return Err("the tracking interval does not end".to_owned().into());
        }
    }
    let flag = |name| arguments.flag(name).map(|flag| flag.unwrap_or(false));
    let requests = stage.requests(RequestKind::Tracking).split_off(stage.seen_tracking);
    stage.seen_tracking += requests.len();
    let (accepted, failed): (Vec<_>, Vec<_>) = requests.iter().partition(|request| request.is_accepted());
    let lines: Vec<TrackingLine> = accepted.iter().flat_map(|request| request.tracking_lines()).collect();
    let nonces: Vec<String> = lines.iter().map(nonce).collect::<Result<_, _>>()?;

    let mut seen = Map::new();
    match flag("raw")? {
        true => seen.insert("raw".into(), sorted(lines.iter().map(raw))),
        false => seen.insert("lines".into(), sorted(lines.iter().map(decoded))),
    };
    let different: HashSet<&String> = nonces.iter().collect();
    if different.len() < nonces.len() {
        seen.insert("duplicate_nonces".into(), (nonces.len() - different.len()).into());
    }
    if flag("query")? && !accepted.is_empty() {
        let queries: HashSet<_> = accepted.iter().map(|request| query(request)).collect();
        // All the same, or something that no step expects.
        seen.insert("request_query".into(), joined(queries));
        let is_authorized =
            accepted.iter().all(|request| request.header("Authorization") == Some(AUTHORIZATION));
        seen.insert("authorized".into(), is_authorized.into());
    }
    if flag("failures")? {
        seen.insert("failed_requests".into(), failed.len().into());
    }
    for line in failed.iter().flat_map(|request| request.tracking_lines()) {
        stage.failed_nonces.insert(nonce(&line)?);
    }
    stage.any_failed |= !failed.is_empty();
    if flag("failures")? && stage.any_failed && !lines.is_empty() {
        let repeated = nonces.iter().all(|nonce| stage.failed_nonces.contains(nonce));
        seen.insert("nonces_repeated".into(), repeated.into());
    }
    Ok(seen.into())
}

/// What is expected, in the order in which [`observe`] puts things.
pub(crate) fn in_order(expected: &Value) -> Value {
    let mut expected = expected.clone();
    for name in ["lines", "raw"] {
        if let Some(Value::Array(lines)) = expected.get_mut(name) {
            lines.sort_by_key(key);
        }
    }
    expected
}

fn sorted(lines: impl Iterator<Item = Value>) -> Value {
    let mut lines: Vec<Value> = lines.collect();
    lines.sort_by_key(key);
    lines.into()
}

/// The text of a line with its parameters in the order of their names.
fn key(line: &Value) -> String {
    let Value::Object(fields) = line else { return line.to_string() };
    let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    format!("{fields:?}")
}

fn nonce(line: &TrackingLine) -> Result<String, String> {
    let nonce = line.get("nonce").unwrap_or_default();
    let is_right = nonce.len() == 16 && nonce.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    if is_right { Ok(nonce.to_owned()) } else { Err(format!("the nonce of `{}` is none", line.raw())) }
}

fn decoded(line: &TrackingLine) -> Value {
    let parameter = |(name, value): &(String, String)| {
        let is_time = name == "timeSincePreviousVisit" && value != "0" && value.parse::<u64>().is_ok();
        let value = if name == "nonce" || is_time { "*" } else { value };
        (name.clone(), Value::from(value))
    };
    let parameters: Map<_, _> = line.pairs().iter().map(parameter).collect();
    // A parameter that comes twice is expected nowhere.
    if parameters.len() == line.pairs().len() { parameters.into() } else { line.raw().into() }
}

fn raw(line: &TrackingLine) -> Value {
    let nonce = line.get("nonce").unwrap_or_default();
    line.raw().replacen(&format!("nonce={nonce}"), "nonce=*", 1).into()
}

fn joined(queries: HashSet<crate::stage::Query>) -> Value {
    let mut queries: Vec<Value> = queries.into_iter().map(|query| json!(query)).collect();
    if queries.len() == 1 { queries.remove(0) } else { queries.into() }
}
