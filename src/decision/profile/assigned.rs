//! The variations that are assigned to a visitor.

use super::few::Few;
use crate::decision::datafile::RuleKind;

/// Untracked evaluations that follow each other within this many milliseconds count as one moment.
const SAME_MOMENT: u64 = 1000;

/// A variation of an experiment that a visitor was given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Assignment {
    pub(crate) experiment_id: i64,
    pub(crate) variation_id: i64,
    /// When, in milliseconds since the epoch.
    pub(crate) time: i64,
    /// Counts up in the order in which the experiments first came to the visitor.
    pub(crate) order: u32,
    pub(crate) kind: RuleKind,
    /// Whether the evaluation that gave it is told to the platform.
    pub(crate) is_tracked: bool,
}

impl Assignment {
    pub(crate) fn new(experiment_id: i64, variation_id: i64, kind: RuleKind, time: i64, track: bool) -> Self {
        Self { experiment_id, variation_id, time, order: 0, kind, is_tracked: track }
    }

    /// Whether this one says all that a new untracked one of the same experiment would.
    #[inline(always)]
    fn holds(&self, new: &Self, visit_start: i64) -> bool {
        self.variation_id == new.variation_id
            && self.kind == new.kind
            && self.time >= visit_start
            && new.time >= self.time
            && new.time.abs_diff(self.time) < SAME_MOMENT
    }
}

/// All assignments of a visitor, one per experiment, sorted by experiment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Assignments {
    list: Few<Assignment>,
}

impl Assignments {
    pub(crate) fn as_slice(&self) -> &[Assignment] {
        self.list.as_slice()
    }

    /// In the order in which their experiments first came to the visitor.
    pub(crate) fn in_order(&self) -> Vec<Assignment> {
        let mut list = self.as_slice().to_vec();
        list.sort_by_key(|assignment| assignment.order);
        list
    }

    pub(crate) fn get(&self, experiment_id: i64) -> Option<&Assignment> {
        let list = self.as_slice();
        list.get(place(list, experiment_id).ok()?)
    }

    fn place(&self, experiment_id: i64) -> Result<usize, usize> {
        place(self.as_slice(), experiment_id)
    }

    /// Whether saving would change anything that matters. The time of an assignment is compared with
    /// the beginnings of visits: untracked evaluations that repeat within a second, of a visit that
    /// began before the first of them, leave it as it is.
    #[inline]
    pub(crate) fn would_change(&self, new: &[Assignment], visit_start: i64) -> bool {
        let list = self.as_slice();
        let mut next = 0;
        new.iter().any(|new| {
            if new.is_tracked {
                return true;
            }
            // A call over all flags often asks in the order of the list.
            let expected = list.get(next).filter(|old| old.experiment_id == new.experiment_id);
            let old = match expected {
                Some(old) => old,
                None => match self.place(new.experiment_id) {
                    Ok(place) => {
                        next = place;
                        &list[place]
                    }
                    Err(_) => return true,
                },
            };
            next += 1;
            !old.holds(new, visit_start)
        })
    }

    /// [`would_change`](Self::would_change) for a single one.
    #[inline(always)]
    pub(crate) fn would_change_one(&self, new: &Assignment, visit_start: i64) -> bool {
        new.is_tracked || self.get(new.experiment_id).is_none_or(|old| !old.holds(new, visit_start))
    }

    /// Saves an assignment in the place of an older one of the same experiment. Returns the order
    /// in which the experiment came.
    pub(crate) fn save(&mut self, new: Assignment) -> u32 {
        match self.place(new.experiment_id) {
            Ok(place) => {
                let old = &mut self.list.as_mut_slice()[place];
                *old = Assignment { order: old.order, ..new };
                old.order
            }
            Err(place) => self.insert(place, new),
        }
    }

    /// Saves many at once, so that a first evaluation of all flags takes time in proportion to
    /// their number. Of two with the same experiment the later one counts.
    pub(crate) fn save_all(&mut self, new: &[Assignment]) {
        const WORTH_A_MERGE: usize = 16;
        if new.len() < WORTH_A_MERGE {
            return new.iter().for_each(|assignment| {
                self.save(*assignment);
            });
        }
        let mut list = match std::mem::take(&mut self.list) {
            Few::None => Vec::new(),
            Few::One(only) => vec![only],
            Few::Many(list) => list,
        };
        let came = next_order(&list);
        list.extend(new.iter().enumerate().map(|(place, assignment)| Assignment {
            // The order of coming, as if each had been saved alone: the first of an experiment counts.
            order: came.saturating_add(place as u32),
            ..*assignment
        }));
        // Stable: of one experiment the older stays first.
        list.sort_by_key(|assignment| assignment.experiment_id);
        let mut merged: Vec<Assignment> = Vec::with_capacity(list.len());
        for assignment in list {
            match merged.last_mut() {
                Some(last) if last.experiment_id == assignment.experiment_id => {
                    *last = Assignment { order: last.order, ..assignment };
                }
                _ => merged.push(assignment),
            }
        }
        self.list = Few::Many(merged);
    }

    /// Adds an assignment unless its experiment is known already. Returns whether it was added.
    pub(crate) fn add_missing(&mut self, new: Assignment) -> bool {
        let place = self.place(new.experiment_id);
        if let Err(place) = place {
            self.insert(place, new);
        }
        place.is_err()
    }

    fn insert(&mut self, place: usize, new: Assignment) -> u32 {
        let order = next_order(self.as_slice());
        self.list.insert(place, Assignment { order, ..new });
        order
    }

    /// Lets the assignments that came first go, down to this many.
    pub(crate) fn keep_newest(&mut self, most: usize) {
        let mut orders: Vec<u32> = self.list.iter().map(|assignment| assignment.order).collect();
        if orders.len() <= most {
            return;
        }
        orders.sort_unstable();
        let first_kept = orders[orders.len() - most];
        if let Few::Many(list) = &mut self.list {
            list.retain(|assignment| assignment.order >= first_kept);
        }
    }
}

#[inline(always)]
fn place(list: &[Assignment], experiment_id: i64) -> Result<usize, usize> {
    list.binary_search_by_key(&experiment_id, |assignment| assignment.experiment_id)
}

/// The order of an experiment that comes after these. Looked for, which costs no more than making
/// room for it does, so that nothing has to be kept for it.
fn next_order(list: &[Assignment]) -> u32 {
    list.iter().map(|assignment| assignment.order.saturating_add(1)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(assigned: &Assignments) -> Vec<(i64, i64, i64)> {
        assigned.in_order().iter().map(|item| (item.experiment_id, item.variation_id, item.time)).collect()
    }

    #[test]
    fn the_time_is_renewed_when_a_second_has_passed_or_the_visit_is_another_one() {
        let of = |time, track| Assignment::new(1, 2, RuleKind::Experimentation, time, track);
        let mut assigned = Assignments::default();
        assigned.save(of(5_000, false));
        for (time, track, visit_start, changes) in [
            (5_000, false, 4_000, false),
            (5_999, false, 5_000, false),
            (6_000, false, 5_000, true),
            (5_999, false, 5_001, true),
            // The clock was set back.
            (4_999, false, 4_000, true),
            (5_000, true, 4_000, true),
        ] {
            assert_eq!(assigned.would_change(&[of(time, track)], visit_start), changes, "at {time}");
        }
    }

    #[test]
    fn many_at_once_are_saved_as_one_by_one() {
        let of =
            |number: i64| Assignment::new(number * 7 % 40, number, RuleKind::Experimentation, number, true);
        let (mut singly, mut together) = (Assignments::default(), Assignments::default());
        for start in [0, 100, 130] {
            let new: Vec<Assignment> = (start..start + 60).map(of).collect();
            new.iter().for_each(|assignment| {
                singly.save(*assignment);
            });
            together.save_all(&new);
            assert_eq!(shown(&together), shown(&singly));
        }
        together.keep_newest(3);
        let all = shown(&singly);
        assert_eq!(shown(&together), all[all.len() - 3..]);
    }
}
