//! The arguments of steps.

use serde_json::{Map, Value};

/// What is wrong with a scenario.
pub(crate) type Malformed = String;

/// Reads fields of a JSON object of a scenario.
#[derive(Clone, Copy)]
pub(crate) struct Arguments<'s>(pub(crate) &'s Map<String, Value>);

impl<'s> Arguments<'s> {
    /// The fields of a value that has to be an object.
    pub(crate) fn of(value: &'s Value) -> Result<Self, Malformed> {
        value.as_object().map(Self).ok_or_else(|| format!("{value} is no object"))
    }

    /// A field that is there and not null.
    pub(crate) fn get(self, name: &str) -> Option<&'s Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn read<T>(self, name: &str, read: impl FnOnce(&'s Value) -> Option<T>) -> Result<Option<T>, Malformed> {
        let Some(value) = self.get(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| format!("`{name}` cannot be {value}"))
    }

    pub(crate) fn text(self, name: &str) -> Result<&'s str, Malformed> {
        required(name, self.optional_text(name)?)
    }

    pub(crate) fn optional_text(self, name: &str) -> Result<Option<&'s str>, Malformed> {
        self.read(name, Value::as_str)
    }

    pub(crate) fn list(self, name: &str) -> Result<&'s [Value], Malformed> {
        required(name, self.read(name, |value| value.as_array().map(Vec::as_slice))?)
    }

    pub(crate) fn optional_list(self, name: &str) -> Result<Option<&'s [Value]>, Malformed> {
        self.read(name, |value| value.as_array().map(Vec::as_slice))
    }

    pub(crate) fn texts(self, name: &str) -> Result<Vec<&'s str>, Malformed> {
        let text = |value: &'s Value| value.as_str().ok_or_else(|| format!("{value} in `{name}` is no text"));
        self.list(name)?.iter().map(text).collect()
    }

    /// The fields of an object that are texts, by name.
    pub(crate) fn pairs(self, name: &str) -> Result<Vec<(&'s str, &'s str)>, Malformed> {
        let object = required(name, self.read(name, Value::as_object)?)?;
        let pair = |(key, value): (&'s String, &'s Value)| {
            value.as_str().map(|value| (key.as_str(), value)).ok_or_else(|| format!("{value} is no text"))
        };
        object.iter().map(pair).collect()
    }

    pub(crate) fn integer(self, name: &str) -> Result<i64, Malformed> {
        required(name, self.optional_integer(name)?)
    }

    pub(crate) fn optional_integer(self, name: &str) -> Result<Option<i64>, Malformed> {
        self.read(name, Value::as_i64)
    }

    pub(crate) fn number(self, name: &str) -> Result<Option<f64>, Malformed> {
        self.read(name, Value::as_f64)
    }

    pub(crate) fn flag(self, name: &str) -> Result<Option<bool>, Malformed> {
        self.read(name, Value::as_bool)
    }
}

fn required<T>(name: &str, value: Option<T>) -> Result<T, Malformed> {
    value.ok_or_else(|| format!("`{name}` is missing"))
}
