//! Evaluating a segment's tree of conditions.

use super::conditions::Targeting;
use super::found::{found, needs};
use super::trace::{ConditionTrace, Step, Trace};
use super::visited::MOST_ENTRIES;
use crate::decision::datafile::{Condition, DEEPEST_REFERENCE, Reference, Segment, Test};
use crate::logging::log_rarely;

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

    #[inline(always)]
    fn condition(&self, condition: &Condition, entered: &Entered<'_>, trace: &mut impl Trace) -> bool {
        let held = match condition.test {
            Test::Segment { place, .. } => self.other_segment(place.get(), entered, trace),
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

    fn other_segment(&self, place: Option<u32>, entered: &Entered<'_>, trace: &mut impl Trace) -> bool {
        let Some(place) = place else { return false };
        let segment = &self.file.segments[place as usize];
        let inner = Entered { segment, outer: Some(entered), depth: entered.depth + 1 };
        match segment.reference {
            Reference::Single => self.entered(&inner, trace),
            Reference::Shared => {
                let known = self.visited.result(place);
                if let Some(holds) = known {
                    trace.step(|| Step::Segment { id: segment.id, depth: inner.depth, holds });
                    return holds;
                }
                let holds = self.entered(&inner, trace);
                self.visited.keep(place, holds);
                holds
            }
            Reference::Tangled => {
                if entered.contains(segment) {
                    return false;
                }
                if entered.depth >= DEEPEST_REFERENCE || !self.visited.may_enter() {
                    self.tell(segment);
                    return false;
                }
                self.entered(&inner, trace)
            }
        }
    }

    fn tell(&self, segment: &Segment) {
        log_rarely!(
            self.file.told_of_segments,
            Warning,
            "segment {} counts as false where segments refer to each other more than {DEEPEST_REFERENCE} deep, \
             or were entered {MOST_ENTRIES} times in one evaluation",
            segment.id
        );
    }
}
