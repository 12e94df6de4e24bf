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
                let mut count = 0;
                // As long as the keys are those of the object before, each is there once.
                let mut is_as_before = true;
                reader.members(|reader| {
                    if let Some((Cow::Borrowed(known), value)) = pairs.get_mut(count) {
                        if is_as_before && reader.takes_key(known) {
                            count += 1;
                            return value.read(reader);
                        }
                    }
                    is_as_before = false;
                    pairs.truncate(count);
                    let mut key = reader.key()?;
                    if count < FEW && pairs.iter().any(|(known, _)| *known == key) {
                        reader.note(Flaw::Twice);
                        // Not to be taken for one that is there once.
                        key = Cow::Owned(key.into_owned());
                    }
                    count += 1;
                    pairs.push((key, T::default()));
                    pairs.last_mut().map_or(Ok(()), |(_, value)| value.read(reader))
                })?;
                pairs.truncate(count);
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
