//! Doors for the fuzzers of `fuzz/`, in builds with `--cfg fuzzing` alone.

use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::client::KameleoonClient;
use crate::clock::{Clock, Hands};
use crate::config::{KameleoonClientConfig, parse_configuration};
use crate::data::Data;
use crate::decision::pattern::Pattern;
use crate::decision::profile::Consent;
use crate::error::Result;
use crate::fleet::VisitorDataStore;
#[cfg(feature = "redis")]
use crate::fleet::{Hash, VisitorRecord, record};
use crate::platform::remote::{RemoteVisitorDataFilter, RemoteVisitorDataOptions};
use crate::platform::spool::read_contents;
use crate::platform::tracking::{Accepted, Rejected, Transport};
use crate::platform::updater::{SseEvent, SseParser};

/// The bodies of the tracking requests of a client.
pub type Bodies = Arc<Mutex<Vec<String>>>;

struct Kept(Bodies);

impl Transport for Kept {
    fn deliver(&mut self, lines: &str, _: Duration) -> std::result::Result<Accepted, Rejected> {
        self.0.lock().push(lines.to_owned());
        Ok(Accepted { status: 200 })
    }
}

/// A client whose tracking requests are kept, one at each close.
pub fn recorded(data_file: &str) -> Result<(KameleoonClient, Bodies)> {
    let bodies = Bodies::default();
    let kept = Kept(Arc::clone(&bodies));
    let clock = Clock::Manual(Arc::new(Hands::default()));
    let config = KameleoonClientConfig::new("id", "secret");
    let client = KameleoonClient::without_network(data_file.to_owned(), config, clock, |_| kept)?;
    Ok((client, bodies))
}

/// The time on the clock of [`with_store`].
pub const NOW: i64 = 1_700_000_000_000;

/// A client with a visitor store, whose clock stands still.
pub fn with_store(data_file: &str, store: impl VisitorDataStore + 'static) -> Result<KameleoonClient> {
    let hands = Hands::default();
    hands.wall.store(NOW, Ordering::Relaxed);
    let config = KameleoonClientConfig::new("id", "secret").visitor_data_store(store);
    let clock = Clock::Manual(Arc::new(hands));
    KameleoonClient::without_network(data_file.to_owned(), config, clock, |_| Kept(Bodies::default()))
}

/// What a store on Redis reads in a hash.
#[cfg(feature = "redis")]
pub fn record_of_hash(hash: &Hash) -> VisitorRecord {
    record(hash)
}

/// Whether a visitor has consented; none when that is not known.
pub fn consent(client: &KameleoonClient, visitor_code: &str) -> Option<bool> {
    let visitor = client.core().visitors.find(visitor_code)?;
    match visitor.read(|profile, _| profile.map_or(Consent::Unknown, |profile| profile.consent)) {
        Consent::Unknown => None,
        Consent::Given => Some(true),
        Consent::Refused => Some(false),
    }
}

/// Takes the platform's reply about a visitor, as `get_remote_visitor_data` does.
pub fn take_reply(client: &KameleoonClient, visitor_code: &str, body: &[u8]) -> Option<Vec<Data>> {
    let filter = RemoteVisitorDataFilter::new()
        .previous_visit_amount(25)
        .page_views(true)
        .geolocation(true)
        .device(true)
        .browser(true)
        .operating_system(true)
        .conversions(true)
        .experiments(true)
        .kcs(true)
        .visitor_code(true)
        .personalization(true)
        .cbs(true);
    client.core().take_reply(visitor_code, body, &RemoteVisitorDataOptions::new().filter(filter)).ok()
}

/// The events of a stream, as name and data, fed in the portions that `size` asks for.
pub fn stream(mut bytes: &[u8], mut size: impl FnMut() -> usize) -> (Vec<(String, String)>, bool) {
    let (mut parser, mut events) = (SseParser::new(), Vec::new());
    while !bytes.is_empty() {
        let (portion, rest) = bytes.split_at(size().clamp(1, bytes.len()));
        bytes = rest;
        let taken = parser.feed(portion, |SseEvent { event, data }| events.push((event, data)));
        if taken.is_err() {
            return (events, true);
        }
    }
    (events, false)
}

/// Whether the text is a configuration; its `Debug` form shows no secret.
pub fn configuration(text: &[u8]) -> Option<String> {
    parse_configuration(text).map(|config| format!("{config:?}"))
}

/// Builds a pattern and matches a text, and says how long either took of this thread's time.
pub fn pattern(source: &str, text: &str) -> (Duration, Duration) {
    let start = spent();
    let pattern = Pattern::new(source);
    let built = spent().saturating_sub(start);
    let start = spent();
    if let Ok(pattern) = pattern {
        pattern.matches(text);
    }
    (built, spent().saturating_sub(start))
}

/// The time that this thread has run. On a busy machine, or one that stops, the clock on the wall
/// says something else; only where the system does not tell is it asked.
fn spent() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let run = told.and_then(|text| text.split(' ').next()?.parse().ok());
    run.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// The lines of a file of the spool, if it is one.
pub fn spool_lines(bytes: &[u8]) -> Option<usize> {
    read_contents(bytes)
}

/// Plays the calls that the bytes stand for against the model; what is wrong, if anything is.
pub fn play_calls(bytes: &[u8]) -> std::result::Result<(), String> {
    crate::client::play_calls(bytes)
}
