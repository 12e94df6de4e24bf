//! Objects with known fields.

use super::{Read, Reader, Stopped};

/// The known fields of an object, each of which may be absent.
pub(crate) trait Fields<'de>: Default {
    /// Reads the value of a field, or passes over one that is not known. `seen` has a bit for each
    /// field that was there before.
    fn read_field(&mut self, key: &str, seen: &mut u32, reader: &mut Reader<'de>) -> Result<(), Stopped>;
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
    fn read(&mut self, reader: &mut Reader<'de>) -> Result<(), Stopped> {
        match reader.peek() {
            Some(b'{') => {
                *self = Self::Is(T::default());
                let Self::Is(fields) = self else { return Ok(()) };
                let mut seen = 0;
                return reader.object(|reader, key| fields.read_field(&key, &mut seen, reader));
            }
            _ if reader.word("null") => *self = Self::None,
            _ => {
                *self = Self::Wrong;
                return reader.pass_over();
            }
        }
        Ok(())
    }
}
