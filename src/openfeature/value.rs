//! From the value of a variable to the type that OpenFeature asks for.

use open_feature::{EvaluationError, EvaluationErrorCode, StructValue, Value};

use crate::decision::datafile::{Variable, VariableType};

/// A type of flag value.
pub(super) trait FromVariable: Sized {
    /// The type's name for error messages.
    const NAME: &'static str;

    /// The value, if it is of this type.
    fn from_json(value: &serde_json::Value) -> Option<Self>;
}

impl FromVariable for bool {
    const NAME: &'static str = "a boolean";

    fn from_json(value: &serde_json::Value) -> Option<Self> {
        value.as_bool()
    }
}

impl FromVariable for i64 {
    const NAME: &'static str = "a whole number";

    fn from_json(value: &serde_json::Value) -> Option<Self> {
        // 2^63 and above do not fit, and `as` would not say so.
        const BOUND: f64 = 9_223_372_036_854_775_808.0;
        value.as_i64().or_else(|| {
            let number = value.as_f64()?;
            (number.fract() == 0.0 && (-BOUND..BOUND).contains(&number)).then_some(number as i64)
        })
    }
}

impl FromVariable for f64 {
    const NAME: &'static str = "a number";

    fn from_json(value: &serde_json::Value) -> Option<Self> {
        value.as_f64()
    }
}

impl FromVariable for String {
    const NAME: &'static str = "a text";

    fn from_json(value: &serde_json::Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl FromVariable for StructValue {
    const NAME: &'static str = "a JSON object";

    fn from_json(value: &serde_json::Value) -> Option<Self> {
        value.as_object().map(structure)
    }
}

/// The value of a variable, or the error that the specification has for it.
pub(super) fn read<T: FromVariable>(variable: &Variable) -> Result<T, EvaluationError> {
    if let Some(value) = T::from_json(variable.value()) {
        return Ok(value);
    }
    let is_unread = *variable.variable_type() == VariableType::Json && variable.value().is_null();
    let (code, reason) = match is_unread {
        true => (EvaluationErrorCode::ParseError, "its JSON cannot be read, or is null".to_owned()),
        false => (
            EvaluationErrorCode::TypeMismatch,
            format!("it is not {}, but {}", T::NAME, described(variable.value())),
        ),
    };
    let message = format!("variable `{}` of type {}: {reason}", variable.key(), variable.variable_type());
    Err(EvaluationError::builder().code(code).message(message).build())
}

fn described(value: &serde_json::Value) -> &'static str {
    match value {
        serde_json::Value::Null => "null",
        serde_json::Value::Bool(_) => "a boolean",
        serde_json::Value::Number(_) => "a number",
        serde_json::Value::String(_) => "a text",
        serde_json::Value::Array(_) => "a JSON array",
        serde_json::Value::Object(_) => "a JSON object",
    }
}

/// OpenFeature knows no null: such fields are left out.
fn structure(object: &serde_json::Map<String, serde_json::Value>) -> StructValue {
    let fields = object.iter().filter_map(|(key, field)| Some((key.clone(), any(field)?)));
    StructValue { fields: fields.collect() }
}

fn any(value: &serde_json::Value) -> Option<Value> {
    Some(match value {
        serde_json::Value::Null => return None,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => Value::Float(number.as_f64()?),
        },
        serde_json::Value::String(text) => Value::String(text.clone()),
        serde_json::Value::Array(items) => Value::Array(items.iter().filter_map(any).collect()),
        serde_json::Value::Object(object) => Value::Struct(structure(object)),
    })
}
