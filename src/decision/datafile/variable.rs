//! A variable of a variation.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::json_text::JsonText;
use crate::decision::short_text::ShortText;
use crate::error::{KameleoonError, Result};

/// The type that a variable has on the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VariableType {
    /// `BOOLEAN`
    Boolean,
    /// `NUMBER`
    Number,
    /// `STRING`
    String,
    /// `JSON`: any JSON value.
    Json,
    /// `JS`: JavaScript as text.
    Js,
    /// `CSS`: a style sheet as text.
    Css,
    /// A type this crate does not know; the value of such a variable is null.
    Other(Box<str>),
}

impl VariableType {
    pub(super) fn from_name(name: &str) -> Self {
        match name {
            "BOOLEAN" => Self::Boolean,
            "NUMBER" => Self::Number,
            "STRING" => Self::String,
            "JSON" => Self::Json,
            "JS" => Self::Js,
            "CSS" => Self::Css,
            other => Self::Other(other.into()),
        }
    }

    /// The name the platform uses.
    pub fn name(&self) -> &str {
        match self {
            Self::Boolean => "BOOLEAN",
            Self::Number => "NUMBER",
            Self::String => "STRING",
            Self::Json => "JSON",
            Self::Js => "JS",
            Self::Css => "CSS",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for VariableType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A variable of a variation: key, type and value.
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Layout {
///     columns: u32,
/// }
///
/// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"list",
/// #   "environmentEnabled":true,"defaultVariationKey":"on","variations":[{"key":"on","variables":[
/// #   {"key":"count","type":"NUMBER","value":5},
/// #   {"key":"layout","type":"JSON","value":"{\"columns\":3}"}]}]}]}"#)?;
/// let variation = client.get_variation("visitor", "list")?;
/// let count = variation.variable("count").and_then(|variable| variable.as_i64());
/// assert_eq!(count, Some(5));
/// let layout: Layout = variation.require("layout")?.to()?;
/// assert_eq!(layout.columns, 3);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    pub(super) key: ShortText,
    pub(super) variable_type: VariableType,
    pub(super) value: VariableValue,
}

/// The value of a variable.
#[derive(Clone)]
pub(super) enum VariableValue {
    Read(Value),
    Json(JsonText),
}

impl Variable {
    /// The variable's key.
    pub fn key(&self) -> &str {
        self.key.as_str()
    }

    /// The variable's type on the platform.
    pub fn variable_type(&self) -> &VariableType {
        &self.variable_type
    }

    /// The value; that of a `JSON` variable is parsed, once, by the first call that looks at it.
    pub fn value(&self) -> &Value {
        self.value.get()
    }

    /// The value as a boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        self.value().as_bool()
    }

    /// The value as a number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        self.value().as_f64()
    }

    /// The value as a whole number, if it is one.
    pub fn as_i64(&self) -> Option<i64> {
        self.value().as_i64()
    }

    /// The value as a text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        self.value().as_str()
    }

    /// The value as one of the caller's types.
    ///
    /// # Errors
    /// [`KameleoonError::VariableTypeMismatch`] when the value does not fit.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T> {
        T::deserialize(self.value()).map_err(|error| KameleoonError::VariableTypeMismatch {
            variable_key: self.key().to_owned(),
            reason: format!("a {} variable does not fit: {error}", self.variable_type),
        })
    }
}

impl VariableValue {
    fn get(&self) -> &Value {
        match self {
            Self::Read(value) => value,
            Self::Json(text) => text.value(),
        }
    }
}

impl PartialEq for VariableValue {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl fmt::Debug for VariableValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
