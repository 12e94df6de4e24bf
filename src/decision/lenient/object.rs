//! Objects with known fields.

use super::{Broken, Read, Reader};

/// The known fields of an object, each of which may be absent.
pub(crate) trait Fields<'de>: Default {
    /// Reads the value of a field, or passes over one that is not known. `seen` has a bit for each
    /// field that was there before.
    fn read_field(&mut self, key: &str, seen: &mut u32, reader: &mut Reader<'de>) -> Result<(), Broken>;
}

/// An object of the text.
#[derive(Debug, Clone, Default)]
pub(crate) enum Object<T> {
    /// Absent or null.
    #[default]
    None,
    Is(T),
    /// Something else than an object.
    Wrong,
}

impl<'de, T: Fields<'de>> Read<'de> for Object<T> {
    fn read(reader: &mut Reader<'de>) -> Result<Self, Broken> {
        match reader.peek() {
            Some(b'{') => {
                let mut fields = T::default();
                let mut seen = 0;
                reader.object(|reader, key| fields.read_field(&key, &mut seen, reader))?;
                Ok(Self::Is(fields))
            }
            _ if reader.word("null") => Ok(Self::None),
            _ => reader.skip().map(|_| Self::Wrong),
        }
    }
}
