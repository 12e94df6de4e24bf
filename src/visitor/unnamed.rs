//! Custom data by name that wait for a data file to tell their index.

use crate::data::CustomData;

/// Custom data by name that are not to be sent: one for each name, the later in place of the earlier, in
/// the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Unnamed {
    /// With the number of its arrival, by which it stands among those that are to be sent.
    items: Vec<(u32, CustomData)>,
    weight: usize,
}

impl Unnamed {
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    fn place(&self, data: &CustomData) -> Option<usize> {
        self.items.iter().position(|(_, known)| known.name() == data.name())
    }

    fn remove(&mut self, place: usize) {
        let (_, data) = self.items.remove(place);
        self.weight -= data.weight();
    }

    pub(super) fn keep(&mut self, arrival: u32, data: CustomData) {
        if let Some(place) = self.place(&data) {
            self.remove(place);
        }
        self.weight += data.weight();
        self.items.push((arrival, data));
    }

    /// Takes over what another person has under names that are not known here.
    pub(super) fn adopt(&mut self, other: Self, mut arrival: impl FnMut() -> u32) {
        for (_, data) in other.items {
            if self.place(&data).is_none() {
                self.keep(arrival(), data);
            }
        }
    }

    /// Lets the oldest go until all are within so many bytes. Whether any had to go.
    pub(super) fn keep_within(&mut self, bytes: usize) -> bool {
        let is_over = self.weight > bytes;
        while self.weight > bytes && !self.items.is_empty() {
            self.remove(0);
        }
        is_over
    }

    /// Takes all out, each with the number of its arrival.
    pub(super) fn take(&mut self) -> Vec<(u32, CustomData)> {
        self.weight = 0;
        std::mem::take(&mut self.items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(unnamed: &Unnamed) -> Vec<(&str, &str)> {
        let items = unnamed.items.iter();
        items.map(|(_, data)| (data.name().unwrap(), data.values().next().unwrap())).collect()
    }

    #[test]
    fn a_name_is_there_once_and_all_together_are_bounded() {
        let mut unnamed = Unnamed::default();
        for round in 0..10_000_u32 {
            unnamed.keep(2 * round, CustomData::named("plan", "iron"));
            unnamed.keep(2 * round + 1, CustomData::named("tier", round.to_string()));
        }
        assert_eq!(values(&unnamed), [("plan", "iron"), ("tier", "9999")]);
        let weight: usize = unnamed.items.iter().map(|(_, data)| data.weight()).sum();
        assert_eq!(unnamed.weight(), weight);
        assert!(!unnamed.keep_within(weight));

        let mut other = Unnamed::default();
        other.keep(0, CustomData::named("tier", "other"));
        other.keep(1, CustomData::named("size", "xl"));
        unnamed.adopt(other, || 20_000);
        assert_eq!(values(&unnamed), [("plan", "iron"), ("tier", "9999"), ("size", "xl")]);
        assert!(unnamed.keep_within(unnamed.weight() - 1));
        assert_eq!(values(&unnamed), [("tier", "9999"), ("size", "xl")]);
        assert!(unnamed.keep_within(0) && unnamed.is_empty() && unnamed.weight() == 0);
        unnamed.keep(0, CustomData::named("plan", "iron"));
        assert_eq!((unnamed.take().len(), unnamed.weight()), (1, 0));
    }
}
