//! Matching one way after the other, for patterns that need a memory: with back-references, atomic
//! groups and conditions. Such patterns can take for ever, so the text and the steps are bounded.

use super::program::{Direction, Program, Step};
use super::set::{Case, Set};
use super::sweep::GivenUp;

/// The longest text, in characters.
const LONGEST_TEXT: usize = 10_000;
/// How many steps are taken for one match; some 10 ms.
const MOST_STEPS: usize = 500_000;

/// A place that no group has.
const NOWHERE: usize = usize::MAX;

/// What is done when a way leads nowhere.
enum Open {
    /// Goes on there.
    Way { step: u32, place: usize },
    /// Gives a slot its value back.
    Slot { slot: u32, value: usize },
}

struct Search<'t> {
    program: &'t Program,
    text: &'t [char],
    sets: &'t [Set],
    slots: Vec<usize>,
    steps: usize,
}

/// Whether a pattern matches the whole of a text.
pub(super) fn matches(program: &Program, sets: &[Set], text: &[char]) -> Result<bool, GivenUp> {
    if text.len() > LONGEST_TEXT {
        return Err(GivenUp);
    }
    let slots = vec![NOWHERE; program.slots as usize];
    let mut search = Search { program, text, sets, slots, steps: 0 };
    let whole = program.parts.len() as u32 - 1;
    Ok(search.part(whole, 0, Some(text.len()))?.is_some())
}

impl Search<'_> {
    /// Where a part that begins at a place ends, which may be given. Slots stay changed when it
    /// matches.
    fn part(&mut self, part: u32, place: usize, end: Option<usize>) -> Result<Option<usize>, GivenUp> {
        let program = self.program;
        let steps = &program.parts[part as usize].steps;
        let mut open = vec![Open::Way { step: 0, place }];
        while let Some(next) = open.pop() {
            let (mut step, mut place) = match next {
                Open::Way { step, place } => (step, place),
                Open::Slot { slot, value } => {
                    self.slots[slot as usize] = value;
                    continue;
                }
            };
            loop {
                self.steps += 1;
                if self.steps > MOST_STEPS {
                    return Err(GivenUp);
                }
                match steps[step as usize] {
                    Step::Set(set) => match self.text.get(place) {
                        Some(character) if self.sets[set as usize].contains(*character) => {
                            place += 1;
                            step += 1;
                        }
                        _ => break,
                    },
                    Step::Split(one, other) => {
                        open.push(Open::Way { step: other, place });
                        step = one;
                    }
                    Step::Jump(to) => step = to,
                    Step::Assert(assertion) if assertion.holds(self.text, place) => step += 1,
                    Step::Look { part, is_negated } => {
                        let before = self.slots.clone();
                        let is_found = self.look(part, place)?;
                        if is_found == is_negated {
                            self.slots = before;
                            break;
                        }
                        self.note_changes(before, &mut open);
                        step += 1;
                    }
                    Step::Atomic(part) => {
                        let before = self.slots.clone();
                        let Some(end) = self.part(part, place, None)? else {
                            self.slots = before;
                            break;
                        };
                        self.note_changes(before, &mut open);
                        place = end;
                        step += 1;
                    }
                    Step::Save(slot) => {
                        let value = std::mem::replace(&mut self.slots[slot as usize], place);
                        open.push(Open::Slot { slot, value });
                        step += 1;
                    }
                    Step::Progress { slot, otherwise } => {
                        step = if self.slots[slot as usize] == place { otherwise } else { step + 1 };
                    }
                    Step::Back { group, case } => match self.back(group, case, place) {
                        Some(end) => {
                            place = end;
                            step += 1;
                        }
                        None => break,
                    },
                    Step::Condition { group, otherwise } => {
                        step = if self.group(group).is_some() { step + 1 } else { otherwise };
                    }
                    Step::Match if end.is_none_or(|end| end == place) => return Ok(Some(place)),
                    Step::Assert(_) | Step::Match => break,
                }
            }
        }
        Ok(None)
    }

    /// The slots that were changed get their values back when this way leads nowhere.
    fn note_changes(&self, before: Vec<usize>, open: &mut Vec<Open>) {
        for (slot, (value, now)) in before.into_iter().zip(&self.slots).enumerate() {
            if value != *now {
                open.push(Open::Slot { slot: slot as u32, value });
            }
        }
    }

    fn look(&mut self, part: u32, place: usize) -> Result<bool, GivenUp> {
        if self.program.parts[part as usize].direction == Direction::Forward {
            return Ok(self.part(part, place, None)?.is_some());
        }
        // Behind: from the nearest start to the farthest.
        for start in (0..=place).rev() {
            self.steps += 1;
            if self.part(part, start, Some(place))?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn group(&self, group: u32) -> Option<(usize, usize)> {
        let [start, end] = [2 * group, 2 * group + 1].map(|slot| self.slots[slot as usize]);
        (start != NOWHERE && end != NOWHERE && start <= end).then_some((start, end))
    }

    /// Where what a group matched ends when it stands at a place again.
    fn back(&mut self, group: u32, case: Case, place: usize) -> Option<usize> {
        let (start, end) = self.group(group)?;
        let found = self.text.get(place..place + (end - start))?;
        self.steps += found.len() / 8;
        let is_same = |(one, other): (&char, &char)| one == other || case.is_repeated(*one, *other);
        self.text[start..end].iter().zip(found).all(is_same).then_some(place + (end - start))
    }
}
