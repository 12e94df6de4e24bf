//! Random sequences of calls, held against what must have become of each piece.
//!
//! A run is a list of steps drawn from a seed. When it breaks a rule, steps are left out as long as
//! it still does, and the shortest list is printed. `KAMELEOON_MODEL_RUNS` says how many runs there
//! are (60 unless told otherwise), `KAMELEOON_MODEL_SEED` with which seed they begin.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of a test count as production code")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::KameleoonClient;
use crate::clock::{Clock, Hands};
use crate::config::KameleoonClientConfig;
use crate::data::{Browser, BrowserType, Conversion, CustomData, PageView, UniqueIdentifier};
use crate::error::RequestFailure;
use crate::platform::tracking::{Accepted, FlushReport, Rejected, Transport};
use crate::reply::Reply;

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
    Drain,
    Platform { mode: u8 },
    File { number: u8 },
    Clock { minutes: i64 },
    Correct { minutes: i64 },
}

/// A generator of its own, so that a seed means the same in every version.
#[cfg(test)]
struct Dice(u64);

#[cfg(test)]
impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

#[cfg(test)]
fn steps(seed: u64) -> Vec<Step> {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    drawn(STEPS, seed % 2 == 0, |sides| dice.roll(sides))
}

/// So many steps, drawn by rolls of dice with a number of sides.
fn drawn(count: usize, without_links: bool, mut roll: impl FnMut(u64) -> u64) -> Vec<Step> {
    (0..count)
        .map(|number| {
            let visitor = roll(VISITORS);
            match roll(40) {
                0..8 => Step::Convert { visitor, goal: number as i64 },
                8..11 => Step::Say { visitor, index: 1 + roll(2) as u32, value: roll(9) },
                11..13 => Step::View { visitor, page: roll(4) },
                13 => Step::Browse { visitor },
                14..18 => Step::Evaluate { visitor, track: roll(3) > 0 },
                18 => Step::All { visitor },
                19..22 if without_links => Step::Convert { visitor, goal: number as i64 },
                19..21 => Step::Link { visitor, user: roll(VISITORS) },
                21 => Step::Unique { visitor },
                22..24 => Step::Consent { visitor, given: roll(3) > 0 },
                24 => Step::Force { visitor },
                25..27 => Step::Flush { visitor },
                27..29 => Step::Hurry { visitor },
                29 => Step::HurryAll,
                30..33 => Step::Interval,
                33 => {
                    if roll(2) == 0 {
                        Step::Wait
                    } else {
                        Step::Drain
                    }
                }
                34..36 => Step::Platform { mode: roll(4) as u8 },
                36..38 => Step::File { number: roll(4) as u8 },
                38 => Step::Clock { minutes: 1 + roll(45) as i64 },
                _ => Step::Correct { minutes: roll(4000) as i64 - 2000 },
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
                return Ok(Accepted { status: 200 });
            }
        };
        Err(Rejected { failure: RequestFailure::Status(status), retry_after: None, may_have_arrived: false })
    }
}

fn value_of<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    line.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// A folder that goes with the run.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("kameleoon-model-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What lies on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disk {
    Nothing,
    WhatCannotBeSent,
    WhatIsToBeSent,
}

struct Run {
    client: KameleoonClient,
    hands: Arc<Hands>,
    platform: Platform,
    goals: BTreeSet<i64>,
    folder: Option<Folder>,
    /// Whether visitors turn out to be others.
    links: bool,
}

impl Run {
    fn new(disk: Disk, links: bool) -> Self {
        let hands = Arc::new(Hands::default());
        hands.wall.store(1_700_000_000_000, Ordering::SeqCst);
        let platform = Platform::default();
        let folder = (disk != Disk::Nothing).then(Folder::new);
        let mut config = KameleoonClientConfig::new("id", "secret")
            .max_visitors(4)
            .tracking_retry_delay(Duration::from_millis(1))
            .tracking_spool_before_sending(disk == Disk::WhatIsToBeSent);
        if let Some(folder) = &folder {
            config = config.tracking_spool(&folder.0);
        }
        let client = Self::client(config, &hands, &platform);
        Self { client, hands, platform, goals: BTreeSet::new(), folder, links }
    }

    fn client(config: KameleoonClientConfig, hands: &Arc<Hands>, platform: &Platform) -> KameleoonClient {
        let (clock, transport) = (Clock::Manual(Arc::clone(hands)), platform.clone());
        KameleoonClient::without_network(file(0), config, clock, |_| transport).unwrap()
    }

    fn wait(&self, order: impl FnOnce(Box<dyn FnOnce(FlushReport) + Send>)) -> Result<(), String> {
        let (answer, reply) = Reply::new();
        order(Box::new(answer));
        reply.wait(PATIENCE).map(|_| ()).map_err(|_| "the tracking thread does not answer".to_owned())
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
            Step::Drain => drop(client.drain_spool(PATIENCE)),
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
        self.check_lines()?;
        let stats = self.client.tracking_stats();
        let lost = stats.given_up + stats.refused + stats.unconsented;
        let ended = stats.sent + stats.replaced + stats.spooled + lost;
        if stats.accepted != ended + stats.pending + stats.withheld {
            return Err(format!("the counts do not agree: {stats:?}"));
        }
        Ok(())
    }

    /// Each thing has come once, and no conversion as two things.
    fn check_lines(&self) -> Result<(), String> {
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
        let ended = stats.sent + stats.replaced + stats.spooled + stats.given_up;
        if stats.accepted != ended + stats.refused + stats.unconsented {
            return Err(format!("the counts do not agree in the end: {stats:?}"));
        }
        let dropped = stats.spool_dropped + self.drain_with_another()?;
        self.check_arrived(stats.given_up + stats.refused + stats.unconsented + dropped)
    }

    /// Another process sends what lies on disk. Returns how many lines were lost on the way.
    fn drain_with_another(&self) -> Result<u64, String> {
        let Some(folder) = &self.folder else { return Ok(0) };
        let config = KameleoonClientConfig::new("id", "secret").tracking_spool(&folder.0);
        let other = Self::client(config, &self.hands, &self.platform);
        let nonce_of = |line: &String| value_of(line, "nonce").map(str::to_owned);
        let before: BTreeSet<_> = self.platform.lines.lock().iter().map(nonce_of).collect();
        let count = self.platform.lines.lock().len();
        // Whatever the clock did, nobody has the files any more.
        self.hands.wall.fetch_add(11 * 60_000, Ordering::SeqCst);
        let report = other.drain_spool(PATIENCE);
        let _ = other.close(PATIENCE);
        let lines = self.platform.lines.lock();
        // What is on its way while its visitor turns out to be somebody else may be told again.
        let again = lines[count..].iter().find(|line| !self.links && before.contains(&nonce_of(line)));
        match (report.waiting, report.timed_out, again) {
            (.., Some(line)) => Err(format!("what was sent lay on disk: {line}")),
            (0, false, None) => Ok(report.dropped),
            _ => Err(format!("something is left on disk: {report:?}")),
        }
    }

    fn check_arrived(&self, lost: u64) -> Result<(), String> {
        let lines = self.platform.lines.lock();
        let arrived: BTreeSet<i64> = lines
            .iter()
            .filter(|line| value_of(line, "eventType") == Some("conversion"))
            .filter_map(|line| value_of(line, "goalId")?.parse().ok())
            .collect();
        let missing = self.goals.difference(&arrived).count() as u64;
        match missing <= lost && arrived.is_subset(&self.goals) {
            true => Ok(()),
            false => {
                Err(format!("{missing} conversions did not arrive, and {lost} pieces are counted as lost"))
            }
        }
    }
}

/// Plays a run; returns how many pieces lay on disk.
fn play(steps: &[Step], disk: Disk) -> Result<u64, String> {
    let links = steps.iter().any(|step| matches!(step, Step::Link { .. } | Step::Unique { .. }));
    let mut run = Run::new(disk, links);
    for (number, step) in steps.iter().enumerate() {
        run.step(*step)?;
        if number % 10 == 9 {
            run.check()?;
        }
    }
    run.check_end()?;
    run.check_lines()?;
    Ok(run.client.tracking_stats().spooled)
}

/// Leaves steps out as long as the run still breaks the rules.
#[cfg(test)]
fn shrink(mut steps: Vec<Step>, disk: Disk) -> Vec<Step> {
    let mut size = steps.len() / 2;
    while size > 0 {
        let mut start = 0;
        while start < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(start..(start + size).min(fewer.len()));
            match play(&fewer, disk) {
                Err(_) => steps = fewer,
                Ok(_) => start += size,
            }
        }
        size /= 2;
    }
    steps
}

/// The steps that a fuzzer's bytes stand for, played.
#[cfg(fuzzing)]
pub(crate) fn play_calls(bytes: &[u8]) -> Result<(), String> {
    let mut bytes = bytes.iter();
    let mut roll = |sides| u64::from(*bytes.next().unwrap_or(&0)) % sides;
    let disk = [Disk::Nothing, Disk::WhatCannotBeSent, Disk::WhatIsToBeSent][roll(3) as usize];
    let without_links = roll(2) == 0;
    let steps = drawn(STEPS, without_links, roll);
    play(&steps, disk).map(|_| ())
}

#[test]
fn whatever_is_called_every_piece_is_in_one_place() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("KAMELEOON_MODEL_SEED").unwrap_or(1);
    let mut spooled = 0;
    for seed in first..first + number("KAMELEOON_MODEL_RUNS").unwrap_or(60) {
        let all = steps(seed);
        let disk = [Disk::Nothing, Disk::WhatCannotBeSent, Disk::WhatIsToBeSent][seed as usize % 3];
        match play(&all, disk) {
            Ok(pieces) => spooled += pieces,
            Err(reason) => {
                let short = shrink(all, disk);
                panic!(
                    "seed {seed}, {disk:?}: {reason}; the shortest steps that do so: {short:#?}: {:?}",
                    play(&short, disk)
                );
            }
        }
    }
    assert!(spooled > 0, "nothing lay on disk");
}
