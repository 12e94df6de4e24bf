//! What waits to be sent about one person.

use std::collections::HashMap;
use std::sync::Arc;

use super::delivery::{Delivery, State};
use super::ledger::{End, Ledger};
use super::piece::{Content, Key, Piece};
use crate::decision::datafile::DataFile;

/// From so many pieces on they are found by an index.
const WORTH_AN_INDEX: usize = 32;

/// A list that empties as the platform accepts what is in it. It is no part of what conditions read.
///
/// The client's gauges follow every change here, and a list that is dropped takes its pieces out of
/// them: whoever lets pieces go has to say what became of them, or the counts do not agree any more.
#[derive(Debug)]
pub(crate) struct Outbox {
    ledger: Arc<Ledger>,
    pieces: Vec<Piece>,
    /// Where the piece of each key is, once there are many.
    index: Option<HashMap<Key, u32>>,
    withheld: usize,
    bytes: usize,
    /// Counts up with the conversions that come.
    arrivals: u32,
}

/// What became of the part of a request that belongs to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Delivered,
    /// To be sent again with others.
    Unsent,
    /// To be sent again, alone.
    Aside,
    Refused,
    GivenUp,
    /// To be sent from disk.
    Spooled,
    /// The person asked to be forgotten.
    Forgotten,
}

impl Outbox {
    pub(super) fn new(ledger: &Arc<Ledger>) -> Self {
        Self {
            ledger: Arc::clone(ledger),
            pieces: Vec::new(),
            index: None,
            withheld: 0,
            bytes: 0,
            arrivals: 0,
        }
    }

    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The pieces that wait for the platform alone.
    pub(crate) fn pending(&self) -> usize {
        self.pieces.len() - self.withheld
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether there is a piece in this state.
    pub(crate) fn has(&self, state: State) -> bool {
        self.pieces.iter().any(|piece| piece.delivery.state() == state)
    }

    pub(super) fn next_arrival(&mut self) -> u32 {
        self.arrivals = self.arrivals.saturating_add(1);
        self.arrivals
    }

    /// The place of the piece with this key.
    pub(super) fn find(&mut self, key: Key) -> Option<usize> {
        if self.pieces.len() < WORTH_AN_INDEX {
            return self.pieces.iter().position(|piece| piece.key == Some(key));
        }
        let pieces = &self.pieces;
        let index = self.index.get_or_insert_with(|| {
            (0..).zip(pieces).filter_map(|(place, piece)| piece.key.map(|key| (key, place))).collect()
        });
        index.get(&key).map(|place| *place as usize)
    }

    /// Adds a piece that was not counted before, in the place of the one with its key that waits.
    pub(super) fn accept(&mut self, key: Option<Key>, order: u32, content: Content, state: State) {
        self.ledger.accept();
        let replaced = self.put(Piece { delivery: Delivery::new(state), order, key, content });
        self.ledger.end(End::Replaced, u64::from(replaced));
    }

    /// Adds a piece. Returns whether one with its key had to go for it.
    pub(super) fn put(&mut self, piece: Piece) -> bool {
        let place = piece.key.and_then(|key| self.find(key));
        self.count(&piece, 1);
        let Some(place) = place else {
            if let (Some(index), Some(key)) = (&mut self.index, piece.key) {
                index.insert(key, self.pieces.len() as u32);
            }
            if self.pieces.len() == self.pieces.capacity() {
                // Most visitors have one or two.
                self.pieces.reserve_exact((self.pieces.len() / 2).max(1));
            }
            self.pieces.push(piece);
            return false;
        };
        let old = std::mem::replace(&mut self.pieces[place], piece);
        self.count(&old, -1);
        true
    }

    /// Counts a piece that came, or that goes.
    fn count(&mut self, piece: &Piece, sign: i64) {
        let is_withheld = piece.delivery.state() == State::Withheld;
        self.withheld = self.withheld.saturating_add_signed(sign as isize * isize::from(is_withheld));
        self.bytes = self.bytes.saturating_add_signed(sign as isize * piece.weight() as isize);
        self.ledger.move_gauges(sign * i64::from(!is_withheld), sign * i64::from(is_withheld));
    }

    /// Takes the piece with this key away, for the reason given.
    pub(super) fn drop_key(&mut self, key: Key, end: End) {
        if self.find(key).is_some() {
            self.drop_where(end, |piece| piece.key == Some(key));
        }
    }

    /// Takes pieces away, for the reason given. Returns how many.
    pub(super) fn drop_where(&mut self, end: End, mut is_it: impl FnMut(&Piece) -> bool) -> u64 {
        let taken = self.take_where(&mut is_it);
        let count = taken.len() as u64;
        self.ledger.end(end, count);
        count
    }

    /// Takes pieces out. What becomes of them is the caller's to say.
    pub(super) fn take_where(&mut self, is_it: impl FnMut(&Piece) -> bool) -> Vec<Piece> {
        let mut is_it = is_it;
        let (taken, kept): (Vec<Piece>, Vec<Piece>) =
            std::mem::take(&mut self.pieces).into_iter().partition(|piece| is_it(piece));
        self.pieces = kept;
        self.index = None;
        taken.iter().for_each(|piece| self.count(piece, -1));
        taken
    }

    fn set_state(&mut self, place: usize, state: State) {
        let old = self.pieces[place].delivery.state();
        if old == state {
            return;
        }
        self.pieces[place].delivery.set(state);
        let withheld = i64::from(state == State::Withheld) - i64::from(old == State::Withheld);
        self.withheld = self.withheld.saturating_add_signed(withheld as isize);
        self.ledger.move_gauges(-withheld, withheld);
    }

    /// Looks anew at what may leave. Returns whether something may now that might not before.
    pub(super) fn settle(&mut self, may_leave: impl Fn(&Content) -> bool) -> bool {
        let mut released = false;
        for place in 0..self.pieces.len() {
            let piece = &self.pieces[place];
            match (piece.delivery.state(), may_leave(&piece.content)) {
                (State::Withheld, true) => {
                    released = true;
                    self.set_state(place, State::Unsent);
                }
                (State::Unsent | State::Aside, false) => self.set_state(place, State::Withheld),
                _ => {}
            }
        }
        released
    }

    /// Lets go of what a data file keeps here, unless it is part of the request under way.
    pub(super) fn drop_local(&mut self, file: Option<&DataFile>) {
        let Some(file) = file else { return };
        self.drop_where(End::Replaced, |piece| {
            piece.delivery.state() != State::Sending && piece.content.is_local(file)
        });
    }

    /// The places of the pieces in the order in which their lines go.
    pub(crate) fn in_order(&self) -> Vec<u32> {
        let mut places: Vec<u32> = (0..self.pieces.len() as u32).collect();
        places.sort_by_key(|place| {
            let piece = &self.pieces[*place as usize];
            (piece.content.rank(), piece.order)
        });
        places
    }

    /// The nonce of a piece, drawn now if it has none.
    pub(crate) fn nonce(&mut self, place: u32) -> u64 {
        self.pieces[place as usize].delivery.nonce_or_draw(super::delivery::draw_nonce)
    }

    /// Marks a piece as part of the request under way.
    pub(crate) fn start(&mut self, place: u32) {
        self.set_state(place as usize, State::Sending);
    }

    /// Whether a piece of this content is among those with these nonces that are being sent.
    pub(super) fn has_in_flight(&self, nonces: &[u64], is_it: impl Fn(&Content) -> bool) -> bool {
        self.pieces.iter().any(|piece| {
            piece.delivery.state() == State::Sending
                && is_it(&piece.content)
                && piece.delivery.nonce().is_some_and(|nonce| nonces.contains(&nonce))
        })
    }

    /// The request under way had no answer for the pieces with these nonces. Returns how many there were.
    pub(super) fn note_unanswered(&mut self, nonces: &[u64]) -> usize {
        let is_part = is_in_flight(nonces);
        let parts = self.pieces.iter_mut().filter(|piece| is_part(piece));
        parts.map(|piece| piece.delivery.note_unanswered()).count()
    }

    /// Gives all pieces up. Returns how many of them the platform may have.
    pub(super) fn give_up_all(&mut self) -> u64 {
        let unanswered = self.unanswered();
        self.drop_where(End::GivenUp, |_| true);
        unanswered
    }

    pub(super) fn unanswered(&self) -> u64 {
        self.pieces.iter().filter(|piece| piece.delivery.is_unanswered()).count() as u64
    }

    /// Ends the request under way for the pieces with these nonces. Returns how many there were.
    pub(super) fn finish(&mut self, nonces: &[u64], outcome: Outcome) -> u64 {
        let is_part = is_in_flight(nonces);
        let state = match outcome {
            Outcome::Delivered => return self.drop_where(End::Sent, is_part),
            Outcome::Refused => return self.drop_where(End::Refused, is_part),
            Outcome::GivenUp => return self.drop_where(End::GivenUp, is_part),
            Outcome::Spooled => return self.drop_where(End::Spooled, is_part),
            Outcome::Forgotten => return self.drop_where(End::Unconsented, is_part),
            Outcome::Unsent => State::Unsent,
            Outcome::Aside => State::Aside,
        };
        let mut count = 0;
        for place in 0..self.pieces.len() {
            if is_part(&self.pieces[place]) {
                self.set_state(place, state);
                count += 1;
            }
        }
        count
    }

    /// Lets the oldest pieces go until what waits takes at most so many bytes.
    pub(super) fn keep_within(&mut self, most: usize) -> u64 {
        if self.bytes <= most {
            return 0;
        }
        // Room for a while, not for one piece at a time.
        let goal = most - most / 16;
        let mut surplus = self.bytes - goal;
        self.drop_where(End::GivenUp, |piece| {
            let goes = surplus > 0 && piece.delivery.state() != State::Sending;
            if goes {
                surplus = surplus.saturating_sub(piece.weight());
            }
            goes
        })
    }
}

/// Whether a piece is among those with these nonces that are being sent.
fn is_in_flight(nonces: &[u64]) -> impl Fn(&Piece) -> bool + use<> {
    let mut sorted = nonces.to_vec();
    sorted.sort_unstable();
    move |piece| {
        piece.delivery.state() == State::Sending
            && piece.delivery.nonce().is_some_and(|nonce| sorted.binary_search(&nonce).is_ok())
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.ledger.move_gauges(-(self.pending() as i64), -(self.withheld as i64));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Conversion;

    fn outbox(pieces: u64) -> (Arc<Ledger>, Outbox) {
        let ledger = Arc::new(Ledger::new());
        let mut outbox = Outbox::new(&ledger);
        for number in 0..pieces {
            let content = Content::Conversion(Box::new(Conversion::new(number as i64)));
            outbox.accept(None, number as u32, content, State::Unsent);
        }
        (ledger, outbox)
    }

    /// Whether every piece that was accepted is in one place.
    fn agrees(ledger: &Ledger) -> bool {
        let counts = ledger.read();
        let ended = counts.sent + counts.replaced + counts.given_up + counts.refused + counts.unconsented;
        counts.accepted == ended + counts.pending + counts.withheld
    }

    #[test]
    fn a_leak_breaks_the_equation_of_the_counts() {
        let (ledger, mut outbox) = outbox(3);
        assert!(agrees(&ledger));
        outbox.drop_where(End::GivenUp, |piece| piece.order == 0);
        assert!(agrees(&ledger), "what goes with a reason is counted");
        drop(outbox.take_where(|piece| piece.order == 1));
        assert!(!agrees(&ledger), "what is let go without one is missed");
        outbox.accept(None, 9, Content::Conversion(Box::new(Conversion::new(9))), State::Withheld);
        assert_eq!((ledger.read().pending, ledger.read().withheld), (1, 1));
        drop(outbox);
        let counts = ledger.read();
        assert_eq!((counts.pending, counts.withheld), (0, 0), "a list that is dropped waits for nothing");
        assert!(!agrees(&ledger));
    }

    #[test]
    fn a_later_piece_of_a_kind_is_found_among_many() {
        let (ledger, mut outbox) = outbox(0);
        for round in 0..2 {
            for id in 0..1_000 {
                let content = Content::Experiment {
                    experiment_id: id,
                    variation_id: round,
                    kind: crate::decision::datafile::RuleKind::Experimentation,
                };
                outbox.accept(Some(Key::Experiment(id)), id as u32, content, State::Unsent);
            }
        }
        assert_eq!((outbox.pending(), ledger.read().replaced), (1_000, 1_000));
        assert!(agrees(&ledger));
    }

    #[test]
    fn what_is_beyond_the_bound_goes_oldest_first_and_is_counted() {
        let (ledger, mut outbox) = outbox(100);
        let most = outbox.bytes() / 2;
        let gone = outbox.keep_within(most);
        assert!(outbox.bytes() <= most && gone > 50, "{gone}");
        assert_eq!(outbox.pieces().first().map(|piece| u64::from(piece.order)), Some(gone));
        assert_eq!(ledger.read().given_up, gone);
        assert!(agrees(&ledger));
    }
}
