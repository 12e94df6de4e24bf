//! Character classes and escapes.

use super::parse::{Flags, Parser, Wrong};
use super::property::Property;
use super::ranges::Range;
use super::set::{Part, Set, Table, ranges};

/// What stands between two hyphens of a class.
enum Item {
    Character(char),
    Kind(Part),
}

impl Parser<'_> {
    /// The inside of brackets.
    pub(super) fn bracketed(&mut self, flags: Flags) -> Result<Set, Wrong> {
        let is_negated = self.take("^");
        let mut parts = Vec::new();
        let mut plain: Vec<Range> = Vec::new();
        let mut is_first = true;
        loop {
            if !is_first && self.take("]") {
                break;
            }
            is_first = false;
            let item = self.item(flags)?;
            let is_range = self.take("-");
            if is_range && self.take("]") {
                plain.push(('-', '-'));
                push(item, &mut plain, &mut parts);
                break;
            }
            match item {
                Item::Character(start) if is_range => match self.item(flags)? {
                    Item::Character(end) if start <= end => plain.push((start, end)),
                    _ => return Err("a range of characters is none"),
                },
                item => {
                    // After `\w` a hyphen is one, as in Java and JavaScript.
                    if is_range {
                        plain.push(('-', '-'));
                    }
                    push(item, &mut plain, &mut parts);
                }
            }
        }
        if !plain.is_empty() {
            parts.push(ranges(plain, flags.case()));
        }
        Ok(Set::new(parts, is_negated))
    }

    fn item(&mut self, flags: Flags) -> Result<Item, Wrong> {
        match self.next().ok_or("a class is not closed")? {
            '\\' => {
                if let Some(part) = self.kind(flags)? {
                    return Ok(Item::Kind(part));
                }
                if self.take("b") {
                    return Ok(Item::Character('\u{8}'));
                }
                match self.peek() {
                    Some('0'..='7') => self.octal(3).map(Item::Character),
                    _ => self.character().map(Item::Character),
                }
            }
            character => Ok(Item::Character(character)),
        }
    }

    /// What stands for a kind of characters, after its backslash. None when something else stands
    /// there.
    pub(super) fn kind(&mut self, flags: Flags) -> Result<Option<Part>, Wrong> {
        let (table, is_negated) = match self.peek() {
            Some('w') => (Table::Word, false),
            Some('W') => (Table::Word, true),
            Some('d') => (Table::Digit, false),
            Some('D') => (Table::Digit, true),
            Some('s') => (Table::Space, false),
            Some('S') => (Table::Space, true),
            // Java's and JavaScript's.
            Some(which @ ('p' | 'P')) => {
                self.place += 1;
                let name = if self.take("{") { self.until('}') } else { None };
                let property = name.and_then(Property::new).ok_or("a property of characters is not known")?;
                return Ok(Some(Part::Property { property, case: flags.case(), is_negated: which == 'P' }));
            }
            _ => return Ok(None),
        };
        self.place += 1;
        Ok(Some(flags.table(table, is_negated)))
    }

    /// The character that an escape stands for, after its backslash.
    pub(super) fn character(&mut self) -> Result<char, Wrong> {
        if self.peek() == Some('0') {
            return self.octal(3);
        }
        Ok(match self.next().ok_or("it ends with a backslash")? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'f' => '\u{c}',
            'v' => '\u{b}',
            'a' => '\u{7}',
            'x' => self.hexadecimal(2)?,
            'u' => self.hexadecimal(4)?,
            'U' => self.hexadecimal(8)?,
            // Java's and JavaScript's.
            'c' => match self.next() {
                Some(letter) if letter.is_ascii_alphabetic() => char::from(letter as u8 & 0x1f),
                _ => return Err("an escape is not known"),
            },
            letter if letter.is_ascii_alphanumeric() => return Err("an escape is not known"),
            other => other,
        })
    }

    pub(super) fn octal(&mut self, most: usize) -> Result<char, Wrong> {
        let rest = &self.text[self.place..];
        let digits = rest.bytes().take(most).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
        self.place += digits;
        let number = u32::from_str_radix(&rest[..digits], 8).ok().filter(|number| *number <= 0o377);
        number.and_then(char::from_u32).ok_or("an octal escape is none")
    }

    fn hexadecimal(&mut self, count: usize) -> Result<char, Wrong> {
        let digits = self.text.get(self.place..self.place + count);
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        self.place += count;
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        number.and_then(char::from_u32).ok_or("an escape by number is none")
    }
}

fn push(item: Item, plain: &mut Vec<Range>, parts: &mut Vec<Part>) {
    match item {
        Item::Character(character) => plain.push((character, character)),
        Item::Kind(part) => parts.push(part),
    }
}
