//! What follows a visitor's code in a hashed text.

/// The length of the codes that the platform's SDKs generate.
const USUAL_CODE: usize = 16;
/// The most bytes of text that fit into one SHA-256 block with the end mark and the length.
const MOST_IN_BLOCK: usize = 55;

/// What follows a visitor's code in a hashed text: ids, or a group's name.
///
/// For a code of the usual length the SHA-256 block is laid out beforehand, so that a decision only
/// has to put the code in front.
#[derive(Debug)]
pub(crate) struct Salt {
    /// The block without the code, when the text fits into one.
    block: [u8; 64],
    /// The length of the text within the block.
    length: u8,
    /// A text that does not fit.
    long: Option<Box<[u8]>>,
}

impl Salt {
    pub(crate) fn new(text: &str) -> Self {
        let text = text.as_bytes();
        let mut block = [0; 64];
        if USUAL_CODE + text.len() > MOST_IN_BLOCK {
            return Self { block, length: 0, long: Some(text.into()) };
        }
        lay_out(&mut block, USUAL_CODE, text);
        Self { block, length: text.len() as u8, long: None }
    }

    /// Of an id, and of the time of the respool if there was one.
    pub(super) fn of_ids(id: i64, respool: Option<i64>) -> Self {
        use std::fmt::Write;

        let mut text = String::with_capacity(2 * 20);
        // Writing into a text does not fail.
        let _ = write!(text, "{id}");
        let _ = respool.map(|time| write!(text, "{time}"));
        Self::new(&text)
    }

    pub(crate) fn text(&self) -> &[u8] {
        match &self.long {
            Some(text) => text,
            None => &self.block[USUAL_CODE..USUAL_CODE + usize::from(self.length)],
        }
    }

    /// The only SHA-256 block of the code and this text; none when they need more than one.
    #[inline]
    pub(crate) fn block(&self, code: &[u8]) -> Option<[u8; 64]> {
        if let (None, Ok(code)) = (&self.long, <&[u8; USUAL_CODE]>::try_from(code)) {
            let mut block = self.block;
            block[..USUAL_CODE].copy_from_slice(code);
            return Some(block);
        }
        let text = self.text();
        if code.len() + text.len() > MOST_IN_BLOCK {
            return None;
        }
        let mut block = [0; 64];
        block[..code.len()].copy_from_slice(code);
        lay_out(&mut block, code.len(), text);
        Some(block)
    }
}

/// Puts a text behind a code, and what SHA-256 wants after it (FIPS 180-4, 5.1.1).
fn lay_out(block: &mut [u8; 64], code: usize, text: &[u8]) {
    let length = code + text.len();
    block[code..length].copy_from_slice(text);
    block[length] = 0x80;
    block[56..].copy_from_slice(&(8 * length as u64).to_be_bytes());
}
