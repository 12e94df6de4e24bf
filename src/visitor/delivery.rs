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

/// State and nonce of a piece of data in one word.
///
/// The nonce is drawn when the piece is first written into a request and kept over retries, by which
/// the platform knows a repetition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delivery(u64);

const STATE_BITS: u32 = 2;

/// A new nonce. From the system: a generator in the process would give a forked one the same nonces.
pub(crate) fn draw_nonce() -> u64 {
    (chance::bits() >> STATE_BITS).max(1)
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

    /// The nonce, if the piece was ever written into a request.
    pub(crate) fn nonce(self) -> Option<u64> {
        Some(self.0 >> STATE_BITS).filter(|nonce| *nonce != 0)
    }

    /// The nonce, drawn now if there is none yet.
    pub(crate) fn nonce_or_draw(&mut self, draw: impl FnOnce() -> u64) -> u64 {
        if let Some(nonce) = self.nonce() {
            return nonce;
        }
        let nonce = (draw() << STATE_BITS >> STATE_BITS).max(1);
        self.0 |= nonce << STATE_BITS;
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
        }
        assert_eq!(Delivery::new(State::Unsent).nonce_or_draw(|| 0), 1);
    }
}
