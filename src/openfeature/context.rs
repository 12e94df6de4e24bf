//! What an evaluation context tells beside whom it is about.

use open_feature::{EvaluationContext, EvaluationContextFieldValue, StructValue, Value};

use super::value::FromVariable;
use crate::data::{Conversion, CustomData, Data};
use crate::logging::{Voices, log_rarely_by};

static LEFT_OUT: Voices = Voices::new();

const VARIABLE_KEY: &str = "variableKey";
const CUSTOM_DATA: &str = "customData";
const CONVERSION: &str = "conversion";

/// The key of the variable that is asked for; none for the first one.
pub(super) fn variable_key(context: &EvaluationContext) -> Option<&str> {
    context.custom_fields.get(VARIABLE_KEY)?.as_str().filter(|key| !key.is_empty())
}

/// The data that the context brings for its visitor. What is not as it has to be is left out, with
/// a warning: a mistake in the data is no reason to change what the visitor sees.
pub(super) fn data(context: &EvaluationContext) -> Vec<Data> {
    let mut data = Vec::new();
    read(context, CUSTOM_DATA, "{index, values}", custom_data, &mut data);
    read(context, CONVERSION, "{goalId, revenue}", conversion, &mut data);
    data
}

fn read(
    context: &EvaluationContext,
    field: &str,
    shape: &str,
    read: fn(&StructValue) -> Option<Data>,
    data: &mut Vec<Data>,
) {
    let Some(given) = context.custom_fields.get(field) else { return };
    for item in structures(given) {
        match item.as_ref().and_then(read) {
            Some(item) => data.push(item),
            // Each evaluation with such a context comes here.
            None => log_rarely_by!(
                LEFT_OUT,
                field,
                Warning,
                "OpenFeature context: something in `{field}` is left out; it has to be a structure `{shape}` or a \
                 list of them"
            ),
        }
    }
}

/// The structure, or the list of structures, of a field; none for what is neither. A context
/// carries them as any type at all, so those that OpenFeature and JSON have are recognised.
fn structures(given: &EvaluationContextFieldValue) -> Vec<Option<StructValue>> {
    let Some(given) = given.as_struct() else { return vec![None] };
    if let Some(structure) = given.downcast_ref::<StructValue>() {
        return vec![Some(structure.clone())];
    }
    if let Some(list) = given.downcast_ref::<Vec<StructValue>>() {
        return list.iter().cloned().map(Some).collect();
    }
    if let Some(list) = given.downcast_ref::<Vec<Value>>() {
        return list.iter().map(|value| value.as_struct().cloned()).collect();
    }
    if let Some(value) = given.downcast_ref::<Value>() {
        return listed(value);
    }
    match given.downcast_ref::<serde_json::Value>() {
        Some(serde_json::Value::Array(list)) => list.iter().map(StructValue::from_json).collect(),
        Some(value) => vec![StructValue::from_json(value)],
        None => vec![None],
    }
}

fn listed(value: &Value) -> Vec<Option<StructValue>> {
    match value {
        Value::Array(list) => list.iter().map(|value| value.as_struct().cloned()).collect(),
        value => vec![value.as_struct().cloned()],
    }
}

/// `{index, values}`, the values a text or a list of texts.
fn custom_data(structure: &StructValue) -> Option<Data> {
    let index = u32::try_from(whole(structure.fields.get("index")?)?).ok()?;
    let values: Vec<String> = match structure.fields.get("values") {
        None => Vec::new(),
        Some(Value::Array(list)) => {
            list.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<_>>()?
        }
        Some(value) => vec![value.as_str()?.to_owned()],
    };
    Some(CustomData::new(index, values).into())
}

/// `{goalId, revenue}`, the revenue optional.
fn conversion(structure: &StructValue) -> Option<Data> {
    let conversion = Conversion::new(whole(structure.fields.get("goalId")?)?);
    Some(match structure.fields.get("revenue") {
        None => conversion.into(),
        Some(Value::Int(revenue)) => conversion.revenue(*revenue as f64).into(),
        Some(revenue) => conversion.revenue(revenue.as_f64()?).into(),
    })
}

/// A whole number, also written as one with a point.
fn whole(value: &Value) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    value.as_i64().or_else(|| {
        let number = value.as_f64()?;
        (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
    })
}
