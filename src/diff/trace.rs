//! How the rules of a flag fared in one evaluation, as far as a comparison needs it.

use crate::decision::targeting::{ConditionTrace, Step, Trace};

/// How the rules of a flag fared.
#[derive(Debug, Default)]
pub(super) struct RuleTrace {
    pub(super) bucketing: Option<String>,
    pub(super) holdout: Option<String>,
    /// Whether the exclusive group chose another flag.
    pub(super) is_excluded: bool,
    pub(super) is_blocked: bool,
    pub(super) rules: Vec<Verdict>,
}

/// How one rule fared.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) id: i64,
    pub(super) kind: &'static str,
    pub(super) is_targeted: bool,
    /// The hash of the rule, and whether it is within the exposition; none when it came not so far.
    pub(super) exposition: Option<(f64, bool)>,
    /// The hash of the experiment, and whether a share holds it.
    pub(super) shares: Option<(f64, bool)>,
    /// Whether the evaluation ended here, be it with the default variation.
    pub(super) decided: bool,
}

impl RuleTrace {
    /// The rule that ended the evaluation; none when all of them passed the visitor on.
    pub(super) fn decider(&self) -> Option<&Verdict> {
        self.rules.last().filter(|verdict| verdict.decided)
    }

    pub(super) fn verdict(&self, id: i64) -> Option<&Verdict> {
        self.rules.iter().find(|verdict| verdict.id == id)
    }
}

impl Trace for RuleTrace {
    fn step(&mut self, step: impl FnOnce() -> Step) {
        let step = step();
        let rule = self.rules.last_mut();
        match (step, rule) {
            (Step::BucketingCode { code, .. }, _) => self.bucketing = Some(code),
            (Step::Holdout { variation_key, .. }, _) => self.holdout = variation_key,
            (Step::Group { is_this_flag, .. }, _) => self.is_excluded = !is_this_flag,
            (Step::Rule { id, kind, .. }, _) => self.rules.push(Verdict {
                id,
                kind,
                is_targeted: false,
                exposition: None,
                shares: None,
                decided: false,
            }),
            (Step::Everybody, Some(rule)) => rule.is_targeted = true,
            (Step::Segment { depth: 0, holds, .. }, Some(rule)) => rule.is_targeted = holds,
            (Step::Exposition { hash, within, .. }, Some(rule)) => {
                rule.exposition = Some((hash, within));
                // A delivery ends the evaluation either way.
                rule.decided = rule.kind == "TARGETED_DELIVERY";
            }
            (Step::Shares { hash, chosen, .. }, Some(rule)) => {
                rule.shares = Some((hash, chosen.is_some()));
                rule.decided = chosen.is_some();
            }
            (Step::ConsentRefused { .. }, rule) => {
                self.is_blocked = true;
                if let Some(rule) = rule {
                    rule.decided = true;
                }
            }
            _ => {}
        }
    }

    /// Conditions are told in words, which nobody reads here.
    fn condition(&mut self, _: impl FnOnce() -> ConditionTrace) {}
}
