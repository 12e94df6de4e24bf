//! What a file of the spool says.
//!
//! The first line has a checksum of all that follows; the second says whose lines they are, when they
//! were written and how many there are. Then each visitor, and below it its lines.

use std::collections::HashSet;
use std::fmt::Write;

use twox_hash::XxHash3_64;

use crate::platform::net::push_encoded;

/// What a file begins with. A version that cannot read another's files has another number.
const MARK: &str = "kameleoon spool 1\t";
const FAMILY: &str = "kameleoon spool ";
const VERSION: u16 = 1;
/// What the line of a visitor begins with; those of tracking begin with their nonce.
const VISITOR: char = '@';
const NONCE: &str = "nonce=";

/// Lines of some visitors.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    text: String,
    count: u64,
}

/// Why a file cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// Nobody can.
    Damaged(&'static str),
    /// It is for processes of another version of this crate, which share the folder.
    OtherVersion,
}

/// A line of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// The lines that follow are of this visitor, whose code is encoded as in its lines.
    Visitor {
        code: &'a str,
        /// What the first of its lines in a body ends with.
        user_agent: &'a str,
    },
    Line {
        nonce: u64,
        text: &'a str,
    },
}

impl Contents {
    /// The lines that follow are those of this visitor.
    pub(crate) fn begin(&mut self, visitor_code: &str, user_agent: &str) {
        self.begin_encoded(&encoded(visitor_code), user_agent);
    }

    /// The same with a code that comes from a file.
    pub(crate) fn begin_encoded(&mut self, code: &str, user_agent: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{VISITOR}{code}\t{user_agent}");
    }

    /// Adds a line of the visitor begun last.
    pub(crate) fn add(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
        self.count += 1;
    }

    /// How many lines there are.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        self.text.lines().filter_map(piece)
    }

    /// All but the lines of some visitors.
    pub(crate) fn without(&self, visitor_codes: &[String]) -> Self {
        let unwanted: HashSet<String> = visitor_codes.iter().map(|code| encoded(code)).collect();
        let mut kept = Self::default();
        let mut is_kept = true;
        for piece in self.pieces() {
            match piece {
                Piece::Visitor { code, user_agent } => {
                    is_kept = !unwanted.contains(code);
                    if is_kept {
                        kept.begin_encoded(code, user_agent);
                    }
                }
                Piece::Line { text, .. } if is_kept => kept.add(text),
                Piece::Line { .. } => {}
            }
        }
        kept
    }

    /// The bytes of a file.
    pub(super) fn write(&self, owner: &str, created: i64) -> String {
        let rest = format!("{owner}\t{created}\t{}\n{}", self.count, self.text);
        format!("{MARK}{:016x}\n{rest}", XxHash3_64::oneshot(rest.as_bytes()))
    }

    /// What a file of this owner says; otherwise what is wrong with it.
    pub(super) fn read(bytes: &[u8], owner: &str) -> Result<Self, Unusable> {
        const DAMAGED: Unusable = Unusable::Damaged("it is damaged");
        if is_of_another_version(bytes) {
            return Err(Unusable::OtherVersion);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| DAMAGED)?;
        let text = text.strip_prefix(MARK).ok_or(DAMAGED)?;
        let (checksum, rest) = text.split_once('\n').ok_or(DAMAGED)?;
        if checksum != format!("{:016x}", XxHash3_64::oneshot(rest.as_bytes())) {
            return Err(DAMAGED);
        }
        let (head, lines) = rest.split_once('\n').ok_or(DAMAGED)?;
        let mut head = head.split('\t');
        if head.next() != Some(owner) {
            return Err(Unusable::Damaged("it is of another site or environment"));
        }
        let count = head.nth(1).and_then(|count| count.parse().ok()).ok_or(DAMAGED)?;
        let contents = Self { text: lines.to_owned(), count };
        let is_line = |piece: &Piece<'_>| matches!(piece, Piece::Line { .. });
        let lines = contents.pieces().filter(is_line).count() as u64;
        let begins = matches!(contents.pieces().next(), Some(Piece::Visitor { .. }));
        if lines == count && begins { Ok(contents) } else { Err(DAMAGED) }
    }
}

/// Whether it begins as files of the spool do, with the number of a later version.
fn is_of_another_version(bytes: &[u8]) -> bool {
    let number =
        bytes.strip_prefix(FAMILY.as_bytes()).and_then(|rest| rest.split(|byte| *byte == b'\t').next());
    let number = number.and_then(|number| std::str::from_utf8(number).ok()?.parse::<u16>().ok());
    number.is_some_and(|number| number > VERSION)
}

/// How many lines the bytes of a file have, with a checksum that fits: no fuzzer would find one.
#[cfg(fuzzing)]
pub(crate) fn read_contents(bytes: &[u8]) -> Option<usize> {
    let whole = Contents::read(bytes, "site");
    let rest = String::from_utf8_lossy(bytes).into_owned();
    let checked = format!("{MARK}{:016x}\n{rest}", XxHash3_64::oneshot(rest.as_bytes()));
    let contents = whole.or_else(|_| Contents::read(checked.as_bytes(), "site")).ok()?;
    let _ = contents.without(&["visitor".to_owned()]);
    Some(contents.pieces().count())
}

fn encoded(code: &str) -> String {
    let mut text = String::new();
    push_encoded(&mut text, code);
    text
}

fn piece(line: &str) -> Option<Piece<'_>> {
    if let Some(visitor) = line.strip_prefix(VISITOR) {
        let (code, user_agent) = visitor.split_once('\t')?;
        return Some(Piece::Visitor { code, user_agent });
    }
    let nonce = line.strip_prefix(NONCE)?.split('&').next()?;
    Some(Piece::Line { nonce: u64::from_str_radix(nonce, 16).ok()?, text: line })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents() -> Contents {
        let mut contents = Contents::default();
        contents.begin("visitor one", "&userAgent=x");
        contents.add("nonce=00000000000000AB&eventType=activity&visitorCode=visitor%20one");
        contents.begin("two", "");
        contents.add("nonce=0000000000000001&eventType=activity&visitorCode=two");
        contents.add("nonce=0000000000000002&eventType=activity&visitorCode=two");
        contents
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = contents().write("owner", 7);
        let read = Contents::read(bytes.as_bytes(), "owner").unwrap();
        assert_eq!(read, contents());
        let nonces: Vec<u64> = read
            .pieces()
            .filter_map(|piece| match piece {
                Piece::Line { nonce, .. } => Some(nonce),
                Piece::Visitor { .. } => None,
            })
            .collect();
        assert_eq!(nonces, [0xAB, 1, 2]);
        assert!(Contents::read(bytes.as_bytes(), "other").is_err());
    }

    #[test]
    fn no_damage_goes_unseen() {
        let bytes = contents().write("owner", 7).into_bytes();
        for place in 0..bytes.len() {
            for flip in [1, 0x20, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[place] ^= flip;
                assert!(Contents::read(&damaged, "owner").is_err(), "byte {place} ^ {flip}");
            }
            assert!(Contents::read(&bytes[..place], "owner").is_err(), "cut at {place}");
        }
        let longer = [&bytes[..], b"\n"].concat();
        assert!(Contents::read(&longer, "owner").is_err());
    }

    #[test]
    fn a_file_of_another_version_is_not_damaged() {
        let text = contents().write("owner", 7);
        for (version, expected) in [
            ("2", Unusable::OtherVersion),
            ("12", Unusable::OtherVersion),
            ("", Unusable::Damaged("it is damaged")),
            ("x", Unusable::Damaged("it is damaged")),
            ("0", Unusable::Damaged("it is damaged")),
        ] {
            let other = text.replacen("spool 1", &format!("spool {version}"), 1);
            assert_eq!(Contents::read(other.as_bytes(), "owner"), Err(expected), "{version}");
        }
    }

    #[test]
    fn a_visitor_can_be_taken_out() {
        let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
        let without = contents().without(&codes(&["visitor one"]));
        assert_eq!(without.count(), 2);
        assert_eq!(without.pieces().next(), Some(Piece::Visitor { code: "two", user_agent: "" }));
        assert_eq!(contents().without(&codes(&["nobody"])), contents());
        assert_eq!(without.without(&codes(&["two"])), Contents::default());
        assert_eq!(contents().without(&codes(&["two", "visitor one"])), Contents::default());
    }
}
