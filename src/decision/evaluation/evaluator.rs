//! From a flag to the variation that a visitor gets.

use super::hash::{choose, hash};
use crate::decision::datafile::{DataFile, Exposure, Flag, Rule, RuleKind};
use crate::decision::profile::{Assignment, Consent, ForcedVariation, extra};
use crate::decision::targeting::{Step, Subject, Targeting, Trace};

/// The holdout's variation that keeps a visitor out of everything.
const IN_HOLDOUT: &str = "in-holdout";

/// What an evaluation comes to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    /// Place of the variation among the flag's.
    pub(crate) variation: u32,
    pub(crate) variation_id: Option<i64>,
    pub(crate) experiment_id: Option<i64>,
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
}

impl<'a> Evaluation<'a> {
    /// Evaluates the flag. Pure: reads no clock, takes no lock, saves nothing.
    pub(crate) fn run(&self, trace: &mut impl Trace) -> Result<Outcome, Blocked> {
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
        let point = hash(code, &holdout.salt);
        let shares = holdout.variations.iter().map(|variation| variation.exposition);
        let chosen = walk(shares, point).map(|place| &holdout.variations[place]);
        trace.step(|| Step::Holdout {
            hash: point,
            variation_key: chosen.map(|variation| variation.key.to_string()),
        });
        let held = chosen.and_then(|variation| {
            self.assignment(holdout.experiment_id, variation.variation_id, RuleKind::Experimentation)
        });
        if chosen.is_some_and(|variation| *variation.key == *IN_HOLDOUT) {
            return Ok(Outcome { assignments: [held, None], ..self.default(trace) });
        }
        // The rules see the holdout's assignment as saved.
        let mut pending = self.subject.pending.to_vec();
        pending.extend(held);
        self.behind_holdout(code, held, Subject { pending: &pending, ..self.subject }, trace)
    }

    fn behind_holdout(
        &self,
        code: &[u8],
        held: Option<Assignment>,
        subject: Subject<'_>,
        trace: &mut impl Trace,
    ) -> Result<Outcome, Blocked> {
        let outcome = match self.group_chooses_other(code, trace) {
            true => self.default(trace),
            false => self.rules(code, subject, trace)?,
        };
        Ok(Outcome { assignments: [held, outcome.assignments[1]], ..outcome })
    }

    fn simulated(&self, trace: &mut impl Trace) -> Option<Outcome> {
        let mut simulated = self.subject.profile?.simulated().iter();
        let simulated = simulated.find(|item| item.feature_key == self.flag.key)?;
        let outcome = match simulated.variation {
            None => Outcome {
                variation: self.flag.default_variation,
                variation_id: None,
                experiment_id: None,
                assignments: [None; 2],
            },
            Some((experiment_id, variation_id)) => Outcome {
                variation: self.flag.exposure(experiment_id, variation_id)?.variation,
                variation_id: Some(variation_id),
                experiment_id: Some(experiment_id),
                assignments: [None; 2],
            },
        };
        trace.step(|| Step::Simulated { variation_key: self.key(outcome.variation) });
        Some(outcome)
    }

    /// The text that stands for the visitor in every hash.
    fn code(&self, trace: &mut impl Trace) -> &'a [u8] {
        let Some(profile) = self.subject.profile else { return self.subject.code.as_bytes() };
        let own_value = self.flag.bucketing_index.and_then(|index| profile.custom_data(index));
        let (code, source) =
            match (own_value.and_then(|entry| entry.values.first()), profile.mapping_identifier()) {
                (Some(value), _) => (value, "the flag's bucketing custom data"),
                (None, Some(identifier)) => (identifier, "the visitor's mapping identifier"),
                (None, None) => return self.subject.code.as_bytes(),
            };
        trace.step(|| Step::BucketingCode { code: code.to_owned(), source });
        code.as_bytes()
    }

    fn group_chooses_other(&self, code: &[u8], trace: &mut impl Trace) -> bool {
        let Some(group) = self.flag.group.map(|place| &self.file.groups[place as usize]) else {
            return false;
        };
        let point = hash(code, &group.salt);
        let chosen = group.flags.get(choose(point, group.flags.len())).copied().unwrap_or(self.place);
        trace.step(|| Step::Group {
            name: group.name.to_string(),
            hash: point,
            chosen_flag: self.file.flag(chosen).key.to_string(),
            is_this_flag: chosen == self.place,
        });
        chosen != self.place
    }

    fn rules(&self, code: &[u8], subject: Subject<'_>, trace: &mut impl Trace) -> Result<Outcome, Blocked> {
        for rule in &self.flag.rules {
            trace.step(|| Step::Rule {
                id: rule.id,
                experiment_id: rule.experiment_id,
                kind: kind_name(rule.kind),
            });
            let forced = self.forced(rule);
            if let Some((forced, place)) = forced {
                trace.step(|| Step::Forced {
                    variation_key: forced.variation_key.to_string(),
                    force_targeting: forced.force_targeting,
                });
                if forced.force_targeting {
                    return Ok(self.assigned(rule, place, forced.variation_id));
                }
            }
            if !self.is_targeted(rule, subject, trace) {
                continue;
            }
            if let Some((forced, place)) = forced {
                return Ok(self.assigned(rule, place, forced.variation_id));
            }
            let point = hash(code, &rule.rule_salt);
            let within = point <= rule.exposition;
            trace.step(|| Step::Exposition { hash: point, exposition: rule.exposition, within });
            if within {
                if rule.kind == RuleKind::Experimentation && self.consent_refused() {
                    let fully_blocked = self.file.settings.fully_block;
                    trace.step(|| Step::ConsentRefused { fully_blocked });
                    if fully_blocked {
                        return Err(Blocked::ConsentRefused);
                    }
                    return Ok(self.default(trace));
                }
                if let Some(outcome) = self.within(rule, code, trace) {
                    return Ok(outcome);
                }
            } else if rule.kind == RuleKind::TargetedDelivery {
                return Ok(self.default(trace));
            }
        }
        Ok(self.default(trace))
    }

    fn is_targeted(&self, rule: &Rule, subject: Subject<'_>, trace: &mut impl Trace) -> bool {
        match rule.segment {
            None => {
                trace.step(|| Step::Everybody);
                true
            }
            Some(segment) => {
                let targeting =
                    Targeting { file: self.file, subject, experiment_id: Some(rule.experiment_id) };
                targeting.holds(&self.file.segments[segment as usize], trace)
            }
        }
    }

    /// The forced variation of the rule's experiment, with its place among the flag's variations.
    fn forced(&self, rule: &Rule) -> Option<(&'a ForcedVariation, u32)> {
        let extra = self.subject.profile?.extra.as_deref()?;
        let forced = extra.forced.iter().find(|forced| forced.experiment_id == rule.experiment_id)?;
        self.flag.find_variation(&forced.variation_key).map(|place| (forced, place))
    }

    /// The variation of a rule that takes the visitor in, if it has one for it.
    fn within(&self, rule: &Rule, code: &[u8], trace: &mut impl Trace) -> Option<Outcome> {
        if let Some(exposure) = self.bandit(rule, code, trace) {
            return Some(self.exposed(rule, exposure));
        }
        if rule.kind == RuleKind::TargetedDelivery {
            let first = rule.exposures.first();
            trace.step(|| Step::FirstVariation {
                variation_key: first.map(|exposure| self.key(exposure.variation)),
            });
            return Some(first.map_or_else(|| self.default(trace), |exposure| self.exposed(rule, exposure)));
        }
        let point = hash(code, &rule.experiment_salt);
        let shares = rule.exposures.iter().map(|exposure| exposure.exposition);
        let chosen = walk(shares, point).map(|place| &rule.exposures[place]);
        trace.step(|| Step::Shares {
            hash: point,
            upper_ends: self.upper_ends(rule),
            chosen: chosen.map(|exposure| self.key(exposure.variation)),
        });
        chosen.map(|exposure| self.exposed(rule, exposure))
    }

    /// The variation that a contextual bandit's scores choose.
    fn bandit(&self, rule: &'a Rule, code: &[u8], trace: &mut impl Trace) -> Option<&'a Exposure> {
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
            count => choose(hash(code, &rule.experiment_salt), count),
        };
        let chosen = *candidates.get(place)?;
        trace.step(|| Step::BanditScores {
            variation_key: self.key(chosen.variation),
            candidates: candidates.len(),
        });
        Some(chosen)
    }

    fn exposed(&self, rule: &Rule, exposure: &Exposure) -> Outcome {
        self.assigned(rule, exposure.variation, exposure.variation_id)
    }

    fn assigned(&self, rule: &Rule, variation: u32, variation_id: Option<i64>) -> Outcome {
        Outcome {
            variation,
            variation_id,
            experiment_id: Some(rule.experiment_id),
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

    fn default(&self, trace: &mut impl Trace) -> Outcome {
        trace.step(|| Step::Default);
        Outcome {
            variation: self.flag.default_variation,
            variation_id: None,
            experiment_id: None,
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
