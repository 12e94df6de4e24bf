//! A text that is compared without regard to case.

use std::fmt;

/// A text that is compared without regard to case.
#[derive(Clone)]
pub(crate) struct Caseless {
    /// As the data file has it, which is how most others write it too.
    written: Box<str>,
    lower: Box<str>,
}

impl Caseless {
    pub(super) fn new(text: &str) -> Self {
        Self { written: text.into(), lower: text.to_lowercase().into_boxed_str() }
    }

    #[inline]
    pub(crate) fn is(&self, text: &str) -> bool {
        *self.written == *text || self.is_but_for_case(text)
    }

    fn is_but_for_case(&self, text: &str) -> bool {
        // What is ASCII needs no text of its own.
        text.eq_ignore_ascii_case(&self.lower) || !text.is_ascii() && *text.to_lowercase() == *self.lower
    }
}

impl fmt::Display for Caseless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lower)
    }
}

/// Two that differ in case alone mean the same, and look the same.
impl fmt::Debug for Caseless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.lower, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Caseless;

    #[test]
    fn texts_are_the_same_whatever_their_case() {
        for (written, text, same) in [
            ("France", "France", true),
            ("France", "FRANCE", true),
            ("FRANCE", "france", true),
            ("France", "Francia", false),
            ("\u{d6}sterreich", "\u{f6}STERREICH", true),
            ("\u{d6}sterreich", "osterreich", false),
            // Lower case of both, which are one letter.
            ("K\u{f6}ln", "\u{212a}\u{d6}LN", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(Caseless::new(written).is(text), same, "{written} {text}");
        }
    }
}
