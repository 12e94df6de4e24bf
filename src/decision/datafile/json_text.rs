//! JSON that is read when somebody looks at it.

use serde_json::Value;

use crate::decision::lenient::{Broken, Remarks, Unkept, read};
use crate::late::Late;

/// JSON that is read when somebody looks at it: a site may have thousands of such texts, of which
/// most programs look at few, and read they take many times the memory.
#[derive(Debug, Clone)]
pub(super) struct JsonText {
    text: Box<str>,
    value: Late<Box<Value>>,
}

impl JsonText {
    /// A text that is JSON, and what of it is repaired or left out.
    pub(super) fn new(text: String) -> Result<(Self, Remarks), Broken> {
        let (Unkept, remarks) = read(&text)?;
        Ok((Self { text: text.into(), value: Late::new() }, remarks))
    }

    pub(super) fn value(&self) -> &Value {
        // That it can be read was seen when it was made.
        self.value.get(|| Box::new(read(&self.text).map(|(value, _)| value).unwrap_or_default()))
    }
}
