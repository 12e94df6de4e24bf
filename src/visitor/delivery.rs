//! How far a piece of data is on its way to the platform.

use crate::chance;

/// Where a piece of data that waits stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Waits to be sent.
    Unsent,
    /// Part of the request that is under way.
    Sending,
    /// Kept back for want of consent, or of a data file that says whether consent is needed.
    Withheld,
    /// The platform refused it when it stood alone: it is tried again by itself, rarely.
    Aside,
}

/// State and nonce of a piece of data in one word, and whether it was in a request without an answer.
///
/// The nonce is drawn when the piece is first written into a request and kept over retries, by which
/// the platform knows a repetition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delivery(u64);

const STATE_BITS: u32 = 2;
const UNANSWERED: u64 = 1 << STATE_BITS;
/// What is not the nonce's.
const LOW_BITS: u32 = STATE_BITS + 1;

/// A new nonce. From the system: a generator in the process would give a forked one the same nonces.
pub(crate) fn draw_nonce() -> u64 {
    (chance::bits() >> LOW_BITS).max(1)
}

impl Delivery {
    pub(crate) fn new(state: State) -> Self {
        let mut delivery = Self(0);
        delivery.set(state);
        delivery
    }

    pub(crate) fn state(self) -> State {
        match self.0 & 3 {
            0 => State::Unsent,
            1 => State::Sending,
            2 => State::Withheld,
            _ => State::Aside,
        }
    }

    pub(super) fn set(&mut self, state: State) {
        let bits = match state {
            State::Unsent => 0,
            State::Sending => 1,
            State::Withheld => 2,
            State::Aside => 3,
        };
        self.0 = (self.0 & !3) | bits;
    }

    /// Whether a request with the piece was sent that had no answer.
    pub(super) fn is_unanswered(self) -> bool {
        self.0 & UNANSWERED != 0
    }

    pub(super) fn note_unanswered(&mut self) {
        self.0 |= UNANSWERED;
    }

    /// The nonce, if the piece was ever written into a request.
    pub(crate) fn nonce(self) -> Option<u64> {
        Some(self.0 >> LOW_BITS).filter(|nonce| *nonce != 0)
    }

    /// The nonce, drawn now if there is none yet.
    pub(crate) fn nonce_or_draw(&mut self, draw: impl FnOnce() -> u64) -> u64 {
        if let Some(nonce) = self.nonce() {
            return nonce;
        }
        let nonce = (draw() << LOW_BITS >> LOW_BITS).max(1);
        self.0 |= nonce << LOW_BITS;
        nonce
    }
}

#[cfg(test)]
mod tests {
    use super::{Delivery, State};

    #[test]
    fn a_nonce_is_kept_whatever_happens_to_the_piece() {
        let mut delivery = Delivery::new(State::Withheld);
        assert_eq!(delivery.nonce(), None);
        let nonce = delivery.nonce_or_draw(|| 0xABCD_EF01_2345_6789);
        for state in [State::Unsent, State::Sending, State::Aside, State::Withheld] {
            delivery.set(state);
            assert_eq!((delivery.state(), delivery.nonce()), (state, Some(nonce)));
            assert_eq!(delivery.nonce_or_draw(|| unreachable!()), nonce);
            if state == State::Sending {
                assert!(!delivery.is_unanswered());
                delivery.note_unanswered();
            }
        }
        assert!(delivery.is_unanswered(), "that is kept too");
        assert_eq!(Delivery::new(State::Unsent).nonce_or_draw(|| 0), 1);
    }
}
