//! Whether two JSON values say the same.

use serde_json::{Number, Value};

/// Compares without regard to the order of keys, and numbers as numbers.
pub(crate) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => same_number(one, other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, value)| other.get(key).is_some_and(|counterpart| same(value, counterpart)))
        }
        _ => one == other,
    }
}

fn same_number(one: &Number, other: &Number) -> bool {
    // As floats, two large integers may look alike that are not.
    if one.is_f64() || other.is_f64() { one.as_f64() == other.as_f64() } else { one == other }
}
