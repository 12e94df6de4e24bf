//! What was written into a request and must not go with a further one.

use std::collections::HashSet;
use std::sync::Arc;

use super::entry::Visitor;
use super::more::More;
use super::piece::Piece;
use super::store::VisitorStore;
use crate::decision::datafile::DataFile;
use crate::decision::profile::Consent;

impl VisitorStore {
    /// Which of the lines of a visitor, by their nonces, may not be sent again as things stand: consent
    /// was refused since, a data file came that wants it, or keeps them here, or the person was
    /// forgotten.
    pub(crate) fn taken_back(&self, visitor: &Arc<Visitor>, nonces: &[u64], file: &DataFile) -> Vec<u64> {
        let mut person = visitor.person();
        while let Some(next) = person.became() {
            person = next;
        }
        if person.is_forgotten() {
            return nonces.to_vec();
        }
        let consent_of = |person: &Arc<Visitor>| {
            person.read(|profile, _| profile.map_or(Consent::Unknown, |profile| profile.consent))
        };
        let consent = match person.is_retired() {
            false => consent_of(&person),
            // Had to go: only a word that was said since counts.
            true => match self.find(visitor.code()).map(|current| consent_of(&current)) {
                Some(Consent::Refused) => Consent::Refused,
                _ => return Vec::new(),
            },
        };
        person.read(|_, more| taken_back(consent, more, nonces, file))
    }
}

fn taken_back(consent: Consent, more: Option<&More>, nonces: &[u64], file: &DataFile) -> Vec<u64> {
    let goes = |piece: &Piece| piece.content.may_leave(consent, Some(file)) && !piece.content.is_local(file);
    let pieces = more.map(|more| more.outbox.pieces()).unwrap_or_default();
    let of = |wanted: bool| -> HashSet<u64> {
        pieces
            .iter()
            .filter(|piece| goes(piece) == wanted)
            .filter_map(|piece| piece.delivery.nonce())
            .collect()
    };
    if file.settings.consent_required && consent != Consent::Given {
        // What is no piece (that somebody was there, who it is) needs consent as well.
        let going = of(true);
        return nonces.iter().copied().filter(|nonce| !going.contains(nonce)).collect();
    }
    let staying = of(false);
    nonces.iter().copied().filter(|nonce| staying.contains(nonce)).collect()
}
