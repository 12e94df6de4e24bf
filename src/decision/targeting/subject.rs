//! Whom an evaluation is about.

use crate::decision::calendar::Calendar;
use crate::decision::datafile::VisitScope;
use crate::decision::profile::{Assignment, Profile, Visits, extra};

/// A visitor as one call sees it: what was known when the call began, and what the call itself has
/// assigned so far.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The visitor code of the call.
    pub(crate) code: &'a str,
    /// None for a visitor of whom nothing is known.
    pub(crate) profile: Option<&'a Profile>,
    /// What this call assigned and has not saved yet.
    pub(crate) pending: &'a [Assignment],
    /// Milliseconds since the epoch.
    pub(crate) now: i64,
    /// The calendar that days are counted in.
    pub(crate) calendar: &'a Calendar,
}

impl<'a> Subject<'a> {
    pub(crate) fn is_known(&self) -> bool {
        self.profile.is_some() || !self.pending.is_empty()
    }

    /// All assignments, those of this call in place of older ones of the same experiment.
    pub(crate) fn assignments(&self) -> impl Iterator<Item = &'a Assignment> + use<'a> {
        let pending = self.pending;
        let saved = self.profile.map_or(&[][..], |profile| profile.assigned.as_slice());
        let still_saved = move |assignment: &&Assignment| {
            pending.iter().all(|newer| newer.experiment_id != assignment.experiment_id)
        };
        let newest = pending.iter().enumerate().filter(move |(place, assignment)| {
            pending[place + 1..].iter().all(|later| later.experiment_id != assignment.experiment_id)
        });
        saved.iter().filter(still_saved).chain(newest.map(|(_, assignment)| assignment))
    }

    pub(crate) fn assignment(&self, experiment_id: i64) -> Option<&'a Assignment> {
        let newer = self.pending.iter().rev().find(|item| item.experiment_id == experiment_id);
        newer.or_else(|| self.profile.and_then(|profile| profile.assigned.get(experiment_id)))
    }

    pub(crate) fn visits(&self) -> Option<&'a Visits> {
        self.profile.and_then(|profile| extra!(profile, visits))
    }

    /// The start of what a visit scope takes in, in milliseconds since the epoch.
    pub(crate) fn scope_start(&self, scope: VisitScope) -> i64 {
        let Some(visits) = self.visits() else { return 0 };
        let current = self.profile.map_or(self.now, |profile| profile.created);
        match scope {
            VisitScope::Visitor { visits: count } if count >= 2 && !visits.previous.is_empty() => {
                let place = usize::try_from(count - 2).unwrap_or(usize::MAX).min(visits.previous.len() - 1);
                visits.previous[place].start
            }
            _ => current,
        }
    }
}
