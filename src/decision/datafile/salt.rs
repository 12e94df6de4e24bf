//! What follows a visitor's code in a hashed text.

/// The length of the codes that the platform's SDKs generate.
const USUAL_CODE: usize = 16;
/// The most bytes of text that fit into one SHA-256 block with the end mark and the length.
const MOST_IN_BLOCK: usize = 55;
/// How many characters a number has at most.
const LONGEST_NUMBER: usize = 20;

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
        Self::of_bytes(text.as_bytes())
    }

    fn of_bytes(text: &[u8]) -> Self {
        let mut block = [0; 64];
        if USUAL_CODE + text.len() > MOST_IN_BLOCK {
            return Self { block, length: 0, long: Some(text.into()) };
        }
        lay_out(&mut block, USUAL_CODE, text);
        Self { block, length: text.len() as u8, long: None }
    }

    /// Of an id, and of the time of the respool if there was one.
    pub(super) fn of_ids(id: i64, respool: Option<i64>) -> Self {
        let mut text = [0; 2 * LONGEST_NUMBER];
        let start = respool.map_or(text.len(), |time| put_before(&mut text, 2 * LONGEST_NUMBER, time));
        let start = put_before(&mut text, start, id);
        Self::of_bytes(&text[start..])
    }

    pub(crate) fn text(&self) -> &[u8] {
        match &self.long {
            Some(text) => text,
            None => &self.block[USUAL_CODE..USUAL_CODE + usize::from(self.length)],
        }
    }

    /// Makes an empty block the only SHA-256 block of the code and this text. False when they need
    /// more than one. In the place where it is read: a copy would be written in other parts than
    /// SHA-256 reads, for which a processor waits.
    #[inline(always)]
    pub(crate) fn fill(&self, block: &mut [u8; 64], code: &[u8]) -> bool {
        if let (None, Ok(code)) = (&self.long, <&[u8; USUAL_CODE]>::try_from(code)) {
            *block = self.block;
            block[..USUAL_CODE].copy_from_slice(code);
            return true;
        }
        self.fill_unusual(block, code)
    }

    #[inline(never)]
    fn fill_unusual(&self, block: &mut [u8; 64], code: &[u8]) -> bool {
        let text = self.text();
        let fits = code.len() + text.len() <= MOST_IN_BLOCK;
        if fits {
            block[..code.len()].copy_from_slice(code);
            lay_out(block, code.len(), text);
        }
        fits
    }
}

/// Puts the digits of a number before a place of a text; returns where they start. A data file has
/// tens of thousands of these, and the usual way makes a text of each.
fn put_before(text: &mut [u8; 2 * LONGEST_NUMBER], end: usize, number: i64) -> usize {
    let mut start = end;
    let mut rest = number.unsigned_abs();
    loop {
        start -= 1;
        text[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        start -= 1;
        text[start] = b'-';
    }
    start
}

/// Puts a text behind a code, and what SHA-256 wants after it (FIPS 180-4, 5.1.1).
fn lay_out(block: &mut [u8; 64], code: usize, text: &[u8]) {
    let length = code + text.len();
    block[code..length].copy_from_slice(text);
    block[length] = 0x80;
    block[56..].copy_from_slice(&(8 * length as u64).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::Salt;

    #[test]
    fn ids_are_written_as_numbers_are() {
        for (id, respool) in
            [(0, None), (-1, Some(7)), (i64::MIN, Some(i64::MIN)), (i64::MAX, Some(i64::MAX))]
        {
            let expected = format!("{id}{}", respool.map_or(String::new(), |time| time.to_string()));
            assert_eq!(Salt::of_ids(id, respool).text(), expected.as_bytes());
        }
    }
}
