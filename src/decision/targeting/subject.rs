//! Whom an evaluation is about.

use super::pending::Pending;
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
    pub(crate) pending: Option<&'a Pending>,
    /// What the holdout assigned in this evaluation; newer than all else.
    pub(crate) held: Option<&'a Assignment>,
    /// Milliseconds since the epoch.
    pub(crate) now: i64,
    /// The calendar that days are counted in.
    pub(crate) calendar: &'a Calendar,
}

impl<'a> Subject<'a> {
    /// A visitor of whom a call has assigned nothing yet.
    #[inline(always)]
    pub(crate) fn new(code: &'a str, profile: Option<&'a Profile>, now: i64, calendar: &'a Calendar) -> Self {
        Self { code, profile, pending: None, held: None, now, calendar }
    }

    pub(crate) fn is_known(&self) -> bool {
        self.profile.is_some()
            || self.held.is_some()
            || self.pending.is_some_and(|pending| !pending.is_empty())
    }

    /// All assignments, newer ones in place of older ones of the same experiment. The newest come
    /// first, so that whoever needs just some of many need not pass over those that were replaced.
    pub(crate) fn assignments(&self) -> impl Iterator<Item = &Assignment> {
        let is_held =
            move |item: &Assignment| self.held.is_some_and(|held| held.experiment_id == item.experiment_id);
        let saved = self.profile.map_or(&[][..], |profile| profile.assigned.as_slice());
        let is_replaced = move |item: &Assignment| {
            is_held(item) || self.pending.is_some_and(|pending| pending.get(item.experiment_id).is_some())
        };
        let pending = self.pending.into_iter().flat_map(Pending::newest).filter(move |item| !is_held(item));
        let saved = saved.iter().filter(move |item| !is_replaced(item));
        self.held.into_iter().chain(pending).chain(saved)
    }

    pub(crate) fn assignment(&self, experiment_id: i64) -> Option<&Assignment> {
        let held = self.held.filter(|held| held.experiment_id == experiment_id);
        held.or_else(|| self.pending?.get(experiment_id))
            .or_else(|| self.profile.and_then(|profile| profile.assigned.get(experiment_id)))
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
