//! Keys that are expected.

use super::bytes::begins_with;
use super::habits::Order;
use super::{Reader, Stopped};

/// What stands before and behind a key that is written as usual.
const BEFORE: usize = 1;
const BEHIND: usize = 2;

impl Reader<'_> {
    /// Reads a key, if it is this one and is written as usual. Everything in it stands for itself.
    #[inline]
    pub(super) fn takes_key(&mut self, key: &str) -> bool {
        self.peek();
        let rest = self.rest();
        let end = BEFORE + key.len();
        let is_here = rest.first() == Some(&b'"')
            && rest.get(end..end + BEHIND) == Some(b"\":")
            && begins_with(&rest[BEFORE..], key.as_bytes());
        if is_here {
            self.advance(end + BEHIND);
        }
        is_here
    }

    /// Reads a key, and says the place of the known one that it is; one that is not known is beyond
    /// them all.
    pub(super) fn known_key(&mut self, known: &[&str], order: &mut Order) -> Result<usize, Stopped> {
        self.peek();
        let guess = self.habits.next(order);
        match known.get(guess) {
            Some(key) if begins_with(self.rest(), key.as_bytes()) => {
                self.advance(key.len());
                order.came(guess);
                Ok(guess)
            }
            _ => self.other_key(known, order),
        }
    }

    /// [`known_key`](Self::known_key) where another one stands than was expected.
    #[cold]
    #[inline(never)]
    fn other_key(&mut self, known: &[&str], order: &mut Order) -> Result<usize, Stopped> {
        let key = self.key()?;
        let place = known.iter().position(|known| known[BEFORE..known.len() - BEHIND] == *key);
        if let Some(place) = place {
            self.habits.note_next(order, place);
        }
        Ok(place.unwrap_or(known.len()))
    }
}
