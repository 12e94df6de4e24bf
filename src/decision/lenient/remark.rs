//! What a reader repaired or left out, and where.

use std::fmt::{self, Write};

use super::flaw::{Flaw, Flaws};
use super::reader::{Reader, Stopped};

/// A step on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Field(String),
    Item(usize),
}

/// What was repaired or left out at a place of the text.
#[derive(Debug)]
pub(crate) struct Remark {
    pub(crate) path: Vec<Step>,
    pub(crate) flaw: Flaw,
}

/// All that was repaired or left out.
#[derive(Debug, Default)]
pub(crate) struct Remarks {
    pub(crate) list: Vec<Remark>,
    /// How many more there are.
    pub(crate) more: usize,
}

impl Remarks {
    /// The flaws of a text with their paths.
    pub(super) fn new(flaws: &Flaws, text: &str) -> Self {
        let (list, more) = flaws.told();
        let remark = |(place, flaw): &(usize, Flaw)| Remark { path: path(text, *place), flaw: *flaw };
        Self { list: list.iter().map(remark).collect(), more }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl Remark {
    /// The item of a list at the top of the text that the place is in: `featureFlags`, 3.
    pub(crate) fn top_item(&self) -> Option<(&str, usize)> {
        match self.path.as_slice() {
            [Step::Field(list), Step::Item(place), ..] => Some((list, *place)),
            _ => None,
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Field(key) if path.is_empty() => path.push_str(key),
                Step::Field(key) => write!(path, ".{key}")?,
                Step::Item(place) => write!(path, "[{place}]")?,
            }
        }
        if path.is_empty() {
            return f.write_str(self.flaw.text());
        }
        write!(f, "`{path}`: {}", self.flaw.text())
    }
}

impl fmt::Display for Remarks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, remark) in self.list.iter().enumerate() {
            if number > 0 {
                f.write_str("; ")?;
            }
            remark.fmt(f)?;
        }
        if self.more > 0 {
            write!(f, "; and {} more", self.more)?;
        }
        Ok(())
    }
}

/// The way to a place of a text that could be read. Found anew, since a reader that kept it at hand
/// would be slower for every text, and flaws are rare.
fn path(text: &str, place: usize) -> Vec<Step> {
    let mut reader = Reader::new(text);
    let mut path = Vec::new();
    let _place_found: Result<(), Stopped> = descend(&mut reader, place, &mut path);
    path
}

/// Passes over the values before the place, and goes into those around it.
fn descend(reader: &mut Reader<'_>, place: usize, path: &mut Vec<Step>) -> Result<(), Stopped> {
    loop {
        let length = path.len();
        let mut item = 0;
        match reader.peek() {
            Some(b'[') => {
                let _stopped = reader.array(|reader| {
                    if reader.passes_over(place)? {
                        item += 1;
                        return Ok(());
                    }
                    path.push(Step::Item(item));
                    reader.stop()
                });
            }
            Some(b'{') => {
                let _stopped = reader.object(|reader, key| {
                    if reader.place() < place && reader.passes_over(place)? {
                        return Ok(());
                    }
                    path.push(Step::Field(key.into_owned()));
                    reader.stop()
                });
            }
            _ => return Ok(()),
        }
        if path.len() == length || reader.place() >= place {
            return Ok(());
        }
    }
}
