//! The fields of an evaluation context, whatever Rust type they are carried as.

use std::collections::{BTreeMap, HashMap};

use open_feature::{EvaluationContextFieldValue, StructValue, Value};

/// A field as a value of OpenFeature. None for a type that is not understood.
pub(super) fn value(field: &EvaluationContextFieldValue) -> Option<Value> {
    Some(match field {
        EvaluationContextFieldValue::Bool(value) => Value::Bool(*value),
        EvaluationContextFieldValue::Int(value) => Value::Int(*value),
        EvaluationContextFieldValue::Float(value) => Value::Float(*value),
        EvaluationContextFieldValue::String(value) => Value::String(value.clone()),
        EvaluationContextFieldValue::DateTime(_) => return None,
        EvaluationContextFieldValue::Struct(any) => return structure(any.as_ref()),
    })
}

/// Structures come as any type at all: those of OpenFeature, of JSON and the usual maps are known.
fn structure(any: &(dyn std::any::Any + Send + Sync)) -> Option<Value> {
    if let Some(value) = any.downcast_ref::<StructValue>() {
        return Some(Value::Struct(value.clone()));
    }
    if let Some(value) = any.downcast_ref::<Value>() {
        return Some(value.clone());
    }
    if let Some(list) = any.downcast_ref::<Vec<StructValue>>() {
        return Some(Value::Array(list.iter().cloned().map(Value::Struct).collect()));
    }
    if let Some(list) = any.downcast_ref::<Vec<Value>>() {
        return Some(Value::Array(list.clone()));
    }
    if let Some(list) = any.downcast_ref::<Vec<String>>() {
        return Some(Value::Array(list.iter().cloned().map(Value::String).collect()));
    }
    if let Some(map) = any.downcast_ref::<HashMap<String, Value>>() {
        return Some(Value::Struct(StructValue { fields: map.clone() }));
    }
    if let Some(map) = any.downcast_ref::<HashMap<String, String>>() {
        return Some(texts(map.iter()));
    }
    if let Some(map) = any.downcast_ref::<BTreeMap<String, String>>() {
        return Some(texts(map.iter()));
    }
    if let Some(map) = any.downcast_ref::<serde_json::Map<String, serde_json::Value>>() {
        return Some(Value::Struct(json_object(map)));
    }
    any.downcast_ref::<serde_json::Value>().and_then(json)
}

fn texts<'m>(map: impl Iterator<Item = (&'m String, &'m String)>) -> Value {
    let fields = map.map(|(key, value)| (key.clone(), Value::String(value.clone())));
    Value::Struct(StructValue { fields: fields.collect() })
}

/// JSON as the caller's context has it; nulls, which OpenFeature has no value for, are left out.
fn json(value: &serde_json::Value) -> Option<Value> {
    Some(match value {
        serde_json::Value::Null => return None,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => Value::Float(number.as_f64()?),
        },
        serde_json::Value::String(text) => Value::String(text.clone()),
        serde_json::Value::Array(items) => Value::Array(items.iter().filter_map(json).collect()),
        serde_json::Value::Object(object) => Value::Struct(json_object(object)),
    })
}

fn json_object(object: &serde_json::Map<String, serde_json::Value>) -> StructValue {
    StructValue {
        fields: object.iter().filter_map(|(key, field)| Some((key.clone(), json(field)?))).collect(),
    }
}

/// A value as a text: custom data have no other type on the platform.
pub(super) fn text(value: &Value) -> Option<String> {
    Some(match value {
        Value::String(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) if number.is_finite() => number.to_string(),
        Value::Bool(value) => value.to_string(),
        _ => return None,
    })
}

/// A number, also one that is written as a text.
pub(super) fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Int(number) => *number as f64,
        Value::Float(number) => *number,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// A whole number, also one that is written with a point.
pub(super) fn whole(value: &Value) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Int(number) => Some(*number),
        Value::Float(number) => (number.fract() == 0.0 && number.abs() <= EXACT).then_some(*number as i64),
        _ => None,
    }
}
