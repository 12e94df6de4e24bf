//! Random sequences of calls, held against what must have become of each piece.
//!
//! A run is a list of steps drawn from a seed. When it breaks a rule, steps are left out as long as
//! it still does, and the shortest list is printed. `KAMELEOON_MODEL_RUNS` says how many runs there
//! are (60 unless told otherwise), `KAMELEOON_MODEL_SEED` with which seed they begin.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of a test count as production code")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use crossbeam_channel::bounded;
use parking_lot::Mutex;

use super::KameleoonClient;
use crate::clock::{Clock, Hands};
use crate::config::KameleoonClientConfig;
use crate::data::{Browser, BrowserType, Conversion, CustomData, PageView, UniqueIdentifier};
use crate::error::RequestFailure;
use crate::platform::tracking::{Accepted, FlushReport, Rejected, Transport};

const PATIENCE: Duration = Duration::from_secs(5);
const VISITORS: u64 = 6;
const STEPS: usize = 120;

/// What is done to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Convert { visitor: u64, goal: i64 },
    Say { visitor: u64, index: u32, value: u64 },
    View { visitor: u64, page: u64 },
    Browse { visitor: u64 },
    Evaluate { visitor: u64, track: bool },
    All { visitor: u64 },
    Link { visitor: u64, user: u64 },
    Unique { visitor: u64 },
    Consent { visitor: u64, given: bool },
    Force { visitor: u64 },
    Flush { visitor: u64 },
    Hurry { visitor: u64 },
    HurryAll,
    Interval,
    Wait,
    Platform { mode: u8 },
    File { number: u8 },
    Clock { minutes: i64 },
    Correct { minutes: i64 },
}

/// A generator of its own, so that a seed means the same in every version.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn steps(seed: u64) -> Vec<Step> {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    (0..STEPS)
        .map(|number| {
            let visitor = dice.roll(VISITORS);
            match dice.roll(40) {
                0..8 => Step::Convert { visitor, goal: number as i64 },
                8..11 => Step::Say { visitor, index: 1 + dice.roll(2) as u32, value: dice.roll(9) },
                11..13 => Step::View { visitor, page: dice.roll(4) },
                13 => Step::Browse { visitor },
                14..18 => Step::Evaluate { visitor, track: dice.roll(3) > 0 },
                18 => Step::All { visitor },
                19..21 => Step::Link { visitor, user: dice.roll(VISITORS) },
                21 => Step::Unique { visitor },
                22..24 => Step::Consent { visitor, given: dice.roll(3) > 0 },
                24 => Step::Force { visitor },
                25..27 => Step::Flush { visitor },
                27..29 => Step::Hurry { visitor },
                29 => Step::HurryAll,
                30..33 => Step::Interval,
                33 => Step::Wait,
                34..36 => Step::Platform { mode: dice.roll(4) as u8 },
                36..38 => Step::File { number: dice.roll(4) as u8 },
                38 => Step::Clock { minutes: 1 + dice.roll(45) as i64 },
                _ => Step::Correct { minutes: dice.roll(4000) as i64 - 2000 },
            }
        })
        .collect()
}

fn file(number: u8) -> String {
    let consent = if number % 2 == 1 { "REQUIRED" } else { "OFF" };
    let local = number >= 2;
    format!(
        r#"{{"configuration": {{"consentType": "{consent}"}},
        "customData": [{{"id": 1, "index": 1, "localOnly": {local}}}, {{"id": 2, "index": 2}},
            {{"id": 3, "index": 3, "isMappingIdentifier": true}}],
        "featureFlags": [{{"id": 1, "featureKey": "flag", "environmentEnabled": true, "defaultVariationKey": "off",
            "variations": [{{"key": "off"}}, {{"key": "on"}}], "rules": [{{"id": 2, "type": "EXPERIMENTATION",
            "exposition": 1.0, "experimentId": 3, "variationByExposition": [
                {{"variationKey": "off", "variationId": 4, "exposition": 0.5}},
                {{"variationKey": "on", "variationId": 5, "exposition": 0.5}}]}}]}}]}}"#
    )
}

/// A platform that takes lines, refuses some, or is away.
#[derive(Clone, Default)]
struct Platform {
    mode: Arc<AtomicU8>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Transport for Platform {
    fn deliver(&mut self, lines: &str, _: Duration) -> Result<Accepted, Rejected> {
        let status = match self.mode.load(Ordering::SeqCst) {
            // Refuses everything about one visitor, or one line in seven.
            1 if lines.contains("visitorCode=v1&")
                || lines.lines().any(|line| line.ends_with("visitorCode=v1")) =>
            {
                400
            }
            2 if lines
                .lines()
                .any(|line| value_of(line, "goalId").is_some_and(|goal| goal.ends_with('3'))) =>
            {
                422
            }
            3 => 503,
            _ => {
                self.lines.lock().extend(lines.lines().map(str::to_owned));
                return Ok(Accepted::Taken);
            }
        };
        Err(Rejected { failure: RequestFailure::Status(status), retry_after: None })
    }
}

fn value_of<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    line.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

struct Run {
    client: KameleoonClient,
    hands: Arc<Hands>,
    platform: Platform,
    goals: BTreeSet<i64>,
}

impl Run {
    fn new() -> Self {
        let hands = Arc::new(Hands::default());
        hands.wall.store(1_700_000_000_000, Ordering::SeqCst);
        let platform = Platform::default();
        let transport = platform.clone();
        let config = KameleoonClientConfig::new("id", "secret")
            .max_visitors(4)
            .tracking_retry_delay(Duration::from_millis(1));
        let clock = Clock::Manual(Arc::clone(&hands));
        let client = KameleoonClient::without_network(file(0), config, clock, |_| transport).unwrap();
        Self { client, hands, platform, goals: BTreeSet::new() }
    }

    fn wait(&self, order: impl FnOnce(Box<dyn FnOnce(FlushReport) + Send>)) -> Result<(), String> {
        let (sender, receiver) = bounded(1);
        order(Box::new(move |report| {
            let _ = sender.try_send(report);
        }));
        receiver
            .recv_timeout(PATIENCE)
            .map(|_| ())
            .map_err(|_| "the tracking thread does not answer".to_owned())
    }

    fn step(&mut self, step: Step) -> Result<(), String> {
        let name = |visitor: u64| format!("v{visitor}");
        let client = &self.client;
        match step {
            Step::Convert { visitor, goal } => {
                self.goals.insert(goal);
                client.track_conversion_with(&name(visitor), Conversion::new(goal)).unwrap();
            }
            Step::Say { visitor, index, value } => {
                client.add_data(&name(visitor), CustomData::new(index, [value.to_string()])).unwrap();
            }
            Step::View { visitor, page } => {
                client.add_data(&name(visitor), PageView::new(format!("https://shop/{page}"))).unwrap();
            }
            Step::Browse { visitor } => {
                client.add_data(&name(visitor), Browser::new(BrowserType::Chrome)).unwrap();
            }
            Step::Evaluate { visitor, track } => {
                let options = super::EvaluationOptions::new().track(track);
                client.get_variation_with(&name(visitor), "flag", options).unwrap();
            }
            Step::All { visitor } => drop(client.get_variations(&name(visitor)).unwrap()),
            Step::Link { visitor, user } => {
                client.add_data(&name(visitor), CustomData::new(3, [name(user)])).unwrap();
            }
            Step::Unique { visitor } => client.add_data(&name(visitor), UniqueIdentifier::new(true)).unwrap(),
            Step::Consent { visitor, given } => {
                client.set_legal_consent(&name(visitor), given.into()).unwrap()
            }
            Step::Force { visitor } => client.set_forced_variation(&name(visitor), 3, Some("on")).unwrap(),
            Step::Flush { visitor } => client.flush(&name(visitor)).unwrap(),
            Step::Hurry { visitor } => client.flush_instant(&name(visitor)).unwrap(),
            Step::HurryAll => client.flush_all_instant(),
            Step::Interval => return self.wait(|done| client.end_tracking_interval(done)),
            Step::Wait => drop(client.flush_and_wait(Duration::from_millis(5))),
            Step::Platform { mode } => self.platform.mode.store(mode, Ordering::SeqCst),
            Step::File { number } => client.replace_data_file(file(number)).unwrap(),
            Step::Clock { minutes } => {
                self.hands.wall.fetch_add(minutes * 60_000, Ordering::SeqCst);
                self.hands.passed.fetch_add(minutes * 60_000, Ordering::SeqCst);
            }
            Step::Correct { minutes } => drop(self.hands.wall.fetch_add(minutes * 60_000, Ordering::SeqCst)),
        }
        Ok(())
    }

    /// What holds whenever nothing is under way.
    fn check(&self) -> Result<(), String> {
        self.wait(|done| self.client.reach_flushes(done))?;
        let stats = self.client.tracking_stats();
        let ended = stats.sent + stats.replaced + stats.given_up + stats.refused + stats.unconsented;
        if stats.accepted != ended + stats.pending + stats.withheld {
            return Err(format!("the counts do not agree: {stats:?}"));
        }
        let lines = self.platform.lines.lock();
        let mut nonces: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for line in lines.iter().filter(|line| value_of(line, "eventType") == Some("conversion")) {
            let (goal, nonce) = (value_of(line, "goalId").unwrap(), value_of(line, "nonce").unwrap());
            nonces.entry(goal).or_default().insert(nonce);
        }
        match nonces.iter().find(|(_, nonces)| nonces.len() > 1) {
            Some((goal, _)) => Err(format!("the conversion of goal {goal} came as two things")),
            None => Ok(()),
        }
    }

    /// In the end everything is where it has to be.
    fn check_end(&self) -> Result<(), String> {
        self.platform.mode.store(0, Ordering::SeqCst);
        self.client.replace_data_file(file(0)).unwrap();
        let report = self.client.close(PATIENCE);
        let stats = self.client.tracking_stats();
        if report.timed_out || stats.pending + stats.withheld > 0 {
            return Err(format!("something is left: {report:?} {stats:?}"));
        }
        self.check_counts_of_lines(&stats)
    }

    fn check_counts_of_lines(&self, stats: &crate::platform::tracking::TrackingStats) -> Result<(), String> {
        let ended = stats.sent + stats.replaced + stats.given_up + stats.refused + stats.unconsented;
        if stats.accepted != ended {
            return Err(format!("the counts do not agree in the end: {stats:?}"));
        }
        let lines = self.platform.lines.lock();
        let arrived: BTreeSet<i64> = lines
            .iter()
            .filter(|line| value_of(line, "eventType") == Some("conversion"))
            .filter_map(|line| value_of(line, "goalId")?.parse().ok())
            .collect();
        let missing = self.goals.difference(&arrived).count() as u64;
        let lost = stats.given_up + stats.refused + stats.unconsented;
        match missing <= lost && arrived.is_subset(&self.goals) {
            true => Ok(()),
            false => Err(format!(
                "{missing} conversions did not arrive, and {lost} pieces are counted as lost: {stats:?}"
            )),
        }
    }
}

fn play(steps: &[Step]) -> Result<(), String> {
    let mut run = Run::new();
    for (number, step) in steps.iter().enumerate() {
        run.step(*step)?;
        if number % 10 == 9 {
            run.check()?;
        }
    }
    run.check_end()
}

/// Leaves steps out as long as the run still breaks the rules.
fn shrink(mut steps: Vec<Step>) -> Vec<Step> {
    let mut size = steps.len() / 2;
    while size > 0 {
        let mut start = 0;
        while start < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(start..(start + size).min(fewer.len()));
            match play(&fewer) {
                Err(_) => steps = fewer,
                Ok(()) => start += size,
            }
        }
        size /= 2;
    }
    steps
}

#[test]
fn whatever_is_called_every_piece_is_in_one_place() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("KAMELEOON_MODEL_SEED").unwrap_or(1);
    for seed in first..first + number("KAMELEOON_MODEL_RUNS").unwrap_or(60) {
        let all = steps(seed);
        if let Err(reason) = play(&all) {
            let short = shrink(all);
            panic!("seed {seed}: {reason}; the shortest steps that do so: {short:#?}: {:?}", play(&short));
        }
    }
}
