//! Ordinary life of a fleet: updates, outages, refusals, and a Redis that comes and goes.
//! `KAMELEOON_SOAK_SECONDS` says for how long; unless it is set, each thing happens once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kameleoon::emulator::{Emulator, Fault, Times};
use kameleoon::testing::{Condition, DataFile, Flag, Rule, Segment};
use kameleoon::{CustomData, EvaluationOptions, KameleoonClient, LegalConsent, RequestKind, TrackingStats};

use crate::book::{Book, DATA, EXPOSURE, GOAL};
use crate::process::{alone, client_threads, descriptors, resident_kib};
use crate::rig::{PATIENCE, Redis, wait_until};

/// Visitors in a second.
const RATE: u64 = 100;
/// A visitor's second request goes to the next server, so much later.
const LATER: Duration = Duration::from_millis(300);
/// How long a request may wait for the store.
const BOUND: Duration = Duration::from_millis(25);
/// Longer than a busy machine lets a second request wait: who has expired is not known any more.
const SESSION: Duration = Duration::from_secs(30);
const TIMEOUT: Duration = Duration::from_millis(1_500);
/// One visitor in so many refuses consent, is refused by the platform, has a goal that is refused.
const REFUSING: u64 = 50;
const POISON: u64 = 400;
const BAD_GOAL: u64 = 500;
/// What the memory may grow by between the first third and the end. A leak of a few bytes for each
/// visitor is more than this within the hour.
const MOST_GROWTH_KIB: usize = 8 * 1024;

/// As the system shows their names, which it cuts off: of three clients.
const THREADS: [(&str, usize); 3] = [("kameleoon-confi", 3), ("kameleoon-store", 6), ("kameleoon-track", 3)];

/// What happens, one after the other, each for a while.
const LIFE: [What; 9] = [
    What::Nothing,
    What::Busy,
    What::Gone,
    What::Emptied,
    What::Late,
    What::Stopped,
    What::Stale,
    What::Killed,
    What::Nothing,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Nothing,
    /// The platform answers 503.
    Busy,
    /// Nobody listens where the platform was.
    Gone,
    /// Some answers come when nobody waits for them any more.
    Late,
    /// No data file is to be had, and the streams break.
    Stale,
    /// Redis has lost everything, does not answer, is not there.
    Emptied,
    Stopped,
    Killed,
}

impl What {
    fn begin(self, platform: &Emulator, redis: &mut Redis) {
        match self {
            Self::Nothing => {}
            Self::Busy => platform.fail(RequestKind::Tracking, Fault::status(503), Times::Always),
            Self::Gone => platform.pause(),
            Self::Late => {
                platform.fail(RequestKind::Tracking, Fault::late(TIMEOUT + LATER), Times::Count(3));
            }
            Self::Stale => {
                platform.fail(RequestKind::Configuration, Fault::status(500), Times::Always);
                platform.drop_streams();
            }
            Self::Emptied => drop(redis.command("FLUSHALL")),
            Self::Stopped => redis.signal("STOP"),
            Self::Killed => redis.kill(),
        }
    }

    fn end(self, platform: &Emulator, redis: &mut Redis) {
        match self {
            Self::Gone => platform.resume().unwrap(),
            Self::Stopped => redis.signal("CONT"),
            Self::Killed => redis.start_again(),
            _ => platform.clear_faults(),
        }
    }

    fn leaves_redis_alone(self) -> bool {
        !matches!(self, Self::Emptied | Self::Stopped | Self::Killed)
    }
}

fn duration() -> Duration {
    let seconds = std::env::var("KAMELEOON_SOAK_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(LIFE.len() as u64))
}

/// Who brought the customer number is known by what the first server was told.
fn data_file(date: u64) -> String {
    let file = DataFile::new()
        .consent_required()
        .segment(Segment::all_of("premium", [Condition::custom_data(3, "premium")]))
        .flag(Flag::new("known").rule(Rule::delivery("on").segment("premium")))
        .flag(Flag::new("plain").rule(Rule::experiment([("off", 50.0), ("on", 50.0)])));
    let mut file: serde_json::Value = serde_json::from_str(&file.to_json().unwrap()).unwrap();
    file["dateModified"] = date.into();
    file["configuration"]["realTimeUpdate"] = true.into();
    file.to_string()
}

fn name(visitor: u64) -> String {
    let kind = if visitor % POISON == 9 { "poison" } else { "visitor" };
    format!("{kind}-{visitor}")
}

fn refuses(visitor: u64) -> bool {
    visitor % REFUSING == 7
}

fn has_bad_goal(visitor: u64) -> bool {
    visitor % BAD_GOAL == 8
}

fn variation(client: &KameleoonClient, code: &str, flag: &str) -> String {
    let options = EvaluationOptions::new().track(false);
    client.get_variation_with(code, flag, options).unwrap().key().to_owned()
}

struct Fleet {
    clients: [KameleoonClient; 3],
    book: Arc<Book>,
    /// Requests whose visitor the second server did not know.
    strangers: u64,
    /// Those that got the default without an exposure, since the server knew that consent is refused.
    blocked: u64,
}

impl Fleet {
    fn new(platform: &Emulator, redis: &Redis, book: Arc<Book>) -> Self {
        let clients = [0, 1, 2].map(|_| {
            let config = platform
                .client_config()
                .default_timeout(TIMEOUT)
                .tracking_interval(Duration::from_millis(100))
                .tracking_retry_delay(Duration::from_millis(50))
                .stream_retry_delay(Duration::from_millis(50))
                .stream_idle_timeout(Duration::from_millis(1_500))
                .refresh_interval(Duration::from_secs(1))
                .session_duration(SESSION)
                .visitor_data_store(redis.store());
            KameleoonClient::new("soak", config).unwrap()
        });
        clients.iter().for_each(|client| client.wait_init(PATIENCE).unwrap());
        Self { clients, book, strangers: 0, blocked: 0 }
    }

    fn client(&self, visitor: u64, request: u64) -> &KameleoonClient {
        &self.clients[(visitor + request) as usize % 3]
    }

    /// The first request: consent, who the visitor is, a goal.
    fn first(&self, visitor: u64) {
        let (client, code) = (self.client(visitor, 0), name(visitor));
        self.book.open(visitor);
        if code.starts_with("poison") {
            self.book.excuse(visitor, DATA | GOAL | EXPOSURE);
        }
        if refuses(visitor) {
            self.book.excuse(visitor, DATA | EXPOSURE);
        }
        client.set_legal_consent(&code, LegalConsent::from(!refuses(visitor))).unwrap();
        client.add_data(&code, CustomData::new(3, ["premium"])).unwrap();
        client.track_conversion(&code, 83).unwrap();
        if has_bad_goal(visitor) {
            client.track_conversion(&code, 666).unwrap();
        }
    }

    /// The second request, on another server: an exposure. Who is not known there has not consented
    /// there.
    fn second(&mut self, visitor: u64, redis_is_well: bool) {
        let (client, code) = (self.client(visitor, 1), name(visitor));
        let deadline = Instant::now() + PATIENCE;
        let is_known = loop {
            // What comes late is taken over all the same.
            let _ = client.load_visitor(&code, BOUND);
            if variation(client, &code, "known") == "on" {
                break true;
            }
            if !redis_is_well {
                break false;
            }
            assert!(Instant::now() < deadline, "{code} stays unknown to the second server");
            std::thread::sleep(Duration::from_millis(2));
        };
        let given = client.get_variation(&code, "plain").unwrap();
        let is_same = variation(self.client(visitor, 0), &code, "plain") == given.key();
        // A Redis that loses everything may have lost a part of what was said before the rest came.
        assert!(is_same || !is_known || !redis_is_well, "{code} got {given:?}");
        if !redis_is_well {
            self.book.excuse(visitor, EXPOSURE);
        }
        self.strangers += u64::from(!(is_known && is_same));
        self.blocked += u64::from(given.experiment_id().is_none());
    }

    fn stats(&self) -> [TrackingStats; 3] {
        self.clients.each_ref().map(KameleoonClient::tracking_stats)
    }
}

fn threads() -> Vec<String> {
    THREADS.iter().flat_map(|(name, count)| vec![(*name).to_owned(); *count]).collect()
}

#[test]
fn a_fleet_lives_steadily_and_every_line_is_accounted_for() {
    let test = "soak::a_fleet_lives_steadily_and_every_line_is_accounted_for";
    alone(test, || {
        let Some(mut redis) = Redis::start(test) else { return };
        let book = Arc::new(Book::new());
        let written = Arc::clone(&book);
        let platform = Emulator::builder()
            .heartbeat(Duration::from_millis(200))
            .data_file(data_file(1))
            .record_bodies(false)
            .keep_requests(10)
            .on_tracking_line(move |line| written.arrived(line))
            .start()
            .unwrap();
        platform.judge_tracking(|lines| {
            let is_bad = lines.contains("visitorCode=poison") || lines.contains("goalId=666");
            is_bad.then_some(400)
        });
        let before = descriptors();
        let mut fleet = Fleet::new(&platform, &redis, Arc::clone(&book));

        let (start, whole) = (Instant::now(), duration());
        let stretch = (whole / LIFE.len() as u32).clamp(Duration::from_secs(1), Duration::from_secs(15));
        let (mut first, mut second, mut date) = (0, 0, 1);
        let mut samples = Vec::new();
        while start.elapsed() < whole {
            for what in LIFE {
                date += 1;
                platform.set_data_file(data_file(date));
                platform.push_update(date as i64);
                what.begin(&platform, &mut redis);
                let begun = Instant::now();
                while begun.elapsed() < stretch {
                    let at = |since: Duration| since.as_millis() as u64 * RATE / 1_000;
                    while first < at(start.elapsed()) {
                        fleet.first(first);
                        first += 1;
                    }
                    while second < first.min(at(start.elapsed().saturating_sub(LATER))) {
                        fleet.second(second, what.leaves_redis_alone());
                        second += 1;
                    }
                    std::thread::sleep(Duration::from_millis(2));
                }
                what.end(&platform, &mut redis);
                platform.clear_requests();
            }
            while second < first {
                fleet.second(second, true);
                second += 1;
            }
            // Every update of the round has come to everybody.
            wait_until("the newest data file is in use", || {
                fleet.clients.iter().all(|client| {
                    client.get_data_file().is_some_and(|file| file.date_modified() == date as i64)
                })
            });
            wait_until("no more than the usual threads", || client_threads() == threads());
            samples.push((resident_kib(), descriptors()));
            println!(
                "{:?}: {first} visitors, {:?} (KiB, descriptors), {} strangers, in memory {:?}",
                start.elapsed(),
                samples.last().unwrap(),
                fleet.strangers,
                fleet.clients.each_ref().map(KameleoonClient::visitor_count),
            );
        }
        let reports = fleet.clients.each_ref().map(|client| client.close(PATIENCE));
        assert!(reports.iter().all(|report| !report.timed_out), "{reports:#?}");
        check(&fleet, first);
        check_samples(&samples);
        wait_until("no thread is left", || client_threads().is_empty());
        drop(fleet);
        wait_until("what was opened is closed", || descriptors() <= before);
    });
}

/// Every piece that a client accepted is in one place, and what it says was sent is what arrived.
fn check(fleet: &Fleet, visitors: u64) {
    let (stats, sums) = (fleet.stats(), fleet.book.sums());
    println!("{visitors} visitors: {sums:?}, {} strangers, {stats:#?}", fleet.strangers);
    let sum = |of: fn(&TrackingStats) -> u64| stats.iter().map(of).sum::<u64>();
    let bad_goals = (0..visitors).filter(|visitor| has_bad_goal(*visitor)).count() as u64;
    let lost = sum(|stats| stats.given_up + stats.refused + stats.unconsented + stats.replaced);
    assert_eq!(sum(|stats| stats.pending + stats.withheld + stats.spooled), 0);
    assert_eq!(sum(|stats| stats.accepted), 3 * visitors + bad_goals - fleet.blocked);
    assert_eq!((sums.missing, sums.wrong), (0, 0), "{sums:?}");
    assert_eq!(sum(|stats| stats.sent), sums.arrived);
    assert_eq!(lost, sums.excused + bad_goals - fleet.blocked);
    assert!(sum(|stats| stats.requests_failed) > 0 && sum(|stats| stats.unconsented) > 0);
    let stores = fleet.clients.each_ref().map(|client| client.store_stats().unwrap());
    assert!(stores.iter().all(|store| store.failed_writes > 0 && store.emptied > 0), "{stores:#?}");
}

/// Nothing grows.
fn check_samples(samples: &[(usize, usize)]) {
    let settled = &samples[samples.len() / 3..];
    let least = settled.iter().map(|sample| sample.0).min().unwrap_or_default();
    let (fewest, most) =
        (settled.iter().map(|sample| sample.1).min(), settled.iter().map(|sample| sample.1).max());
    assert!(settled.last().is_none_or(|sample| sample.0 < least + MOST_GROWTH_KIB), "{samples:?}");
    assert!(most <= fewest.map(|count| count + 6), "{samples:?}");
}
