//! From a flag to the variation that a visitor gets.

use super::hash::{choose, hash};
use super::points::Memory;
use crate::decision::datafile::{
    Chosen, DataFile, Decided, DecidedBy, Exposure, Flag, Holdout, Rule, RuleKind, Salt,
};
use crate::decision::profile::{Assignment, Consent, ForcedVariation, extra};
use crate::decision::targeting::{Step, Subject, Targeting, Trace, Visited};

/// The holdout's variation that keeps a visitor out of everything.
const IN_HOLDOUT: &str = "in-holdout";

/// What an evaluation comes to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome<'a> {
    pub(crate) variation: Chosen<'a>,
    pub(crate) variation_id: Option<i64>,
    pub(crate) experiment_id: Option<i64>,
    pub(crate) decided: Decided,
    /// What is to be saved for the visitor: of the holdout, and of the rule.
    pub(crate) assignments: [Option<Assignment>; 2],
}

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
        if let Some(outcome) = self.simulated(trace) {
            return Ok(outcome);
        }
        if !self.flag.environment_enabled {
            trace.step(|| Step::EnvironmentDisabled);
            return Err(Blocked::EnvironmentDisabled);
        }
        let code = self.code(trace);
        let Some(holdout) = &self.file.holdout else {
            return self.behind_holdout(code, None, self.subject, trace);
        };
        if self.consent_refused() && self.file.settings.fully_block {
            trace.step(|| Step::ConsentRefused { fully_blocked: true });
            return Err(Blocked::ConsentRefused);
        }
        let chosen = self.holdout_place(holdout, code).map(|place| &holdout.variations[place]);
        trace.step(|| Step::Holdout {
            hash: hash(code.text, &holdout.salt),
            variation_key: chosen.map(|variation| variation.key.to_string()),
            is_skipped: holdout.first_has_all(),
        });
        let held = chosen.and_then(|variation| {
            self.assignment(holdout.experiment_id, variation.variation_id, RuleKind::Experimentation)
        });
        if chosen.is_some_and(|variation| *variation.key == *IN_HOLDOUT) {
            return Ok(Outcome { assignments: [held, None], ..self.default(DecidedBy::Holdout, trace) });
        }
        // The rules see the holdout's assignment as saved.
        let seen = held.filter(|_| self.saves);
        self.behind_holdout(code, held, Subject { held: seen, ..self.subject }, trace)
    }

    /// The place of the holdout's variation for the visitor.
    fn holdout_place(&self, holdout: &Holdout, code: Code<'_>) -> Option<usize> {
        if holdout.first_has_all() {
            return Some(0);
        }
        let point = self.memory.holdout(self.file.number, code.text, &holdout.salt, code.is_common);
        walk(holdout.variations.iter().map(|variation| variation.exposition), point)
    }

    fn point(&self, code: Code<'_>, salt: &Salt) -> f64 {
        self.memory.point(self.file.number, code.text, salt)
    }

    fn behind_holdout(
        &self,
        code: Code<'_>,
        held: Option<Assignment>,
        subject: Subject<'_>,
        trace: &mut impl Trace,
    ) -> Result<Outcome<'a>, Blocked> {
        let outcome = match self.group_chooses_other(code, trace) {
            true => self.default(DecidedBy::ExclusiveGroup, trace),
            false => self.rules(code, subject, trace)?,
        };
        Ok(Outcome { assignments: [held, outcome.assignments[1]], ..outcome })
    }

    fn simulated(&self, trace: &mut impl Trace) -> Option<Outcome<'a>> {
        let mut simulated = self.subject.profile?.simulated().iter();
        let simulated = simulated.find(|item| item.feature_key == self.flag.key)?;
        let (variation, ids) = match &simulated.choice {
            None => (Chosen::Place(self.flag.default_variation), None),
            Some(choice) => {
                let ids = (choice.experiment_id, choice.variation_id);
                (self.flag.chosen(&choice.variation_key), Some(ids))
            }
        };
        let outcome = Outcome {
            variation,
            variation_id: ids.map(|(_, variation_id)| variation_id),
            experiment_id: ids.map(|(experiment_id, _)| experiment_id),
            decided: Decided::without_rule(DecidedBy::Simulated),
            assignments: [None; 2],
        };
        trace.step(|| Step::Simulated { variation_key: self.flag.key_of(outcome.variation).to_owned() });
        Some(outcome)
    }

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

    fn group_chooses_other(&self, code: Code<'_>, trace: &mut impl Trace) -> bool {
        let Some(place) = self.flag.group else { return false };
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

    fn rules(
        &self,
        code: Code<'_>,
        subject: Subject<'_>,
        trace: &mut impl Trace,
    ) -> Result<Outcome<'a>, Blocked> {
        let visited = Visited::default();
        for (number, rule) in (0..).zip(&self.flag.rules) {
            let by = |by, outcome| Outcome { decided: Decided { by, rule: Some(number) }, ..outcome };
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
                    return Ok(by(DecidedBy::Forced, self.forced_outcome(rule, forced)));
                }
            }
            if !self.is_targeted(rule, subject, &visited, trace) {
                continue;
            }
            if let Some(forced) = forced {
                return Ok(by(DecidedBy::Forced, self.forced_outcome(rule, forced)));
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
                    return Ok(by(DecidedBy::ConsentRefused, self.default(DecidedBy::ConsentRefused, trace)));
                }
                if let Some(outcome) = self.within(rule, code, trace) {
                    return Ok(by(outcome.decided.by, outcome));
                }
            } else if rule.kind == RuleKind::TargetedDelivery {
                return Ok(self.default(DecidedBy::NoRuleMatched, trace));
            }
        }
        let by = if self.flag.rules.is_empty() { DecidedBy::NoRules } else { DecidedBy::NoRuleMatched };
        Ok(self.default(by, trace))
    }

    fn is_targeted(
        &self,
        rule: &Rule,
        subject: Subject<'_>,
        visited: &Visited,
        trace: &mut impl Trace,
    ) -> bool {
        match rule.segment {
            None => {
                trace.step(|| Step::Everybody);
                true
            }
            Some(segment) => {
                visited.next_rule();
                let experiment_id = Some(rule.experiment_id);
                let targeting = Targeting { file: self.file, subject, experiment_id, visited };
                targeting.holds(&self.file.segments[segment as usize], trace)
            }
        }
    }

    /// The forced variation of the rule's experiment.
    fn forced(&self, rule: &Rule) -> Option<&'a ForcedVariation> {
        let extra = self.subject.profile?.extra.as_deref()?;
        extra.forced.iter().find(|forced| forced.experiment_id == rule.experiment_id)
    }

    fn forced_outcome(&self, rule: &Rule, forced: &'a ForcedVariation) -> Outcome<'a> {
        self.assigned(rule, self.flag.chosen(&forced.variation_key), forced.variation_id)
    }

    /// The variation of a rule that takes the visitor in, if it has one for it.
    fn within(&self, rule: &Rule, code: Code<'_>, trace: &mut impl Trace) -> Option<Outcome<'a>> {
        if let Some(exposure) = self.bandit(rule, code, trace) {
            return Some(self.exposed(rule, exposure));
        }
        if rule.kind == RuleKind::TargetedDelivery {
            let first = rule.exposures.first();
            trace.step(|| Step::FirstVariation {
                variation_key: first.map(|exposure| self.key(exposure.variation)),
            });
            return Some(first.map_or_else(
                || self.default(DecidedBy::NoRuleMatched, trace),
                |exposure| self.exposed(rule, exposure),
            ));
        }
        let place = if rule.first_has_all() {
            Some(0)
        } else {
            let point = self.point(code, &rule.experiment_salt);
            walk(rule.exposures.iter().map(|exposure| exposure.exposition), point)
        };
        let chosen = place.map(|place| &rule.exposures[place]);
        trace.step(|| Step::Shares {
            hash: hash(code.text, &rule.experiment_salt),
            upper_ends: self.upper_ends(rule),
            chosen: chosen.map(|exposure| self.key(exposure.variation)),
            is_skipped: rule.first_has_all(),
        });
        chosen.map(|exposure| self.exposed(rule, exposure))
    }

    /// The variation that a contextual bandit's scores choose.
    fn bandit(&self, rule: &'a Rule, code: Code<'_>, trace: &mut impl Trace) -> Option<&'a Exposure> {
        let scores = extra!(self.subject.profile?, bandit_scores)?;
        let (_, scores) = scores.iter().find(|(experiment, _)| *experiment == rule.experiment_id)?;
        let score_of = |exposure: &Exposure| {
            let mut scores = scores.iter().filter(|(variation, _)| Some(*variation) == exposure.variation_id);
            scores.next().map(|(_, score)| *score)
        };
        let best = rule.exposures.iter().filter_map(score_of).max_by(f64::total_cmp)?;
        let candidates: Vec<&Exposure> =
            rule.exposures.iter().filter(|exposure| score_of(exposure) == Some(best)).collect();
        let place = match candidates.len() {
            1 => 0,
            count => choose(self.point(code, &rule.experiment_salt), count),
        };
        let chosen = *candidates.get(place)?;
        trace.step(|| Step::BanditScores {
            variation_key: self.key(chosen.variation),
            candidates: candidates.len(),
        });
        Some(chosen)
    }

    fn exposed(&self, rule: &Rule, exposure: &Exposure) -> Outcome<'a> {
        self.assigned(rule, Chosen::Place(exposure.variation), exposure.variation_id)
    }

    fn assigned(&self, rule: &Rule, variation: Chosen<'a>, variation_id: Option<i64>) -> Outcome<'a> {
        Outcome {
            variation,
            variation_id,
            experiment_id: Some(rule.experiment_id),
            decided: Decided::without_rule(rule.kind.into()),
            assignments: [None, self.assignment(rule.experiment_id, variation_id, rule.kind)],
        }
    }

    fn assignment(
        &self,
        experiment_id: i64,
        variation_id: Option<i64>,
        kind: RuleKind,
    ) -> Option<Assignment> {
        variation_id.map(|id| Assignment::new(experiment_id, id, kind, self.subject.now, self.track))
    }

    fn default(&self, by: DecidedBy, trace: &mut impl Trace) -> Outcome<'a> {
        trace.step(|| Step::Default);
        Outcome {
            variation: Chosen::Place(self.flag.default_variation),
            variation_id: None,
            experiment_id: None,
            decided: Decided::without_rule(by),
            assignments: [None; 2],
        }
    }

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
