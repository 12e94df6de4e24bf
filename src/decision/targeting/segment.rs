//! Evaluating a segment's tree of conditions.

use super::conditions::Targeting;
use super::found::{found, needs};
use super::trace::{ConditionTrace, Step, Trace};
use crate::decision::datafile::{Condition, Segment, Test};
use crate::logging::log_warning;

/// How deep segments may refer to each other; a data file that goes deeper is damaged, and a
/// call stack is finite.
const DEEPEST_REFERENCE: usize = 64;

/// The segments that are being evaluated, from the innermost outwards.
#[derive(Clone, Copy)]
struct Entered<'e> {
    segment: &'e Segment,
    outer: Option<&'e Entered<'e>>,
    depth: usize,
}

impl Entered<'_> {
    fn contains(&self, segment: &Segment) -> bool {
        std::ptr::eq(self.segment, segment) || self.outer.is_some_and(|outer| outer.contains(segment))
    }
}

impl Targeting<'_> {
    /// Whether the segment holds for the visitor.
    pub(crate) fn holds(&self, segment: &Segment, trace: &mut impl Trace) -> bool {
        self.entered(&Entered { segment, outer: None, depth: 0 }, trace)
    }

    fn entered(&self, entered: &Entered<'_>, trace: &mut impl Trace) -> bool {
        let holds = match &entered.segment.tree {
            None => false,
            Some(tree) => {
                tree.holds(|list| list.holds(|condition| self.condition(condition, entered, trace)))
            }
        };
        trace.step(|| Step::Segment { id: entered.segment.id, depth: entered.depth, holds });
        holds
    }

    fn condition(&self, condition: &Condition, entered: &Entered<'_>, trace: &mut impl Trace) -> bool {
        let held = match condition.test {
            Test::Segment { id } => self.other_segment(id, entered, trace),
            ref test => self.test(test),
        };
        let holds = held == condition.is_include;
        trace.condition(|| ConditionTrace {
            depth: entered.depth,
            needs: needs(&condition.test),
            found: found(&condition.test, self),
            is_include: condition.is_include,
            holds,
        });
        holds
    }

    fn other_segment(&self, id: i64, entered: &Entered<'_>, trace: &mut impl Trace) -> bool {
        let Some(segment) = self.file.segment_with_id(id) else { return false };
        if entered.contains(segment) {
            return false;
        }
        if entered.depth == DEEPEST_REFERENCE {
            log_warning!("segment {id} counts as false: segments refer to each other too deeply");
            return false;
        }
        self.entered(&Entered { segment, outer: Some(entered), depth: entered.depth + 1 }, trace)
    }
}
