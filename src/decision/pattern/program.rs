//! A regular expression as instructions.

use super::parse::Wrong;
use super::set::Case;
use super::tree::{Assertion, Look, Node};

/// How many instructions a pattern may have, and so how large it is and how long it takes to build:
/// 200,000 are less than 4 MB and take less than 10 ms.
const MOST: usize = 200_000;

/// One step of a match.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// One character of a set.
    Set(u32),
    /// Either place, the first one first.
    Split(u32, u32),
    Jump(u32),
    Assert(Assertion),
    /// The part with this number has to match, or not to match, here.
    Look {
        part: u32,
        is_negated: bool,
    },
    /// The part with this number matches once and for all.
    Atomic(u32),
    /// Notes the place in a slot.
    Save(u32),
    /// Goes to the other place when nothing was matched since the slot was noted.
    Progress {
        slot: u32,
        otherwise: u32,
    },
    Back {
        group: u32,
        case: Case,
    },
    /// Goes to the other place unless the group has matched.
    Condition {
        group: u32,
        otherwise: u32,
    },
    Match,
}

/// A part of a pattern that is matched on its own.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) steps: Box<[Step]>,
    pub(super) direction: Direction,
}

/// Which way a part goes over the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Backward,
}

/// All parts of a pattern; the whole is the last one, and each uses only those before it.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) parts: Vec<Part>,
    pub(super) slots: u32,
}

/// Which of the two ways of matching a program is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// All ways at once. What has to follow a place is looked for from the end of the text.
    Sweep,
    /// One way after the other, with a memory of what groups matched.
    Search,
}

struct Builder {
    purpose: For,
    direction: Direction,
    parts: Vec<Part>,
    slots: u32,
    work: usize,
}

impl Program {
    pub(super) fn new(root: &Node, groups: u32, purpose: For) -> Result<Self, Wrong> {
        let slots = 2 * (groups + 1);
        let mut builder =
            Builder { purpose, direction: Direction::Forward, parts: Vec::new(), slots, work: 0 };
        builder.part(root, Direction::Forward)?;
        Ok(Self { parts: builder.parts, slots: builder.slots })
    }
}

impl Builder {
    /// Builds a part and returns its number.
    fn part(&mut self, node: &Node, direction: Direction) -> Result<u32, Wrong> {
        let outer = std::mem::replace(&mut self.direction, direction);
        let mut steps = Vec::new();
        self.node(node, &mut steps)?;
        self.push(&mut steps, Step::Match)?;
        self.direction = outer;
        self.parts.push(Part { steps: steps.into_boxed_slice(), direction });
        Ok(self.parts.len() as u32 - 1)
    }

    fn push(&mut self, steps: &mut Vec<Step>, step: Step) -> Result<usize, Wrong> {
        self.count()?;
        steps.push(step);
        Ok(steps.len() - 1)
    }

    fn count(&mut self) -> Result<(), Wrong> {
        self.work += 1;
        if self.work > MOST { Err("it is too large, or repeats too often") } else { Ok(()) }
    }

    fn node(&mut self, node: &Node, steps: &mut Vec<Step>) -> Result<(), Wrong> {
        // Also for what gives no step: it may be repeated.
        self.count()?;
        match node {
            Node::Empty => {}
            Node::Set(set) => drop(self.push(steps, Step::Set(*set))?),
            Node::Assert(assertion) => drop(self.push(steps, Step::Assert(*assertion))?),
            Node::Concat(nodes) => match self.direction {
                Direction::Forward => nodes.iter().try_for_each(|node| self.node(node, steps))?,
                Direction::Backward => nodes.iter().rev().try_for_each(|node| self.node(node, steps))?,
            },
            Node::Alternate(nodes) => self.alternate(nodes, steps)?,
            Node::Repeat { node, least, most, is_lazy } => {
                self.repeat(node, (*least, *most), *is_lazy, steps)?;
            }
            Node::Group(number, node) if self.purpose == For::Search => {
                self.push(steps, Step::Save(2 * number))?;
                self.node(node, steps)?;
                self.push(steps, Step::Save(2 * number + 1))?;
            }
            Node::Group(_, node) => self.node(node, steps)?,
            Node::Look(look) => self.look(look, steps)?,
            Node::Atomic(node) => {
                let part = self.part(node, Direction::Forward)?;
                self.push(steps, Step::Atomic(part))?;
            }
            Node::Back { group, case } => {
                self.push(steps, Step::Back { group: *group, case: *case })?;
            }
            Node::Condition(group, yes, no) => {
                let condition = self.push(steps, Step::Condition { group: *group, otherwise: 0 })?;
                self.node(yes, steps)?;
                let jump = self.push(steps, Step::Jump(0))?;
                steps[condition] = Step::Condition { group: *group, otherwise: steps.len() as u32 };
                self.node(no, steps)?;
                steps[jump] = Step::Jump(steps.len() as u32);
            }
        }
        Ok(())
    }

    fn alternate(&mut self, nodes: &[Node], steps: &mut Vec<Step>) -> Result<(), Wrong> {
        let mut ends = Vec::new();
        for (number, node) in nodes.iter().enumerate() {
            if number + 1 == nodes.len() {
                self.node(node, steps)?;
                break;
            }
            let split = self.push(steps, Step::Split(0, 0))?;
            self.node(node, steps)?;
            ends.push(self.push(steps, Step::Jump(0))?);
            steps[split] = Step::Split(split as u32 + 1, steps.len() as u32);
        }
        for end in ends {
            steps[end] = Step::Jump(steps.len() as u32);
        }
        Ok(())
    }

    fn repeat(
        &mut self,
        node: &Node,
        (least, most): (u32, Option<u32>),
        is_lazy: bool,
        steps: &mut Vec<Step>,
    ) -> Result<(), Wrong> {
        let split = |on: usize, out: usize| match is_lazy {
            false => Step::Split(on as u32, out as u32),
            true => Step::Split(out as u32, on as u32),
        };
        for _ in 0..least {
            self.node(node, steps)?;
        }
        let Some(most) = most else {
            // Again and again, but not without getting on.
            let slot = (self.purpose == For::Search && node.may_be_empty()).then(|| {
                self.slots += 1;
                self.slots - 1
            });
            let start = self.push(steps, Step::Split(0, 0))?;
            if let Some(slot) = slot {
                self.push(steps, Step::Save(slot))?;
            }
            self.node(node, steps)?;
            let progress = slot.map(|slot| self.push(steps, Step::Progress { slot, otherwise: 0 }));
            self.push(steps, Step::Jump(start as u32))?;
            let end = steps.len();
            steps[start] = split(start + 1, end);
            if let (Some(place), Some(slot)) = (progress.transpose()?, slot) {
                steps[place] = Step::Progress { slot, otherwise: end as u32 };
            }
            return Ok(());
        };
        let mut splits = Vec::new();
        for _ in least..most {
            splits.push(self.push(steps, Step::Split(0, 0))?);
            self.node(node, steps)?;
        }
        let end = steps.len();
        for place in splits {
            steps[place] = split(place + 1, end);
        }
        Ok(())
    }

    fn look(&mut self, look: &Look, steps: &mut Vec<Step>) -> Result<(), Wrong> {
        let direction = match (self.purpose, look.is_behind) {
            // From the end of the text towards each place, all at once.
            (For::Sweep, false) => Direction::Backward,
            (For::Sweep, true) | (For::Search, false) => Direction::Forward,
            (For::Search, true) => Direction::Backward,
        };
        let part = self.part(&look.node, direction)?;
        self.push(steps, Step::Look { part, is_negated: look.is_negated })?;
        Ok(())
    }
}
