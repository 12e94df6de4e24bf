//! Sets of characters.

use super::cases::{others, with_others};
use super::property::Property;
use super::ranges::{Range, in_order, within};
use super::tables::{DIGIT, SPACE, WORD};

/// A set of characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Set {
    /// A bit for each ASCII character that is in the set, whatever the parts say.
    ascii: u128,
    /// The other characters.
    parts: Vec<Part>,
    is_negated: bool,
}

/// What a set consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// In order.
    Ranges(Box<[Range]>),
    Table {
        table: Table,
        is_ascii: bool,
        is_negated: bool,
    },
    Property {
        property: Property,
        case: Case,
        is_negated: bool,
    },
}

/// A kind of characters that has an escape of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Word,
    Digit,
    Space,
}

impl Table {
    pub(super) fn contains(self, character: char, is_ascii: bool) -> bool {
        let table = match self {
            Self::Word => WORD,
            Self::Digit => DIGIT,
            Self::Space => SPACE,
        };
        // `\s` of ASCII alone has no information separators.
        let is_separator = ('\u{1c}'..='\u{1f}').contains(&character);
        if is_ascii && (!character.is_ascii() || is_separator) {
            return false;
        }
        within(table, character)
    }
}

impl Part {
    fn contains(&self, character: char) -> bool {
        match self {
            Self::Ranges(ranges) => within(ranges, character),
            Self::Table { table, is_ascii, is_negated } => {
                table.contains(character, *is_ascii) != *is_negated
            }
            Self::Property { property, case, is_negated } => {
                let has = |character| property.contains(character) != *is_negated;
                has(character) || case.others(character).any(has)
            }
        }
    }
}

impl Set {
    /// The characters of some parts, or all others.
    pub(super) fn new(parts: Vec<Part>, is_negated: bool) -> Self {
        let mut ascii = 0;
        for byte in 0..128_u8 {
            let is_in = parts.iter().any(|part| part.contains(char::from(byte)));
            ascii |= u128::from(is_in != is_negated) << byte;
        }
        Self { ascii, parts, is_negated }
    }

    #[inline]
    pub(super) fn contains(&self, character: char) -> bool {
        let code = u32::from(character);
        if code < 128 {
            return self.ascii >> code & 1 == 1;
        }
        self.parts.iter().any(|part| part.contains(character)) != self.is_negated
    }
}

/// Ranges as a part of a set, with the other cases of each letter when case is ignored.
pub(super) fn ranges(ranges: Vec<Range>, case: Case) -> Part {
    let ranges = match case {
        Case::Matters => in_order(ranges),
        Case::Ignored => with_others(ranges),
        Case::IgnoredInAscii => {
            let mut ranges = in_order(ranges);
            let letters = ('A'..='Z').chain('a'..='z');
            let others =
                letters.filter(|letter| within(&ranges, *letter)).flat_map(|letter| case.others(letter));
            let others: Vec<Range> = others.map(|other| (other, other)).collect();
            ranges.extend(others);
            in_order(ranges)
        }
    };
    Part::Ranges(ranges.into_boxed_slice())
}

/// Whether upper and lower case are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Matters,
    Ignored,
    IgnoredInAscii,
}

impl Case {
    /// Whether one letter repeats another. Python looks at the lower case alone there: `ſ` is `s`
    /// otherwise, and repeats none.
    pub(super) fn is_repeated(self, letter: char, other: char) -> bool {
        let has_same_lower = letter.to_lowercase().next() == other.to_lowercase().next();
        has_same_lower && self.others(letter).any(|same| same == other)
    }

    /// The letters that are the same as one.
    fn others(self, letter: char) -> impl Iterator<Item = char> {
        let in_ascii = letter.is_ascii_alphabetic().then_some((letter as u8 ^ b' ') as char);
        let (all, in_ascii) = match self {
            Self::Matters => (None, None),
            Self::Ignored => (Some(others(letter)), None),
            Self::IgnoredInAscii => (None, in_ascii),
        };
        all.into_iter().flatten().chain(in_ascii)
    }
}
