//! How far a piece of data is on its way to the platform.

/// Where a piece of data stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Waits to be sent.
    Unsent,
    /// Part of the request that is under way.
    Sending,
    /// Delivered, or never to be sent.
    Sent,
}

/// State and nonce of a piece of data in one word: a million visitors have several each.
///
/// The nonce is drawn when the piece is first sent and kept over retries, by which the platform
/// knows a repetition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delivery(u64);

const STATE_BITS: u32 = 2;

impl Delivery {
    pub(crate) const UNSENT: Self = Self(0);
    pub(crate) const SENT: Self = Self(2);

    pub(crate) fn new(track: bool) -> Self {
        if track { Self::UNSENT } else { Self::SENT }
    }

    pub(crate) fn state(self) -> State {
        match self.0 & 3 {
            0 => State::Unsent,
            1 => State::Sending,
            _ => State::Sent,
        }
    }

    /// Whether the platform still has to get it.
    pub(crate) fn is_due(self) -> bool {
        self.state() != State::Sent
    }

    /// Whether a request brought it to the platform; what was never to be sent has no nonce.
    pub(crate) fn was_delivered(self) -> bool {
        !self.is_due() && self.0 >> STATE_BITS != 0
    }

    /// Moves what is unsent into the request under way. Returns the nonce when the piece belongs
    /// to that request.
    pub(crate) fn start(&mut self, draw: impl FnOnce() -> u64) -> Option<u64> {
        if self.state() == State::Sent {
            return None;
        }
        let mut nonce = self.0 >> STATE_BITS;
        if nonce == 0 {
            nonce = (draw() >> STATE_BITS).max(1);
        }
        self.0 = (nonce << STATE_BITS) | 1;
        Some(nonce)
    }

    /// The nonce of a piece that is part of every request. What is delivered stays so.
    pub(crate) fn start_again(&mut self, draw: impl FnOnce() -> u64) -> u64 {
        let sent = self.state() == State::Sent;
        if sent {
            self.0 &= !3;
        }
        let nonce = self.start(draw).unwrap_or_default();
        if sent {
            self.0 = (self.0 & !3) | 2;
        }
        nonce
    }

    /// Gives up what waits to be sent. Returns whether it did.
    pub(crate) fn give_up(&mut self) -> bool {
        let unsent = self.state() == State::Unsent;
        if unsent {
            *self = Self::SENT;
        }
        unsent
    }

    /// Ends the request under way for this piece. Returns whether it was part of it.
    pub(crate) fn finish(&mut self, delivered: bool) -> bool {
        let sending = self.state() == State::Sending;
        if sending {
            self.0 = (self.0 & !3) | if delivered { 2 } else { 0 };
        }
        sending
    }
}

/// A piece of data that is sent.
#[derive(Debug, Clone)]
pub(crate) struct Tracked<T> {
    pub(crate) delivery: Delivery,
    pub(crate) value: T,
}

impl<T> Tracked<T> {
    pub(crate) fn new(value: T, track: bool) -> Self {
        Self { delivery: Delivery::new(track), value }
    }
}

#[cfg(test)]
mod tests {
    use super::{Delivery, State};

    #[test]
    fn a_nonce_is_kept_until_the_piece_is_delivered() {
        let mut delivery = Delivery::UNSENT;
        let nonce = delivery.start(|| 0xABCD_EF01_2345_6789).unwrap();
        assert_eq!(delivery.state(), State::Sending);
        assert!(delivery.finish(false));
        assert_eq!(delivery.state(), State::Unsent);
        assert_eq!(delivery.start(|| unreachable!()), Some(nonce));
        assert!(!delivery.was_delivered());
        assert!(delivery.finish(true));
        assert!(delivery.was_delivered() && !Delivery::SENT.was_delivered());
        assert_eq!(delivery.start(|| unreachable!()), None);
        assert!(!delivery.finish(false), "what is delivered stays delivered");
    }
}
