//! Matching all ways at once.
//!
//! For patterns without back-references, atomic groups and conditions. The time is that of the
//! text's length times the pattern's, whatever the pattern: each place of the text is looked at
//! with the set of all steps that lead to it. What has to follow a place, or to stand before it, is
//! found out beforehand for all places, in one sweep over the text each.

use super::program::{Direction, Part, Program, Step};
use super::set::Set;
use super::tree::Assertion;

/// How many steps are taken for one match; some 50 ms.
const MOST_STEPS: usize = 10_000_000;

/// The bound was reached.
#[derive(Debug)]
pub(super) struct GivenUp;

struct Sweep<'t> {
    text: &'t [char],
    sets: &'t [Set],
    /// For each part that was swept: at which places it matches.
    found: Vec<Vec<bool>>,
    steps: usize,
}

/// The steps that lead to a place.
struct Reached {
    list: Vec<u32>,
    /// The place at which a step was reached last, plus one.
    stamps: Vec<usize>,
}

/// Whether a pattern matches the whole of a text.
pub(super) fn matches(program: &Program, sets: &[Set], text: &[char]) -> Result<bool, GivenUp> {
    let mut sweep = Sweep { text, sets, found: Vec::new(), steps: 0 };
    for (number, part) in program.parts.iter().enumerate() {
        let is_whole = number + 1 == program.parts.len();
        let found = sweep.part(part, !is_whole)?;
        sweep.found.push(found);
    }
    Ok(sweep.found.last().and_then(|found| found.last()).copied().unwrap_or(false))
}

impl Sweep<'_> {
    /// At which places a part matches that begins at the first place, or at any.
    fn part(&mut self, part: &Part, begins_anywhere: bool) -> Result<Vec<bool>, GivenUp> {
        let length = self.text.len();
        let mut found = vec![false; length + 1];
        let reached = || Reached { list: Vec::new(), stamps: vec![0; part.steps.len()] };
        let (mut now, mut next) = (reached(), reached());
        for turn in 0..=length {
            let place = match part.direction {
                Direction::Forward => turn,
                Direction::Backward => length - turn,
            };
            if turn == 0 || begins_anywhere {
                found[place] |= self.reach(part, 0, place, turn, &mut now)?;
            } else if now.list.is_empty() {
                break;
            }
            if turn == length {
                break;
            }
            let (character, next_place) = match part.direction {
                Direction::Forward => (self.text[place], place + 1),
                Direction::Backward => (self.text[place - 1], place - 1),
            };
            for step in std::mem::take(&mut now.list) {
                let Step::Set(set) = part.steps[step as usize] else { continue };
                if self.sets[set as usize].contains(character) {
                    found[next_place] |= self.reach(part, step + 1, next_place, turn + 1, &mut next)?;
                }
            }
            std::mem::swap(&mut now, &mut next);
        }
        Ok(found)
    }

    /// Adds a step, and all that follow from it without a character. Says whether the part has
    /// matched.
    fn reach(
        &mut self,
        part: &Part,
        first: u32,
        place: usize,
        turn: usize,
        reached: &mut Reached,
    ) -> Result<bool, GivenUp> {
        let mut has_matched = false;
        let mut open = vec![first];
        while let Some(step) = open.pop() {
            let stamp = &mut reached.stamps[step as usize];
            if std::mem::replace(stamp, turn + 1) == turn + 1 {
                continue;
            }
            self.steps += 1;
            if self.steps > MOST_STEPS {
                return Err(GivenUp);
            }
            match part.steps[step as usize] {
                Step::Set(_) => reached.list.push(step),
                Step::Split(one, other) => open.extend([other, one]),
                Step::Jump(to) => open.push(to),
                Step::Assert(assertion) => {
                    if assertion.holds(self.text, place) {
                        open.push(step + 1);
                    }
                }
                Step::Look { part, is_negated } => {
                    if self.found[part as usize][place] != is_negated {
                        open.push(step + 1);
                    }
                }
                Step::Match => has_matched = true,
                // Not in programs of this kind.
                Step::Atomic(_)
                | Step::Save(_)
                | Step::Progress { .. }
                | Step::Back { .. }
                | Step::Condition { .. } => {}
            }
        }
        Ok(has_matched)
    }
}

impl Assertion {
    /// Whether it holds between the characters before a place of a text and those after it.
    pub(super) fn holds(self, text: &[char], place: usize) -> bool {
        let before = place.checked_sub(1).map(|before| text[before]);
        let after = text.get(place).copied();
        match self {
            Self::Start => place == 0,
            Self::End => after.is_none(),
            Self::LastLineEnd => after.is_none() || (after == Some('\n') && place + 1 == text.len()),
            Self::LineStart => before.is_none_or(|before| before == '\n'),
            Self::LineEnd => after.is_none_or(|after| after == '\n'),
            Self::Boundary { is_ascii, is_negated } => {
                // A text without characters has neither.
                let is_word = |character: Option<char>| {
                    character.is_some_and(|character| super::set::Table::Word.contains(character, is_ascii))
                };
                !text.is_empty() && (is_word(before) != is_word(after)) != is_negated
            }
        }
    }
}
