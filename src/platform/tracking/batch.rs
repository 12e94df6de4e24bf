//! The lines of some visitors, each with its owner.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use crate::visitor::Visitor;

/// One line: what is told about one thing.
#[derive(Debug)]
pub(super) struct Line {
    /// Its visitor's place among the owners.
    pub(super) owner: u32,
    pub(super) nonce: u64,
    text: Range<usize>,
    /// It may not go any more.
    is_taken_back: bool,
}

/// A visitor who has lines in a batch.
#[derive(Debug)]
pub(super) struct Owner<V> {
    pub(super) visitor: V,
    /// What the first of its lines in a body ends with.
    pub(super) user_agent: String,
}

/// Lines that go out in one body, or in several when a part of them is refused. Those of a visitor
/// stand together. Of lines that come from disk the owner is an encoded visitor code.
#[derive(Debug)]
pub(super) struct Batch<V = Arc<Visitor>> {
    text: String,
    pub(super) lines: Vec<Line>,
    pub(super) owners: Vec<Owner<V>>,
    agents: usize,
    /// The names of the first owners, once somebody asks for one: a set, since as many may be asked for
    /// as there are owners.
    names: HashSet<Box<str>>,
}

impl<V> Default for Batch<V> {
    fn default() -> Self {
        Self { text: String::new(), lines: Vec::new(), owners: Vec::new(), agents: 0, names: HashSet::new() }
    }
}

impl<V> Batch<V> {
    /// About how long a body with all lines is.
    pub(super) fn len(&self) -> usize {
        self.text.len() + self.lines.len() + self.agents
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The lines that follow are those of this visitor.
    pub(super) fn begin(&mut self, visitor: V, user_agent: String) {
        self.agents += user_agent.len();
        self.owners.push(Owner { visitor, user_agent });
    }

    /// Adds a line of the visitor begun last. Returns its length.
    pub(super) fn add(&mut self, nonce: u64, write: impl FnOnce(&mut String)) -> usize {
        let start = self.text.len();
        write(&mut self.text);
        let owner = self.owners.len().saturating_sub(1) as u32;
        self.lines.push(Line { owner, nonce, text: start..self.text.len(), is_taken_back: false });
        self.text.len() - start
    }

    /// Takes the line back out that was added last.
    pub(super) fn remove_last(&mut self) {
        if let Some(line) = self.lines.pop() {
            self.text.truncate(line.text.start);
        }
    }

    /// How many visitors have lines in a part.
    pub(super) fn visitors_in(&self, part: &Range<usize>) -> usize {
        match (self.lines.get(part.start), part.end.checked_sub(1).and_then(|last| self.lines.get(last))) {
            (Some(first), Some(last)) => (last.owner - first.owner) as usize + 1,
            _ => 0,
        }
    }

    /// The body of a request with a part of the lines.
    pub(super) fn body(&self, part: &Range<usize>) -> String {
        let mut body = String::with_capacity(self.len());
        let mut owner = None;
        for line in self.lines_that_go(part) {
            if !body.is_empty() {
                body.push('\n');
            }
            body.push_str(self.text_of(line));
            if owner.replace(line.owner) != Some(line.owner) {
                body.push_str(&self.owners[line.owner as usize].user_agent);
            }
        }
        body
    }

    fn lines_that_go(&self, part: &Range<usize>) -> impl Iterator<Item = &Line> {
        self.lines.get(part.clone()).unwrap_or_default().iter().filter(|line| !line.is_taken_back)
    }

    /// How many lines a body with a part has.
    pub(super) fn count(&self, part: &Range<usize>) -> usize {
        self.lines_that_go(part).count()
    }

    /// The text of a line, without a user agent.
    pub(super) fn text_of(&self, line: &Line) -> &str {
        &self.text[line.text.clone()]
    }

    /// The place at which a part is divided: between visitors, when it has several.
    pub(super) fn middle(&self, part: &Range<usize>) -> usize {
        let half = part.start + part.len() / 2;
        if self.visitors_in(part) < 2 {
            return half;
        }
        let owner_at = |place: usize| self.lines[place].owner;
        let begins = |place: &usize| owner_at(*place) != owner_at(*place - 1);
        let before = (part.start + 1..=half).rev().find(begins);
        before.or_else(|| (half + 1..part.end).find(begins)).unwrap_or(half)
    }

    /// The visitors of a part, each with the nonces of its lines that go.
    pub(super) fn shares(&self, part: &Range<usize>) -> impl Iterator<Item = (&V, Vec<u64>)> {
        let lines = self.lines.get(part.clone()).unwrap_or_default();
        lines.chunk_by(|a, b| a.owner == b.owner).filter_map(|lines| {
            let owner = self.owners.get(lines.first()?.owner as usize)?;
            let going = lines.iter().filter(|line| !line.is_taken_back);
            Some((&owner.visitor, going.map(|line| line.nonce).collect()))
        })
    }
}

impl Batch {
    /// Leaves lines of a part out of all further bodies: those of each visitor that `which` names by
    /// their nonces. Returns them.
    pub(super) fn take_back(
        &mut self,
        part: &Range<usize>,
        which: impl Fn(&Arc<Visitor>, &[u64]) -> Vec<u64>,
    ) -> Vec<(Arc<Visitor>, Vec<u64>)> {
        let named = |(visitor, nonces): (&Arc<Visitor>, Vec<u64>)| {
            let nonces = which(visitor, &nonces);
            (!nonces.is_empty()).then(|| (Arc::clone(visitor), nonces))
        };
        let taken: Vec<_> = self.shares(part).filter_map(named).collect();
        let nonces: HashSet<u64> = taken.iter().flat_map(|(_, nonces)| nonces.iter().copied()).collect();
        if !nonces.is_empty() {
            for line in self.lines.get_mut(part.clone()).unwrap_or_default() {
                line.is_taken_back |= nonces.contains(&line.nonce);
            }
        }
        taken
    }

    /// Whether lines of this visitor, under this name, are in it.
    pub(super) fn has_owner(&mut self, visitor: &Visitor) -> bool {
        let new = &self.owners[self.names.len()..];
        self.names.extend(new.iter().map(|owner| Box::from(owner.visitor.code())));
        self.names.contains(visitor.code())
    }
}
