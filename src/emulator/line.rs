//! Tracking lines and the encoding they are written in.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

pub(super) use crate::platform::net::form::{decode_pairs, value_of};

/// One line of a tracking request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackingLine {
    raw: String,
    pairs: Vec<(String, String)>,
}

impl TrackingLine {
    pub(super) fn new(raw: &str) -> Self {
        Self { raw: raw.to_owned(), pairs: decode_pairs(raw) }
    }

    /// The line as it was sent.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The decoded parameters, in the order of arrival.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The decoded value of the first parameter of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        value_of(&self.pairs, name)
    }

    /// The decoded parameters by name.
    pub fn to_map(&self) -> BTreeMap<String, String> {
        self.pairs.iter().cloned().collect()
    }
}

/// What the totals need of a line, in a few bytes: hashes stand for the texts, so that a load
/// test with hundreds of thousands of visitors costs some megabytes and no decoding.
pub(super) struct LineDigest {
    pub(super) nonce: Option<u64>,
    pub(super) visitor: Option<u64>,
}

impl LineDigest {
    pub(super) fn new(line: &str) -> Self {
        let mut digest = Self { nonce: None, visitor: None };
        for pair in line.split('&') {
            match pair.split_once('=') {
                Some(("nonce", value)) => digest.nonce = Some(hash(value)),
                Some(("visitorCode" | "mappingValue", value)) => digest.visitor = Some(hash(value)),
                _ => {}
            }
        }
        digest
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The lines of a tracking body.
pub(super) fn split_lines(body: &str) -> impl Iterator<Item = &str> {
    body.split('\n').filter(|line| !line.is_empty())
}
