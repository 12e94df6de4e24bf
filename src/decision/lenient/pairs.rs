//! Objects whose keys are data.

use std::borrow::Cow;

use super::flaw::Flaw;
use super::{Broken, Read, Reader};

/// How many fields most such objects have at most.
const USUAL: usize = 8;
/// Keys that are there twice are told in objects of at most so many fields.
const FEW: usize = 32;

/// An object whose keys are data, in the order of the text.
#[derive(Debug, Clone, Default)]
pub(crate) enum Pairs<'de, T> {
    /// Absent or null.
    #[default]
    None,
    Is(Vec<(Cow<'de, str>, T)>),
    /// Something else than an object.
    Wrong,
}

impl<'de, T> Pairs<'de, T> {
    /// The pairs; none when the object is absent or wrong.
    pub(crate) fn pairs(&self) -> &[(Cow<'de, str>, T)] {
        match self {
            Self::Is(pairs) => pairs,
            Self::None | Self::Wrong => &[],
        }
    }
}

impl<'de, T: Read<'de>> Read<'de> for Pairs<'de, T> {
    fn read(reader: &mut Reader<'de>) -> Result<Self, Broken> {
        match reader.peek() {
            Some(b'{') => {
                let mut pairs: Vec<(Cow<'de, str>, T)> = Vec::with_capacity(USUAL);
                reader.object(|reader, key| {
                    if pairs.len() < FEW && pairs.iter().any(|(known, _)| *known == key) {
                        reader.note(Flaw::Twice);
                    }
                    pairs.push((key, T::read(reader)?));
                    Ok(())
                })?;
                Ok(Self::Is(pairs))
            }
            _ if reader.word("null") => Ok(Self::None),
            _ => reader.skip().map(|_| Self::Wrong),
        }
    }
}
