//! What two files say differently about a flag.

use serde::Serialize;

/// What kind of thing the files say differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// The flag is new.
    FlagAdded,
    /// The flag went.
    FlagRemoved,
    /// The flag was switched on or off in the environment.
    Environment,
    /// Another variation is the default.
    DefaultVariation,
    /// The exclusive group or the bucketing custom data is another.
    Bucketing,
    /// A variation is new.
    VariationAdded,
    /// A variation went: code that asks for it never sees it again.
    VariationRemoved,
    /// A variable is new.
    VariableAdded,
    /// A variable went: code that reads it fails.
    VariableRemoved,
    /// A variable has another type.
    VariableType,
    /// A variable has another value.
    VariableValue,
    /// A rule is new.
    RuleAdded,
    /// A rule went.
    RuleRemoved,
    /// The rules that stayed stand in another order.
    RuleOrder,
    /// A rule was made an experiment, or a delivery.
    RuleType,
    /// A rule targets another segment, or its segment changed.
    Segment,
    /// A rule takes in more, or fewer.
    Exposition,
    /// The visitors of a rule are dealt anew.
    Respool,
    /// The shares of a rule's variations changed, or the variation that it delivers.
    Shares,
    /// A rule can no longer be reached.
    RuleUnreachable,
}

/// One thing that the files say differently about a flag.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FlagChange {
    /// What kind of thing.
    pub kind: ChangeKind,
    /// What it was and what it is, in words.
    pub text: String,
}

/// The changes found so far.
#[derive(Default)]
pub(super) struct Changes(pub(super) Vec<FlagChange>);

impl Changes {
    pub(super) fn add(&mut self, kind: ChangeKind, text: String) {
        self.0.push(FlagChange { kind, text });
    }
}
