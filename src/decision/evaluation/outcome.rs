//! What an evaluation comes to.

use std::sync::Arc;

use crate::decision::datafile::{
    Chosen, Decided, DecidedBy, Flag, HoldoutVariation, Other, Place, Rule, RuleKind, SharedFlag, Variation,
};
use crate::decision::profile::{ForcedVariation, SimulatedChoice};
use crate::decision::targeting::{Step, Trace};

/// What an evaluation comes to: places and references, from which the rest is read where it is
/// asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome<'a> {
    pub(super) by: DecidedBy,
    /// The place among the flag's rules of the one that decided.
    pub(super) rule: Place,
    pub(super) given: Given<'a>,
    /// The holdout's variation.
    pub(super) held: Option<&'a HoldoutVariation>,
}

/// Which variation a visitor is given.
#[derive(Debug, Clone, Copy)]
pub(super) enum Given<'a> {
    /// The flag's default variation.
    Default,
    /// The one at this place among the shares of the rule.
    Exposure(Place),
    Forced(&'a ForcedVariation),
    Simulated(&'a SimulatedChoice),
}

impl Default for Outcome<'_> {
    fn default() -> Self {
        Self { by: DecidedBy::NoRules, rule: Place::NONE, given: Given::Default, held: None }
    }
}

impl<'a> Outcome<'a> {
    #[inline]
    pub(super) fn default_by(&mut self, by: DecidedBy, trace: &mut impl Trace) {
        trace.step(|| Step::Default);
        (self.by, self.given) = (by, Given::Default);
    }

    pub(super) fn forced(&mut self, rule: Place, forced: &'a ForcedVariation) {
        (self.by, self.rule, self.given) = (DecidedBy::Forced, rule, Given::Forced(forced));
    }

    fn rule<'f>(&self, flag: &'f Flag) -> Option<&'f Rule> {
        self.rule.of(&flag.rules)
    }

    /// The variation; the flag is the one that was evaluated, here and below.
    #[inline]
    pub(crate) fn chosen(&self, flag: &Flag) -> Chosen<'a> {
        match self.given {
            Given::Default => Chosen::Place(flag.default_variation),
            Given::Exposure(exposure) => Chosen::Place(self.exposed(flag, exposure)),
            Given::Forced(forced) => flag.chosen(&forced.variation_key),
            Given::Simulated(choice) => flag.chosen(&choice.variation_key),
        }
    }

    /// The experiment that gave the variation.
    pub(crate) fn experiment_id(&self, flag: &Flag) -> Option<i64> {
        match self.given {
            Given::Default => None,
            Given::Exposure(_) | Given::Forced(_) => self.rule(flag).map(|rule| rule.experiment_id),
            Given::Simulated(choice) => Some(choice.experiment_id),
        }
    }

    /// What the rule assigns: experiment, variation, and the kind of the rule.
    #[inline]
    pub(super) fn assigned(&self, flag: &Flag) -> Option<(i64, i64, RuleKind)> {
        let rule = self.rule(flag)?;
        let variation_id = match self.given {
            Given::Exposure(place) => place.of(&rule.exposures)?.variation_id?,
            Given::Forced(forced) => forced.variation_id?,
            Given::Default | Given::Simulated(_) => return None,
        };
        Some((rule.experiment_id, variation_id, rule.kind))
    }

    /// The variation as programs see it, which keeps the flag. Always inlined, the flag shared last,
    /// and put together in one place: so it is made where it is to be, and not moved there.
    #[inline(always)]
    pub(crate) fn variation(&self, flag: &Flag, share: impl FnOnce() -> SharedFlag) -> Variation {
        let (place, exposure, other) = match self.given {
            Given::Default => (flag.default_variation, Place::NONE, None),
            Given::Exposure(exposure) => (self.exposed(flag, exposure), exposure, None),
            Given::Forced(_) | Given::Simulated(_) => {
                let (place, other) = self.chosen_for(flag);
                (place, Place::NONE, Some(other))
            }
        };
        let decided = Decided { by: self.by, rule: self.rule };
        Variation::new(share(), place, exposure, decided, other)
    }

    /// The place of the variation of one of the rule's shares.
    #[inline(always)]
    fn exposed(&self, flag: &Flag, exposure: Place) -> u32 {
        let exposure = self.rule(flag).and_then(|rule| exposure.of(&rule.exposures));
        exposure.map_or(flag.default_variation, |exposure| exposure.variation)
    }

    /// The variation that somebody chose for the visitor.
    #[cold]
    #[inline(never)]
    fn chosen_for(&self, flag: &Flag) -> (u32, Arc<Other>) {
        let variation_id = match self.given {
            Given::Default | Given::Exposure(_) => None,
            Given::Forced(forced) => forced.variation_id,
            Given::Simulated(choice) => Some(choice.variation_id),
        };
        Other::new(self.chosen(flag), variation_id, self.experiment_id(flag))
    }
}
