//! The visitor code of an entry.

/// A visitor code. The usual ones, of 16 characters, need no allocation of their own.
#[derive(Debug, Clone)]
pub(super) enum Code {
    Short { length: u8, bytes: [u8; SHORT] },
    Long(Box<str>),
}

const SHORT: usize = 22;
/// The length of the codes that the platform's SDKs generate.
const USUAL: usize = 16;

impl Code {
    pub(super) fn new(code: &str) -> Self {
        let mut bytes = [0; SHORT];
        match (bytes.get_mut(..code.len()), u8::try_from(code.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(code.as_bytes());
                Self::Short { length, bytes }
            }
            _ => Self::Long(code.into()),
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::Long(code) => code.as_bytes(),
        }
    }

    /// Whether it is this one.
    #[inline]
    pub(super) fn is(&self, code: &[u8]) -> bool {
        match (self, <&[u8; USUAL]>::try_from(code)) {
            // Compared in one piece, without a call.
            (Self::Short { length, bytes }, Ok(usual)) => {
                usize::from(*length) == USUAL && bytes.first_chunk::<USUAL>() == Some(usual)
            }
            _ => self.as_bytes() == code,
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            // It was made from a text.
            Self::Short { .. } => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Self::Long(code) => code,
        }
    }

    /// The bytes that it takes beside the entry.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Short { .. } => 0,
            Self::Long(code) => code.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn a_code_is_what_it_was_made_from() {
        for length in [0, 1, 16, 21, 22, 23, 255] {
            let code: String = "é0123456789abcdef".chars().cycle().take(length).collect();
            assert_eq!(Code::new(&code).as_str(), code);
            assert_eq!(Code::new(&code).as_bytes(), code.as_bytes());
            for other in [&code[..0], "0123456789abcdef", "0123456789abcdeg", &code] {
                assert_eq!(Code::new(&code).is(other.as_bytes()), code == *other, "{code} {other}");
            }
        }
    }
}
