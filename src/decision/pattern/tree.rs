//! A regular expression as a tree.

use super::set::{Case, Set};

/// What a pattern is made of.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Empty,
    /// One character of the set at this place.
    Set(u32),
    Assert(Assertion),
    Concat(Vec<Node>),
    /// One of several, the earlier ones first.
    Alternate(Vec<Node>),
    Repeat {
        node: Box<Node>,
        least: u32,
        /// None: no bound.
        most: Option<u32>,
        is_lazy: bool,
    },
    /// A group that can be referred to by its number.
    Group(u32, Box<Node>),
    Look(Look),
    /// Once it has matched, no other way for it to match is tried.
    Atomic(Box<Node>),
    /// What the group with this number matched.
    Back {
        group: u32,
        case: Case,
    },
    /// The first when the group with this number matched, else the second.
    Condition(u32, Box<Node>, Box<Node>),
}

/// Something about the place between two characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assertion {
    Start,
    End,
    /// At the end, or before a line break that ends the text.
    LastLineEnd,
    LineStart,
    LineEnd,
    Boundary {
        is_ascii: bool,
        is_negated: bool,
    },
}

/// Something that has to match, or not to match, after a place or before it.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) node: Box<Node>,
    pub(super) is_behind: bool,
    pub(super) is_negated: bool,
}

/// A pattern that was read.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) root: Node,
    pub(super) sets: Vec<Set>,
    pub(super) groups: u32,
    /// Whether it matters which way a part matches, or what a group matched.
    pub(super) has_memory: bool,
}

impl Node {
    /// Whether it can match without a character, as far as can be told from the tree.
    pub(super) fn may_be_empty(&self) -> bool {
        match self {
            Self::Set(_) => false,
            Self::Empty | Self::Assert(_) | Self::Look(_) | Self::Back { .. } => true,
            Self::Concat(nodes) => nodes.iter().all(Self::may_be_empty),
            Self::Alternate(nodes) => nodes.iter().any(Self::may_be_empty),
            Self::Repeat { node, least, .. } => *least == 0 || node.may_be_empty(),
            Self::Group(_, node) | Self::Atomic(node) => node.may_be_empty(),
            Self::Condition(_, yes, no) => yes.may_be_empty() || no.may_be_empty(),
        }
    }
}
