//! What had to wait for a data file, or what a newer one decides otherwise.

use std::sync::Arc;

use super::delivery::{Delivery, State};
use super::entry::Visitor;
use super::known::{Aftermath, Known, Moment};
use super::ledger::End;
use super::piece::{Content, Key, Piece};
use super::store::VisitorStore;
use crate::data::CustomData;
use crate::decision::profile::CustomDataEntry;
use crate::decision::record::Field;

impl VisitorStore {
    /// Finds the indices of names, and the users whom mapping identifiers name, as the data file says:
    /// what conditions read of the persons who are here.
    pub(crate) fn settle_names(&self, moment: Moment<'_>) {
        self.for_each_person(|person| {
            self.settle_person(person, moment, |_| {});
        });
    }

    /// [`settle_names`](Self::settle_names), and looks anew at what may leave. Tells of each person of
    /// whom something may that was kept back before.
    pub(crate) fn settle(&self, moment: Moment<'_>, mut released: impl FnMut(&Arc<Visitor>)) {
        self.for_each_person(|person| {
            let mut is_released = false;
            self.settle_person(person, moment, |known| is_released = known.settle_outbox(moment));
            if is_released {
                released(person);
            }
        });
    }

    fn settle_person(&self, person: &Arc<Visitor>, moment: Moment<'_>, then: impl FnOnce(&mut Known<'_>)) {
        let mut after = Aftermath { was_known: true, takes_no_names: true, ..Aftermath::default() };
        self.change_known(person, |known| {
            known.settle_names(person.code(), moment, &mut after);
            then(known);
        });
        self.follow_up(person, after, moment);
    }
}

impl Known<'_> {
    fn settle_names(&mut self, code: &str, moment: Moment<'_>, after: &mut Aftermath) {
        if let Some(more) = self.more.as_deref_mut() {
            let unnamed = more.outbox.take_where(|piece| matches!(piece.content, Content::Unnamed(_)));
            let told = unnamed.into_iter().filter_map(|piece| match piece.content {
                Content::Unnamed(data) => Some((piece.order, *data, true)),
                _ => None,
            });
            let untold = more.unnamed.take().into_iter().map(|(arrival, data)| (arrival, data, false));
            let mut named: Vec<(u32, CustomData, bool)> = told.chain(untold).collect();
            // As they came: the later of one index counts.
            named.sort_by_key(|(arrival, ..)| *arrival);
            let mut settled = Vec::new();
            for (_, data, track) in named {
                self.settle_name(data, code, Moment { track, ..moment }, after, &mut settled);
            }
        }
        let mapping: Vec<Box<str>> = self
            .profile
            .custom_data
            .iter()
            .filter_map(|entry| entry.mapping(moment.file).map(Into::into))
            .collect();
        if !mapping.is_empty() {
            self.map_to(code, moment.now);
            after.users.extend(mapping);
        }
    }

    /// Whether something may leave now that was kept back before.
    fn settle_outbox(&mut self, moment: Moment<'_>) -> bool {
        let Some(outbox) = self.outbox() else { return false };
        outbox.drop_local(moment.file);
        self.release(moment.file)
    }

    /// Finds the index of a custom data that was given by name. It was counted when it came. `settled`
    /// has the indices of those before it that are to be sent.
    fn settle_name(
        &mut self,
        data: CustomData,
        code: &str,
        moment: Moment<'_>,
        after: &mut Aftermath,
        settled: &mut Vec<u32>,
    ) {
        let info = data.name().and_then(|name| moment.file?.custom_data.by_name(name));
        let Some(info) = info else {
            after.unknown_names.extend(data.name().map(Into::into));
            return self.ledger.end(End::GivenUp, u64::from(moment.track));
        };
        let CustomData { values, overwrite, .. } = data;
        let entry = CustomDataEntry { index: info.index, overwrite, is_local: true, values };
        if let Some(user) = entry.mapping(moment.file) {
            after.users.push(user.into());
            self.map_to(code, moment.now);
        }
        self.stamp(Field::CustomData(info.index), moment.now);
        let order = self.profile.set_custom_data(entry.clone()) as u32;
        if !moment.track {
            // As with a data file at hand: what is not to be sent takes the place of what was.
            if let Some(outbox) = self.outbox().filter(|_| settled.contains(&info.index)) {
                outbox.drop_key(Key::CustomData(info.index), End::Replaced);
            }
            return;
        }
        if info.local_only {
            return self.ledger.end(End::Replaced, 1);
        }
        let piece = Piece {
            delivery: Delivery::new(State::Withheld),
            order,
            key: Some(Key::CustomData(info.index)),
            content: Content::CustomData(entry),
        };
        let replaced = self.more().outbox.put(piece);
        self.ledger.end(End::Replaced, u64::from(replaced));
        settled.push(info.index);
    }
}
