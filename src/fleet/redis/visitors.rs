//! Visitor data: a hash for each name.

use std::collections::HashMap;
use std::time::Duration;

use super::store::RedisStore;
use crate::decision::record::{Datum, VisitorRecord};
use crate::error::{KameleoonError, Result};
use crate::fleet::{StoreTerms, VisitorDataStore};

const VISITOR: char = 'v';
/// The key whose value is another one after the server was emptied.
const GENERATION: char = 'g';

pub(crate) type Hash = HashMap<Vec<u8>, Vec<u8>>;

pub(super) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).clamp(1, i64::MAX as u64 / 2)
}

/// What somebody else wrote there is left out.
pub(crate) fn record(hash: &Hash) -> VisitorRecord {
    let mut record = VisitorRecord::new();
    for (name, value) in hash {
        let texts = (std::str::from_utf8(name), std::str::from_utf8(value));
        if let (Ok(name), Ok(value)) = texts {
            Datum::from_text(value).into_iter().for_each(|datum| record.put(name, datum));
        }
    }
    record
}

impl VisitorDataStore for RedisStore {
    fn load(&self, names: &[&str], terms: StoreTerms) -> Result<Vec<VisitorRecord>> {
        let hashes: Vec<Hash> = self.link.query(terms.timeout(), |pipeline, _| {
            for name in names {
                let key = self.key(VISITOR, name);
                pipeline.cmd("HGETALL").arg(&key);
                pipeline.cmd("PEXPIRE").arg(&key).arg(milliseconds(terms.keep_for())).ignore();
            }
        })?;
        Ok(hashes.iter().map(record).collect())
    }

    fn save(&self, records: &[(&str, &VisitorRecord)], terms: StoreTerms) -> Result<u64> {
        let generation = self.key(GENERATION, "");
        let new = rand::random::<u64>() >> 1;
        let (current,): (String,) = self.link.query(terms.timeout(), |pipeline, script| {
            for (name, record) in records.iter().filter(|(_, record)| !record.is_empty()) {
                let command = pipeline.cmd("EVALSHA").arg(script).arg(1).arg(self.key(VISITOR, name));
                command.arg(milliseconds(terms.keep_for()));
                for (field, datum) in record.fields() {
                    command.arg(field).arg(datum.to_text());
                }
                command.ignore();
            }
            pipeline.cmd("SET").arg(&generation).arg(new).arg("NX").ignore();
            pipeline.cmd("GET").arg(&generation);
        })?;
        current.parse().map_err(|_| KameleoonError::store(format!("redis: `{generation}` is no number")))
    }

    fn remove(&self, names: &[&str], terms: StoreTerms) -> Result<()> {
        self.link.query(terms.timeout(), |pipeline, _| {
            for name in names {
                pipeline.cmd("DEL").arg(self.key(VISITOR, name)).ignore();
            }
        })
    }
}
