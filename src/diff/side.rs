//! One of the two data files, and what it gives a visitor.

use std::sync::Arc;
use std::time::Duration;

use super::trace::RuleTrace;
use crate::clock::{Clock, calendar};
use crate::data::Data;
use crate::decision::datafile::{Chosen, DataFile};
use crate::decision::evaluation::{Evaluation, Memory};
use crate::decision::profile::{Assignment, Profile};
use crate::decision::targeting::{NoTrace, Pending, Subject};
use crate::logging::log_warning;
use crate::visitor::{Aftermath, Moment, PersonBounds, StoreBounds, VisitorStore};

/// A store lives for one visitor, who is not forgotten meanwhile.
const SESSION: Duration = Duration::from_secs(3600);

/// What may be known of one visitor: as much as a client keeps unless it is configured otherwise.
const MOST_BYTES: usize = 256 * 1024;

/// One of the two data files.
pub(super) struct Side<'f> {
    pub(super) file: &'f DataFile,
    pub(super) now: i64,
}

/// A visitor as one file knows it: custom data by name means another index in another file.
pub(super) struct Known<'c> {
    code: &'c str,
    profile: Option<Arc<Profile>>,
}

/// What a flag gives a visitor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Got {
    /// Place of the variation among the flag's.
    pub(super) variation: u32,
    pub(super) experiment_id: Option<i64>,
}

/// What one file gives a visitor: an outcome for each flag in the file's order; none where the flag
/// gives no variation.
#[derive(Default)]
pub(super) struct Given {
    pub(super) outcomes: Vec<Option<Got>>,
    /// What the flags assigned, and how much of it there was before each flag.
    pending: Vec<Assignment>,
    before: Vec<usize>,
}

impl<'f> Side<'f> {
    /// A visitor of whom `data` are known.
    pub(super) fn know<'c>(&self, code: &'c str, data: &[&[Data]]) -> Known<'c> {
        if data.iter().all(|list| list.is_empty()) {
            return Known { code, profile: None };
        }
        // A store of its own for each: visitors with one user code are one person in a store.
        let person = PersonBounds { profile: MOST_BYTES, outbox: 0 };
        let bounds = StoreBounds { visitors: 1, bytes: u64::MAX, person };
        let store = VisitorStore::new(bounds, SESSION, Clock::System);
        let data = data.iter().flat_map(|list| list.iter()).filter(|item| self.has(item)).cloned();
        let moment = Moment { file: Some(self.file), now: self.now, track: false };
        store.change(code, None, self.now, |known| {
            data.for_each(|item| known.add(item, code, moment, &mut Aftermath::default()));
        });
        let profile = store.snapshot(code, self.now).and_then(|snapshot| snapshot.profile.clone());
        Known { code, profile }
    }

    /// Tells of custom data that the file does not have, each name once.
    pub(super) fn tell_of_unknown<'d>(&self, data: impl Iterator<Item = &'d Data>, which: &str) {
        let mut names: Vec<&str> = data.filter(|item| !self.has(item)).filter_map(custom_data_name).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            log_warning!("custom data `{name}` is ignored: the {which} data file has none of that name");
        }
    }

    /// False for custom data by a name that the file does not have.
    fn has(&self, data: &Data) -> bool {
        custom_data_name(data).is_none_or(|name| self.file.custom_data.by_name(name).is_some())
    }

    /// Evaluates all flags, in the order of the file; each sees what those before it assigned.
    pub(super) fn evaluate(&self, known: &Known<'_>, given: &mut Given) {
        given.outcomes.clear();
        given.pending.clear();
        given.before.clear();
        let mut pending = Pending::new(self.file.has_assignment_conditions, 0);
        for place in 0..self.file.flags.len() as u32 {
            given.before.push(pending.as_slice().len());
            let evaluation = self.evaluation(known, place, &pending);
            let outcome = evaluation.run(&mut NoTrace).ok();
            let held = outcome.and_then(|outcome| evaluation.newly_held(&outcome));
            let chosen = outcome.and_then(|outcome| evaluation.assigned(&outcome));
            let flag = self.file.flag(place);
            given.outcomes.push(outcome.and_then(|outcome| match outcome.chosen(flag) {
                Chosen::Place(variation) => {
                    Some(Got { variation, experiment_id: outcome.experiment_id(flag) })
                }
                // Forced by somebody, which nobody does here.
                Chosen::Key(_) => None,
            }));
            if self.file.has_assignment_conditions {
                held.into_iter().for_each(|held| pending.add_held(held));
                chosen.into_iter().for_each(|chosen| pending.add(chosen));
            }
        }
        given.pending.extend_from_slice(pending.as_slice());
    }

    /// Evaluates one flag again, and takes down how its rules fared.
    pub(super) fn trace(&self, known: &Known<'_>, place: u32, given: &Given) -> RuleTrace {
        let mut trace = RuleTrace::default();
        let before = given.before.get(place as usize).copied().unwrap_or(0);
        // The outcome is known; what led to it is what counts here.
        let mut pending = Pending::new(self.file.has_assignment_conditions, 0);
        given.pending[..before].iter().for_each(|assignment| pending.add(*assignment));
        let _outcome = self.evaluation(known, place, &pending).run(&mut trace);
        trace
    }

    fn evaluation<'e>(&'e self, known: &'e Known<'_>, place: u32, pending: &'e Pending) -> Evaluation<'e> {
        let profile = known.profile.as_deref();
        let subject =
            Subject { pending: Some(pending), ..Subject::new(known.code, profile, self.now, calendar()) };
        let (file, flag) = (self.file, self.file.flag(place));
        Evaluation { file, flag, place, subject, track: false, saves: true, memory: Memory::None }
    }
}

fn custom_data_name(data: &Data) -> Option<&str> {
    match data {
        Data::CustomData(custom) => custom.name(),
        _ => None,
    }
}
