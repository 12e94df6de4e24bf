//! JSON that is kept as it is.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::{Map, Value};

use super::flaw::Flaw;
use super::reader::{DEEPEST, Number};
use super::{Read, Reader, Stopped};

/// So many keys of an object are compared one by one.
const FEW: usize = 16;

/// Any JSON. What cannot be kept of it is null, and noted.
impl<'de> Read<'de> for Value {
    fn read(&mut self, reader: &mut Reader<'de>) -> Result<(), Stopped> {
        *self = match reader.peek() {
            Some(b'[' | b'{') if reader.depth == DEEPEST => {
                reader.note(Flaw::Deep);
                reader.pass_over()?;
                Value::Null
            }
            Some(b'[') => {
                let mut items = Vec::new();
                reader.depth += 1;
                reader.array(|reader| {
                    items.push(Value::Null);
                    items.last_mut().map_or(Ok(()), |item| item.read(reader))
                })?;
                reader.depth -= 1;
                Value::Array(items)
            }
            Some(b'{') => {
                let mut fields = Map::new();
                reader.depth += 1;
                reader.object(|reader, key| {
                    if fields.contains_key(&*key) {
                        reader.note(Flaw::Twice);
                    }
                    let mut value = Value::Null;
                    value.read(reader)?;
                    fields.insert(key.into_owned(), value);
                    Ok(())
                })?;
                reader.depth -= 1;
                Value::Object(fields)
            }
            Some(b'"') => Value::String(reader.string()?.into_owned()),
            _ if reader.word("null") => Value::Null,
            _ if reader.word("true") => Value::Bool(true),
            _ if reader.word("false") => Value::Bool(false),
            _ => match reader.number()?.0 {
                Number::Int(number) => number.into(),
                Number::Large(number) => number.into(),
                Number::Float(number) => number.into(),
                Number::Beyond => Value::Null,
            },
        };
        Ok(())
    }
}

/// A value that is not kept. What a [`Value`] of it would have to say is noted as for one.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Unkept;

impl<'de> Read<'de> for Unkept {
    fn read(&mut self, reader: &mut Reader<'de>) -> Result<(), Stopped> {
        match reader.peek() {
            Some(b'[' | b'{') if reader.depth == DEEPEST => {
                reader.note(Flaw::Deep);
                reader.pass_over()
            }
            Some(b'[') => {
                reader.depth += 1;
                reader.array(|reader| self.read(reader))?;
                reader.depth -= 1;
                Ok(())
            }
            Some(b'{') => {
                let mut keys = Keys::default();
                reader.depth += 1;
                reader.object(|reader, key| {
                    if !keys.insert(key) {
                        reader.note(Flaw::Twice);
                    }
                    self.read(reader)
                })?;
                reader.depth -= 1;
                Ok(())
            }
            Some(b'"') => reader.string().map(drop),
            _ if reader.word("null") || reader.word("true") || reader.word("false") => Ok(()),
            _ => reader.number().map(drop),
        }
    }
}

/// The keys of an object so far.
#[derive(Default)]
struct Keys<'de> {
    /// The first, which are looked through one by one.
    few: Vec<Cow<'de, str>>,
    more: HashSet<Cow<'de, str>>,
}

impl<'de> Keys<'de> {
    /// Whether it was not there before.
    fn insert(&mut self, key: Cow<'de, str>) -> bool {
        if self.few.contains(&key) {
            return false;
        }
        if self.few.len() < FEW {
            self.few.push(key);
            return true;
        }
        self.more.insert(key)
    }
}

/// A value that nobody looks at.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ignored;

impl<'de> Read<'de> for Ignored {
    fn read(&mut self, reader: &mut Reader<'de>) -> Result<(), Stopped> {
        reader.pass_over()
    }
}
