//! All lines of a visitor for one request.

use std::sync::Arc;

use super::batch::Batch;
use super::line::{Identity, LineWriter, user_agent};
use crate::decision::datafile::DataFile;
use crate::decision::profile::{Consent, Profile};
use crate::visitor::{Content, Known, State, Visitor, VisitorStore, draw_nonce};

/// What building lines needs to know besides the visitor.
#[derive(Clone, Copy)]
pub(super) struct LineContext<'a> {
    pub(super) file: &'a DataFile,
    /// Milliseconds since the epoch.
    pub(super) now: i64,
    /// No line is begun when the batch is longer than this.
    pub(super) most: usize,
    /// A line that is longer, with what else has to be told of its visitor, is left where it is.
    pub(super) most_line: usize,
    pub(super) part: Part,
}

/// What of a visitor goes into a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// What was not refused yet.
    Fresh,
    /// What was refused when it stood alone, alone again.
    Aside,
    /// All of a visitor of whom everything was refused.
    Everything,
}

/// One line that is to be written: a piece, or the mapping identifier that is told again.
enum Item {
    Piece(u32),
    Mapping(usize),
}

impl LineContext<'_> {
    /// Adds the lines of a visitor to a batch and marks what they tell as being sent. A visitor of
    /// whom nothing new is to be told gets an activity line, unless consent is missing. Returns
    /// whether all lines found room.
    pub(super) fn append(self, store: &VisitorStore, visitor: &Arc<Visitor>, batch: &mut Batch) -> bool {
        let consent_required = self.file.settings.consent_required;
        let complete = store.change_known(visitor, |known| {
            if let Some(index) = self.file.custom_data.mapping_index {
                if visitor.is_unique() && known.profile.mapping_identifier().is_none() {
                    known.link_to_itself(index, visitor.code(), self.now);
                }
            }
            self.append_known(visitor, known, batch)
        });
        if complete.is_none() && visitor.is_dead() {
            // It turned out to be somebody else in this instant.
            return store.find(visitor.code()).is_none_or(|current| self.append(store, &current, batch));
        }
        if complete.is_none() && !consent_required && self.part == Part::Fresh {
            batch.begin(Arc::clone(visitor), String::new());
            let identity = Identity { code: visitor.code(), is_mapping_value: visitor.is_unique() };
            let nonce = draw_nonce();
            batch.add(nonce, |text| LineWriter { text, identity: &identity }.activity(nonce));
        }
        complete.unwrap_or(true)
    }

    fn goes(self, state: State) -> bool {
        match self.part {
            // What is being sent is part of the same batch: two names of one person are in it.
            Part::Fresh => matches!(state, State::Unsent | State::Sending),
            Part::Aside => matches!(state, State::Aside | State::Sending),
            Part::Everything => state != State::Withheld,
        }
    }

    fn append_known(self, visitor: &Arc<Visitor>, known: &mut Known<'_>, batch: &mut Batch) -> bool {
        let everything = !self.file.settings.consent_required || known.profile.consent == Consent::Given;
        let items = self.items(known, everything);
        if items.is_empty() && (!everything || self.part != Part::Fresh) {
            return true;
        }
        let agent = known.profile.extra.as_deref().and_then(|extra| extra.user_agent.as_ref());
        let agent = agent.map(|agent| user_agent(agent.value())).unwrap_or_default();
        // A byte of a code is three at most in a file.
        let most_line = self.most_line.saturating_sub(agent.len() + 3 * visitor.code().len());
        let is_own_mapping = known.profile.mapping_identifier() == Some(visitor.code());
        let is_mapping_value = visitor.is_unique() && !is_own_mapping;
        let identity = Identity { code: visitor.code(), is_mapping_value };
        batch.begin(Arc::clone(visitor), agent);
        if items.is_empty() {
            let nonce = draw_nonce();
            batch.add(nonce, |text| LineWriter { text, identity: &identity }.activity(nonce));
        }
        for item in items {
            // A user agent may be longer than a body by itself: one line goes with it.
            if batch.len() > self.most && !batch.is_empty() {
                return false;
            }
            match item {
                Item::Mapping(place) => {
                    let nonce = known.mapping_nonce();
                    let entry = &known.profile.custom_data.as_slice()[place];
                    let writer = |text: &mut String| {
                        LineWriter { text, identity: &identity }.custom_data(nonce, entry, true)
                    };
                    if batch.add(nonce, writer) > most_line {
                        batch.remove_last();
                    }
                }
                Item::Piece(place) => {
                    let (profile, Some(outbox)) = known.split() else { continue };
                    let nonce = outbox.nonce(place);
                    let content = &outbox.pieces()[place as usize].content;
                    let length = batch.add(nonce, |text| {
                        self.write(LineWriter { text, identity: &identity }, nonce, content, profile)
                    });
                    match length <= most_line {
                        true => outbox.start(place),
                        false => batch.remove_last(),
                    }
                }
            }
        }
        true
    }

    /// What is to be told, in the order of the lines.
    fn items(self, known: &mut Known<'_>, everything: bool) -> Vec<Item> {
        let (profile, outbox) = known.split();
        let mut items: Vec<(u8, u32, Item)> = Vec::new();
        let mut told = Vec::new();
        if let Some(outbox) = outbox {
            for place in outbox.in_order() {
                let piece = &outbox.pieces()[place as usize];
                if let Content::CustomData(entry) = &piece.content {
                    told.push(entry.index);
                }
                // What is being sent may not go any more.
                let may_go = piece.content.may_leave(profile.consent, Some(self.file));
                if may_go && self.goes(piece.delivery.state()) {
                    items.push((piece.content.rank(), piece.order, Item::Piece(place)));
                }
            }
        }
        if everything && self.part != Part::Aside {
            let again = profile.custom_data.iter().enumerate().filter(|(_, entry)| {
                entry.mapping(Some(self.file)).is_some() && !told.contains(&entry.index)
            });
            for (place, _) in again {
                let key = (Content::CUSTOM_DATA_RANK, place as u32);
                let at = items.partition_point(|(rank, order, _)| (*rank, *order) <= key);
                items.insert(at, (key.0, key.1, Item::Mapping(place)));
            }
        }
        items.into_iter().map(|(.., item)| item).collect()
    }

    fn write(self, writer: LineWriter<'_>, nonce: u64, content: &Content, profile: &Profile) {
        match content {
            Content::Device(device) => writer.device(nonce, device),
            Content::Browser(browser) => writer.browser(nonce, browser),
            Content::OperatingSystem(system) => writer.operating_system(nonce, system),
            Content::Geolocation(place) => writer.geolocation(nonce, place),
            Content::Visits => {
                let visits = profile.extra.as_deref().and_then(|extra| extra.visits.clone());
                writer.visits(nonce, &visits.unwrap_or_default(), self.now);
            }
            Content::CustomData(entry) => {
                writer.custom_data(nonce, entry, entry.mapping(Some(self.file)).is_some());
            }
            Content::Page(view) => writer.page(nonce, view),
            Content::Experiment { experiment_id, variation_id, .. } => {
                writer.experiment(nonce, *experiment_id, *variation_id);
            }
            Content::TargetedSegment(id) => writer.targeted_segment(nonce, *id),
            Content::Conversion(conversion) => {
                writer.conversion(nonce, conversion, Some(&self.file.custom_data))
            }
            // It has an index once there is a data file, and none is sent before.
            Content::Unnamed(_) => writer.activity(nonce),
        }
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::time::Duration;

    use crate::data::{CustomData, UniqueIdentifier};
    use crate::testing::{DataFile, TestClient};

    #[test]
    fn what_the_own_mapping_takes_the_place_of_is_counted() {
        let client = TestClient::new(DataFile::new().mapping_identifier(3)).unwrap();
        // Without a first value it identifies nobody.
        let data = (CustomData::new(3, [""]), UniqueIdentifier::new(true));
        client.add_data("visitor", data).unwrap();
        assert_eq!(client.tracking_stats().pending, 1);
        assert!(client.flush_and_wait(Duration::from_secs(20)).is_complete());
        let stats = client.tracking_stats();
        assert_eq!((stats.accepted, stats.replaced, stats.pending), (1, 1, 0), "{stats:?}");
    }
}
