//! What decided about a visitor's variation.

use super::flag::RuleKind;

/// What decided that a visitor gets a variation.
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"banner",
/// #   "environmentEnabled":true,"defaultVariationKey":"on","variations":[{"key":"on"}]}]}"#)?;
/// use kameleoon::DecidedBy;
///
/// assert_eq!(client.get_variation("visitor", "banner")?.decided_by(), DecidedBy::NoRules);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecidedBy {
    /// The flag has no rules: everybody gets its default variation.
    NoRules,
    /// No rule took the visitor in: the flag's default variation.
    NoRuleMatched,
    /// A rule that is an experiment.
    Experiment,
    /// A rule that delivers one variation.
    Delivery,
    /// A rule of a type that this version does not know.
    OtherRule,
    /// A variation chosen with `set_forced_variation`.
    Forced,
    /// A simulated variation, from the platform's preview.
    Simulated,
    /// The holdout, which keeps the visitor out of everything: the flag's default variation.
    Holdout,
    /// The exclusive group, of which the visitor takes part in another flag: the default variation.
    ExclusiveGroup,
    /// The visitor refused consent, so an experiment may not decide: the default variation.
    ConsentRefused,
    /// The default that the caller gave, since the evaluation failed.
    Caller,
}

impl DecidedBy {
    /// A short name that stays the same: a label of metrics, a word in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoRules => "no_rules",
            Self::NoRuleMatched => "no_rule_matched",
            Self::Experiment => "experiment",
            Self::Delivery => "delivery",
            Self::OtherRule => "other_rule",
            Self::Forced => "forced",
            Self::Simulated => "simulated",
            Self::Holdout => "holdout",
            Self::ExclusiveGroup => "exclusive_group",
            Self::ConsentRefused => "consent_refused",
            Self::Caller => "caller",
        }
    }
}

impl std::fmt::Display for DecidedBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<RuleKind> for DecidedBy {
    fn from(kind: RuleKind) -> Self {
        match kind {
            RuleKind::Experimentation => Self::Experiment,
            RuleKind::TargetedDelivery => Self::Delivery,
            RuleKind::Other => Self::OtherRule,
        }
    }
}

/// A place in a list, or none, in the room of the place alone: what is written in one piece can be
/// read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(u32);

impl Place {
    pub(crate) const NONE: Self = Self(u32::MAX);

    pub(crate) fn at(place: u32) -> Self {
        Self(place)
    }

    /// What is there.
    #[inline]
    pub(crate) fn of<T>(self, list: &[T]) -> Option<&T> {
        // No list is so long that it has the last place.
        list.get(self.0 as usize)
    }
}

/// What decided, and the place among the flag's rules of the one that did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decided {
    pub(crate) by: DecidedBy,
    pub(crate) rule: Place,
}

impl Decided {
    pub(crate) fn without_rule(by: DecidedBy) -> Self {
        Self { by, rule: Place::NONE }
    }
}

#[cfg(test)]
mod tests {
    use super::DecidedBy;

    /// They are labels of metrics: none may change, and no two are alike.
    #[test]
    fn each_has_its_word() {
        let words = [
            (DecidedBy::NoRules, "no_rules"),
            (DecidedBy::NoRuleMatched, "no_rule_matched"),
            (DecidedBy::Experiment, "experiment"),
            (DecidedBy::Delivery, "delivery"),
            (DecidedBy::OtherRule, "other_rule"),
            (DecidedBy::Forced, "forced"),
            (DecidedBy::Simulated, "simulated"),
            (DecidedBy::Holdout, "holdout"),
            (DecidedBy::ExclusiveGroup, "exclusive_group"),
            (DecidedBy::ConsentRefused, "consent_refused"),
            (DecidedBy::Caller, "caller"),
        ];
        for (by, word) in words {
            assert_eq!((by.as_str(), by.to_string().as_str()), (word, word));
        }
    }
}
