//! Counts of one flag: from variation to variation.

use super::cause::MoveCause;
use super::pairs::Pair;

/// The counts of one flag. Row and column 0 stand for no variation.
#[derive(Clone)]
pub(super) struct Cells {
    columns: usize,
    counts: Vec<Cell>,
    /// Visitors whose variation stayed while another experiment assigns it.
    pub(super) reassigned: u64,
    pub(super) moved: u64,
}

/// The visitors of one way.
#[derive(Clone, Copy, Default)]
pub(super) struct Cell {
    pub(super) visitors: u64,
    pub(super) causes: [u64; MoveCause::ALL.len()],
}

/// A place in the table: of the old variation, and of the new one.
pub(super) type Way = (Option<u32>, Option<u32>);

impl Cells {
    pub(super) fn new(pair: &Pair<'_>) -> Self {
        let rows = pair.old.map_or(0, |(_, flag)| flag.variations.len()) + 1;
        let columns = pair.new.map_or(0, |(_, flag)| flag.variations.len()) + 1;
        Self { columns, counts: vec![Cell::default(); rows * columns], reassigned: 0, moved: 0 }
    }

    fn place(&self, (from, to): Way) -> usize {
        let line = |place: Option<u32>| place.map_or(0, |place| place as usize + 1);
        line(from) * self.columns + line(to)
    }

    pub(super) fn count(&mut self, way: Way, cause: Option<MoveCause>) {
        let place = self.place(way);
        let cell = &mut self.counts[place];
        cell.visitors += 1;
        if let Some(cause) = cause {
            cell.causes[cause as usize] += 1;
            self.moved += 1;
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (cell, more) in self.counts.iter_mut().zip(&other.counts) {
            cell.visitors += more.visitors;
            for (count, more) in cell.causes.iter_mut().zip(more.causes) {
                *count += more;
            }
        }
        self.reassigned += other.reassigned;
        self.moved += other.moved;
    }

    /// The ways that somebody goes.
    pub(super) fn ways(&self) -> impl Iterator<Item = (Way, &Cell)> {
        let line = |line: usize| line.checked_sub(1).map(|place| place as u32);
        self.counts
            .iter()
            .enumerate()
            .filter(|(_, cell)| cell.visitors > 0)
            .map(move |(place, cell)| ((line(place / self.columns), line(place % self.columns)), cell))
    }
}
