//! What is wrong with a piece of JSON that was read all the same.

/// How many flaws of one text are told one by one.
const MOST_TOLD: usize = 20;

/// What is wrong with a piece of JSON that was read all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    Surrogate,
    Control,
    Number,
    NotANumber,
    Deep,
    Twice,
}

impl Flaw {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Surrogate => "half of a surrogate pair is replaced by U+FFFD",
            Self::Control => "a control character that is not escaped is taken as it stands",
            Self::Number => "a number beyond all bounds is left out",
            Self::NotANumber => "NaN or Infinity, which JSON does not have, is left out",
            Self::Deep => "a value nested more than 128 deep is left out",
            Self::Twice => "a key is there twice; the later one counts",
        }
    }
}

/// The flaws of a text by their places.
#[derive(Debug, Default)]
pub(crate) struct Flaws {
    first: Vec<(usize, Flaw)>,
    more: usize,
}

impl Flaws {
    pub(super) fn note(&mut self, place: usize, flaw: Flaw) {
        if self.first.len() < MOST_TOLD {
            self.first.push((place, flaw));
        } else {
            self.more += 1;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.first.len() + self.more
    }

    /// Forgets all but the first so many.
    pub(super) fn truncate(&mut self, length: usize) {
        self.more = length.saturating_sub(self.first.len()).min(self.more);
        self.first.truncate(length);
    }

    /// The flaws by their places, and how many there are beyond them.
    pub(super) fn told(&self) -> (&[(usize, Flaw)], usize) {
        (&self.first, self.more)
    }
}
