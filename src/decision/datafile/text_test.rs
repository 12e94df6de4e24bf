//! How a condition compares texts.

use fancy_regex::{Regex, RegexBuilder};

use crate::logging::log_warning;

/// How many backtracking steps one match may take; past it the condition is false.
const STEP_LIMIT: usize = 200_000;

/// A comparison of a text with the text of a condition.
#[derive(Debug)]
pub(crate) enum TextTest {
    Exact(Box<str>),
    Contains(Box<str>),
    /// The pattern has to match the whole text.
    Matches(Box<Pattern>),
}

/// A compiled regular expression with its source.
#[derive(Debug)]
pub(crate) struct Pattern {
    source: Box<str>,
    regex: Regex,
}

impl TextTest {
    /// The test that a condition's match type and value name, or what is wrong with them.
    pub(super) fn new(match_type: &str, value: &str) -> Result<Self, String> {
        match match_type {
            "EXACT" => Ok(Self::Exact(value.into())),
            "CONTAINS" => Ok(Self::Contains(value.into())),
            "REGULAR_EXPRESSION" => Pattern::new(value).map(|pattern| Self::Matches(Box::new(pattern))),
            other => Err(format!("unknown match type `{other}`")),
        }
    }

    pub(crate) fn holds(&self, text: &str) -> bool {
        match self {
            Self::Exact(value) => **value == *text,
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
            Self::Matches(pattern) => write!(f, "matching /{}/", pattern.source),
        }
    }
}

impl Pattern {
    fn new(source: &str) -> Result<Self, String> {
        // On its own first: `a)(b` would be a valid pattern between the brackets added below.
        fancy_regex::Expr::parse_tree(source).map_err(|error| format!("pattern `{source}`: {error}"))?;
        RegexBuilder::new(&format!(r"\A(?:{source})\z"))
            .backtrack_limit(STEP_LIMIT)
            .build()
            .map(|regex| Self { source: source.into(), regex })
            .map_err(|error| format!("pattern `{source}`: {error}"))
    }

    fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text).unwrap_or_else(|error| {
            log_warning!(
                "the pattern `{}` was given up ({error}); its condition counts as false",
                self.source
            );
            false
        })
    }
}

#[cfg(test)]
mod tests {
    use super::TextTest;

    #[test]
    fn a_pattern_has_to_match_the_whole_text() {
        let table = [
            ("ab+", "abbb", true),
            ("ab+", "xab", false),
            ("a|ab", "ab", true),
            ("(?<=a)b", "ab", false),
            ("a(?=b)b", "ab", true),
            (r"(\w)\1", "oo", true),
            ("a$", "a\n", false),
            (".*", "", true),
        ];
        for (pattern, text, holds) in table {
            let test = TextTest::new("REGULAR_EXPRESSION", pattern).unwrap();
            assert_eq!(test.holds(text), holds, "{pattern} on {text:?}");
        }
        for broken in ["*bad", "a)(?:b", "[a"] {
            assert!(TextTest::new("REGULAR_EXPRESSION", broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_runaway_pattern_is_given_up() {
        let test = TextTest::new("REGULAR_EXPRESSION", r"(a+)+\1b").unwrap();
        assert!(!test.holds(&"a".repeat(5_000)));
    }
}
