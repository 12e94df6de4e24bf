//! A person who is to be forgotten.

use std::collections::HashSet;
use std::sync::Arc;

use super::delivery::State;
use super::entry::Visitor;
use super::ledger::End;
use super::store::VisitorStore;
use crate::decision::datafile::DataFile;

impl VisitorStore {
    /// Takes the person whom a code names out of the store, with all names and everything that waits
    /// to be sent, and so the visitors who are the same user by the mapping identifier; what is part
    /// of a request under way ends with it. Returns all codes, the given one first.
    pub(crate) fn forget(&self, code: &str, file: Option<&DataFile>) -> Vec<Box<str>> {
        // Nobody is linked meanwhile, so the names are all.
        let _one_at_a_time = self.linking.lock();
        let user = self.find(code).and_then(|visitor| user_of(&visitor, file));
        let mut codes = Codes::default();
        codes.add(Box::from(code));
        self.forget_one(code, &mut codes);
        user.into_iter().for_each(|user| codes.add(user));
        if file.is_some_and(|file| file.custom_data.mapping_index.is_some()) {
            let mut others: Vec<Arc<Visitor>> = Vec::new();
            self.for_each_person(|person| {
                let is_same = user_of(person, file).is_some_and(|user| codes.known.contains(&user));
                if is_same || codes.known.contains(person.code()) {
                    others.push(Arc::clone(person));
                }
            });
            others.iter().for_each(|person| self.forget_one(person.code(), &mut codes));
        }
        codes.in_order
    }

    /// Takes out the person whom a code names; adds the names that are not there yet.
    fn forget_one(&self, code: &str, codes: &mut Codes) {
        let Some(visitor) = self.find(code) else { return };
        let person = visitor.person();
        // What is part of a request under way is not repeated.
        person.set_forgotten();
        let retired = person.retire(self.ledger(), End::Unconsented, |more| {
            if let Some(more) = more {
                more.outbox.drop_where(End::Unconsented, |piece| piece.delivery.state() != State::Sending);
            }
            true
        });
        let mut names: Vec<Box<str>> = vec![person.code().into()];
        names.extend(retired.into_iter().flat_map(|(_, names)| names));
        // Somebody who came back in this instant is somebody new.
        let own = |entry: &Arc<Visitor>| Arc::ptr_eq(&entry.person(), &person);
        for entry in names.iter().filter_map(|name| self.entry_of(name)).filter(own) {
            // Who has it in a queue finds nobody, and reports nothing.
            entry.rename();
            entry.unlist();
            entry.unhurry();
        }
        self.remove_names(&names);
        names.into_iter().for_each(|name| codes.add(name));
    }
}

/// Codes in the order in which they were found, each once. A user whom a whole site shares, as `guest`
/// may be, has as many as there are visitors.
#[derive(Default)]
struct Codes {
    in_order: Vec<Box<str>>,
    known: HashSet<Box<str>>,
}

impl Codes {
    fn add(&mut self, code: Box<str>) {
        if self.known.insert(code.clone()) {
            self.in_order.push(code);
        }
    }
}

/// The user whom a visitor turned out to be.
fn user_of(visitor: &Arc<Visitor>, file: Option<&DataFile>) -> Option<Box<str>> {
    let index = file?.custom_data.mapping_index?;
    visitor.read(|profile, _| profile?.custom_data(index)?.mapping(file).map(Box::from))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::Clock;
    use crate::data::Conversion;
    use crate::visitor::{Aftermath, Moment, Outcome, PersonBounds, StoreBounds};

    /// A request is under way about somebody who turns out to be somebody else and is forgotten.
    #[test]
    fn what_is_being_sent_is_counted_though_its_visitor_became_another_and_was_forgotten() {
        for outcome in [Outcome::Delivered, Outcome::Unsent, Outcome::Spooled] {
            let person = PersonBounds { profile: 1 << 20, outbox: 1 << 20 };
            let bounds = StoreBounds { visitors: 100, bytes: 1 << 30, person };
            let store = VisitorStore::new(bounds, Duration::from_secs(60), Clock::default());
            let file = DataFile::parse(b"{}").unwrap();
            let moment = Moment { file: Some(&file), now: 1_700_000_000_000, track: true };
            let mut after = Aftermath::default();
            let (visitor, nonce) = store.change("visitor", None, moment.now, |known| {
                known.add(Conversion::new(1).into(), "visitor", moment, &mut after);
                let outbox = known.outbox().unwrap();
                outbox.start(0);
                outbox.nonce(0)
            });
            for (one, other) in [("second", "visitor"), ("third", "second")] {
                let one = store.get_or_insert(one, moment.now);
                let after = Aftermath { users: vec![other.into()], ..Aftermath::default() };
                store.follow_up(&one, after, moment);
            }
            let mut forgotten = store.forget("second", Some(&file));
            forgotten.sort();
            assert_eq!(forgotten, ["second", "third", "visitor"].map(Box::from));
            assert_eq!(store.finish(&visitor, &[nonce], outcome, Some(&file)), 1, "{outcome:?}");
            let counts = store.ledger().read();
            assert_eq!(
                (counts.pending, counts.sent + counts.spooled + counts.unconsented),
                (0, 1),
                "{counts:?}"
            );
        }
    }
}
