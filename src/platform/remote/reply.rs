//! The JSON of a reply.

use crate::decision::lenient::{Read, read};
use crate::error::RequestFailure;
use crate::logging::{Voice, log_rarely};

/// What visitors wrote is in the replies, so there may be something at every call.
static DAMAGED: Voice = Voice::new();

/// Reads the JSON of a reply. What in it cannot be read is repaired or left out, and told now
/// and then.
pub(super) fn read_json<'a, T: Read<'a>>(
    text: &'a str,
    has_replaced_bytes: bool,
) -> Result<T, RequestFailure> {
    let (value, remarks) =
        read(text).map_err(|broken| RequestFailure::Body(format!("it is no JSON: {broken}")))?;
    if has_replaced_bytes || !remarks.is_empty() {
        let bytes = if has_replaced_bytes { "bytes that are no UTF-8 are replaced by U+FFFD " } else { "" };
        log_rarely!(
            DAMAGED,
            Warning,
            "a reply of the data API is damaged: {bytes}{remarks}; the rest of it is used"
        );
    }
    Ok(value)
}
