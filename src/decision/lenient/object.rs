//! Objects with known fields.

use super::flaw::Flaw;
use super::habits::Order;
use super::{Read, Reader, Stopped};

/// The known fields of an object, each of which may be absent.
pub(crate) trait Fields<'de>: Default {
    /// The keys of the fields that are known, as they stand in a text: `"key":`. 32 at most.
    const KEYS: &'static [&'static str];

    /// Reads the value of the field that has this place among the known.
    fn read_field(&mut self, place: usize, reader: &mut Reader<'de>) -> Result<(), Stopped>;
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
                const { assert!(T::KEYS.len() <= u32::BITS as usize) };
                let mut seen = 0_u32;
                let mut order = Order::of::<T>();
                return reader.members(|reader| {
                    let place = reader.known_key(T::KEYS, &mut order)?;
                    if place >= T::KEYS.len() {
                        return reader.pass_over();
                    }
                    if seen & 1 << place != 0 {
                        reader.note(Flaw::Twice);
                    }
                    seen |= 1 << place;
                    fields.read_field(place, reader)
                });
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
