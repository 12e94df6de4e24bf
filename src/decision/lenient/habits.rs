//! How whoever wrote a text goes about it, which saves looking: guesses that are cheap to check.

/// How many kinds of objects and arrays are told apart, and fields of an object.
const KINDS: usize = 16;
const FIELDS: usize = 16;
/// Room for more items is not made before they are there.
const MOST_ITEMS: usize = 16;

/// The habits that were seen so far. Kinds are told apart by the size of what is read, so that two may
/// share a place: then guesses are wrong more often.
#[derive(Debug)]
pub(super) struct Habits {
    /// Which field followed on which one: whoever writes many objects of a kind mostly writes their
    /// fields in one order, so that a key can be compared with the one that is expected, instead of
    /// looking for where it ends and for what it is.
    next: [[u8; FIELDS]; KINDS],
    /// How many items the last array had: arrays of a kind are mostly of one length, so that the piece
    /// of memory can be made as large as it has to be.
    lengths: [u8; KINDS],
}

/// How far an object is read.
pub(super) struct Order {
    kind: usize,
    /// One more than the place of the field before; 0 at the beginning.
    last: usize,
}

impl Order {
    pub(super) fn of<T>() -> Self {
        Self { kind: kind_of::<T>(), last: 0 }
    }

    pub(super) fn came(&mut self, place: usize) {
        self.last = (place + 1) % FIELDS;
    }
}

impl Habits {
    pub(super) fn new() -> Self {
        Self { next: [[0; FIELDS]; KINDS], lengths: [1; KINDS] }
    }

    /// The place of the field that probably comes next.
    pub(super) fn next(&self, order: &Order) -> usize {
        usize::from(self.next[order.kind][order.last])
    }

    /// Notes which field came in place of the expected one.
    pub(super) fn note_next(&mut self, order: &mut Order, place: usize) {
        self.next[order.kind][order.last] = place as u8;
        order.came(place);
    }

    /// How many items an array probably has.
    pub(super) fn length<T>(&self) -> usize {
        usize::from(self.lengths[kind_of::<T>()])
    }

    pub(super) fn note_length<T>(&mut self, length: usize) {
        self.lengths[kind_of::<T>()] = length.min(MOST_ITEMS) as u8;
    }
}

const fn kind_of<T>() -> usize {
    size_of::<T>() / 8 % KINDS
}
