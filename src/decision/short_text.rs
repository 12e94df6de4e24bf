//! Texts of which there are many, and most are short.

/// A text. Short ones, as visitor codes of the usual 16 characters are, need no allocation of their own.
#[derive(Clone, PartialEq)]
pub(crate) enum ShortText {
    Inline { length: u8, bytes: [u8; SHORT] },
    Boxed(Box<str>),
}

const SHORT: usize = 22;
/// The length of the codes that the platform's SDKs generate.
const USUAL: usize = 16;

impl ShortText {
    pub(crate) fn new(text: &str) -> Self {
        let mut bytes = [0; SHORT];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(text.as_bytes());
                Self::Inline { length, bytes }
            }
            _ => Self::Boxed(text.into()),
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Inline { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::Boxed(text) => text.as_bytes(),
        }
    }

    /// Whether it is this one.
    #[inline]
    pub(crate) fn is(&self, code: &[u8]) -> bool {
        match (self, <&[u8; USUAL]>::try_from(code)) {
            // Compared in one piece, without a call.
            (Self::Inline { length, bytes }, Ok(usual)) => {
                usize::from(*length) == USUAL && bytes.first_chunk::<USUAL>() == Some(usual)
            }
            _ => self.as_bytes() == code,
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            // It was made from a text.
            Self::Inline { .. } => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Self::Boxed(text) => text,
        }
    }

    /// The bytes that it takes elsewhere.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Inline { .. } => 0,
            Self::Boxed(text) => text.len(),
        }
    }
}

impl std::fmt::Debug for ShortText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::ShortText;

    #[test]
    fn a_code_is_what_it_was_made_from() {
        for length in [0, 1, 16, 21, 22, 23, 255] {
            let code: String = "é0123456789abcdef".chars().cycle().take(length).collect();
            assert_eq!(ShortText::new(&code).as_str(), code);
            assert_eq!(ShortText::new(&code).as_bytes(), code.as_bytes());
            for other in [&code[..0], "0123456789abcdef", "0123456789abcdeg", &code] {
                assert_eq!(ShortText::new(&code).is(other.as_bytes()), code == *other, "{code} {other}");
            }
        }
    }
}
