//! What changes in one flag.

use std::collections::BTreeMap;

use serde::Serialize;

use super::cause::MoveCause;
use super::cells::Cells;
use super::change::FlagChange;
use super::pairs::Pair;

/// What the new data file changes in one flag.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlagDiff {
    feature_key: String,
    moved: u64,
    reassigned: u64,
    flows: Vec<Flow>,
    changes: Vec<FlagChange>,
}

/// How many visitors go from one variation of a flag to another.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Flow {
    /// The key of the variation by the old file; none when the flag gives none.
    pub from: Option<String>,
    /// The key of the variation by the new file; none when the flag gives none.
    pub to: Option<String>,
    /// How many visitors go this way.
    pub visitors: u64,
    /// Their share of all visitors, from 0 to 1.
    pub share: f64,
    /// How many of them move for which cause; empty when they stay.
    pub causes: BTreeMap<MoveCause, u64>,
}

impl Flow {
    /// Whether the visitors get something else.
    pub fn is_move(&self) -> bool {
        self.from != self.to
    }
}

impl FlagDiff {
    pub(super) fn new(pair: &Pair<'_>, cells: &Cells, changes: Vec<FlagChange>, visitors: u64) -> Self {
        let old = |place: u32| pair.old.map(|(_, flag)| flag.variation(place).key.to_string());
        let new = |place: u32| pair.new.map(|(_, flag)| flag.variation(place).key.to_string());
        let mut flows: Vec<Flow> = Vec::new();
        for ((from, to), cell) in cells.ways() {
            let (from, to) = (from.and_then(old), to.and_then(new));
            let causes = MoveCause::ALL.into_iter().zip(cell.causes).filter(|(_, count)| *count > 0);
            // Two variations of one key are one.
            match flows.iter_mut().find(|flow| flow.from == from && flow.to == to) {
                Some(flow) => {
                    flow.visitors += cell.visitors;
                    causes.for_each(|(cause, count)| *flow.causes.entry(cause).or_default() += count);
                }
                None => flows.push(Flow {
                    from,
                    to,
                    visitors: cell.visitors,
                    share: 0.0,
                    causes: causes.collect(),
                }),
            }
        }
        for flow in &mut flows {
            flow.share = share(flow.visitors, visitors);
        }
        Self {
            feature_key: pair.key.to_owned(),
            moved: cells.moved,
            reassigned: cells.reassigned,
            flows,
            changes,
        }
    }

    /// The flag's key.
    pub fn feature_key(&self) -> &str {
        &self.feature_key
    }

    /// How many visitors move.
    pub fn moved(&self) -> u64 {
        self.moved
    }

    /// How many visitors keep their variation, but get it from another experiment (or from none any
    /// more): in the reports they move.
    pub fn reassigned(&self) -> u64 {
        self.reassigned
    }

    /// From variation to variation, those who stay too; ways that nobody goes are left out.
    pub fn flows(&self) -> &[Flow] {
        &self.flows
    }

    /// How many visitors move for which cause.
    pub fn causes(&self) -> BTreeMap<MoveCause, u64> {
        let mut total = BTreeMap::new();
        for (cause, count) in self.flows.iter().flat_map(|flow| &flow.causes) {
            *total.entry(*cause).or_default() += count;
        }
        total
    }

    /// What the files say differently about the flag.
    pub fn changes(&self) -> &[FlagChange] {
        &self.changes
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.moved == 0 && self.reassigned == 0 && self.changes.is_empty()
    }
}

/// The part as a share of the whole; 0 of nothing.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
