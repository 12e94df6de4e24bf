//! A client with an emulated platform of its own, and a book of what the platform has to get.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kameleoon::emulator::{Emulator, EmulatorBuilder, TrackingLine};
use kameleoon::{
    EvaluationOptions, KameleoonClient, KameleoonClientConfig, KameleoonClientFactory, TrackingStats,
    Variation,
};

/// Long enough for a busy machine; nothing waits for it unless something is wrong.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// Of a request of the clients here.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(2_000);
/// What a bound may be overstepped by on a busy machine.
pub(crate) const SLACK: Duration = Duration::from_millis(1_500);
pub(crate) const FLAG: &str = "flag";
const GOAL: i64 = 83;

/// A data file with one flag that gives everybody one of two variations.
pub(crate) fn data_file(date: i64, real_time: bool) -> String {
    format!(
        r#"{{"dateModified": {date}, "configuration": {{"realTimeUpdate": {real_time}}},
        "featureFlags": [{{"id": 1, "featureKey": "flag", "environmentEnabled": true, "defaultVariationKey": "off",
        "variations": [{{"key": "off"}}, {{"key": "on"}}],
        "rules": [{{"id": 2, "order": 0, "type": "EXPERIMENTATION", "exposition": 1.0, "experimentId": 3,
        "variationByExposition": [{{"variationKey": "off", "variationId": 4, "exposition": 0.5}},
        {{"variationKey": "on", "variationId": 5, "exposition": 0.5}}]}}]}}]}}"#
    )
}

/// A client with an emulated platform of its own. Each visitor of the book has one exposure and one
/// conversion.
pub(crate) struct Rig {
    pub(crate) platform: Emulator,
    pub(crate) client: KameleoonClient,
    pub(crate) site: String,
    visitors: BTreeSet<String>,
}

/// The settings that all clients here share: short times, so that nothing waits for long.
pub(crate) fn quick(config: KameleoonClientConfig) -> KameleoonClientConfig {
    config
        .default_timeout(TIMEOUT)
        .tracking_interval(Duration::from_millis(100))
        .tracking_retry_delay(Duration::from_millis(50))
        .stream_retry_delay(Duration::from_millis(50))
        .stream_idle_timeout(Duration::from_millis(1_500))
}

/// An emulator whose heartbeats are more frequent than what [`quick`] calls silence.
pub(crate) fn platform() -> EmulatorBuilder {
    Emulator::builder().heartbeat(Duration::from_millis(200))
}

pub(crate) fn new_site(name: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{name}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Rig {
    /// A client that was just created, against a platform that is set up already.
    pub(crate) fn create(
        platform: Emulator,
        name: &str,
        change: impl FnOnce(KameleoonClientConfig) -> KameleoonClientConfig,
    ) -> Self {
        Self::create_at(platform, &new_site(name), change)
    }

    /// The client of a site with a given code.
    pub(crate) fn create_at(
        platform: Emulator,
        site: &str,
        change: impl FnOnce(KameleoonClientConfig) -> KameleoonClientConfig,
    ) -> Self {
        let config = change(quick(platform.client_config()));
        let client = KameleoonClientFactory::create(site, config).unwrap();
        Self { platform, client, site: site.to_owned(), visitors: BTreeSet::new() }
    }

    /// Closes the client and makes one of the same site in its place, with the same book.
    pub(crate) fn again(
        mut self,
        change: impl FnOnce(KameleoonClientConfig) -> KameleoonClientConfig,
    ) -> Self {
        KameleoonClientFactory::forget(&self.site);
        let config = change(quick(self.platform.client_config()));
        self.client = KameleoonClientFactory::create(&self.site, config).unwrap();
        self
    }

    /// A client that has its data file.
    pub(crate) fn ready(name: &str) -> Self {
        let rig = Self::create(platform().data_file(data_file(1, false)).start().unwrap(), name, |c| c);
        rig.client.wait_init(PATIENCE).unwrap();
        rig
    }

    /// Takes a visitor into the book.
    pub(crate) fn visit(&mut self, visitor: &str) {
        self.client.get_variation(visitor, FLAG).unwrap();
        self.client.track_conversion(visitor, GOAL).unwrap();
        self.visitors.insert(visitor.to_owned());
    }

    /// Evaluates without tracking: each tracked evaluation would be an exposure of its own.
    pub(crate) fn look(&self, visitor: &str) -> Variation {
        self.client.get_variation_with(visitor, FLAG, EvaluationOptions::new().track(false)).unwrap()
    }

    /// Takes a visitor into the book who was tracked without it.
    pub(crate) fn know(&mut self, visitor: &str) {
        self.visitors.insert(visitor.to_owned());
    }

    pub(crate) fn visit_many(&mut self, name: &str, count: usize) {
        (0..count).for_each(|number| self.visit(&format!("{name}-{number}")));
    }

    /// How many pieces the platform is to get.
    pub(crate) fn pieces(&self) -> u64 {
        2 * self.visitors.len() as u64
    }

    pub(crate) fn date(&self) -> Option<i64> {
        self.client.get_data_file().map(|file| file.date_modified())
    }

    /// Flushes until everything has gone out.
    pub(crate) fn deliver_all(&self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.client.flush_and_wait(PATIENCE).is_complete() {
            assert!(Instant::now() < deadline, "not delivered: {:?}", self.client.tracking_stats());
        }
    }

    /// Checks that the platform has every piece of the book, each under one nonce. Without
    /// `repeats` each has come once; with it, answers may have been lost on the way back.
    pub(crate) fn check_arrived(&self, repeats: Repeats) {
        let arrived = arrived(&self.platform.tracking_lines());
        for visitor in &self.visitors {
            for event in ["experiment", "conversion"] {
                let nonces = arrived.get(&(visitor.clone(), event.to_owned()));
                let nonces = nonces.unwrap_or_else(|| panic!("no {event} of {visitor} arrived"));
                assert_eq!(nonces.len(), 1, "{event} of {visitor} came as several things");
                let times: usize = nonces.values().sum();
                assert!(times == 1 || repeats == Repeats::Allowed, "{event} of {visitor} came {times} times");
            }
        }
        assert_eq!(arrived.len() as u64, self.pieces(), "something arrived that nobody tracked");
    }

    /// How many pieces the platform has, repetitions left out.
    pub(crate) fn arrived(&self) -> u64 {
        arrived(&self.platform.tracking_lines()).len() as u64
    }

    /// Checks the counters of a client that is at rest.
    pub(crate) fn check_counters(&self) -> TrackingStats {
        let stats = self.check_balance();
        assert_eq!(stats.accepted, self.pieces(), "{stats:?}");
        stats
    }

    /// Checks that each accepted piece is in one place, whoever brought it.
    pub(crate) fn check_balance(&self) -> TrackingStats {
        let stats = self.client.tracking_stats();
        let lost = stats.given_up + stats.refused + stats.unconsented;
        let ended = stats.sent + stats.replaced + stats.spooled + lost;
        assert_eq!(stats.accepted, ended + stats.pending + stats.withheld, "{stats:?}");
        stats
    }

    pub(crate) fn wait_for(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        wait_until(what, || condition(self));
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        KameleoonClientFactory::forget(&self.site);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeats {
    None,
    Allowed,
}

/// Nonces by visitor and event, with how often each came; lines that say only that somebody was
/// there are left out.
fn arrived(lines: &[TrackingLine]) -> BTreeMap<(String, String), BTreeMap<String, usize>> {
    let mut arrived: BTreeMap<(String, String), BTreeMap<String, usize>> = BTreeMap::new();
    for line in lines {
        let get = |name| line.get(name).unwrap_or_default().to_owned();
        if get("eventType") != "activity" {
            let nonces = arrived.entry((get("visitorCode"), get("eventType"))).or_default();
            *nonces.entry(get("nonce")).or_default() += 1;
        }
    }
    arrived
}

pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Runs something and says how long it took.
pub(crate) fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = run();
    (result, start.elapsed())
}
