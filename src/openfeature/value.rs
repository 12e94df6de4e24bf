//! From the value of a variable, or a flag that is on or off, to the type that OpenFeature asks for.

use open_feature::{EvaluationError, EvaluationErrorCode, StructValue, Value};

use crate::decision::datafile::{Variable, VariableType, Variation};

/// A type of flag value.
pub(super) trait FromVariable: Sized {
    /// The type's name for error messages.
    const NAME: &'static str;

    /// The value of a flag that is disabled, if this type has a word for it.
    const DISABLED: Option<Self> = None;

    /// The value, if it is of this type.
    fn from_json(value: &serde_json::Value) -> Result<Self, Unfit>;

    /// The value of a flag without variables: it is on or off.
    fn from_variation(_variation: &Variation) -> Option<Self> {
        None
    }
}

/// Why a value is not of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    Type,
    /// A number that the type cannot hold exactly.
    Digits,
    /// A null in an array: OpenFeature has no null, and leaving it out would shift what follows.
    NullInArray,
}

impl FromVariable for bool {
    const NAME: &'static str = "a boolean";
    const DISABLED: Option<Self> = Some(false);

    fn from_json(value: &serde_json::Value) -> Result<Self, Unfit> {
        value.as_bool().ok_or(Unfit::Type)
    }

    fn from_variation(variation: &Variation) -> Option<Self> {
        Some(variation.is_active())
    }
}

impl FromVariable for i64 {
    const NAME: &'static str = "a whole number";

    fn from_json(value: &serde_json::Value) -> Result<Self, Unfit> {
        // 2^63 and above do not fit, and `as` would not say so.
        const BOUND: f64 = 9_223_372_036_854_775_808.0;
        if let Some(number) = value.as_i64() {
            return Ok(number);
        }
        let number = value.as_f64().ok_or(Unfit::Type)?;
        match (number.fract() == 0.0, (-BOUND..BOUND).contains(&number)) {
            (true, true) => Ok(number as i64),
            (true, false) => Err(Unfit::Digits),
            (false, _) => Err(Unfit::Type),
        }
    }
}

impl FromVariable for f64 {
    const NAME: &'static str = "a number";

    fn from_json(value: &serde_json::Value) -> Result<Self, Unfit> {
        value.as_number().ok_or(Unfit::Type).and_then(float)
    }
}

impl FromVariable for String {
    const NAME: &'static str = "a text";

    fn from_json(value: &serde_json::Value) -> Result<Self, Unfit> {
        value.as_str().map(str::to_owned).ok_or(Unfit::Type)
    }

    fn from_variation(variation: &Variation) -> Option<Self> {
        Some(variation.key().to_owned())
    }
}

impl FromVariable for StructValue {
    const NAME: &'static str = "a JSON object";

    fn from_json(value: &serde_json::Value) -> Result<Self, Unfit> {
        value.as_object().ok_or(Unfit::Type).and_then(structure)
    }
}

/// The value of a variable, or the error that the specification has for it.
pub(super) fn read<T: FromVariable>(variable: &Variable) -> Result<T, EvaluationError> {
    let unfit = match T::from_json(variable.value()) {
        Ok(value) => return Ok(value),
        Err(unfit) => unfit,
    };
    let is_unread = *variable.variable_type() == VariableType::Json && variable.value().is_null();
    let (code, reason) = match unfit {
        Unfit::Type if is_unread => {
            (EvaluationErrorCode::ParseError, "its JSON cannot be read, or is null".to_owned())
        }
        Unfit::Type => (
            EvaluationErrorCode::TypeMismatch,
            format!("it is not {}, but {}", T::NAME, described(variable.value())),
        ),
        Unfit::Digits => (
            EvaluationErrorCode::TypeMismatch,
            format!("{} cannot be given as {} without losing digits", variable.value(), T::NAME),
        ),
        Unfit::NullInArray => (
            EvaluationErrorCode::ParseError,
            "it has a null in an array; OpenFeature has no null, and the items behind it would shift"
                .to_owned(),
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
fn structure(object: &serde_json::Map<String, serde_json::Value>) -> Result<StructValue, Unfit> {
    let fields = object.iter().filter(|(_, field)| !field.is_null());
    let fields: Result<_, Unfit> = fields.map(|(key, field)| Ok((key.clone(), any(field)?))).collect();
    Ok(StructValue { fields: fields? })
}

fn any(value: &serde_json::Value) -> Result<Value, Unfit> {
    Ok(match value {
        serde_json::Value::Null => return Err(Unfit::NullInArray),
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => Value::Float(float(number)?),
        },
        serde_json::Value::String(text) => Value::String(text.clone()),
        serde_json::Value::Array(items) => Value::Array(items.iter().map(any).collect::<Result<_, _>>()?),
        serde_json::Value::Object(object) => Value::Struct(structure(object)?),
    })
}

/// The number as a float, if it is one without losing digits.
fn float(number: &serde_json::Number) -> Result<f64, Unfit> {
    let float = number.as_f64().ok_or(Unfit::Type)?;
    let is_exact = match (number.as_i64(), number.as_u64()) {
        (Some(whole), _) => float as i128 == i128::from(whole),
        (None, Some(whole)) => float as i128 == i128::from(whole),
        (None, None) => true,
    };
    if is_exact { Ok(float) } else { Err(Unfit::Digits) }
}
