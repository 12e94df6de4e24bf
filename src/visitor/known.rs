//! A person while it is being changed.

use std::sync::Arc;

use super::delivery::{State, draw_nonce};
use super::estate::Estate;
use super::ledger::{End, Ledger};
use super::more::More;
use super::outbox::Outbox;
use super::piece::{Content, Key, Piece};
use crate::data::{CustomData, CustomDataKey, Data, PageView};
use crate::decision::datafile::DataFile;
use crate::decision::profile::{
    AdoptedPages, Assignment, Consent, CustomDataEntry, Profile, Remembered, RememberedVisits,
};
use crate::decision::record::Field;

/// What a change has to know besides the data.
#[derive(Clone, Copy)]
pub(crate) struct Moment<'a> {
    /// The data file in use; without one nothing is sent yet.
    pub(crate) file: Option<&'a DataFile>,
    /// Milliseconds since the epoch.
    pub(crate) now: i64,
    /// Whether what comes is to be sent.
    pub(crate) track: bool,
}

/// Whether the platform has to get custom data again that it remembers.
fn goes_back(file: &DataFile, index: u32) -> bool {
    file.custom_data.get(index).is_some_and(|info| info.visitor_scope && !info.local_only)
}

/// What is known of a person, while nobody else can change it.
pub(crate) struct Known<'a> {
    pub(crate) profile: &'a mut Profile,
    pub(super) more: &'a mut Option<Box<More>>,
    pub(super) ledger: &'a Arc<Ledger>,
}

/// What is left to be done once the person may be changed by others again.
#[derive(Debug, Default)]
pub(crate) struct Aftermath {
    /// Users whom the person turned out to be.
    pub(crate) users: Vec<Box<str>>,
    /// The users were told of before, and a data file says now that they are some: a link that is
    /// there already is left as it is.
    pub(crate) was_known: bool,
    /// Nobody says so now: a code that names somebody else by now, who was told of later, stays there.
    pub(crate) takes_no_names: bool,
    /// Names of custom data that the data file does not have.
    pub(crate) unknown_names: Vec<Box<str>>,
}

impl Known<'_> {
    pub(super) fn more(&mut self) -> &mut More {
        let ledger = self.ledger;
        self.more.get_or_insert_with(|| Box::new(More::new(ledger)))
    }

    /// What waits to be sent, if anything does.
    pub(crate) fn outbox(&mut self) -> Option<&mut Outbox> {
        self.more.as_deref_mut().map(|more| &mut more.outbox)
    }

    /// What conditions read, and what waits to be sent.
    pub(crate) fn split(&mut self) -> (&Profile, Option<&mut Outbox>) {
        (self.profile, self.more.as_deref_mut().map(|more| &mut more.outbox))
    }

    /// The nonce of the line that tells the mapping identifier again, kept until it is accepted.
    pub(crate) fn mapping_nonce(&mut self) -> u64 {
        let nonce = &mut self.more().mapping_nonce;
        if *nonce == 0 {
            *nonce = draw_nonce();
        }
        *nonce
    }

    /// Takes in a piece, or, when it is not to be sent, lets the one that it takes the place of go.
    fn tell(&mut self, key: Option<Key>, order: u32, content: Content, moment: Moment<'_>) {
        if moment.track && self.ledger.is_open() {
            let may_leave = content.may_leave(self.profile.consent, moment.file);
            let state = if may_leave { State::Unsent } else { State::Withheld };
            self.more().outbox.accept(key, order, content, state);
        } else if let (Some(key), Some(outbox)) = (key, self.outbox()) {
            outbox.drop_key(key, End::Replaced);
        }
    }

    /// Adds one piece of data. The unique identifier belongs to the visitor's name, and is no matter
    /// of the person.
    pub(crate) fn add(&mut self, data: Data, code: &str, moment: Moment<'_>, after: &mut Aftermath) {
        match data {
            Data::UniqueIdentifier(_) => {}
            Data::Cookie(cookie) => self.profile.extra_mut().cookie = Some(cookie),
            Data::UserAgent(agent) => self.profile.extra_mut().user_agent = Some(agent),
            Data::ApplicationVersion(version) => self.profile.extra_mut().application_version = Some(version),
            Data::CustomData(data) => self.add_custom_data(data, code, moment, after),
            Data::Browser(browser) => {
                self.profile.browser = Some(browser);
                self.tell(Some(Key::Browser), 0, Content::Browser(browser), moment);
            }
            Data::Device(device) => {
                self.profile.extra_mut().device = Some(device);
                self.tell(Some(Key::Device), 0, Content::Device(device), moment);
            }
            Data::OperatingSystem(system) => {
                self.profile.extra_mut().operating_system = Some(system);
                self.tell(Some(Key::OperatingSystem), 0, Content::OperatingSystem(system), moment);
            }
            Data::Geolocation(place) => {
                self.profile.extra_mut().geolocation = Some(place.clone());
                self.tell(Some(Key::Geolocation), 0, Content::Geolocation(Box::new(place)), moment);
            }
            Data::PageView(view) if view.url.is_empty() => {}
            Data::PageView(view) => {
                let url = self.ledger.hasher.hash(view.url.as_bytes());
                let order = self.more().book.view(url, 1);
                self.profile.extra_mut().pages.view(view.clone(), moment.now);
                if let Some(process) = self.ledger.process {
                    self.more().shared.get_or_insert_default().count_view(process, moment.now);
                }
                self.tell(Some(Key::Page(url)), order, Content::Page(Box::new(view)), moment);
            }
            Data::Conversion(conversion) => {
                self.profile.extra_mut().conversions.note(conversion.goal_id(), moment.now);
                self.stamp(Field::Goal(conversion.goal_id()), moment.now);
                if moment.track {
                    let order = self.more().outbox.next_arrival();
                    self.tell(None, order, Content::Conversion(Box::new(conversion)), moment);
                }
            }
        }
    }

    fn add_custom_data(&mut self, data: CustomData, code: &str, moment: Moment<'_>, after: &mut Aftermath) {
        let index = match &data.key {
            CustomDataKey::Index(index) => *index,
            CustomDataKey::Name(name) => match moment.file {
                Some(file) => match file.custom_data.by_name(name) {
                    Some(info) => info.index,
                    None => return after.unknown_names.push(name.clone()),
                },
                // The index is looked up when there is a data file.
                None if moment.track => {
                    let order = self.more().outbox.next_arrival();
                    return self.tell(None, order, Content::Unnamed(Box::new(data)), moment);
                }
                None => {
                    let more = self.more();
                    let arrival = more.outbox.next_arrival();
                    return more.unnamed.keep(arrival, data);
                }
            },
        };
        let CustomData { values, overwrite, .. } = data;
        let entry = CustomDataEntry { index, overwrite, is_local: true, values };
        self.set_custom_data(entry, code, moment, after);
    }

    fn set_custom_data(
        &mut self,
        entry: CustomDataEntry,
        code: &str,
        moment: Moment<'_>,
        after: &mut Aftermath,
    ) {
        if let Some(user) = entry.mapping(moment.file) {
            after.users.push(user.into());
            self.map_to(code, moment.now);
        }
        self.stamp(Field::CustomData(entry.index), moment.now);
        let info = moment.file.and_then(|file| file.custom_data.get(entry.index));
        let track = moment.track && !info.is_some_and(|info| info.local_only);
        let key = Some(Key::CustomData(entry.index));
        let place = self.profile.set_custom_data(entry.clone());
        self.tell(key, place as u32, Content::CustomData(entry), Moment { track, ..moment });
    }

    /// Makes the visitor code the identifier of the person across devices, told with every request.
    pub(crate) fn link_to_itself(&mut self, index: u32, code: &str, now: i64) {
        if self.profile.mapping_identifier().is_some() {
            return;
        }
        self.map_to(code, now);
        self.stamp(Field::CustomData(index), now);
        let values = std::iter::once(code).collect();
        self.profile.set_custom_data(CustomDataEntry { index, overwrite: true, is_local: true, values });
        if let Some(outbox) = self.outbox() {
            outbox.drop_key(Key::CustomData(index), End::Replaced);
        }
    }

    /// Saves what an evaluation assigned.
    pub(crate) fn assign(&mut self, assignments: &[Assignment], moment: Moment<'_>) {
        if self.ledger.process.is_some() {
            self.stamp_new(assignments, moment.now);
        }
        let waits = self.more.as_deref().is_some_and(|more| !more.outbox.is_empty());
        if !moment.track && !waits {
            return self.profile.assigned.save_all(assignments);
        }
        if !moment.track {
            // An exposure that waits is not cancelled by an evaluation that gives the same and is not
            // to be told. One after the other: two flags may share an experiment.
            let mut kept: Vec<Assignment> = Vec::with_capacity(assignments.len());
            for new in assignments {
                if self.waiting_exposure(new.experiment_id) != Some(new.variation_id) {
                    kept.push(*new);
                    if let Some(outbox) = self.outbox() {
                        outbox.drop_key(Key::Experiment(new.experiment_id), End::Replaced);
                    }
                }
            }
            return self.profile.assigned.save_all(&kept);
        }
        self.profile.assigned.save_all(assignments);
        for new in assignments {
            let Assignment { experiment_id, variation_id, kind, .. } = *new;
            let order = self.profile.assigned.get(experiment_id).map_or(u32::MAX, |known| known.order);
            let content = Content::Experiment { experiment_id, variation_id, kind };
            self.tell(Some(Key::Experiment(experiment_id)), order, content, moment);
        }
    }

    fn waiting_exposure(&mut self, experiment_id: i64) -> Option<i64> {
        let outbox = self.outbox()?;
        let place = outbox.find(Key::Experiment(experiment_id))?;
        match outbox.pieces()[place].content {
            Content::Experiment { variation_id, .. } => Some(variation_id),
            _ => None,
        }
    }

    /// Adds audiences that the visitor belongs to; each is sent once more.
    pub(crate) fn add_targeted_segments(&mut self, segments: &[i64], moment: Moment<'_>) {
        for id in segments {
            let known = &mut self.more().segments;
            let order = known.iter().position(|known| known == id).unwrap_or_else(|| {
                known.push(*id);
                known.len() - 1
            });
            self.tell(Some(Key::TargetedSegment(*id)), order as u32, Content::TargetedSegment(*id), moment);
        }
    }

    /// Takes over what the platform remembers. It counts as delivered, but for what the platform has
    /// to get again: custom data of the visitor's scope, and visits that it has not counted.
    pub(crate) fn merge(&mut self, mut remembered: Remembered, moment: Moment<'_>) {
        if let Some(visits) = &mut remembered.visits {
            self.note_visits(visits, moment);
        }
        for page in remembered.pages.iter().rev() {
            let url = self.ledger.hasher.hash(page.view.url.as_bytes());
            self.more().book.view(url, page.count);
        }
        self.stamp_remembered(&remembered, moment.now);
        for index in self.profile.merge(remembered) {
            self.stamp(Field::CustomData(index), moment.now);
            // Without a data file all of them wait: the first one says which is of that scope.
            if moment.file.is_some_and(|file| !goes_back(file, index)) {
                continue;
            }
            let place = self.profile.custom_data_place(index);
            let Some((place, entry)) = place.zip(self.profile.custom_data(index).cloned()) else { continue };
            self.tell(Some(Key::CustomData(index)), place as u32, Content::CustomData(entry), moment);
        }
    }

    /// Visits are sent once for a visitor, and what waits to be sent goes on waiting.
    fn note_visits(&mut self, new: &RememberedVisits, moment: Moment<'_>) {
        let waits = self.outbox().is_some_and(|outbox| outbox.find(Key::Visits).is_some());
        let was_sent = self.more.as_deref().is_some_and(|more| more.visits_sent);
        if was_sent || waits && !new.visits.previous.is_empty() {
            return;
        }
        if new.is_unsent || waits {
            let track = moment.track && new.is_unsent;
            self.tell(Some(Key::Visits), 0, Content::Visits, Moment { track, ..moment });
        }
    }

    /// Takes over what is known of another person who turned out to be this one. The own data win;
    /// what was still to be sent stays so.
    pub(super) fn adopt(&mut self, estate: Estate, moment: Moment<'_>) {
        let Estate { profile, more } = estate;
        let Some(mut other) = more else {
            let nothing = AdoptedPages { views: 0, is_known: &|_| false };
            return profile
                .into_iter()
                .for_each(|other| self.profile.adopt(Arc::unwrap_or_clone(other), &nothing));
        };
        let moved = other.outbox.take_where(|_| true);
        let (gives_way, stays): (Vec<Piece>, Vec<Piece>) =
            moved.into_iter().partition(|piece| piece.key.is_some_and(|key| self.has(key)));
        self.ledger.end(End::Replaced, gives_way.len() as u64);
        let ledger = self.ledger;
        let own = self.more.get_or_insert_with(|| Box::new(More::new(ledger)));
        let book = &own.book;
        let is_known = |view: &PageView| book.knows(ledger.hasher.hash(view.url.as_bytes()));
        let adopted_views = book.unknown_views(&other.book);
        let pages = AdoptedPages { views: adopted_views, is_known: &is_known };
        if let Some(other) = profile {
            self.profile.adopt(Arc::unwrap_or_clone(other), &pages);
        }
        own.book.adopt(&other.book);
        if let (Some(process), Some(other)) = (ledger.process, other.shared.as_deref()) {
            own.shared.get_or_insert_default().adopt(other, adopted_views, process, moment.now);
        }
        for id in other.segments.drain(..) {
            if !own.segments.contains(&id) {
                own.segments.push(id);
            }
        }
        own.unnamed.adopt(std::mem::take(&mut other.unnamed), || own.outbox.next_arrival());
        own.visits_sent |= other.visits_sent;
        for piece in stays {
            let order = self.order_of(&piece);
            self.more().outbox.put(Piece { order, ..piece });
        }
        let consent = self.profile.consent;
        self.more().outbox.settle(|content| content.may_leave(consent, moment.file));
    }

    /// Notes further names of the person.
    pub(super) fn add_names(&mut self, names: impl Iterator<Item = Box<str>>, now: i64) {
        for name in names {
            if self.ledger.process.is_some() {
                self.more().shared.get_or_insert_default().link(&name, now);
            }
            self.more().names.push(name);
        }
    }

    /// A further name of the person is somebody else's now.
    pub(super) fn drop_name(&mut self, name: &str) {
        if let Some(more) = self.more.as_deref_mut() {
            more.names.retain(|known| **known != *name);
            more.shared.iter_mut().for_each(|shared| shared.unlink(name));
        }
    }

    /// Whether there is something with this key, sent or not.
    fn has(&self, key: Key) -> bool {
        let (profile, more) = (&*self.profile, self.more.as_deref());
        let extra = profile.extra.as_deref();
        match key {
            Key::Browser => profile.browser.is_some(),
            Key::Device => extra.is_some_and(|extra| extra.device.is_some()),
            Key::OperatingSystem => extra.is_some_and(|extra| extra.operating_system.is_some()),
            Key::Geolocation => extra.is_some_and(|extra| extra.geolocation.is_some()),
            Key::Visits => extra.is_some_and(|extra| extra.visits.is_some()),
            Key::CustomData(index) => profile.custom_data(index).is_some(),
            Key::Experiment(id) => profile.assigned.get(id).is_some(),
            Key::Page(url) => more.is_some_and(|more| more.book.knows(url)),
            Key::TargetedSegment(id) => more.is_some_and(|more| more.segments.contains(&id)),
        }
    }

    /// The order of a piece that comes from another person.
    fn order_of(&mut self, piece: &Piece) -> u32 {
        let place = match piece.key {
            Some(Key::CustomData(index)) => self.profile.custom_data_place(index).map(|place| place as u32),
            Some(Key::Experiment(id)) => self.profile.assigned.get(id).map(|known| known.order),
            Some(Key::Page(url)) => Some(self.more().book.view(url, 0)),
            Some(Key::TargetedSegment(id)) => {
                self.more().segments.iter().position(|known| *known == id).map(|place| place as u32)
            }
            None => Some(self.more().outbox.next_arrival()),
            Some(_) => Some(0),
        };
        place.unwrap_or(u32::MAX)
    }

    /// Notes what the person said of consent. Returns whether something may leave now that was kept
    /// back before.
    pub(crate) fn set_consent(&mut self, consent: Consent, moment: Moment<'_>) -> bool {
        self.tell_consent(consent, moment.now);
        self.profile.consent = consent;
        self.release(moment.file)
    }

    /// Looks anew at what may leave. Returns whether something may now that was kept back before.
    pub(super) fn release(&mut self, file: Option<&DataFile>) -> bool {
        let consent = self.profile.consent;
        self.outbox().is_some_and(|outbox| outbox.settle(|content| content.may_leave(consent, file)))
    }
}
