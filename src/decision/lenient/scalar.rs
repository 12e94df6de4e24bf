//! Numbers, texts and truth values.

use std::borrow::Cow;

use super::reader::Number;
use super::{Read, Reader, Stopped, Wrong};

/// A scalar as it stands in the text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Scalar<'de> {
    /// Absent or null.
    #[default]
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'de, str>),
    /// The text of an array or object where a scalar belongs, or of a number beyond all bounds.
    Wrong(&'de str),
}

impl<'de> Scalar<'de> {
    /// An integer; a whole float or a text of digits is taken as the integer it shows.
    pub(crate) fn integer(&self, field: &'static str) -> Result<Option<i64>, Wrong> {
        let wrong = Wrong { field, expected: "an integer" };
        match self {
            Self::None => Ok(None),
            Self::Int(number) => Ok(Some(*number)),
            // Up to 2^53 a float holds integers exactly.
            Self::Float(number) if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 => {
                Ok(Some(*number as i64))
            }
            Self::Text(text) => text.parse().or_else(|_| text.trim().parse()).map(Some).map_err(|_| wrong),
            _ => Err(wrong),
        }
    }

    /// A finite number; a text that shows one is taken as it.
    pub(crate) fn number(&self, field: &'static str) -> Result<Option<f64>, Wrong> {
        let wrong = Wrong { field, expected: "a number" };
        match self {
            Self::None => Ok(None),
            Self::Int(number) => Ok(Some(*number as f64)),
            Self::Float(number) => Ok(Some(*number)),
            Self::Text(text) => match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Some(number)),
                _ => Err(wrong),
            },
            _ => Err(wrong),
        }
    }

    /// A truth value; 0 and 1, and the words as texts, are taken as what they mean.
    pub(crate) fn boolean(&self, field: &'static str) -> Result<Option<bool>, Wrong> {
        match self {
            Self::None => Ok(None),
            Self::Bool(value) => Ok(Some(*value)),
            Self::Int(number @ (0 | 1)) => Ok(Some(*number == 1)),
            Self::Text(text) if text == "true" => Ok(Some(true)),
            Self::Text(text) if text == "false" => Ok(Some(false)),
            _ => Err(Wrong { field, expected: "true or false" }),
        }
    }

    /// A text; a number or boolean is taken as it is written.
    pub(crate) fn text(&self, field: &'static str) -> Result<Option<Cow<'_, str>>, Wrong> {
        match self {
            Self::None => Ok(None),
            Self::Text(text) => Ok(Some(Cow::Borrowed(text))),
            Self::Int(number) => Ok(Some(Cow::Owned(number.to_string()))),
            Self::Float(number) => Ok(Some(Cow::Owned(crate::decision::number::shortest(*number)))),
            Self::Bool(value) => Ok(Some(Cow::Borrowed(if *value { "true" } else { "false" }))),
            Self::Wrong(_) => Err(Wrong { field, expected: "a text" }),
        }
    }
}

impl<'de> Read<'de> for Scalar<'de> {
    fn read(&mut self, reader: &mut Reader<'de>) -> Result<(), Stopped> {
        *self = match reader.peek() {
            Some(b'"') => Self::Text(reader.string()?),
            Some(b'[' | b'{') => Self::Wrong(reader.skip()?),
            Some(b'n') if reader.word("null") => Self::None,
            Some(b't') if reader.word("true") => Self::Bool(true),
            Some(b'f') if reader.word("false") => Self::Bool(false),
            _ => match reader.number()? {
                (Number::Int(number), _) => Self::Int(number),
                (Number::Large(number), _) => Self::Float(number as f64),
                (Number::Float(number), _) => Self::Float(number),
                (Number::Beyond, text) => Self::Wrong(text),
            },
        };
        Ok(())
    }
}

/// A scalar that is taken for nothing but what it is: no text for a number, nothing for a text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Strict<'de>(Scalar<'de>);

impl<'de> Strict<'de> {
    /// An integer, or a whole float.
    pub(crate) fn integer(&self, field: &'static str) -> Result<Option<i64>, Wrong> {
        self.unless_text(field, "an integer")?.integer(field)
    }

    pub(crate) fn number(&self, field: &'static str) -> Result<Option<f64>, Wrong> {
        self.unless_text(field, "a number")?.number(field)
    }

    pub(crate) fn boolean(&self, field: &'static str) -> Result<Option<bool>, Wrong> {
        match &self.0 {
            Scalar::Int(_) => Err(Wrong { field, expected: "true or false" }),
            _ => self.unless_text(field, "true or false")?.boolean(field),
        }
    }

    pub(crate) fn text(&self, field: &'static str) -> Result<Option<&str>, Wrong> {
        match &self.0 {
            Scalar::None => Ok(None),
            Scalar::Text(text) => Ok(Some(text)),
            _ => Err(Wrong { field, expected: "a text" }),
        }
    }

    fn unless_text(&self, field: &'static str, expected: &'static str) -> Result<&Scalar<'de>, Wrong> {
        match &self.0 {
            Scalar::Text(_) => Err(Wrong { field, expected }),
            scalar => Ok(scalar),
        }
    }
}

impl<'de> Read<'de> for Strict<'de> {
    fn read(&mut self, reader: &mut Reader<'de>) -> Result<(), Stopped> {
        self.0.read(reader)
    }
}
