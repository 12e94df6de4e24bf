//! Hashes as they may lie on Redis, whoever wrote them: read, merged, taken over and evaluated.
#![no_main]

use std::collections::HashMap;
use std::time::Duration;

use kameleoon::fleet::{Datum, StoreTerms, VisitorDataStore, VisitorRecord};
use kameleoon::fuzzing::{NOW, consent, record_of_hash, with_store};
use kameleoon::{KameleoonClient, LegalConsent, Result, VariationsOptions};
use kameleoon_fuzz::Bytes;
use libfuzzer_sys::fuzz_target;

const SHOP: &str = include_str!("../../fixtures/shop-consent.json");
const VISITOR: &str = "visitor";
const PATIENCE: Duration = Duration::from_secs(20);

/// Has one record for the visitor and another for everybody else, and forgets what it is told.
struct Hashes(VisitorRecord, VisitorRecord);

impl VisitorDataStore for Hashes {
    fn load(&self, names: &[&str], _: StoreTerms) -> Result<Vec<VisitorRecord>> {
        let of = |name: &&str| if name.ends_with("/visitor") { self.0.clone() } else { self.1.clone() };
        Ok(names.iter().map(of).collect())
    }

    fn save(&self, _: &[(&str, &VisitorRecord)], _: StoreTerms) -> Result<u64> {
        Ok(1)
    }

    fn remove(&self, _: &[&str], _: StoreTerms) -> Result<()> {
        Ok(())
    }
}

/// Names and values by turns, each up to the next zero, until a name is empty.
fn hash(bytes: &mut Bytes<'_>) -> HashMap<Vec<u8>, Vec<u8>> {
    let mut hash = HashMap::new();
    while !bytes.is_empty() {
        let name = bytes.part();
        if name.is_empty() {
            break;
        }
        hash.insert(name.to_vec(), bytes.part().to_vec());
    }
    hash
}

fn merged(one: &VisitorRecord, other: &VisitorRecord) -> VisitorRecord {
    let mut both = one.clone();
    both.merge(other.clone());
    both
}

fn answers(client: &KameleoonClient) -> Vec<(String, String)> {
    let all = client.get_variations_with(VISITOR, VariationsOptions::new().track(false));
    let all = all.expect("the code is good");
    let mut keys: Vec<_> = all.iter().map(|(key, is)| (key.to_owned(), is.key().to_owned())).collect();
    keys.sort();
    keys
}

fuzz_target!(|bytes: &[u8]| {
    kameleoon_fuzz::quiet();
    let mut bytes = Bytes(bytes);
    let told = [None, Some(LegalConsent::Given), Some(LegalConsent::Refused)][usize::from(bytes.byte() % 3)];
    let (own, other) = (record_of_hash(&hash(&mut bytes)), record_of_hash(&hash(&mut bytes)));

    // What is read is written as it was, and merging needs no order.
    for (name, datum) in own.fields() {
        assert_eq!(Datum::from_text(&datum.to_text()).as_ref(), Some(datum), "{name}");
    }
    let both = merged(&own, &other);
    assert_eq!(both, merged(&other, &own));
    for part in [&own, &other, &both] {
        assert_eq!(both, merged(&both, part));
    }

    let link = own.get("l").map(Datum::value).filter(|person| !person.is_empty() && *person != VISITOR);
    let has_person = link.is_some();
    let here = told.map(|told| Datum::new(NOW, if told == LegalConsent::Given { "1" } else { "0" }));
    let there = own.get("c").filter(|datum| ["0", "1"].contains(&datum.value())).cloned();
    let expected = match (here, there) {
        (Some(here), Some(there)) => Some(if there.stands_over(&here) { there } else { here }),
        (here, there) => here.or(there),
    };
    let expected = expected.map(|datum| datum.value() == "1");

    let client = with_store(SHOP, Hashes(own, other)).expect("the shop's data file is good");
    if let Some(told) = told {
        client.set_legal_consent(VISITOR, told).expect("the code is good");
    }
    client.load_visitor(VISITOR, PATIENCE).expect("the store answers");
    let first = answers(&client);
    let known = consent(&client, VISITOR);
    if has_person {
        // What the person said counts, or else what this visitor said; that nobody said anything never.
        assert!(known.is_some() || told.is_none(), "a consent that was told is unknown now");
    } else {
        assert_eq!(known, expected, "the later one stands, and what cannot be read is none");
    }
    // The same once more says nothing new.
    client.load_visitor(VISITOR, PATIENCE).expect("the store answers");
    assert_eq!(answers(&client), first);
    assert_eq!(consent(&client, VISITOR), known);
    let _ = client.close(PATIENCE);
});
