//! What becomes of the pieces of an entry: a request ends, the entry leaves the store, the client ends.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::delivery::State;
use super::entry::{Body, RETIRED, Visitor};
use super::ledger::{End, Ledger};
use super::more::More;
use super::outbox::Outcome;
use super::piece::Content;
use crate::decision::datafile::DataFile;
use crate::decision::profile::Consent;

impl Visitor {
    /// Ends the request under way for the pieces with these nonces, as far as they are here. Returns
    /// how many there were.
    pub(super) fn finish(
        self: &Arc<Self>,
        ledger: &Ledger,
        nonces: &[u64],
        outcome: Outcome,
        file: Option<&DataFile>,
    ) -> u64 {
        let person = self.person();
        let Some(mut body) = person.lock() else { return 0 };
        let Body::Person { more: Some(more), profile } = &mut *body else { return 0 };
        // Nobody would ever send again what belongs to a person who left the store.
        let is_gone = person.is_gone();
        let outcome = match outcome {
            Outcome::Unsent | Outcome::Aside if is_gone && person.is_forgotten() => Outcome::Forgotten,
            Outcome::Unsent | Outcome::Aside if is_gone => Outcome::GivenUp,
            outcome => outcome,
        };
        let before = more.weight();
        // What lies on disk is told as what the platform has: once, and what comes later is new.
        if matches!(outcome, Outcome::Delivered | Outcome::Spooled) {
            more.visits_sent |=
                more.outbox.has_in_flight(nonces, |content| matches!(content, Content::Visits));
            if nonces.contains(&more.mapping_nonce) {
                more.mapping_nonce = 0;
            }
        }
        let count = more.outbox.finish(nonces, outcome);
        if matches!(outcome, Outcome::Unsent | Outcome::Aside) {
            // Consent may have been refused since the request set out, or a data file may have come.
            let consent = profile.as_deref().map_or(Consent::Unknown, |profile| profile.consent);
            more.outbox.drop_local(file);
            more.outbox.settle(|content| content.may_leave(consent, file));
        }
        if !is_gone {
            let after = more.weight();
            let weight = (person.weight.load(Ordering::Relaxed) as usize + after).saturating_sub(before);
            person.weigh(weight, ledger);
        }
        if let Body::Person { more: place, .. } = &mut *body {
            if place.as_deref().is_some_and(More::is_empty) {
                *place = None;
            }
        }
        count
    }

    /// Ends what waits when the client is closed. Returns how many of the pieces given up the platform
    /// may have.
    pub(super) fn give_up(&self, has_file: bool) -> u64 {
        let mut body = self.body.lock();
        let Body::Person { more: Some(more), .. } = &mut *body else { return 0 };
        let withheld_end = if has_file { End::Unconsented } else { End::GivenUp };
        more.outbox.drop_where(withheld_end, |piece| piece.delivery.state() == State::Withheld);
        more.outbox.drop_where(End::Refused, |piece| piece.delivery.state() == State::Aside);
        more.unnamed.take();
        more.outbox.give_up_all()
    }

    /// Ends the entry's life in the store for good, if `may` still agrees once nobody can change it.
    /// What waits is counted as given up or unconsented; what is part of the request under way is
    /// that request's to settle. Returns what was given up, and the other names of the person; none
    /// when the entry lives on.
    pub(super) fn retire(
        &self,
        ledger: &Ledger,
        withheld_end: End,
        may: impl FnOnce(Option<&mut More>) -> bool,
    ) -> Option<(u64, Vec<Box<str>>)> {
        let mut body = self.body.lock();
        let Body::Person { profile, more } = &mut *body else {
            self.mark(RETIRED, true);
            return Some((0, Vec::new()));
        };
        if !may(more.as_deref_mut()) {
            return None;
        }
        self.mark(RETIRED, true);
        self.count_change();
        *profile = None;
        self.weigh(0, ledger);
        let Some(known) = more else { return Some((0, Vec::new())) };
        known.outbox.drop_where(withheld_end, |piece| piece.delivery.state() == State::Withheld);
        let given_up =
            known.outbox.drop_where(End::GivenUp, |piece| piece.delivery.state() != State::Sending);
        let names = std::mem::take(&mut known.names);
        if known.outbox.is_empty() {
            *more = None;
        }
        Some((given_up, names))
    }
}
