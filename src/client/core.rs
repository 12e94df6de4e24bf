//! What the handles of one client share.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use crate::clock::Clock;
use crate::config::Settings;
use crate::data::Data;
use crate::decision::calendar::Calendar;
use crate::decision::datafile::Variation;
use crate::decision::evaluation::{
    Blocked, Evaluation, Explanation, Memory, Outcome, SharedPoints, audiences,
};
use crate::decision::profile::{Assignment, ForcedVariation};
use crate::decision::targeting::{NoTrace, Pending, Subject};
use crate::error::{KameleoonError, Result};
use crate::logging::Speaker;
use crate::platform::cell::ConfigCell;
use crate::platform::events::Evaluations;
use crate::platform::tracking::Tracker;
use crate::visitor::{Aftermath, AtHand, Moment, Visitor, VisitorStore};

use super::reading::{FlagAt, FromVariation, Reading, TheVariation, WhetherActive, variation};
use super::variations::Variations;
use super::watch::Watch;

/// What the handles of one client share: the data file in use and the visitors.
pub(crate) struct Core {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) calendar: &'static Calendar,
    pub(crate) file: Arc<ConfigCell>,
    pub(crate) visitors: Arc<VisitorStore>,
    /// None for a client without a network, which has nothing to send.
    pub(crate) tracker: Option<Arc<Tracker>>,
    /// Who hears of each evaluation.
    pub(crate) evaluations: Arc<Evaluations>,
    /// Empty for a client without a network.
    pub(crate) site_code: Box<str>,
    /// Whose messages are told.
    pub(crate) speaker: Speaker,
    /// Whether the log was told that cookies have no domain.
    pub(crate) told_of_domain: AtomicBool,
    /// None for a client without a network.
    pub(super) watch: Option<Watch>,
    /// The visitor code of the program's user, once it was asked for.
    pub(super) local_code: OnceLock<String>,
}

/// Whom a call is about: the code, and the entry when the caller has it at hand.
#[derive(Clone, Copy)]
pub(crate) struct Who<'a> {
    pub(crate) code: &'a str,
    pub(crate) entry: Option<&'a Arc<Visitor>>,
}

impl<'a> Who<'a> {
    pub(crate) fn named(code: &'a str) -> Self {
        Self { code, entry: None }
    }
}

/// The longest visitor code, in characters.
const LONGEST_CODE: usize = 255;

/// Refuses a visitor code that is empty or too long.
pub(crate) fn check_code(code: &str) -> Result<()> {
    if code.is_empty() {
        return Err(KameleoonError::VisitorCodeInvalid { reason: "it is empty" });
    }
    // A character has at least one byte, so short texts need no counting.
    if code.len() > LONGEST_CODE && code.chars().count() > LONGEST_CODE {
        return Err(KameleoonError::VisitorCodeInvalid { reason: "it is longer than 255 characters" });
    }
    Ok(())
}

impl Core {
    /// The time of a call that reads flags or visitors. It may be a call that a thread has to be
    /// started for.
    pub(super) fn now(&self) -> i64 {
        let now = self.clock.now();
        if let Some(watch) = &self.watch {
            watch.look(now);
        }
        now
    }

    /// Whether a call is tracked: not when nothing can be sent any more, or ever.
    pub(super) fn tracks(&self, track: bool) -> bool {
        track && self.tracker.as_ref().is_some_and(|tracker| !tracker.is_closing())
    }

    pub(crate) fn get_variation(&self, who: Who<'_>, feature_key: &str, track: bool) -> Result<Variation> {
        self.evaluate(who, feature_key, track, TheVariation)
    }

    /// What is read from the variation, which says whether the visitor gets to see it. If not, since
    /// the caller has to take a default, nothing is saved or tracked.
    pub(crate) fn read_variation<R>(
        &self,
        who: Who<'_>,
        feature_key: &str,
        track: bool,
        read: impl FnOnce(Variation) -> (R, bool),
    ) -> Result<R> {
        self.evaluate(who, feature_key, track, FromVariation(read)).map(|(given, _)| given)
    }

    pub(crate) fn is_feature_active(&self, who: Who<'_>, feature_key: &str, track: bool) -> Result<bool> {
        match self.evaluate(who, feature_key, track, WhetherActive) {
            Err(KameleoonError::FeatureEnvironmentDisabled { .. }) => Ok(false),
            result => result,
        }
    }

    #[inline(always)]
    fn evaluate<R: Reading>(
        &self,
        who: Who<'_>,
        feature_key: &str,
        track: bool,
        reading: R,
    ) -> Result<R::Given> {
        // One relaxed load is all that handlers and the log cost those who have none.
        match self.is_heard() {
            false => self.evaluate_in_silence(who, feature_key, track, reading),
            true => self.evaluate_and_tell(who, feature_key, track, reading),
        }
    }

    #[inline(always)]
    pub(super) fn evaluate_in_silence<R: Reading>(
        &self,
        who: Who<'_>,
        feature_key: &str,
        track: bool,
        reading: R,
    ) -> Result<R::Given> {
        check_code(who.code)?;
        let track = self.tracks(track);
        let file = self.file.load();
        let file = file.as_deref().ok_or_else(|| KameleoonError::not_ready(feature_key))?;
        let (place, flag) = file.require_flag(feature_key)?;
        let now = self.now();
        let mut at_hand = self.visitors.at_hand(who.code, who.entry, now);
        let mut outcome = Outcome::default();
        let evaluation = Evaluation {
            file,
            flag,
            place,
            // Made where it stays, for the reason that the outcome is.
            subject: Subject::new(who.code, at_hand.profile(), now, self.calendar),
            track,
            saves: true,
            memory: at_hand.memory(),
        };
        if let Err(blocked) = evaluation.run_into(&mut outcome, &mut NoTrace) {
            return Err(blocked_error(blocked, feature_key));
        }
        let (held, assigned) = (evaluation.held(&outcome), evaluation.assigned(&outcome));
        let changes = |new: &Assignment| match at_hand.profile() {
            Some(profile) => profile.assigned.would_change_one(new, profile.created),
            None => true,
        };
        let changes = held.as_ref().is_some_and(changes) || assigned.as_ref().is_some_and(changes);
        if !changes && !track {
            // Nothing is left to be done, so that what is read can be written where the caller has it.
            return Ok(reading.read(FlagAt { file, flag, place }, &outcome));
        }
        let given = reading.read(FlagAt { file, flag, place }, &outcome);
        if R::is_seen(&given) {
            match changes {
                true => self.save_few(who, &mut at_hand, [held, assigned], track, now),
                false => self.list_at_hand(who, &at_hand, now),
            }
        }
        Ok(given)
    }

    /// Evaluates and takes down why; saves and tracks nothing.
    pub(crate) fn explain(&self, code: &str, feature_key: &str) -> Result<Explanation> {
        check_code(code)?;
        let file = self.file.load();
        let file = file.as_deref().ok_or_else(|| KameleoonError::not_ready(feature_key))?;
        let (place, flag) = file.require_flag(feature_key)?;
        let now = self.now();
        let snapshot = self.visitors.snapshot(code, now);
        let profile = snapshot.as_ref().and_then(|known| known.profile.as_deref());
        let subject = Subject::new(code, profile, now, self.calendar);
        let mut steps = Vec::new();
        let evaluation =
            Evaluation { file, flag, place, subject, track: false, saves: true, memory: Memory::None };
        let result = evaluation
            .run(&mut steps)
            .map(|outcome| variation(FlagAt { file, flag, place }, &outcome))
            .map_err(|blocked| blocked_error(blocked, feature_key));
        Ok(Explanation { visitor_code: code.to_owned(), feature_key: feature_key.to_owned(), result, steps })
    }

    /// Evaluates all enabled flags in the order of the data file.
    pub(crate) fn get_variations(&self, who: Who<'_>, only_active: bool, save: Save) -> Variations {
        let save = if save == Save::Tracked && !self.tracks(true) { Save::Untracked } else { save };
        let file = self.file.load_full();
        let mut variations = Variations::new(file.clone());
        let Some(file) = file.as_deref() else { return variations };
        let now = self.now();
        let mut heard = self.is_heard().then(Vec::new);
        let mut at_hand = self.visitors.at_hand(who.code, who.entry, now);
        let shared = SharedPoints::new(file.groups.len());
        let saves = save != Save::Nothing;
        let mut pending = Pending::new(file.has_assignment_conditions, file.flags.len());
        for (place, flag) in (0..).zip(file.flags.iter()) {
            let evaluation = Evaluation {
                file,
                flag,
                place,
                subject: Subject {
                    pending: Some(&pending),
                    ..Subject::new(who.code, at_hand.profile(), now, self.calendar)
                },
                track: save == Save::Tracked,
                saves,
                memory: Memory::Call(&shared),
            };
            let mut outcome = Outcome::default();
            if evaluation.run_into(&mut outcome, &mut NoTrace).is_err() {
                continue;
            }
            if let Some(heard) = &mut heard {
                heard.push(variation(FlagAt { file, flag, place }, &outcome));
            }
            if !only_active || flag.is_active(outcome.chosen(flag)) {
                variations.push(place, variation(FlagAt { file, flag, place }, &outcome));
            }
            if saves {
                let (held, assigned) = (evaluation.newly_held(&outcome), evaluation.assigned(&outcome));
                if let Some(held) = held {
                    pending.add_held(held);
                }
                if let Some(assigned) = assigned {
                    pending.add(assigned);
                }
            }
        }
        if saves {
            self.save(who, &mut at_hand, pending.as_slice(), save == Save::Tracked, now);
        }
        drop(at_hand);
        if let Some(heard) = heard {
            self.tell_all(who, &heard, save == Save::Tracked);
        }
        variations
    }

    /// Saves what a call assigned, and puts the visitor on the list when the call is tracked.
    fn save(&self, who: Who<'_>, at_hand: &mut AtHand, assignments: &[Assignment], track: bool, now: i64) {
        let changes = match at_hand.profile() {
            Some(profile) => profile.assigned.would_change(assignments, profile.created),
            None => !assignments.is_empty(),
        };
        if changes {
            self.save_changed(who, at_hand, assignments, track, now);
        } else if track {
            self.list_at_hand(who, at_hand, now);
        }
    }

    /// [`save_changed`](Self::save_changed) for what the holdout and the rule of one flag gave.
    #[inline(never)]
    fn save_few(
        &self,
        who: Who<'_>,
        at_hand: &mut AtHand,
        new: [Option<Assignment>; 2],
        track: bool,
        now: i64,
    ) {
        match new {
            [Some(held), Some(assigned)] => self.save_changed(who, at_hand, &[held, assigned], track, now),
            [Some(one), None] | [None, Some(one)] => self.save_changed(who, at_hand, &[one], track, now),
            [None, None] => {}
        }
    }

    fn list_at_hand(&self, who: Who<'_>, at_hand: &AtHand, now: i64) {
        match at_hand.snapshot() {
            Some(snapshot) => self.list(&snapshot.visitor),
            None => self.list(&self.visitors.get_or_insert(who.code, now)),
        }
    }

    fn save_changed(
        &self,
        who: Who<'_>,
        at_hand: &mut AtHand,
        assignments: &[Assignment],
        track: bool,
        now: i64,
    ) {
        self.visitors.change_at_hand(at_hand, who.code, now, |known| {
            let file = self.file.load();
            known.assign(assignments, Moment { file: file.as_deref(), now, track });
        });
        if let Some(snapshot) = at_hand.snapshot().filter(|_| track) {
            self.list(&snapshot.visitor);
        }
    }

    /// Puts a visitor on the list for the next tracking request.
    pub(crate) fn list(&self, visitor: &Arc<Visitor>) {
        if let Some(tracker) = &self.tracker {
            tracker.list(visitor);
        }
    }

    pub(crate) fn set_forced_variation(
        &self,
        code: &str,
        experiment_id: i64,
        variation_key: Option<&str>,
        force_targeting: bool,
    ) -> Result<()> {
        check_code(code)?;
        let now = self.now();
        let Some(key) = variation_key else {
            if let Some(snapshot) = self.visitors.snapshot(code, now) {
                let visitor = Arc::clone(&snapshot.visitor);
                drop(snapshot);
                self.visitors.change_known(&visitor, |known| known.set_forced(experiment_id, None, now));
            }
            return Ok(());
        };
        let file = self.file.load();
        let exposure = file
            .as_deref()
            .and_then(|file| file.experiment_variation(experiment_id, key))
            .ok_or(KameleoonError::FeatureExperimentNotFound { experiment_id, is_not_ready: file.is_none() })?
            .ok_or_else(|| KameleoonError::FeatureVariationNotFound {
                variation_key: key.to_owned(),
                place: format!("experiment {experiment_id}"),
                known: file
                    .as_deref()
                    .map(|file| file.experiment_variations(experiment_id))
                    .unwrap_or_default(),
            })?;
        let forced = ForcedVariation {
            experiment_id,
            variation_key: key.into(),
            variation_id: exposure.variation_id,
            force_targeting,
        };
        self.visitors.change(code, None, now, |known| known.set_forced(experiment_id, Some(forced), now));
        Ok(())
    }

    pub(crate) fn evaluate_audiences(&self, code: &str) -> Result<()> {
        check_code(code)?;
        let file = self.file.load();
        let now = self.now();
        let snapshot = self.visitors.snapshot(code, now);
        let profile = snapshot.as_ref().and_then(|known| known.profile.as_deref());
        let subject = Subject::new(code, profile, now, self.calendar);
        let found = file.as_deref().map(|file| audiences(file, subject)).unwrap_or_default();
        drop(snapshot);
        let visitor = if found.is_empty() {
            self.visitors.get_or_insert(code, now)
        } else {
            let track = self.tracks(true);
            let (visitor, ()) = self.visitors.change(code, None, now, |known| {
                let file = self.file.load();
                known.add_targeted_segments(&found, Moment { file: file.as_deref(), now, track });
            });
            visitor
        };
        self.list(&visitor);
        Ok(())
    }

    pub(crate) fn add_data(&self, code: &str, data: Vec<Data>, track: bool) -> Result<()> {
        check_code(code)?;
        let track = self.tracks(track);
        let now = self.now();
        let unique = data.iter().rev().find_map(|item| match item {
            Data::UniqueIdentifier(unique) => Some(unique.value()),
            _ => None,
        });
        let mut after = Aftermath::default();
        let (visitor, ()) = self.visitors.change(code, None, now, |known| {
            // Read under the visitor's lock: whoever settles the visitors with a newer one comes
            // before or after, and misses nothing.
            let file = self.file.load_for_change();
            let moment = Moment { file: file.as_deref(), now, track };
            data.into_iter().for_each(|item| known.add(item, code, moment, &mut after));
        });
        if let Some(unique) = unique {
            visitor.set_unique(unique);
            self.visitors.change_known(&visitor, |known| known.note_unique(now));
        }
        if self.visitors.follow_up_beside(&visitor, after, (now, track), || self.file.load_for_change()) {
            self.list(&visitor);
        }
        Ok(())
    }
}

/// What becomes of the assignments of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Save {
    Tracked,
    Untracked,
    Nothing,
}

fn blocked_error(blocked: Blocked, feature_key: &str) -> KameleoonError {
    KameleoonError::FeatureEnvironmentDisabled {
        feature_key: feature_key.to_owned(),
        blocked_by_consent: blocked == Blocked::ConsentRefused,
    }
}
