//! A person while it is being changed, as far as other servers have to be told.

use super::known::{Known, Moment};
use super::more::More;
use super::shared::News;
use crate::decision::profile::{Assignment, Consent, ForcedVariation, Remembered};
use crate::decision::record::{Field, VisitorRecord};

/// What is said of consent again, at each request perhaps, is told once in this time, in
/// milliseconds.
const CONSENT_PAUSE: i64 = 60_000;

impl Known<'_> {
    /// Notes a change that other servers have to be told of, if there are any.
    pub(super) fn stamp(&mut self, field: Field, now: i64) {
        if self.ledger.process.is_some() {
            self.more().shared.get_or_insert_default().stamp(field, now);
        }
    }

    /// What whoever writes to the store has to be told.
    pub(super) fn news(&mut self) -> Option<News> {
        self.more.as_deref_mut()?.shared.as_deref_mut()?.news()
    }

    /// Takes over a mapping identifier, unless there is one.
    pub(crate) fn map_to(&mut self, code: &str, now: i64) {
        if self.profile.mapping_identifier().is_none() {
            self.profile.map_to(code);
            self.stamp(Field::Mapping, now);
        }
    }

    /// Sets or takes back a forced variation.
    pub(crate) fn set_forced(&mut self, experiment_id: i64, forced: Option<ForcedVariation>, now: i64) {
        self.profile.set_forced(experiment_id, forced);
        self.stamp(Field::Forced(experiment_id), now);
    }

    /// Other servers have to be told of what the person says of consent: of a refusal at once.
    pub(super) fn tell_consent(&mut self, consent: Consent, now: i64) {
        let shared = self.more.as_deref().and_then(|more| more.shared.as_deref());
        let told = shared.and_then(|shared| shared.time_of(Field::Consent));
        let is_recent = told.is_some_and(|told| now.saturating_sub(told) < CONSENT_PAUSE);
        if self.profile.consent == consent && is_recent || self.ledger.process.is_none() {
            return;
        }
        self.stamp(Field::Consent, now);
        if consent == Consent::Refused {
            self.more().shared.get_or_insert_default().hurry();
        }
    }

    /// A name of the person is, or is no longer, an identifier of a known user.
    pub(crate) fn note_unique(&mut self, now: i64) {
        self.stamp(Field::Unique, now);
    }

    /// Other servers have to be told of what was not assigned before.
    pub(super) fn stamp_new(&mut self, assignments: &[Assignment], now: i64) {
        for new in assignments {
            let known = self.profile.assigned.get(new.experiment_id);
            if known.is_none_or(|known| known.variation_id != new.variation_id || known.kind != new.kind) {
                self.stamp(Field::Experiment(new.experiment_id), now);
            }
        }
    }

    /// Other servers have to be told of what the platform remembers, as far as it is new here.
    pub(super) fn stamp_remembered(&mut self, remembered: &Remembered, now: i64) {
        if self.ledger.process.is_none() {
            return;
        }
        let views = remembered.pages.iter().fold(0_i64, |views, page| views.saturating_add(page.count));
        if views > 0 {
            self.more().shared.get_or_insert_default().count_earlier_views(views, now);
        }
        let goals = remembered.conversions.iter().map(|item| Field::Goal(item.conversion.goal_id()));
        let seen = remembered.personalizations.iter().map(|item| Field::Personalization(item.id));
        let own = &self.profile.assigned;
        let new = remembered.experiments.iter().filter(|item| own.get(item.experiment_id).is_none());
        let fields = goals.chain(seen).chain(new.map(|item| Field::Experiment(item.experiment_id)));
        let single = [
            remembered.visits.as_ref().map(|_| Field::Visits),
            remembered.heat.as_ref().map(|_| Field::Heat),
            remembered.bandit_scores.as_ref().map(|_| Field::Bandit),
        ];
        for field in fields.chain(single.into_iter().flatten()).collect::<Vec<_>>() {
            self.stamp(field, now);
        }
    }

    /// Takes over what other servers know of the person, and under a further name of it. It counts as sent. Returns whether something may leave
    /// now that was kept back before.
    pub(crate) fn take_over(
        &mut self,
        record: &VisitorRecord,
        further: Option<&VisitorRecord>,
        moment: Moment<'_>,
    ) -> bool {
        let Some(process) = self.ledger.process else { return false };
        let ledger = self.ledger;
        let more = self.more.get_or_insert_with(|| Box::new(More::new(ledger)));
        let shared = more.shared.get_or_insert_default();
        let mut taken = shared.take_over(record, self.profile, process);
        if let Some(further) = further {
            taken.extend(shared.fill(further, self.profile, process));
        }
        more.visits_sent |= taken.contains(&Field::Visits);
        taken.contains(&Field::Consent) && self.release(moment.file)
    }
}
