//! Arrays.

use super::{Read, Reader, Stopped, Wrong};

/// What the items of an array are read into.
pub(crate) trait Items<'de>: Default {
    /// What one becomes.
    type Item;

    /// Makes room for so many.
    fn reserve(&mut self, room: usize);

    /// How many there are.
    fn len(&self) -> usize;

    /// Reads one more.
    fn read_item(&mut self, reader: &mut Reader<'de>) -> Result<(), Stopped>;
}

/// An array of the text, by what its items are read into.
#[derive(Debug, Clone, Default)]
pub(crate) enum Array<I> {
    /// Absent or null.
    #[default]
    None,
    Is(I),
    /// Something else than an array.
    Wrong,
}

/// An array whose items stay as they are.
pub(crate) type List<T> = Array<Vec<T>>;

impl<T> List<T> {
    /// The items; none when the array is absent.
    pub(crate) fn items(&self, field: &'static str) -> Result<&[T], Wrong> {
        match self {
            Self::None => Ok(&[]),
            Self::Is(items) => Ok(items),
            Self::Wrong => Err(not_an_array(field)),
        }
    }
}

impl<I: Default> Array<I> {
    /// The items to keep; none when the array is absent.
    pub(crate) fn into_items(self, field: &'static str) -> Result<I, Wrong> {
        match self {
            Self::None => Ok(I::default()),
            Self::Is(items) => Ok(items),
            Self::Wrong => Err(not_an_array(field)),
        }
    }
}

fn not_an_array(field: &'static str) -> Wrong {
    Wrong { field, expected: "an array" }
}

impl<'de, T: Read<'de>> Items<'de> for Vec<T> {
    type Item = T;

    fn reserve(&mut self, room: usize) {
        self.reserve_exact(room);
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn read_item(&mut self, reader: &mut Reader<'de>) -> Result<(), Stopped> {
        self.push(T::default());
        self.last_mut().map_or(Ok(()), |item| item.read(reader))
    }
}

impl<'de, I: Items<'de>> Read<'de> for Array<I> {
    fn read(&mut self, reader: &mut Reader<'de>) -> Result<(), Stopped> {
        *self = match reader.peek() {
            Some(b'[') => {
                *self = Self::Is(I::default());
                let Self::Is(items) = self else { return Ok(()) };
                reader.array(|reader| {
                    if items.len() == 0 {
                        items.reserve(reader.habits.length::<I::Item>());
                    }
                    items.read_item(reader)
                })?;
                reader.habits.note_length::<I::Item>(items.len());
                return Ok(());
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
