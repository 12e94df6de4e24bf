//! Evaluating everybody with both files, on several threads.

use std::sync::atomic::Ordering;
use std::thread;

use super::cause::{self, MoveCause, Traced};
use super::cells::{Cells, Way};
use super::flag::FlagDiff;
use super::moves::Move;
use super::options::DiffOptions;
use super::pairs::{Pair, pairs};
use super::result::DataFileDiff;
use super::side::{Given, Got, Known, Side};
use super::{sample, structure};
use crate::atomic64::AtomicU64;
use crate::client::check_code;
use crate::clock::Clock;
use crate::decision::datafile::{DataFile, DataFileView, Rule};
use crate::error::{KameleoonError, Result};

/// How many visitors a thread takes at a time.
const CHUNK: u64 = 256;

/// What all threads read.
struct Work<'w> {
    options: &'w DiffOptions,
    pairs: &'w [Pair<'w>],
    old: Side<'w>,
    new: Side<'w>,
    total: u64,
    /// The first visitor that no thread has taken yet, and how many are done.
    next: AtomicU64,
    done: AtomicU64,
}

/// What a thread has counted.
struct Tally {
    cells: Vec<Cells>,
    moved: u64,
    /// With the numbers of the visitors, to bring them in order.
    moves: Vec<(u64, Move)>,
}

impl DataFileDiff {
    /// Compares two data files. Without options for visitors, a sample of 10,000 is made up.
    ///
    /// Takes about a microsecond for a flag and visitor, divided by the threads.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](crate::KameleoonError::VisitorCodeInvalid) when a visitor of the
    /// options has an invalid code, [`System`](crate::KameleoonError::System) when a thread ended
    /// before its work.
    pub fn compute(old: &DataFileView, new: &DataFileView, options: DiffOptions) -> Result<Self> {
        compute(old.file(), new.file(), options)
    }
}

fn compute(old: &DataFile, new: &DataFile, options: DiffOptions) -> Result<DataFileDiff> {
    for (code, _) in &options.visitors {
        check_code(code)?;
    }
    let now = Clock::System.now();
    let pairs = pairs(old, new);
    let work = Work {
        options: &options,
        pairs: &pairs,
        old: Side { file: old, now },
        new: Side { file: new, now },
        total: options.visitors.len() as u64 + options.sample_size(),
        next: AtomicU64::new(0),
        done: AtomicU64::new(0),
    };
    let all_data = || options.data.iter().chain(options.visitors.iter().flat_map(|(_, own)| own));
    work.old.tell_of_unknown(all_data(), "old");
    work.new.tell_of_unknown(all_data(), "new");
    let threads = options.threads.map_or_else(
        || thread::available_parallelism().map_or(1, |cores| cores.get()),
        |threads| threads.get(),
    );
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let threads: Vec<_> = (1..threads).map(|_| scope.spawn(|| work.run())).collect();
        let mut tallies = vec![Ok(work.run())];
        tallies.extend(threads.into_iter().map(thread::ScopedJoinHandle::join));
        tallies.into_iter().collect::<std::result::Result<_, _>>()
    })
    .map_err(|_| KameleoonError::System { reason: "a thread of the comparison ended early".to_owned() })?;
    Ok(work.sum(tallies))
}

impl Work<'_> {
    fn run(&self) -> Tally {
        let mut tally =
            Tally { cells: self.pairs.iter().map(Cells::new).collect(), moved: 0, moves: Vec::new() };
        let (mut before, mut after) = (Given::default(), Given::default());
        loop {
            let start = self.next.fetch_add(CHUNK, Ordering::Relaxed);
            let end = start.saturating_add(CHUNK).min(self.total);
            if start >= end {
                return tally;
            }
            for number in start..end {
                self.visitor(number, &mut before, &mut after, &mut tally);
            }
            let done = self.done.fetch_add(end - start, Ordering::Relaxed) + (end - start);
            if let Some(progress) = &self.options.progress {
                progress(done, self.total);
            }
        }
    }

    fn visitor(&self, number: u64, before: &mut Given, after: &mut Given, tally: &mut Tally) {
        let given = usize::try_from(number).ok().and_then(|place| self.options.visitors.get(place));
        let made_up;
        let (code, own) = match given {
            Some((code, own)) => (code.as_str(), own.as_slice()),
            None => {
                made_up = sample::code(number - self.options.visitors.len() as u64);
                (made_up.as_str(), &[][..])
            }
        };
        let data = [self.options.data.as_slice(), own];
        let known = (self.old.know(code, &data), self.new.know(code, &data));
        self.old.evaluate(&known.0, before);
        self.new.evaluate(&known.1, after);
        let mut moves = false;
        for (pair, cells) in self.pairs.iter().zip(&mut tally.cells) {
            let outcome = |place: Option<(u32, _)>, given: &Given| {
                place.and_then(|(place, _): (u32, &_)| given.outcomes.get(place as usize).copied().flatten())
            };
            let (was, is) = (outcome(pair.old, before), outcome(pair.new, after));
            let way = (was.map(|outcome| outcome.variation), is.map(|outcome| outcome.variation));
            if stays(pair, way) {
                let experiment = |outcome: Option<Got>| outcome.and_then(|given| given.experiment_id);
                cells.reassigned += u64::from(experiment(was) != experiment(is));
                cells.count(way, None);
                continue;
            }
            let cause = quick_cause(pair, was.as_ref(), is.as_ref())
                .unwrap_or_else(|| self.traced_cause(pair, (&known.0, before), (&known.1, after)));
            cells.count(way, Some(cause));
            moves = true;
            if self.options.keep_moves {
                tally.moves.push((number, a_move(code, pair, way, cause)));
            }
        }
        tally.moved += u64::from(moves);
    }

    fn traced_cause(
        &self,
        pair: &Pair<'_>,
        (old_known, before): (&Known<'_>, &Given),
        (new_known, after): (&Known<'_>, &Given),
    ) -> MoveCause {
        let (Some((old_place, old)), Some((new_place, new))) = (pair.old, pair.new) else {
            return MoveCause::Other;
        };
        let was = self.old.trace(old_known, old_place, before);
        let is = self.new.trace(new_known, new_place, after);
        cause::find(&Traced { flag: old, trace: &was }, &Traced { flag: new, trace: &is })
    }

    fn sum(&self, tallies: Vec<Tally>) -> DataFileDiff {
        let mut cells: Vec<Cells> = self.pairs.iter().map(Cells::new).collect();
        let (mut moved, mut moves) = (0, Vec::new());
        for tally in tallies {
            for (sum, part) in cells.iter_mut().zip(&tally.cells) {
                sum.add(part);
            }
            moved += tally.moved;
            moves.extend(tally.moves);
        }
        // Stable: the moves of one visitor keep the order of the flags.
        moves.sort_by_key(|(number, _)| *number);
        let flag = |(pair, cells): (&Pair<'_>, &Cells)| {
            let changes = structure::changes(self.old.file, self.new.file, pair);
            FlagDiff::new(pair, cells, changes, self.total)
        };
        DataFileDiff {
            visitors: self.total,
            moved,
            flags: self.pairs.iter().zip(&cells).map(flag).collect(),
            moves: moves.into_iter().map(|(_, one)| one).collect(),
        }
    }
}

/// Whether the visitor keeps what it has: a variation of the same key, or none.
fn stays(pair: &Pair<'_>, way: Way) -> bool {
    match way {
        (Some(from), Some(to)) => pair.same.get(from as usize) == Some(&Some(to)),
        (None, None) => true,
        _ => false,
    }
}

/// The cause where it can be read off without evaluating again.
fn quick_cause(pair: &Pair<'_>, was: Option<&Got>, is: Option<&Got>) -> Option<MoveCause> {
    let (old, new) = match (pair.old, pair.new) {
        (None, _) => return Some(MoveCause::FlagAdded),
        (_, None) => return Some(MoveCause::FlagRemoved),
        (Some((_, old)), Some((_, new))) => (old, new),
    };
    let (Some(was), Some(is)) = (was, is) else { return Some(MoveCause::Environment) };
    let rule = |rules: &'_ [Rule], outcome: &Got| {
        rules.iter().position(|rule| Some(rule.experiment_id) == outcome.experiment_id)
    };
    let was = &old.rules[rule(&old.rules, was)?];
    let is = &new.rules[rule(&new.rules, is)?];
    // One rule decides in both; a code of the hashes that differs would be another cause.
    if was.id != is.id || !pair.same_code {
        return None;
    }
    Some(match () {
        () if was.kind != is.kind => MoveCause::RuleType,
        () if was.experiment_salt.text() != is.experiment_salt.text() => MoveCause::Respool,
        () => MoveCause::Shares,
    })
}

fn a_move(code: &str, pair: &Pair<'_>, (from, to): Way, cause: MoveCause) -> Move {
    let key = |flag: Option<(u32, &crate::decision::datafile::Flag)>, place: Option<u32>| {
        flag.zip(place).map(|((_, flag), place)| flag.variation(place).key.to_string())
    };
    Move {
        visitor_code: code.to_owned(),
        feature_key: pair.key.to_owned(),
        from: key(pair.old, from),
        to: key(pair.new, to),
        cause,
    }
}
