//! Sets of characters.

use regex_syntax::ast::{self, Ast, ClassUnicodeKind, ClassUnicodeOpKind, Position, Span};
use regex_syntax::hir::translate::Translator;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

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
    /// Ranges in order, both ends included.
    Ranges(Box<[(char, char)]>),
    Table {
        table: Table,
        is_ascii: bool,
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
        }
    }
}

fn within(ranges: &[(char, char)], character: char) -> bool {
    let after = ranges.partition_point(|(start, _)| *start <= character);
    after.checked_sub(1).is_some_and(|place| character <= ranges[place].1)
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

/// Ranges as a part of a set, with the other case of each letter when case is ignored.
pub(super) fn ranges(ranges: &[(char, char)], case: Case) -> Part {
    let mut class = class_of(ranges);
    match case {
        Case::Matters => {}
        Case::Ignored => {
            // Fails only without the tables, which are switched on.
            let _folded = class.try_case_fold_simple();
        }
        Case::IgnoredInAscii => {
            let swapped: Vec<(char, char)> = ('A'..='Z')
                .chain('a'..='z')
                .filter(|letter| within(&frozen(&class), *letter))
                .map(|letter| (letter as u8 ^ b' ') as char)
                .map(|letter| (letter, letter))
                .collect();
            class.union(&class_of(&swapped));
        }
    }
    Part::Ranges(frozen(&class).into_boxed_slice())
}

/// Whether upper and lower case are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Matters,
    Ignored,
    IgnoredInAscii,
}

fn class_of(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(ranges.iter().map(|(start, end)| ClassUnicodeRange::new(*start, *end)))
}

fn frozen(class: &ClassUnicode) -> Vec<(char, char)> {
    class.iter().map(|range| (range.start(), range.end())).collect()
}

/// The characters of `\p{name}`, where Java and JavaScript give them the same name: a general
/// category, or a script.
pub(super) fn property(name: &str, is_negated: bool) -> Option<Part> {
    let (key, value) = name.split_once('=').unwrap_or(("", name));
    let property = match key {
        "" if value == "ASCII" => return Some(Part::Ranges(Box::new([('\0', '\u{7f}')]))),
        "" | "gc" | "General_Category" if value.len() <= 2 => "gc",
        "sc" | "Script" => "sc",
        _ => return None,
    };
    if !value.starts_with(|first: char| first.is_ascii_uppercase()) {
        return None;
    }
    // Put together here: a parser of patterns, in each program, for nothing but this would be much.
    let class = ast::ClassUnicode {
        span: Span::splat(Position::new(0, 1, 1)),
        negated: is_negated,
        kind: ClassUnicodeKind::NamedValue {
            op: ClassUnicodeOpKind::Equal,
            name: property.to_owned(),
            value: value.to_owned(),
        },
    };
    match Translator::new().translate(name, &Ast::class_unicode(class)).ok()?.into_kind() {
        HirKind::Class(Class::Unicode(class)) => Some(Part::Ranges(frozen(&class).into_boxed_slice())),
        _ => None,
    }
}
