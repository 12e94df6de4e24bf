//! What the store has to be told about one person.

use std::sync::Arc;

use super::entry::Visitor;
use super::store::VisitorStore;
use crate::decision::record::{Datum, Field, VisitorRecord};

/// What the store has to be told about one person. It counts as told from now on, unless it is
/// given back.
#[derive(Debug)]
pub(crate) struct Owed {
    person: Arc<Visitor>,
    fields: Vec<Field>,
    /// By the names of the person.
    pub(crate) records: Vec<(Box<str>, VisitorRecord)>,
}

impl Owed {
    /// None when there is nothing to tell, or the person has left the store.
    pub(crate) fn of(store: &VisitorStore, person: &Arc<Visitor>) -> Option<Self> {
        let taken = person.with_shared(|profile, more| {
            let shared = more.shared.as_deref_mut()?;
            let (fields, record) = shared.take_owed(profile);
            let of_names = fields.iter().any(|field| field.is_of_name());
            let names = if of_names { more.names.clone() } else { Vec::new() };
            let names: Vec<_> = names.into_iter().map(|name| (shared.link_time(&name), name)).collect();
            Some((fields, record, names, shared.time_of(Field::Unique)))
        });
        let (fields, mut record, names, marked) = taken.flatten()?;
        if fields.is_empty() {
            return None;
        }
        let unique =
            |visitor: &Visitor, time: i64| Datum::new(time, if visitor.is_unique() { "1" } else { "0" });
        if fields.contains(&Field::Unique) {
            marked.into_iter().for_each(|time| record.put_field(Field::Unique, unique(person, time)));
        }
        let mut records = vec![(person.code().into(), record)];
        for (linked, name) in names {
            let mut further = VisitorRecord::new();
            if let Some(time) = linked {
                further.put_field(Field::Link, Datum::new(time, person.code()));
            }
            let mark = marked.or(linked).zip(store.find(&name));
            mark.into_iter().for_each(|(time, entry)| further.put_field(Field::Unique, unique(&entry, time)));
            records.push((name, further));
        }
        Some(Self { person: Arc::clone(person), fields, records })
    }

    /// The store could not be told.
    pub(crate) fn give_back(self, store: &VisitorStore) {
        store.owe(&self.person, |shared| shared.owe(&self.fields));
    }
}
