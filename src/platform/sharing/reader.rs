//! The thread that reads the store: all who wait share a round trip.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use crossbeam_channel::Receiver;

use super::desk::Desk;
use crate::decision::record::{Datum, Field};
use crate::error::{KameleoonError, Result};
use crate::fleet::{Counters, VisitorRecord};
use crate::logging::log_error;
use crate::visitor::{Aftermath, Moment};

/// So many visitors are asked for at once.
const MOST: usize = 256;

/// Called once with whether the store knew the visitor.
pub(crate) type Loaded = Box<dyn FnOnce(Result<bool>) + Send>;

/// Somebody who waits for a visitor's data.
pub(super) struct Load {
    pub(super) code: Box<str>,
    pub(super) deadline: Instant,
    pub(super) done: Loaded,
}

/// Reads until nobody can ask any more.
pub(super) fn run(desk: &Desk, loads: &Receiver<Load>) {
    while let Ok(first) = loads.recv() {
        let all: Vec<Load> = std::iter::once(first).chain(loads.try_iter().take(MOST - 1)).collect();
        let now = Instant::now();
        // Whoever has given up already has counted that.
        let wanted: Vec<Load> = all.into_iter().filter(|load| load.deadline > now).collect();
        if wanted.is_empty() {
            continue;
        }
        // A panic here is a mistake of ours; those who wait are told as what they hold is dropped.
        if catch_unwind(AssertUnwindSafe(|| serve(desk, wanted))).is_err() {
            log_error!("the thread that reads the visitor store panicked and goes on; please report this");
        }
    }
}

fn serve(desk: &Desk, loads: Vec<Load>) {
    let codes: Vec<&str> = loads.iter().map(|load| &*load.code).collect();
    match read(desk, &codes) {
        Ok(records) => {
            Counters::add(&desk.counters.loaded, loads.len());
            for (load, record) in loads.into_iter().zip(records) {
                let found = take_over(desk, &load.code, record);
                Counters::add(&desk.counters.found, usize::from(found));
                tell(load.done, Ok(found));
            }
        }
        Err(error) => {
            Counters::add(&desk.counters.failed, loads.len());
            loads.into_iter().for_each(|load| tell(load.done, Err(error.clone())));
        }
    }
}

/// What is called may be the program's in the end.
fn tell(done: Loaded, result: Result<bool>) {
    if catch_unwind(AssertUnwindSafe(|| done(result))).is_err() {
        log_error!("the completion of a load panicked");
    }
}

/// A visitor's own record, and that of the person whose further name it is.
struct Found {
    own: VisitorRecord,
    person: Option<(String, VisitorRecord)>,
}

fn read(desk: &Desk, codes: &[&str]) -> Result<Vec<Found>> {
    let load = |codes: &[&str]| {
        let names: Vec<String> = codes.iter().map(|code| desk.name(code)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        // Whoever waits leaves when the time is over; what comes later is taken over all the same.
        let records = desk.read(|store, terms| store.load(&names, terms))?;
        match records.len() == names.len() {
            true => Ok(records),
            false => Err(KameleoonError::store("it answered with another number of records than asked for")),
        }
    };
    let own = load(codes)?;
    let persons: Vec<Option<String>> = own
        .iter()
        .zip(codes)
        .map(|(record, code)| person_of(desk, record, code).filter(|person| person != code))
        .collect();
    let wanted: Vec<&str> = persons.iter().flatten().map(String::as_str).collect();
    // One step and no more: whoever links two persons writes to all names of both.
    let mut further = if wanted.is_empty() { Vec::new() } else { load(&wanted)? }.into_iter();
    let with_person = own.into_iter().zip(persons).map(|(own, person)| {
        let person = person.and_then(|person| Some((person, further.next()?)));
        Found { own, person }
    });
    Ok(with_person.collect())
}

/// The person whose further name a code is: by what the store says, or by what is known here if that
/// is newer, which the store is about to be told.
fn person_of(desk: &Desk, record: &VisitorRecord, code: &str) -> Option<String> {
    let link = record.field(Field::Link).filter(|link| !link.value().is_empty());
    let known = desk.surroundings.visitors.find(code);
    let here = known.and_then(|visitor| Some((visitor.linked_since()?, visitor.person())));
    match (link, here) {
        (Some(link), Some((since, person))) if since > link.rank() => Some(person.code().to_owned()),
        (Some(link), _) => Some(link.value().to_owned()),
        (None, here) => here.map(|(_, person)| person.code().to_owned()),
    }
}

/// Takes over what the store knows. Returns whether it knew anything.
fn take_over(desk: &Desk, code: &str, found: Found) -> bool {
    let surroundings = &desk.surroundings;
    let visitors = &surroundings.visitors;
    let Found { own, person } = found;
    let unique = own.field(Field::Unique).cloned();
    let linked = own.field(Field::Link).map(Datum::rank);
    let is_found = !own.is_empty() || person.as_ref().is_some_and(|(_, record)| !record.is_empty());
    let (name, record, further) = match person {
        Some((person, record)) => (person, record, Some(own)),
        None => (code.to_owned(), own, None),
    };
    if !is_found && visitors.find(code).is_none() {
        return false;
    }
    let now = surroundings.clock.now();
    let (visitor, mut released) = visitors.change(&name, None, now, |known| {
        // Read under the visitor's lock, as for data that are added.
        let file = surroundings.file.load_for_change();
        known.take_over(&record, further.as_ref(), Moment { file: file.as_deref(), now, track: true })
    });
    let is_further = name != code;
    if is_further {
        let after = Aftermath { users: vec![code.into()], was_known: true, ..Aftermath::default() };
        released |=
            visitors.follow_up_beside(&visitor, after, (now, true), || surroundings.file.load_for_change());
    }
    if let Some(entry) = visitors.find(code) {
        linked.filter(|_| is_further).into_iter().for_each(|since| entry.note_link(since));
        unique.iter().for_each(|mark| entry.take_unique(mark.value() == "1", mark.rank()));
    }
    if released {
        // What waited for consent goes out with the next request.
        surroundings.tracker.list(&visitor);
    }
    is_found
}
