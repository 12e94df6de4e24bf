//! Rules that no visitor can reach, whatever is known about it.

use std::collections::HashMap;

use crate::decision::datafile::{Condition, DataFile, Flag, Rule, RuleKind, Segment, Test};

/// Shares that add up to this much hold every visitor but for the rounding of floats.
const ALL: f64 = 1.0 - 1e-9;

/// Deeper references are damage, which is told elsewhere.
const DEEPEST: usize = 64;

/// For each rule of a flag, why no visitor can get anything from it; none for rules that can be
/// reached.
pub(crate) fn unreachable(file: &DataFile, flag: &Flag) -> Vec<Option<String>> {
    let mut possible = Possible { file, known: HashMap::new() };
    let mut before = Vec::new();
    let mut reasons = Vec::new();
    for rule in &flag.rules {
        let targets = Targets::of(&mut possible, rule);
        let reason = match targets {
            Targets::Nobody(segment) => Some(format!("its segment {segment} never holds")),
            _ => before.iter().find(|(_, earlier)| targets.are_among(*earlier)).map(
                |(id, earlier): &(i64, Targets)| match earlier {
                    Targets::Everybody => format!("rule {id} before it decides for everybody"),
                    _ => format!("rule {id} before it decides for everybody in the same segment"),
                },
            ),
        };
        reasons.push(reason);
        if decides(rule) {
            before.push((rule.id, targets));
        }
    }
    reasons
}

/// Whom a rule targets, as far as can be said without a visitor.
#[derive(Clone, Copy, PartialEq)]
enum Targets {
    Everybody,
    /// Nobody: the id of the segment that never holds.
    Nobody(i64),
    /// The place of a segment.
    Segment(u32),
}

impl Targets {
    fn of(possible: &mut Possible<'_>, rule: &Rule) -> Self {
        let Some(place) = rule.segment else { return Self::Everybody };
        let segment = &possible.file.segments[place as usize];
        match (possible.can_be(segment, true, 0), possible.can_be(segment, false, 0)) {
            (false, _) => Self::Nobody(segment.id),
            (true, false) => Self::Everybody,
            _ => Self::Segment(place),
        }
    }

    fn are_among(self, earlier: Self) -> bool {
        earlier == Self::Everybody || self == earlier
    }
}

/// Whether evaluation ends at this rule whoever the visitor is.
pub(super) fn decides_for_everybody(file: &DataFile, rule: &Rule) -> bool {
    let mut possible = Possible { file, known: HashMap::new() };
    decides(rule) && Targets::of(&mut possible, rule) == Targets::Everybody
}

/// Whether evaluation ends at this rule for everybody whom it targets.
fn decides(rule: &Rule) -> bool {
    let total: f64 = rule.exposures.iter().map(|exposure| exposure.exposition).sum();
    rule.kind == RuleKind::TargetedDelivery || (rule.exposition >= 1.0 && total >= ALL)
}

/// How segments can come out, whoever the visitor is. Conditions count as independent of each
/// other, so a yes may be wrong and a no is not.
struct Possible<'f> {
    file: &'f DataFile,
    /// By segment id and result: each is looked at once, however often it is referred to.
    known: HashMap<(i64, bool), bool>,
}

impl Possible<'_> {
    fn can_be(&mut self, segment: &Segment, wanted: bool, depth: usize) -> bool {
        let Some(tree) = &segment.tree else { return !wanted };
        if let Some(known) = self.known.get(&(segment.id, wanted)) {
            return *known;
        }
        // What a circle comes back to counts as open.
        self.known.insert((segment.id, wanted), true);
        let holds = tree.holds(|list| list.holds(|condition| self.condition(condition, wanted, depth)));
        self.known.insert((segment.id, wanted), holds == wanted);
        holds == wanted
    }

    /// The result of a condition, as near to `wanted` as it can come.
    fn condition(&mut self, condition: &Condition, wanted: bool, depth: usize) -> bool {
        let held = match &condition.test {
            Test::Never(_) => false,
            Test::Segment { place, .. } => match self.file.segment_at(*place) {
                None => false,
                Some(_) if depth == DEEPEST => return wanted,
                Some(other) => {
                    let sought = wanted == condition.is_include;
                    self.can_be(other, sought, depth + 1) == sought
                }
            },
            _ => return wanted,
        };
        held == condition.is_include
    }
}
