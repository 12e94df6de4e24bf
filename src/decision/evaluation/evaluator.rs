//! From a flag to the variation that a visitor gets.

use super::hash::{choose, hash};
use super::outcome::{Given, Outcome};
use super::points::Memory;
use crate::decision::datafile::{DataFile, DecidedBy, Exposure, Flag, Holdout, Place, Rule, RuleKind, Salt};
use crate::decision::profile::{Assignment, Consent, ForcedVariation, Scores, extra};
use crate::decision::targeting::{Step, Subject, Targeting, Trace, Visited};

/// Why a flag gives no variation at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blocked {
    EnvironmentDisabled,
    ConsentRefused,
}

/// One evaluation: a flag of a data file, for a visitor.
pub(crate) struct Evaluation<'a> {
    pub(crate) file: &'a DataFile,
    pub(crate) flag: &'a Flag,
    pub(crate) place: u32,
    pub(crate) subject: Subject<'a>,
    pub(crate) track: bool,
    /// Whether what is assigned will be saved. The rules see what the holdout assigns only then.
    pub(crate) saves: bool,
    /// Points that are known already. Every point that can decide something is computed, and no
    /// other: a point is 1 at most, so a share of 1 or more takes everybody in.
    pub(crate) memory: Memory<'a>,
}

/// The text that stands for the visitor in every hash.
#[derive(Clone, Copy)]
struct Code<'a> {
    text: &'a [u8],
    /// Whether it is the one that flags without a bucketing custom data use.
    is_common: bool,
}

impl<'a> Evaluation<'a> {
    /// Evaluates the flag. Pure: reads no clock, takes no lock, saves nothing.
    pub(crate) fn run(&self, trace: &mut impl Trace) -> Result<Outcome<'a>, Blocked> {
        let mut outcome = Outcome::default();
        self.run_into(&mut outcome, trace)?;
        Ok(outcome)
    }

    /// [`run`](Self::run) with a place for the outcome, which is not moved from one to the next
    /// then: what is written in small parts and moved in large ones holds a processor up.
    pub(crate) fn run_into(&self, outcome: &mut Outcome<'a>, trace: &mut impl Trace) -> Result<(), Blocked> {
        if self.simulated(outcome, trace) {
            return Ok(());
        }
        if !self.flag.environment_enabled {
            trace.step(|| Step::EnvironmentDisabled);
            return Err(Blocked::EnvironmentDisabled);
        }
        let code = self.code(trace);
        if let Some(holdout) = &self.file.holdout {
            let is_held_out = match self.memory.chosen_by_holdout(code.is_common) {
                Some(place) => hold(holdout, place, outcome, trace),
                None => self.is_held_out(holdout, code, outcome, trace)?,
            };
            if is_held_out {
                return Ok(());
            }
        }
        self.behind_holdout(code, outcome, trace)
    }

    /// Whether the holdout keeps the visitor out of everything.
    // Apart: within it, files without a holdout would wait for what it needs.
    #[inline(never)]
    fn is_held_out(
        &self,
        holdout: &'a Holdout,
        code: Code<'_>,
        outcome: &mut Outcome<'a>,
        trace: &mut impl Trace,
    ) -> Result<bool, Blocked> {
        if self.consent_refused() && self.file.settings.fully_block {
            trace.step(|| Step::ConsentRefused { fully_blocked: true });
            return Err(Blocked::ConsentRefused);
        }
        let place = self.holdout_place(holdout, code);
        trace.step(|| Step::Holdout {
            hash: hash(code.text, &holdout.salt),
            variation_key: place.map(|place| holdout.variations[place].key.to_string()),
            is_skipped: holdout.first_has_all(),
        });
        self.memory.keep_holdout(code.is_common, place);
        Ok(hold(holdout, place, outcome, trace))
    }

    /// What is to be saved for the visitor of the holdout.
    #[inline]
    pub(crate) fn held(&self, outcome: &Outcome<'_>) -> Option<Assignment> {
        let variation_id = outcome.held?.variation_id?;
        let experiment_id = self.file.holdout.as_ref()?.experiment_id;
        Some(self.assignment(experiment_id, variation_id, RuleKind::Experimentation))
    }

    /// [`held`](Self::held), unless the call has noted it for another flag.
    #[inline]
    pub(crate) fn newly_held(&self, outcome: &Outcome<'_>) -> Option<Assignment> {
        let variation_id = outcome.held?.variation_id?;
        let is_noted = self.subject.pending.is_some_and(|pending| pending.has_held(variation_id));
        if is_noted { None } else { self.held(outcome) }
    }

    /// What is to be saved for the visitor of the rule.
    #[inline]
    pub(crate) fn assigned(&self, outcome: &Outcome<'_>) -> Option<Assignment> {
        let (experiment_id, variation_id, kind) = outcome.assigned(self.flag)?;
        Some(self.assignment(experiment_id, variation_id, kind))
    }

    /// The place of the holdout's variation for the visitor.
    #[inline(always)]
    fn holdout_place(&self, holdout: &Holdout, code: Code<'_>) -> Option<usize> {
        if holdout.first_has_all() {
            return Some(0);
        }
        let point = self.point(code, &holdout.salt);
        walk(holdout.variations.iter().map(|variation| variation.exposition), point)
    }

    fn point(&self, code: Code<'_>, salt: &Salt) -> f64 {
        self.memory.point(self.file.number, code.text, salt)
    }

    #[inline(always)]
    fn behind_holdout(
        &self,
        code: Code<'_>,
        outcome: &mut Outcome<'a>,
        trace: &mut impl Trace,
    ) -> Result<(), Blocked> {
        if self.flag.group.is_some_and(|place| self.group_chooses_other(place, code, trace)) {
            outcome.default_by(DecidedBy::ExclusiveGroup, trace);
            return Ok(());
        }
        self.rules(code, outcome, trace)
    }

    #[inline]
    fn simulated(&self, outcome: &mut Outcome<'a>, trace: &mut impl Trace) -> bool {
        let Some(extra) = self.subject.profile.and_then(|profile| profile.extra.as_deref()) else {
            return false;
        };
        let mut simulated = extra.simulated.iter();
        let Some(simulated) = simulated.find(|item| item.feature_key == self.flag.key) else { return false };
        outcome.by = DecidedBy::Simulated;
        outcome.given = match &simulated.choice {
            None => Given::Default,
            Some(choice) => Given::Simulated(choice),
        };
        trace.step(|| Step::Simulated {
            variation_key: self.flag.key_of(outcome.chosen(self.flag)).to_owned(),
        });
        true
    }

    #[inline]
    fn code(&self, trace: &mut impl Trace) -> Code<'a> {
        let visitor = Code { text: self.subject.code.as_bytes(), is_common: true };
        let Some(profile) = self.subject.profile else { return visitor };
        let own_value = self.flag.bucketing_index.and_then(|index| profile.custom_data(index));
        let own_value = own_value.and_then(|entry| entry.values.first());
        let (code, source) = match (own_value, profile.mapping_identifier()) {
            (Some(value), _) => (value, "the flag's bucketing custom data"),
            (None, Some(identifier)) => (identifier, "the visitor's mapping identifier"),
            (None, None) => return visitor,
        };
        trace.step(|| Step::BucketingCode { code: code.to_owned(), source });
        Code { text: code.as_bytes(), is_common: own_value.is_none() }
    }

    #[inline(never)]
    fn group_chooses_other(&self, place: u32, code: Code<'_>, trace: &mut impl Trace) -> bool {
        let group = &self.file.groups[place as usize];
        let chosen_at = |point| group.flags.get(choose(point, group.flags.len())).copied();
        let is_skipped = group.flags.len() == 1;
        let chosen = if is_skipped {
            group.flags.first().copied()
        } else {
            chosen_at(self.memory.group(self.file.number, code.text, &group.salt, code.is_common, place))
        };
        let chosen = chosen.unwrap_or(Some(self.place));
        trace.step(|| Step::Group {
            name: group.name.to_string(),
            hash: hash(code.text, &group.salt),
            chosen_flag: chosen
                .map_or("a flag that cannot be read", |chosen| &self.file.flag(chosen).key)
                .to_owned(),
            is_this_flag: chosen == Some(self.place),
            is_skipped,
        });
        chosen != Some(self.place)
    }

    #[inline(always)]
    fn rules(
        &self,
        code: Code<'_>,
        outcome: &mut Outcome<'a>,
        trace: &mut impl Trace,
    ) -> Result<(), Blocked> {
        let visited = Visited::default();
        for (number, rule) in (0..).zip(&self.flag.rules) {
            trace.step(|| Step::Rule {
                id: rule.id,
                experiment_id: rule.experiment_id,
                kind: kind_name(rule.kind),
            });
            let forced = self.forced(rule);
            if let Some(forced) = forced {
                trace.step(|| Step::Forced {
                    variation_key: forced.variation_key.to_string(),
                    force_targeting: forced.force_targeting,
                });
                if forced.force_targeting {
                    outcome.forced(Place::at(number), forced);
                    return Ok(());
                }
            }
            match rule.segment {
                None => trace.step(|| Step::Everybody),
                Some(segment) if self.is_in(segment, rule, outcome, &visited, trace) => {}
                Some(_) => continue,
            }
            if let Some(forced) = forced {
                outcome.forced(Place::at(number), forced);
                return Ok(());
            }
            let within = rule.takes_all() || self.point(code, &rule.rule_salt) <= rule.exposition;
            trace.step(|| Step::Exposition {
                hash: hash(code.text, &rule.rule_salt),
                exposition: rule.exposition,
                within,
                is_skipped: rule.takes_all(),
            });
            if within {
                if rule.kind == RuleKind::Experimentation && self.consent_refused() {
                    let fully_blocked = self.file.settings.fully_block;
                    trace.step(|| Step::ConsentRefused { fully_blocked });
                    if fully_blocked {
                        return Err(Blocked::ConsentRefused);
                    }
                    outcome.default_by(DecidedBy::ConsentRefused, trace);
                    outcome.rule = Place::at(number);
                    return Ok(());
                }
                if self.within(rule, code, outcome, trace) {
                    outcome.rule = Place::at(number);
                    return Ok(());
                }
            } else if rule.kind == RuleKind::TargetedDelivery {
                outcome.default_by(DecidedBy::NoRuleMatched, trace);
                return Ok(());
            }
        }
        let by = if self.flag.rules.is_empty() { DecidedBy::NoRules } else { DecidedBy::NoRuleMatched };
        outcome.default_by(by, trace);
        Ok(())
    }

    /// Whether the visitor meets the conditions of the rule's segment.
    #[inline(never)]
    fn is_in(
        &self,
        segment: u32,
        rule: &Rule,
        outcome: &Outcome<'_>,
        visited: &Visited,
        trace: &mut impl Trace,
    ) -> bool {
        visited.next_rule();
        let segment = &self.file.segments[segment as usize];
        let holds = |subject: &Subject<'_>, trace| {
            let experiment_id = Some(rule.experiment_id);
            Targeting { file: self.file, subject, experiment_id, visited }.holds(segment, trace)
        };
        // The rules see the holdout's assignment as saved.
        match self.held(outcome).filter(|_| self.saves) {
            None => holds(&self.subject, trace),
            Some(held) => holds(&Subject { held: Some(&held), ..self.subject }, trace),
        }
    }

    /// The forced variation of the rule's experiment.
    #[inline]
    fn forced(&self, rule: &Rule) -> Option<&'a ForcedVariation> {
        let extra = self.subject.profile?.extra.as_deref()?;
        extra.forced.iter().find(|forced| forced.experiment_id == rule.experiment_id)
    }

    /// Whether a rule that takes the visitor in has a variation for it, and which.
    #[inline(always)]
    fn within(
        &self,
        rule: &'a Rule,
        code: Code<'_>,
        outcome: &mut Outcome<'a>,
        trace: &mut impl Trace,
    ) -> bool {
        let scores = self.subject.profile.and_then(|profile| extra!(profile, bandit_scores));
        let place = match scores.and_then(|scores| self.bandit(scores, rule, code, trace)) {
            Some(place) => Some(place),
            None if rule.kind == RuleKind::TargetedDelivery => {
                let first = rule.exposures.first();
                trace.step(|| Step::FirstVariation {
                    variation_key: first.map(|exposure| self.key(exposure.variation)),
                });
                if first.is_none() {
                    outcome.default_by(DecidedBy::NoRuleMatched, trace);
                    return true;
                }
                Some(0)
            }
            None => self.share(rule, code, trace),
        };
        let Some(place) = place else { return false };
        outcome.by = rule.kind.into();
        outcome.given = Given::Exposure(Place::at(place as u32));
        true
    }

    /// The place of the variation in whose share the visitor is.
    #[inline]
    fn share(&self, rule: &Rule, code: Code<'_>, trace: &mut impl Trace) -> Option<usize> {
        let place = if rule.first_has_all() {
            Some(0)
        } else {
            let point = self.point(code, &rule.experiment_salt);
            walk(rule.exposures.iter().map(|exposure| exposure.exposition), point)
        };
        trace.step(|| Step::Shares {
            hash: hash(code.text, &rule.experiment_salt),
            upper_ends: self.upper_ends(rule),
            chosen: place.map(|place| self.key(rule.exposures[place].variation)),
            is_skipped: rule.first_has_all(),
        });
        place
    }

    /// The place of the variation that a contextual bandit's scores choose.
    #[inline(never)]
    fn bandit(&self, scores: &Scores, rule: &Rule, code: Code<'_>, trace: &mut impl Trace) -> Option<usize> {
        let (_, scores) = scores.iter().find(|(experiment, _)| *experiment == rule.experiment_id)?;
        let score_of = |exposure: &Exposure| {
            let mut scores = scores.iter().filter(|(variation, _)| Some(*variation) == exposure.variation_id);
            scores.next().map(|(_, score)| *score)
        };
        let best = rule.exposures.iter().filter_map(score_of).max_by(f64::total_cmp)?;
        let candidates: Vec<usize> = (0..rule.exposures.len())
            .filter(|place| score_of(&rule.exposures[*place]) == Some(best))
            .collect();
        let place = match candidates.len() {
            1 => 0,
            count => choose(self.point(code, &rule.experiment_salt), count),
        };
        let chosen = *candidates.get(place)?;
        trace.step(|| Step::BanditScores {
            variation_key: self.key(rule.exposures[chosen].variation),
            candidates: candidates.len(),
        });
        Some(chosen)
    }

    #[inline]
    fn assignment(&self, experiment_id: i64, variation_id: i64, kind: RuleKind) -> Assignment {
        Assignment::new(experiment_id, variation_id, kind, self.subject.now, self.track)
    }

    #[inline]
    fn consent_refused(&self) -> bool {
        self.file.settings.consent_required
            && self.subject.profile.is_some_and(|profile| profile.consent == Consent::Refused)
    }

    fn key(&self, variation: u32) -> String {
        self.flag.variation(variation).key.to_string()
    }

    fn upper_ends(&self, rule: &Rule) -> Vec<(String, f64)> {
        let mut total = 0.0;
        let end = |exposure: &Exposure| {
            total += exposure.exposition;
            (self.key(exposure.variation), total)
        };
        rule.exposures.iter().map(end).collect()
    }
}

/// Takes down the holdout's variation at a place, and whether it keeps the visitor out of everything.
#[inline]
fn hold<'a>(
    holdout: &'a Holdout,
    place: Option<usize>,
    outcome: &mut Outcome<'a>,
    trace: &mut impl Trace,
) -> bool {
    outcome.held = place.and_then(|place| holdout.variations.get(place));
    let is_held_out = outcome.held.is_some_and(|variation| variation.keeps_out);
    if is_held_out {
        outcome.default_by(DecidedBy::Holdout, trace);
    }
    is_held_out
}

/// The first place at which the shares add up to the point or more.
fn walk(shares: impl Iterator<Item = f64>, point: f64) -> Option<usize> {
    let mut total = 0.0;
    let mut shares = shares;
    shares.position(|share| {
        total += share;
        total >= point
    })
}

fn kind_name(kind: RuleKind) -> &'static str {
    match kind {
        RuleKind::Experimentation => "EXPERIMENTATION",
        RuleKind::TargetedDelivery => "TARGETED_DELIVERY",
        RuleKind::Other => "another type",
    }
}
