//! JSON readers that never fail on a well-formed text: what has the wrong type is noted as wrong
//! in its place, so that one bad item never costs the rest of the text, in a single pass.

mod list;
mod object;
mod pairs;
mod scalar;

use std::fmt;

pub(crate) use list::List;
pub(crate) use object::Object;
pub(crate) use pairs::Pairs;
pub(crate) use scalar::{Scalar, Strict};

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

/// The visits of all that is neither an array nor an object.
macro_rules! wrong_scalars {
    ($wrong:expr, $null:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($wrong)
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($wrong)
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($wrong)
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($wrong)
        }
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok($wrong)
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($null)
        }
    };
}
use wrong_scalars;

/// Defines the wire form of objects: every field is optional, unknown ones are ignored. Within the
/// braces `'a` is the life of the text.
macro_rules! wire {
    ($(#[$doc:meta])* $name:ident { $($field:ident : $kind:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, ::serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub(super) struct $name<'a> {
            $(#[serde(borrow)] pub(super) $field: $kind,)*
        }
    };
}
pub(crate) use wire;
