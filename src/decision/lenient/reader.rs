//! Reading JSON piece by piece.
//!
//! The reader is the crate's own, since what serde_json hands over depends on features that any
//! other crate of the program may switch on, and since one lone surrogate or one number beyond all
//! bounds makes it give up the whole text. This one repairs or leaves out what it can, and notes it;
//! it gives up only where brackets, commas and quotes do not fit together.

use std::borrow::Cow;

use super::bytes::{ShortNumber, plain};
use super::flaw::{Flaw, Flaws};
use super::habits::Habits;

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

/// Reading has stopped; the reader knows where the text is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stopped;

/// Something that can be read from JSON, whatever stands there.
///
/// It is read where it is to be, in the place of what was there: handing it on piece by piece, from
/// a call to the one around it, takes longer than reading.
pub(crate) trait Read<'de>: Default {
    fn read(&mut self, reader: &mut Reader<'de>) -> Result<(), Stopped>;
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
    /// Where the text is broken, once reading has stopped.
    broken: Option<Broken>,
    pub(super) habits: Habits,
    /// For texts in which something is escaped: how long they are is known only at their end.
    room: String,
}

impl<'de> Reader<'de> {
    pub(super) fn new(text: &'de str) -> Self {
        Self {
            text,
            place: 0,
            depth: 0,
            flaws: Flaws::default(),
            broken: None,
            habits: Habits::new(),
            room: String::new(),
        }
    }

    /// Passes over a value that ends before a place, and says whether it does.
    pub(super) fn passes_over(&mut self, place: usize) -> Result<bool, Stopped> {
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
    pub(super) fn stop(&mut self) -> Result<(), Stopped> {
        self.broken("nothing more")
    }

    /// Reads the whole text.
    pub(super) fn whole<T: Read<'de>>(&mut self) -> Result<T, Broken> {
        let mut value = T::default();
        match value.read(self).and_then(|()| self.end()) {
            Ok(()) => Ok(value),
            Err(Stopped) => Err(self.broken.take().unwrap_or(Broken { place: self.place, expected: "JSON" })),
        }
    }

    pub(super) fn note(&mut self, flaw: Flaw) {
        self.flaws.note(self.place, flaw);
    }

    #[cold]
    fn broken<T>(&mut self, expected: &'static str) -> Result<T, Stopped> {
        self.broken = Some(Broken { place: self.place, expected });
        Err(Stopped)
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

    /// What is still to be read.
    #[inline]
    pub(super) fn rest(&self) -> &[u8] {
        self.text.as_bytes().get(self.place..).unwrap_or_default()
    }

    /// Passes over so many bytes, which are those of whole characters.
    #[inline]
    pub(super) fn advance(&mut self, bytes: usize) {
        self.place += bytes;
    }

    /// Nothing but white space may follow.
    pub(super) fn end(&mut self) -> Result<(), Stopped> {
        if self.peek().is_none() { Ok(()) } else { self.broken("the end of the text") }
    }

    fn take(&mut self, byte: u8, expected: &'static str) -> Result<(), Stopped> {
        if self.peek() != Some(byte) {
            return self.broken(expected);
        }
        self.place += 1;
        Ok(())
    }

    /// Takes a word such as `null` when it stands here.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let is_here = self.rest().starts_with(word.as_bytes());
        if is_here {
            self.place += word.len();
        }
        is_here
    }

    /// Reads an array, item by item.
    pub(super) fn array(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<(), Stopped>,
    ) -> Result<(), Stopped> {
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
        mut field: impl FnMut(&mut Self, Cow<'de, str>) -> Result<(), Stopped>,
    ) -> Result<(), Stopped> {
        self.members(|reader| {
            let key = reader.key()?;
            field(reader, key)
        })
    }

    /// Reads an object; `member` reads each key and its value.
    pub(super) fn members(
        &mut self,
        mut member: impl FnMut(&mut Self) -> Result<(), Stopped>,
    ) -> Result<(), Stopped> {
        self.take(b'{', "an object")?;
        if self.peek() == Some(b'}') {
            self.place += 1;
            return Ok(());
        }
        loop {
            member(self)?;
            if self.peek() == Some(b',') {
                self.place += 1;
            } else {
                return self.take(b'}', "`,` or `}`");
            }
        }
    }

    /// Reads a text. It is borrowed unless something in it is escaped.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Cow<'de, str>, Stopped> {
        match self.plain_string() {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => self.escaped_string(),
        }
    }

    /// Reads a text in which everything stands for itself; reads nothing when it is another.
    fn plain_string(&mut self) -> Option<&'de str> {
        if self.peek() != Some(b'"') {
            return None;
        }
        let rest = &self.text[self.place + 1..];
        let length = plain(rest.as_bytes());
        if rest.as_bytes().get(length) != Some(&b'"') {
            return None;
        }
        self.place += length + 2;
        Some(&rest[..length])
    }

    #[cold]
    fn escaped_string(&mut self) -> Result<Cow<'de, str>, Stopped> {
        self.take(b'"', "a text in quotes")?;
        let mut text = std::mem::take(&mut self.room);
        text.clear();
        loop {
            let rest = &self.text[self.place..];
            let length = plain(rest.as_bytes());
            text.push_str(&rest[..length]);
            self.place += length;
            match self.byte() {
                Some(b'"') => {
                    self.place += 1;
                    let exact = text.as_str().to_owned();
                    self.room = text;
                    return Ok(Cow::Owned(exact));
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
        }
    }

    fn escaped(&mut self) -> Result<char, Stopped> {
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
    fn unicode(&mut self) -> Result<char, Stopped> {
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

    fn four_digits(&mut self) -> Result<u32, Stopped> {
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
    pub(super) fn number(&mut self) -> Result<(Number, &'de str), Stopped> {
        if let Some(number) = ShortNumber::at(self.rest()) {
            let text = &self.text[self.place..self.place + number.length];
            self.place += number.length;
            let number =
                if number.decimals == 0 { Number::Int(number.digits) } else { Number::Float(number.float()) };
            return Ok((number, text));
        }
        self.any_number()
    }

    /// Reads a number however it is written.
    fn any_number(&mut self) -> Result<(Number, &'de str), Stopped> {
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
    pub(crate) fn integer(&mut self) -> Option<&'de str> {
        let rest = self.peek().map_or("", |_| &self.text[self.place..]);
        let digits = rest.strip_prefix('-').unwrap_or(rest);
        let end = rest.len() - digits.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
        let is_integer = end > rest.len() - digits.len() && !rest[end..].starts_with(['.', 'e', 'E']);
        if !is_integer || (digits.starts_with('0') && end > 1 + rest.len() - digits.len()) {
            return None;
        }
        self.place += end;
        Some(&rest[..end])
    }

    fn digits(&mut self) -> Result<(), Stopped> {
        if !self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.broken("a digit");
        }
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.place += 1;
        }
        Ok(())
    }

    /// Passes over a value that nobody looks at.
    pub(crate) fn pass_over(&mut self) -> Result<(), Stopped> {
        self.skip().map(drop)
    }

    /// Passes over a value, however deep it is. Returns its text.
    pub(super) fn skip(&mut self) -> Result<&'de str, Stopped> {
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
                        drop(self.key()?);
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
                            drop(self.key()?);
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

    /// Reads a key, with what separates it from its value.
    pub(super) fn key(&mut self) -> Result<Cow<'de, str>, Stopped> {
        let key = self.string()?;
        self.take(b':', "`:`")?;
        Ok(key)
    }
}
