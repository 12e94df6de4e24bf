//! JSON that is kept as it is.

use serde_json::{Map, Value};

use super::flaw::Flaw;
use super::reader::{DEEPEST, Number};
use super::{Broken, Read, Reader};

/// Any JSON. What cannot be kept of it is null, and noted.
impl<'de> Read<'de> for Value {
    fn read(reader: &mut Reader<'de>) -> Result<Self, Broken> {
        match reader.peek() {
            Some(b'[' | b'{') if reader.depth == DEEPEST => {
                reader.note(Flaw::Deep);
                reader.skip().map(|_| Value::Null)
            }
            Some(b'[') => {
                let mut items = Vec::new();
                reader.depth += 1;
                reader.array(|reader| {
                    items.push(Value::read(reader)?);
                    Ok(())
                })?;
                reader.depth -= 1;
                Ok(Value::Array(items))
            }
            Some(b'{') => {
                let mut fields = Map::new();
                reader.depth += 1;
                reader.object(|reader, key| {
                    if fields.contains_key(&*key) {
                        reader.note(Flaw::Twice);
                    }
                    let value = Value::read(reader)?;
                    fields.insert(key.into_owned(), value);
                    Ok(())
                })?;
                reader.depth -= 1;
                Ok(Value::Object(fields))
            }
            Some(b'"') => reader.string().map(|text| Value::String(text.into_owned())),
            _ if reader.word("null") => Ok(Value::Null),
            _ if reader.word("true") => Ok(Value::Bool(true)),
            _ if reader.word("false") => Ok(Value::Bool(false)),
            _ => Ok(match reader.number()?.0 {
                Number::Int(number) => number.into(),
                Number::Large(number) => number.into(),
                Number::Float(number) => number.into(),
                Number::Beyond => Value::Null,
            }),
        }
    }
}

/// A value that nobody looks at.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ignored;

impl<'de> Read<'de> for Ignored {
    fn read(reader: &mut Reader<'de>) -> Result<Self, Broken> {
        reader.skip().map(|_| Self)
    }
}
