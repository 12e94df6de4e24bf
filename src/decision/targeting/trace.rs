//! What an evaluation looked at, step by step.

/// Takes down what an evaluation does. The form that takes nothing down costs nothing: it never
/// calls the closures, and the evaluator is compiled for it separately.
pub(crate) trait Trace {
    fn step(&mut self, step: impl FnOnce() -> Step);

    /// A condition, which costs the most to take down: it is told in words.
    fn condition(&mut self, condition: impl FnOnce() -> ConditionTrace) {
        self.step(|| Step::Condition(condition()));
    }
}

/// Takes nothing down.
pub(crate) struct NoTrace;

impl Trace for NoTrace {
    #[inline(always)]
    fn step(&mut self, _: impl FnOnce() -> Step) {}
}

impl Trace for Vec<Step> {
    fn step(&mut self, step: impl FnOnce() -> Step) {
        self.push(step());
    }
}

/// A targeting condition in an explanation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ConditionTrace {
    /// How deep in references between segments the condition stands; 0 for the rule's own.
    pub depth: usize,
    /// What the condition asks for.
    pub needs: String,
    /// What is known about the visitor in that respect.
    pub found: String,
    /// False when the condition is negated.
    pub is_include: bool,
    /// Whether the condition holds, negation included.
    pub holds: bool,
}

/// One thing that an evaluation looked at.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// A simulated variation was there; it wins over everything.
    #[non_exhaustive]
    Simulated {
        /// The simulated variation's key.
        variation_key: String,
    },
    /// The flag is switched off in this environment.
    EnvironmentDisabled,
    /// The text that is hashed is not the visitor code.
    #[non_exhaustive]
    BucketingCode {
        /// What takes its place.
        code: String,
        /// Where it comes from.
        source: &'static str,
    },
    /// The holdout was looked at.
    #[non_exhaustive]
    Holdout {
        /// The hash of the visitor for the holdout, from 0 to 1.
        hash: f64,
        /// The holdout's variation for that hash.
        variation_key: Option<String>,
        /// Whether the decision passed over the hash, since every hash decides the same.
        is_skipped: bool,
    },
    /// The flag's exclusive group was looked at.
    #[non_exhaustive]
    Group {
        /// The group's name.
        name: String,
        /// The hash of the visitor for the group, from 0 to 1.
        hash: f64,
        /// The one flag of the group that this visitor may get.
        chosen_flag: String,
        /// Whether that is the flag being evaluated.
        is_this_flag: bool,
        /// Whether the decision passed over the hash: there is no other flag in the group.
        is_skipped: bool,
    },
    /// The evaluation of a rule begins.
    #[non_exhaustive]
    Rule {
        /// The rule's id.
        id: i64,
        /// The id of the rule's experiment.
        experiment_id: i64,
        /// `EXPERIMENTATION`, `TARGETED_DELIVERY` or another type.
        kind: &'static str,
    },
    /// A variation was forced by the program.
    #[non_exhaustive]
    Forced {
        /// The forced variation's key.
        variation_key: String,
        /// Whether targeting is passed over too.
        force_targeting: bool,
    },
    /// A condition of the rule's segment was looked at.
    Condition(ConditionTrace),
    /// A segment was evaluated; its conditions stand before it.
    #[non_exhaustive]
    Segment {
        /// The segment's id.
        id: i64,
        /// How deep in references between segments it stands; 0 for the rule's own.
        depth: usize,
        /// Whether the visitor is in it.
        holds: bool,
    },
    /// The rule has no segment: everybody is targeted.
    Everybody,
    /// The rule's hash was compared with its exposition.
    #[non_exhaustive]
    Exposition {
        /// The hash of the visitor for the rule, from 0 to 1.
        hash: f64,
        /// The share of the visitors that the rule takes in.
        exposition: f64,
        /// Whether the visitor is among them.
        within: bool,
        /// Whether the decision passed over the hash, since the rule takes everybody in.
        is_skipped: bool,
    },
    /// The visitor refused consent, which the site requires.
    #[non_exhaustive]
    ConsentRefused {
        /// Whether the flag is blocked altogether, or just this experiment.
        fully_blocked: bool,
    },
    /// A contextual bandit's scores chose the variation.
    #[non_exhaustive]
    BanditScores {
        /// The chosen variation's key.
        variation_key: String,
        /// How many variations of the rule share the best score.
        candidates: usize,
    },
    /// The first variation of a targeted delivery was taken.
    #[non_exhaustive]
    FirstVariation {
        /// Its key; none when the rule has no variations.
        variation_key: Option<String>,
    },
    /// The experiment's hash was compared with the shares of its variations.
    #[non_exhaustive]
    Shares {
        /// The hash of the visitor for the experiment, from 0 to 1.
        hash: f64,
        /// Each variation's key with the upper end of its share.
        upper_ends: Vec<(String, f64)>,
        /// The key of the chosen variation; none when the shares end below the hash.
        chosen: Option<String>,
        /// Whether the decision passed over the hash, since the first variation has everybody.
        is_skipped: bool,
    },
    /// No rule decided: the default variation is served.
    Default,
}
