//! The conversions of a visitor, as conditions read them.

use super::few::Few;

/// When a goal was last reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reached {
    pub(crate) goal_id: i64,
    /// Milliseconds since the epoch.
    pub(crate) time: i64,
}

/// The newest conversion of each goal: a condition asks whether there is one since a moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conversions(Few<Reached>);

impl Conversions {
    /// Sorted by goal.
    pub(crate) fn as_slice(&self) -> &[Reached] {
        self.0.as_slice()
    }

    pub(crate) fn note(&mut self, goal_id: i64, time: i64) {
        match self.as_slice().binary_search_by_key(&goal_id, |reached| reached.goal_id) {
            Ok(place) => {
                let known = &mut self.0.as_mut_slice()[place];
                known.time = known.time.max(time);
            }
            Err(place) => self.0.insert(place, Reached { goal_id, time }),
        }
    }

    pub(crate) fn adopt(&mut self, other: &Self) {
        other.as_slice().iter().for_each(|reached| self.note(reached.goal_id, reached.time));
    }

    /// Lets the goals that were reached longest ago go, down to this many.
    pub(crate) fn keep_newest(&mut self, most: usize) {
        let mut times: Vec<i64> = self.0.iter().map(|reached| reached.time).collect();
        if times.len() <= most {
            return;
        }
        times.sort_unstable();
        let first_kept = times[times.len() - most];
        if let Few::Many(list) = &mut self.0 {
            list.retain(|reached| reached.time > first_kept);
        }
    }
}
