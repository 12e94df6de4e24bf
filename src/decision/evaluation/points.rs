//! A small memory of points.
//!
//! A point is a pure function of a code and a salt, so it may be kept however the data, the time or
//! the assignments of a visitor change. Results may not.

use std::cell::Cell;

use super::hash::hash;
use crate::decision::datafile::Salt;

/// How many points are kept: some of what a server asks for in one request.
const KEPT: usize = 8;
/// The longest code whose points are kept.
const LONGEST_CODE: usize = 32;

/// The points of one code for a few salts of one data file.
#[derive(Debug)]
pub(crate) struct Points {
    /// The number of the data file; its salts are told apart by where they are, and stay there as
    /// long as it lives.
    file: Cell<u64>,
    /// The code, filled up with zeros.
    code: Cell<[u64; LONGEST_CODE / 8]>,
    length: Cell<usize>,
    salts: [Cell<usize>; KEPT],
    points: [Cell<f64>; KEPT],
    next: Cell<usize>,
}

impl Points {
    pub(crate) const fn new() -> Self {
        Self {
            file: Cell::new(0),
            code: Cell::new([0; LONGEST_CODE / 8]),
            length: Cell::new(0),
            salts: [const { Cell::new(0) }; KEPT],
            points: [const { Cell::new(0.0) }; KEPT],
            next: Cell::new(0),
        }
    }

    /// The point of a code for a salt of the data file with this number, which is in use.
    #[inline]
    fn of(&self, file: u64, code: &[u8], salt: &Salt) -> f64 {
        if self.file.get() != file || !self.is_of(code) {
            if code.len() > LONGEST_CODE {
                return hash(code, salt);
            }
            self.begin(file, code);
        }
        let key = std::ptr::from_ref(salt) as usize;
        if let Some(place) = self.salts.iter().position(|known| known.get() == key) {
            return self.points[place].get();
        }
        let point = hash(code, salt);
        let place = self.next.get() % KEPT;
        self.salts[place].set(key);
        self.points[place].set(point);
        self.next.set(place + 1);
        point
    }

    /// Whether the points are those of a code.
    #[inline]
    fn is_of(&self, code: &[u8]) -> bool {
        if self.length.get() != code.len() {
            return false;
        }
        match code.split_first_chunk() {
            // The usual length, compared without a call.
            Some((first, rest)) if rest.len() == 8 => {
                let [own_first, own_second, ..] = self.code.get();
                let second = rest.first_chunk().map(|second| u64::from_ne_bytes(*second));
                u64::from_ne_bytes(*first) == own_first && second == Some(own_second)
            }
            _ => words(code) == Some(self.code.get()),
        }
    }

    #[inline(never)]
    fn begin(&self, file: u64, code: &[u8]) {
        let Some(words) = words(code) else { return };
        self.file.set(file);
        self.code.set(words);
        self.length.set(code.len());
        self.salts.iter().for_each(|salt| salt.set(0));
        self.next.set(0);
    }
}

/// A code filled up with zeros; none of one that is too long.
fn words(code: &[u8]) -> Option<[u64; LONGEST_CODE / 8]> {
    let mut bytes = [0; LONGEST_CODE];
    bytes.get_mut(..code.len())?.copy_from_slice(code);
    let mut words = [0; LONGEST_CODE / 8];
    for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(8)) {
        *word = bytes.first_chunk().map_or(0, |bytes| u64::from_ne_bytes(*bytes));
    }
    Some(words)
}

/// What all flags of a call share, for the code that most of them use: the place of the holdout's
/// variation, and the points of the groups.
#[derive(Debug)]
pub(crate) struct SharedPoints {
    holdout: Cell<Option<Option<usize>>>,
    groups: Box<[Cell<Option<f64>>]>,
}

impl SharedPoints {
    pub(crate) fn new(groups: usize) -> Self {
        Self { holdout: Cell::new(None), groups: vec![Cell::new(None); groups].into_boxed_slice() }
    }
}

/// Which points are at hand.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Memory<'p> {
    None,
    /// Those of the thread's visitor.
    Thread(&'p Points),
    /// Those of a call over all flags.
    Call(&'p SharedPoints),
}

impl Memory<'_> {
    /// The point of a rule or an experiment.
    #[inline]
    pub(super) fn point(self, file: u64, code: &[u8], salt: &Salt) -> f64 {
        match self {
            Self::Thread(points) => points.of(file, code, salt),
            Self::None | Self::Call(_) => hash(code, salt),
        }
    }

    /// The place of the holdout's variation, once another flag of the call has asked for it.
    /// `is_common`: the code is not the flag's own.
    #[inline]
    pub(super) fn chosen_by_holdout(self, is_common: bool) -> Option<Option<usize>> {
        match self {
            Self::Call(shared) if is_common => shared.holdout.get(),
            _ => None,
        }
    }

    pub(super) fn keep_holdout(self, is_common: bool, place: Option<usize>) {
        match self {
            Self::Call(shared) if is_common => shared.holdout.set(Some(place)),
            _ => {}
        }
    }

    /// The point of the group at a place.
    pub(super) fn group(self, file: u64, code: &[u8], salt: &Salt, is_common: bool, group: u32) -> f64 {
        match self {
            Self::Call(shared) if is_common => kept(&shared.groups[group as usize], code, salt),
            _ => self.point(file, code, salt),
        }
    }
}

fn kept(point: &Cell<Option<f64>>, code: &[u8], salt: &Salt) -> f64 {
    point.get().unwrap_or_else(|| {
        let new = hash(code, salt);
        point.set(Some(new));
        new
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_is_computed() {
        let points = Points::new();
        let salts: Vec<Salt> = (0..12).map(|number| Salt::new(&number.to_string())).collect();
        let long = "x".repeat(33);
        let codes = ["", "a", "ab", "0123456789abcdef", "0123456789abcdeg", long.as_str()];
        for round in 0..2_000_usize {
            let code = codes[(round / 7) % codes.len()].as_bytes();
            let salt = &salts[round * round % salts.len()];
            let file = (round / 100 % 2) as u64 + 1;
            assert_eq!(points.of(file, code, salt), hash(code, salt), "{round}");
        }
    }
}
