//! JSON readers that never fail on a text whose brackets fit: what has the wrong type is noted as
//! wrong in its place, so that one bad item never costs the rest of the text, in a single pass.

mod bytes;
mod flaw;
mod habits;
mod keys;
mod list;
mod object;
mod pairs;
mod reader;
mod remark;
mod scalar;
#[cfg(test)]
mod tests;
mod value;

use std::borrow::Cow;
use std::fmt;

pub(crate) use list::{Array, Items, List};
pub(crate) use object::{Fields, Object};
pub(crate) use pairs::Pairs;
pub(crate) use reader::{Broken, Read, Reader, Stopped};
pub(crate) use remark::Remarks;
pub(crate) use scalar::{Scalar, Strict};
pub(crate) use value::{Ignored, Unkept};

/// Reads a whole text, and says what in it was repaired or left out.
pub(crate) fn read<'de, T: Read<'de>>(text: &'de str) -> Result<(T, Remarks), Broken> {
    let mut reader = Reader::new(text);
    let value = reader.whole()?;
    Ok((value, Remarks::new(&reader.flaws, text)))
}

/// The text of some bytes: without a byte order mark, and with U+FFFD in place of what is no UTF-8;
/// whether there was any such.
pub(crate) fn decode(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    // Looked at as a whole first, which takes a fraction of the time.
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), false);
    }
    let text = String::from_utf8_lossy(bytes);
    // The text is owned only when something in it was replaced.
    let is_repaired = matches!(text, Cow::Owned(_));
    (text, is_repaired)
}

/// Why a field cannot be used: its name and what it has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) field: &'static str,
    pub(crate) expected: &'static str,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` has to be {}", self.field, self.expected)
    }
}

/// Defines the wire form of objects: every field is optional, unknown ones are ignored, and of two
/// with one key the later counts. Within the braces `'a` is the life of the text.
macro_rules! wire {
    ($(#[$doc:meta])* $name:ident { $($field:ident = $key:literal : $kind:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(super) struct $name<'a> {
            $(pub(super) $field: $kind,)*
            /// Some have nothing that is borrowed from the text.
            text: ::std::marker::PhantomData<&'a str>,
        }

        impl<'a> $crate::decision::lenient::Fields<'a> for $name<'a> {
            const KEYS: &'static [&'static str] = &[$(concat!("\"", $key, "\":")),*];

            fn read_field(
                &mut self,
                place: usize,
                reader: &mut $crate::decision::lenient::Reader<'a>,
            ) -> ::std::result::Result<(), $crate::decision::lenient::Stopped> {
                let mut before = 0;
                $(
                    if place == before {
                        return $crate::decision::lenient::Read::read(&mut self.$field, reader);
                    }
                    before += 1;
                )*
                let _all = before;
                reader.pass_over()
            }
        }
    };
}
pub(crate) use wire;
