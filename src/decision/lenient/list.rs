//! Arrays.

use super::{Broken, Read, Reader, Wrong};

/// An array of the text.
#[derive(Debug, Clone, Default)]
pub(crate) enum List<T> {
    /// Absent or null.
    #[default]
    None,
    Is(Vec<T>),
    /// Something else than an array.
    Wrong,
}

impl<T> List<T> {
    /// The items; none when the array is absent.
    pub(crate) fn items(&self, field: &'static str) -> Result<&[T], Wrong> {
        match self {
            Self::None => Ok(&[]),
            Self::Is(items) => Ok(items),
            Self::Wrong => Err(Wrong { field, expected: "an array" }),
        }
    }

    /// The items to keep; none when the array is absent.
    pub(crate) fn into_items(self, field: &'static str) -> Result<Vec<T>, Wrong> {
        match self {
            Self::Is(items) => Ok(items),
            other => other.items(field).map(|_| Vec::new()),
        }
    }
}

impl<'de, T: Read<'de>> Read<'de> for List<T> {
    fn read(reader: &mut Reader<'de>) -> Result<Self, Broken> {
        match reader.peek() {
            Some(b'[') => {
                let mut items = Vec::new();
                reader.array(|reader| {
                    items.push(T::read(reader)?);
                    Ok(())
                })?;
                Ok(Self::Is(items))
            }
            _ if reader.word("null") => Ok(Self::None),
            _ => reader.skip().map(|_| Self::Wrong),
        }
    }
}
