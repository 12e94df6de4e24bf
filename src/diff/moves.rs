//! One visitor's move.

use serde::Serialize;

use super::cause::MoveCause;

/// A visitor who gets another variation of a flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Move {
    /// The visitor's code.
    pub visitor_code: String,
    /// The flag's key.
    pub feature_key: String,
    /// The key of the old variation; none when the flag gave none.
    pub from: Option<String>,
    /// The key of the new variation; none when the flag gives none.
    pub to: Option<String>,
    /// Why.
    pub cause: MoveCause,
}
