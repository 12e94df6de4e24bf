//! How a condition compares texts.

use crate::decision::pattern::Pattern;
use crate::decision::short_text::ShortText;

/// A comparison of a text with the text of a condition.
#[derive(Debug)]
pub(crate) enum TextTest {
    Exact(ShortText),
    Contains(Box<str>),
    /// The pattern has to match the whole text.
    Matches(Box<Pattern>),
}

impl TextTest {
    /// The test that a condition's match type and value name, or what is wrong with them.
    pub(super) fn new(match_type: &str, value: &str) -> Result<Self, String> {
        match match_type {
            "EXACT" => Ok(Self::Exact(ShortText::new(value))),
            "CONTAINS" => Ok(Self::Contains(value.into())),
            "REGULAR_EXPRESSION" => Pattern::new(value).map(|pattern| Self::Matches(Box::new(pattern))),
            other => Err(format!("unknown match type `{other}`")),
        }
    }

    pub(crate) fn holds(&self, text: &str) -> bool {
        match self {
            Self::Exact(value) => value.as_bytes() == text.as_bytes(),
            Self::Contains(value) => text.contains(&**value),
            Self::Matches(pattern) => pattern.matches(text),
        }
    }
}

impl std::fmt::Display for TextTest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exact(value) => write!(f, "exactly {value:?}"),
            Self::Contains(value) => write!(f, "containing {value:?}"),
            Self::Matches(pattern) => write!(f, "matching /{}/", pattern.source()),
        }
    }
}
