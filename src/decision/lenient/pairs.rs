//! Objects whose keys are data.

use std::borrow::Cow;

use super::flaw::Flaw;
use super::{Read, Reader, Stopped};

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
    fn read(&mut self, reader: &mut Reader<'de>) -> Result<(), Stopped> {
        *self = match reader.peek() {
            Some(b'{') => {
                // The room of what was there is used again.
                let mut pairs = match std::mem::take(self) {
                    Self::Is(pairs) => pairs,
                    Self::None | Self::Wrong => Vec::with_capacity(USUAL),
                };
                pairs.clear();
                reader.object(|reader, key| {
                    if pairs.len() < FEW && pairs.iter().any(|(known, _)| *known == key) {
                        reader.note(Flaw::Twice);
                    }
                    pairs.push((key, T::default()));
                    pairs.last_mut().map_or(Ok(()), |(_, value)| value.read(reader))
                })?;
                Self::Is(pairs)
            }
            _ if reader.word("null") => Self::None,
            _ => {
                reader.pass_over()?;
                Self::Wrong
            }
        };
        Ok(())
    }
}
