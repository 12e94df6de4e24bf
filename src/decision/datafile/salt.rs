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
    text: Box<[u8]>,
    /// The block without the code; empty of meaning when the text is too long for one.
    block: [u8; 64],
    fits: bool,
}

impl Salt {
    pub(crate) fn new(text: &str) -> Self {
        let text: Box<[u8]> = text.as_bytes().into();
        let fits = USUAL_CODE + text.len() <= MOST_IN_BLOCK;
        let mut block = [0; 64];
        if fits {
            lay_out(&mut block, USUAL_CODE, &text);
        }
        Self { text, block, fits }
    }

    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// The only SHA-256 block of the code and this text; none when they need more than one.
    #[inline]
    pub(crate) fn block(&self, code: &[u8]) -> Option<[u8; 64]> {
        if self.fits && code.len() == USUAL_CODE {
            let mut block = self.block;
            block[..USUAL_CODE].copy_from_slice(code);
            return Some(block);
        }
        if code.len() + self.text.len() > MOST_IN_BLOCK {
            return None;
        }
        let mut block = [0; 64];
        block[..code.len()].copy_from_slice(code);
        lay_out(&mut block, code.len(), &self.text);
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
