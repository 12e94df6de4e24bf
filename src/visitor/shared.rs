//! What the other servers of a fleet have to be told about one person, and what they told.

use crate::decision::profile::Profile;
use crate::decision::record::{Datum, Field, VisitorRecord};

/// A field with the time of its last change, here or elsewhere.
#[derive(Debug, Clone, Copy)]
struct Stamp {
    field: Field,
    time: i64,
    /// The store has not been told.
    is_owed: bool,
}

/// The changes of one person, as far as servers tell each other of them. Only there with a store.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Sorted by field.
    stamps: Vec<Stamp>,
    /// The views that this process counted, in this life of the person here or an earlier one.
    own_views: i64,
    /// The views that the platform told of.
    earlier_views: i64,
    /// The views that other processes counted, as far as they are counted here.
    views: Vec<(u64, i64)>,
    /// The further names of the person, with the time since when they are.
    linked: Vec<(Box<str>, i64)>,
    /// Whoever writes to the store knows of it.
    is_queued: bool,
    /// The store has to be told at once.
    is_urgent: bool,
}

/// What a change has to tell whoever writes to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    Owes,
    Urgent,
}

impl Shared {
    fn place(&self, field: Field) -> Result<usize, usize> {
        self.stamps.binary_search_by_key(&field, |stamp| stamp.field)
    }

    fn set(&mut self, field: Field, time: i64, is_owed: bool) {
        match self.place(field) {
            Ok(place) => self.stamps[place] = Stamp { field, time, is_owed },
            Err(place) => self.stamps.insert(place, Stamp { field, time, is_owed }),
        }
    }

    /// Notes a change. It is later than all that is known of the field, whatever the clock says.
    pub(super) fn stamp(&mut self, field: Field, now: i64) {
        if self.stamps.is_empty() {
            self.set(Field::Start, now, true);
        }
        let known = self.place(field).ok().map(|place| self.stamps[place].time.saturating_add(1));
        self.set(field, now.max(known.unwrap_or(now)), true);
    }

    /// Notes a view of a page.
    pub(super) fn count_view(&mut self, process: u64, now: i64) {
        self.own_views = self.own_views.saturating_add(1);
        self.stamp(Field::Pages(process), now);
    }

    pub(super) fn count_earlier_views(&mut self, views: i64, now: i64) {
        self.earlier_views = self.earlier_views.saturating_add(views);
        self.stamp(Field::EarlierViews, now);
    }

    /// Notes that a further name is the person's.
    pub(super) fn link(&mut self, name: &str, now: i64) {
        let time = self.link_time(name).map_or(now, |known| now.max(known.saturating_add(1)));
        self.set_link(name, time);
        self.stamp(Field::Link, time);
    }

    /// The store knows of a further name since that time.
    pub(super) fn set_link(&mut self, name: &str, time: i64) {
        self.unlink(name);
        self.linked.push((name.into(), time));
    }

    pub(super) fn unlink(&mut self, name: &str) {
        self.linked.retain(|(known, _)| **known != *name);
    }

    /// Since when a further name is the person's.
    pub(super) fn link_time(&self, name: &str) -> Option<i64> {
        self.linked.iter().find(|(known, _)| **known == *name).map(|(_, time)| *time)
    }

    /// The store knows of a field since that time.
    pub(super) fn set_told(&mut self, field: Field, time: i64) {
        self.set(field, time, false);
    }

    /// Takes over the changes of another person who turned out to be this one.
    pub(super) fn adopt(&mut self, other: &Self, views: i64, process: u64, now: i64) {
        for stamp in &other.stamps {
            if self.place(stamp.field).is_err() && !matches!(stamp.field, Field::Pages(_)) {
                self.set(stamp.field, stamp.time, true);
            }
        }
        if views > 0 {
            self.own_views = self.own_views.saturating_add(views);
            self.stamp(Field::Pages(process), now);
        }
    }

    /// The store has to be told of everything once more.
    pub(super) fn owe_all(&mut self) {
        self.stamps.iter_mut().for_each(|stamp| stamp.is_owed = true);
    }

    pub(super) fn owe(&mut self, fields: &[Field]) {
        for field in fields {
            if let Ok(place) = self.place(*field) {
                self.stamps[place].is_owed = true;
            }
        }
    }

    pub(super) fn hurry(&mut self) {
        self.is_urgent = true;
    }

    /// What is new since the last time.
    pub(super) fn news(&mut self) -> Option<News> {
        if std::mem::take(&mut self.is_urgent) {
            self.is_queued = true;
            return Some(News::Urgent);
        }
        if self.is_queued || !self.stamps.iter().any(|stamp| stamp.is_owed) {
            return None;
        }
        self.is_queued = true;
        Some(News::Owes)
    }

    /// The fields of which the store has not been told; it counts as told from now on.
    pub(super) fn take_owed(&mut self, profile: &Profile) -> (Vec<Field>, VisitorRecord) {
        self.is_queued = false;
        let mut record = VisitorRecord::new();
        let mut fields = Vec::new();
        for stamp in self.stamps.iter_mut().filter(|stamp| stamp.is_owed) {
            stamp.is_owed = false;
            fields.push(stamp.field);
            let datum = match stamp.field {
                Field::Pages(_) => profile.pages_datum(self.own_views),
                Field::EarlierViews => Some(Datum::new(self.earlier_views, "")),
                field => profile.field(field, stamp.time),
            };
            datum.into_iter().for_each(|datum| record.put_field(stamp.field, datum));
        }
        (fields, record)
    }

    /// When the names of the person, or their marks, last changed.
    pub(super) fn time_of(&self, field: Field) -> Option<i64> {
        self.place(field).ok().map(|place| self.stamps[place].time)
    }

    /// Takes over what the store has. What is newer here, and what the store does not have, it is
    /// told once more. Returns the fields that were taken over.
    pub(super) fn take_over(
        &mut self,
        record: &VisitorRecord,
        profile: &mut Profile,
        process: u64,
    ) -> Vec<Field> {
        let taken = self.take(record, profile, process);
        for stamp in &mut self.stamps {
            stamp.is_owed |= !stamp.field.is_of_name() && record.field(stamp.field).is_none();
        }
        taken
    }

    fn take(&mut self, record: &VisitorRecord, profile: &mut Profile, process: u64) -> Vec<Field> {
        let mut taken = Vec::new();
        let fields = record.fields().filter_map(|(name, datum)| Some((Field::of_name(name)?, datum)));
        for (field, datum) in fields {
            let is_taken = match field {
                Field::Unique | Field::Link => false,
                Field::Pages(writer) => self.take_pages(writer, datum, profile, process),
                Field::EarlierViews => {
                    let more = datum.rank().saturating_sub(self.earlier_views);
                    if more > 0 {
                        self.earlier_views = datum.rank();
                        profile.extra_mut().pages.count(more);
                    }
                    more > 0
                }
                field => self.take_field(field, datum, profile),
            };
            if is_taken {
                taken.push(field);
            }
        }
        taken
    }

    /// Takes over what the store has under a further name of the person: the person's own wins, but
    /// for what is counted or has an order of its own. Returns the fields that were taken over.
    pub(super) fn fill(
        &mut self,
        further: &VisitorRecord,
        profile: &mut Profile,
        process: u64,
    ) -> Vec<Field> {
        let is_counted =
            |field| matches!(field, Field::Pages(_) | Field::EarlierViews | Field::Goal(_) | Field::Start);
        let mut missing = VisitorRecord::new();
        for (name, datum) in further.fields() {
            let field = Field::of_name(name);
            if field.is_some_and(|field| is_counted(field) || self.place(field).is_err()) {
                missing.put(name, datum.clone());
            }
        }
        self.take(&missing, profile, process)
    }

    fn take_field(&mut self, field: Field, datum: &Datum, profile: &mut Profile) -> bool {
        if field == Field::Start && self.place(field).is_err() {
            // Known from the first moment, and no change that was noted.
            self.set(field, profile.created, false);
        }
        let own = self
            .place(field)
            .ok()
            .and_then(|place| profile.field(field, self.stamps[place].time).map(|own| (place, own)));
        match own {
            Some((_, own)) if *datum == own => false,
            Some((place, own)) if !datum.stands_over(&own) => {
                self.stamps[place].is_owed = true;
                false
            }
            _ => {
                let is_read = profile.take_field(field, datum);
                if is_read {
                    self.set(field, datum.rank().saturating_abs(), false);
                }
                is_read
            }
        }
    }

    fn take_pages(&mut self, writer: u64, datum: &Datum, profile: &mut Profile, process: u64) -> bool {
        let is_own = writer == process;
        let place = self.views.iter().position(|(known, _)| *known == writer);
        let known = match place {
            _ if is_own => self.own_views,
            Some(place) => self.views[place].1,
            None => 0,
        };
        let more = datum.rank().saturating_sub(known);
        if more <= 0 || !profile.take_pages(datum, more) {
            return false;
        }
        match place {
            _ if is_own => {
                self.own_views = datum.rank();
                self.set(Field::Pages(process), 0, false);
            }
            Some(place) => self.views[place].1 = datum.rank(),
            None => self.views.push((writer, datum.rank())),
        }
        true
    }

    pub(super) fn weight(&self) -> usize {
        size_of::<Self>()
            + self.stamps.capacity() * size_of::<Stamp>()
            + 16 * self.views.capacity()
            + self.linked.iter().map(|(name, _)| 24 + name.len()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::PageView;
    use crate::decision::profile::{Consent, CustomDataEntry};

    /// A server with its own idea of one visitor.
    struct Server {
        process: u64,
        profile: Profile,
        shared: Shared,
    }

    impl Server {
        fn new(process: u64) -> Self {
            Self { process, profile: Profile::new(1_000), shared: Shared::default() }
        }

        fn say(&mut self, index: u32, value: &str, now: i64) {
            let values = [value].into_iter().collect();
            let entry = CustomDataEntry { index, overwrite: true, is_local: true, values };
            self.profile.set_custom_data(entry);
            self.shared.stamp(Field::CustomData(index), now);
        }

        fn view(&mut self, url: &str, now: i64) {
            self.profile.extra_mut().pages.view(PageView::new(url), now);
            self.shared.count_view(self.process, now);
        }

        fn consent(&mut self, consent: Consent, now: i64) {
            self.profile.consent = consent;
            self.shared.stamp(Field::Consent, now);
        }

        /// Returns the names of the fields that were written.
        fn write(&mut self, store: &mut VisitorRecord) -> Vec<String> {
            let (_, record) = self.shared.take_owed(&self.profile);
            let names = record.fields().map(|(name, _)| name.to_owned()).collect();
            store.merge(record);
            names
        }

        fn read(&mut self, store: &VisitorRecord) {
            self.shared.take_over(store, &mut self.profile, self.process);
        }

        /// What conditions read of it.
        fn known(&self) -> String {
            let data: Vec<_> =
                (0..4).map(|index| self.profile.custom_data(index).map(|e| &e.values)).collect();
            let pages = self.profile.extra.as_deref().map(|extra| &extra.pages);
            let pages = pages.map(|pages| {
                (pages.view_count(), pages.latest(0).map(PageView::url), pages.latest(1).map(PageView::url))
            });
            format!("{data:?} {:?} {pages:?}", self.profile.consent)
        }
    }

    #[test]
    fn servers_that_take_turns_know_the_same_whatever_is_said_where() {
        let mut state: u64 = 7;
        let mut roll = |sides: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % sides
        };
        for _ in 0..300 {
            let mut store = VisitorRecord::new();
            let mut one = Server::new(1);
            one.profile.created = 1_000;
            let mut servers = [one, Server::new(2), Server::new(3)];
            servers.iter_mut().for_each(|server| server.profile.created += roll(500) as i64);
            let mut now = 10_000;
            for _ in 0..40 {
                now += roll(3) as i64;
                let server = &mut servers[roll(3) as usize];
                server.read(&store);
                // The clocks differ by up to five seconds.
                let clock = now + server.process as i64 * 2_500 - 5_000;
                match roll(6) {
                    0..3 => server.say(roll(4) as u32, &roll(100).to_string(), clock),
                    3 | 4 => server.view(&format!("https://{}", roll(5)), clock),
                    _ if roll(2) == 0 => server.consent(Consent::Given, clock),
                    _ => server.consent(Consent::Refused, clock),
                }
                let told = server.write(&mut store);
                assert!(!told.is_empty());
                // The last word is what everybody reads.
                let (known, created) = (server.known(), server.profile.created);
                let other = &mut servers[roll(3) as usize];
                other.read(&store);
                assert_eq!(other.known(), known);
                assert!(other.profile.created <= created, "the earliest start stands");
                let told = other.write(&mut store);
                // Only that it has known the visitor for longer.
                assert!(
                    told.iter().all(|name| name == "s"),
                    "what came from the store is told again: {told:?}"
                );
            }
        }
    }

    #[test]
    fn a_further_name_fills_what_the_person_lacks() {
        let (mut store, mut one) = (VisitorRecord::new(), Server::new(1));
        one.say(0, "further", 9);
        one.say(1, "more", 9);
        one.view("https://a", 9);
        one.write(&mut store);
        let mut person = Server::new(2);
        person.say(0, "own", 5);
        person.shared.fill(&store, &mut person.profile, 2);
        assert!(person.known().starts_with("[Some(One(\"own\")), Some(One(\"more\"))"), "{}", person.known());
        assert!(person.known().contains("https://a"));
    }

    #[test]
    fn what_the_store_lost_it_is_told_again() {
        let (mut store, mut one) = (VisitorRecord::new(), Server::new(1));
        one.say(0, "a", 5);
        one.view("https://a", 6);
        let told = one.write(&mut store);
        assert!(one.write(&mut store).is_empty());
        let kept = std::mem::take(&mut store);
        one.read(&store);
        assert_eq!(one.write(&mut store), told);
        assert_eq!(store, kept);
    }

    #[test]
    fn a_process_that_forgot_the_visitor_goes_on_counting() {
        let (mut store, mut one) = (VisitorRecord::new(), Server::new(1));
        for now in 0..3 {
            one.view("https://a", now);
        }
        one.write(&mut store);
        let mut again = Server::new(1);
        again.read(&store);
        again.view("https://b", 9);
        again.write(&mut store);
        let mut other = Server::new(2);
        other.read(&store);
        assert_eq!(other.profile.extra.as_deref().map(|extra| extra.pages.view_count()), Some(4));
    }
}
