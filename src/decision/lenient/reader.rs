//! Reading JSON piece by piece.
//!
//! The reader is the crate's own, since what serde_json hands over depends on features that any
//! other crate of the program may switch on, and since one lone surrogate or one number beyond all
//! bounds makes it give up the whole text. This one repairs or leaves out what it can, and notes it;
//! it gives up only where brackets, commas and quotes do not fit together.

use std::borrow::Cow;

use super::flaw::{Flaw, Flaws};

/// How deep arrays and objects may stand within each other where they are kept.
pub(super) const DEEPEST: usize = 128;

/// The text is no JSON from this byte on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(super) place: usize,
    pub(super) expected: &'static str,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is expected at byte {}", self.expected, self.place)
    }
}

/// Something that can be read from JSON, whatever stands there.
pub(crate) trait Read<'de>: Sized {
    fn read(reader: &mut Reader<'de>) -> Result<Self, Broken>;
}

/// A number as it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Int(i64),
    /// Beyond `i64`.
    Large(u64),
    Float(f64),
    /// Beyond `f64`, or no number at all.
    Beyond,
}

/// A JSON text and how far it is read.
pub(crate) struct Reader<'de> {
    text: &'de str,
    place: usize,
    /// How many kept arrays and objects are open.
    pub(super) depth: usize,
    pub(super) flaws: Flaws,
}

impl<'de> Reader<'de> {
    pub(super) fn new(text: &'de str) -> Self {
        Self { text, place: 0, depth: 0, flaws: Flaws::default() }
    }

    /// Passes over a value that ends before a place, and says whether it does.
    pub(super) fn passes_over(&mut self, place: usize) -> Result<bool, Broken> {
        let start = self.place;
        self.skip()?;
        let ends_before = self.place < place;
        if !ends_before {
            self.place = start;
        }
        Ok(ends_before)
    }

    pub(super) fn place(&self) -> usize {
        self.place
    }

    /// Ends reading within an array or object.
    pub(super) fn stop(&self) -> Result<(), Broken> {
        self.broken("nothing more")
    }

    pub(super) fn note(&mut self, flaw: Flaw) {
        self.flaws.note(self.place, flaw);
    }

    /// Notes a field that was there before.
    pub(crate) fn first_time(&mut self, seen: &mut u32, bit: u32) {
        if *seen & bit != 0 {
            self.note(Flaw::Twice);
        }
        *seen |= bit;
    }

    fn broken<T>(&self, expected: &'static str) -> Result<T, Broken> {
        Err(Broken { place: self.place, expected })
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.place).copied()
    }

    /// The next byte that is no white space.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.byte() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.place += 1,
                other => return other,
            }
        }
    }

    /// Nothing but white space may follow.
    pub(super) fn end(&mut self) -> Result<(), Broken> {
        if self.peek().is_none() { Ok(()) } else { self.broken("the end of the text") }
    }

    fn take(&mut self, byte: u8, expected: &'static str) -> Result<(), Broken> {
        if self.peek() != Some(byte) {
            return self.broken(expected);
        }
        self.place += 1;
        Ok(())
    }

    /// Takes a word such as `null` when it stands here.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let is_here = self.text.as_bytes()[self.place..].starts_with(word.as_bytes());
        if is_here {
            self.place += word.len();
        }
        is_here
    }

    /// Reads an array, item by item.
    pub(super) fn array(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        self.take(b'[', "an array")?;
        if self.peek() == Some(b']') {
            self.place += 1;
            return Ok(());
        }
        loop {
            item(self)?;
            if self.peek() == Some(b',') {
                self.place += 1;
            } else {
                return self.take(b']', "`,` or `]`");
            }
        }
    }

    /// Reads an object, field by field; `field` reads the value.
    pub(super) fn object(
        &mut self,
        mut field: impl FnMut(&mut Self, Cow<'de, str>) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        self.take(b'{', "an object")?;
        if self.peek() == Some(b'}') {
            self.place += 1;
            return Ok(());
        }
        loop {
            let key = self.string()?;
            self.take(b':', "`:`")?;
            field(self, key)?;
            if self.peek() == Some(b',') {
                self.place += 1;
            } else {
                return self.take(b'}', "`,` or `}`");
            }
        }
    }

    /// Reads a text. It is borrowed unless something in it is escaped.
    pub(super) fn string(&mut self) -> Result<Cow<'de, str>, Broken> {
        self.take(b'"', "a text in quotes")?;
        let start = self.place;
        self.plain();
        let plain = &self.text[start..self.place];
        if self.byte() == Some(b'"') {
            self.place += 1;
            return Ok(Cow::Borrowed(plain));
        }
        // What is escaped once mostly goes on for a while.
        let mut text = String::with_capacity(2 * plain.len() + 32);
        text.push_str(plain);
        loop {
            match self.byte() {
                Some(b'"') => {
                    self.place += 1;
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => {
                    self.place += 1;
                    text.push(self.escaped()?);
                }
                Some(control) => {
                    self.note(Flaw::Control);
                    text.push(char::from(control));
                    self.place += 1;
                }
                None => return self.broken("the end of a text"),
            }
            let start = self.place;
            self.plain();
            text.push_str(&self.text[start..self.place]);
        }
    }

    /// Passes over what stands in a text for itself.
    #[inline]
    fn plain(&mut self) {
        let mut rest = &self.text.as_bytes()[self.place..];
        // Eight bytes at a time: most texts are short, but longer than that.
        while let Some((eight, others)) = rest.split_first_chunk() {
            let ends = ends(u64::from_le_bytes(*eight));
            if ends != 0 {
                self.place = self.text.len() - rest.len() + ends.trailing_zeros() as usize / 8;
                return;
            }
            rest = others;
        }
        let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
        self.place = self.text.len() - rest.len() + end.unwrap_or(rest.len());
    }

    fn escaped(&mut self) -> Result<char, Broken> {
        let character = match self.byte() {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'u') => {
                self.place += 1;
                return self.unicode();
            }
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            _ => return self.broken("an escape"),
        };
        self.place += 1;
        Ok(character)
    }

    /// The character of `\uXXXX`, or of two that make a pair. Half a pair is none.
    fn unicode(&mut self) -> Result<char, Broken> {
        let first = self.four_digits()?;
        if let Some(character) = char::from_u32(first) {
            return Ok(character);
        }
        let before = self.place;
        if first < 0xdc00 && self.word("\\u") {
            let second = self.four_digits()?;
            if (0xdc00..0xe000).contains(&second) {
                let character = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(character).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.place = before;
        }
        self.note(Flaw::Surrogate);
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn four_digits(&mut self) -> Result<u32, Broken> {
        let digits = self.text.as_bytes().get(self.place..self.place + 4).unwrap_or_default();
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        let number = digits.iter().try_fold(0, |number, byte| Some(number << 4 | digit(byte)?));
        match number {
            Some(number) if digits.len() == 4 => {
                self.place += 4;
                Ok(number)
            }
            _ => self.broken("four hexadecimal digits"),
        }
    }

    /// Reads a number, with its text.
    pub(super) fn number(&mut self) -> Result<(Number, &'de str), Broken> {
        let start = self.place;
        if let Some(b'N' | b'I' | b'-') = self.byte() {
            for word in ["NaN", "Infinity", "-Infinity"] {
                if self.word(word) {
                    self.note(Flaw::NotANumber);
                    return Ok((Number::Beyond, word));
                }
            }
        }
        if self.byte() == Some(b'-') {
            self.place += 1;
        }
        match self.byte() {
            Some(b'0') => self.place += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return self.broken("a value"),
        }
        let mut is_integer = true;
        if self.byte() == Some(b'.') {
            is_integer = false;
            self.place += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            is_integer = false;
            self.place += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.place += 1;
            }
            self.digits()?;
        }
        let text = &self.text[start..self.place];
        if is_integer && text != "-0" {
            if let Ok(number) = text.parse() {
                return Ok((Number::Int(number), text));
            }
            if let Ok(number) = text.parse() {
                return Ok((Number::Large(number), text));
            }
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok((Number::Float(number), text)),
            _ => {
                self.note(Flaw::Number);
                Ok((Number::Beyond, text))
            }
        }
    }

    /// Reads an integer, however long, as its digits. Reads nothing when something else stands here.
    pub(crate) fn integer(&mut self) -> Result<Option<&'de str>, Broken> {
        let rest = self.peek().map_or("", |_| &self.text[self.place..]);
        let digits = rest.strip_prefix('-').unwrap_or(rest);
        let end = rest.len() - digits.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
        let is_integer = end > rest.len() - digits.len() && !rest[end..].starts_with(['.', 'e', 'E']);
        if !is_integer || (digits.starts_with('0') && end > 1 + rest.len() - digits.len()) {
            return Ok(None);
        }
        self.place += end;
        Ok(Some(&rest[..end]))
    }

    fn digits(&mut self) -> Result<(), Broken> {
        if !self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.broken("a digit");
        }
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.place += 1;
        }
        Ok(())
    }

    /// Passes over a value, however deep it is. Returns its text.
    pub(super) fn skip(&mut self) -> Result<&'de str, Broken> {
        let flaws = self.flaws.len();
        self.peek();
        let start = self.place;
        // The closing bracket of each open array and object.
        let mut open: Vec<u8> = Vec::new();
        loop {
            match self.peek() {
                Some(b'[') => {
                    self.place += 1;
                    if self.peek() != Some(b']') {
                        open.push(b']');
                        continue;
                    }
                    self.place += 1;
                }
                Some(b'{') => {
                    self.place += 1;
                    if self.peek() != Some(b'}') {
                        open.push(b'}');
                        self.key()?;
                        continue;
                    }
                    self.place += 1;
                }
                Some(b'"') => drop(self.string()?),
                _ if self.word("null") || self.word("true") || self.word("false") => {}
                _ => drop(self.number()?),
            }
            // A value has ended: so may what it stands in.
            loop {
                let Some(close) = open.last().copied() else {
                    // What nobody reads has no flaws that matter.
                    self.flaws.truncate(flaws);
                    return Ok(&self.text[start..self.place]);
                };
                match self.peek() {
                    Some(b',') => {
                        self.place += 1;
                        if close == b'}' {
                            self.key()?;
                        }
                        break;
                    }
                    Some(byte) if byte == close => {
                        self.place += 1;
                        open.pop();
                    }
                    _ => return self.broken("`,` or a closing bracket"),
                }
            }
        }
    }

    fn key(&mut self) -> Result<(), Broken> {
        self.string()?;
        self.take(b':', "`:`")
    }
}

/// The highest bit of the first of eight bytes that is no plain character of a text; of those after
/// it, nothing is said.
#[inline]
fn ends(eight: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    // The usual trick: taking away from each byte borrows into its highest bit where it is less. Only
    // a byte above one that is found can be wrong.
    let less = |bytes: u64, than: u64| bytes.wrapping_sub(than * EACH) & !bytes & HIGH;
    let is = |byte: u8| less(eight ^ (u64::from(byte) * EACH), 1);
    less(eight, 0x20) | is(b'"') | is(b'\\')
}

#[cfg(test)]
mod tests {
    use super::ends;

    #[test]
    fn the_first_of_eight_bytes_that_is_not_plain_is_found() {
        let is_plain = |byte: &u8| !matches!(byte, b'"' | b'\\' | 0..=0x1f);
        for first in 0..=255 {
            for second in [0, 0x1f, 0x20, 0x21, b'"', b'#', b'[', b'\\', b']', 0x7f, 0x80, 0x9f, 0xff] {
                for place in 0..8 {
                    let mut bytes = [b'a'; 8];
                    bytes[place] = first;
                    bytes[(place + 1) % 8] = second;
                    let found = ends(u64::from_le_bytes(bytes)).trailing_zeros() as usize / 8;
                    let expected = bytes.iter().position(|byte| !is_plain(byte)).unwrap_or(8);
                    assert_eq!(found, expected, "{bytes:?}");
                }
            }
        }
    }
}
