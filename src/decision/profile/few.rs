//! A list that mostly has one item.

/// A list whose only item needs no allocation of its own: most visitors have one item of a kind,
/// and a million visitors are kept.
#[derive(Debug, Clone, Default)]
pub(crate) enum Few<T> {
    #[default]
    None,
    One(T),
    Many(Vec<T>),
}

impl<T> Few<T> {
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::None => &[],
            Self::One(item) => std::slice::from_ref(item),
            Self::Many(items) => items,
        }
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Self::None => &mut [],
            Self::One(item) => std::slice::from_mut(item),
            Self::Many(items) => items,
        }
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.as_slice().iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.as_slice().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts an item in a place that is at most the length.
    pub(crate) fn insert(&mut self, place: usize, new: T) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(new),
            Self::One(item) => {
                let mut items = Vec::with_capacity(2);
                items.push(item);
                items.insert(place.min(1), new);
                Self::Many(items)
            }
            Self::Many(mut items) => {
                let place = place.min(items.len());
                items.insert(place, new);
                Self::Many(items)
            }
        };
    }

    pub(crate) fn push(&mut self, new: T) {
        if let Self::Many(items) = self {
            return items.push(new);
        }
        self.insert(1, new);
    }

    /// Lets so many of the first items go.
    pub(crate) fn drop_first(&mut self, count: usize) {
        match self {
            Self::Many(items) => {
                items.drain(..count.min(items.len()));
            }
            Self::One(_) if count > 0 => *self = Self::None,
            _ => {}
        }
    }
}

impl<'a, T> IntoIterator for &'a Few<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::Few;

    #[test]
    fn it_is_a_list_whatever_its_length() {
        let mut few = Few::default();
        let mut list = Vec::new();
        for (place, item) in [(0, 'a'), (0, 'b'), (1, 'c'), (3, 'd')] {
            few.insert(place, item);
            list.insert(place, item);
            assert_eq!(few.as_slice(), list);
        }
        few.push('e');
        list.push('e');
        few.drop_first(2);
        assert_eq!(few.as_slice(), &list[2..]);
        few.drop_first(9);
        assert!(few.is_empty());
        let mut one = Few::One(7);
        one.drop_first(0);
        assert_eq!(one.len(), 1);
        one.drop_first(1);
        assert!(one.is_empty());
    }
}
