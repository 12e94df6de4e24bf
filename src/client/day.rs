//! A day of a command-line tool: a thousand short runs, on a clock that is moved by hand.

#![allow(clippy::unwrap_used, reason = "helpers of a test count as production code")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::KameleoonClient;
use super::runtime::Runtime;
use crate::clock::{Clock, Hands};
use crate::emulator::Emulator;
use crate::error::RequestKind;

const PATIENCE: Duration = Duration::from_secs(20);
const RUNS: i64 = 1_000;
const DAY: i64 = 24 * 60 * 60 * 1_000;
/// How old the data file may be.
const ALLOWED: Duration = Duration::from_secs(60 * 60);
/// How often the flags change, in milliseconds.
const CHANGES: i64 = 20 * 60 * 1_000;

struct Tool {
    platform: Emulator,
    folder: PathBuf,
    hands: Arc<Hands>,
    began: i64,
}

impl Tool {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("kameleoon-day-{}", std::process::id()));
        let hands = Arc::new(Hands::default());
        // Not before the system's time: what is in use is never older than the system thinks.
        let began = Clock::System.now();
        hands.wall.store(began, Ordering::Relaxed);
        let platform = Emulator::builder().data_file(data_file(0)).keep_requests(100_000).start().unwrap();
        Self { platform, folder, hands, began }
    }

    fn start(&self) -> KameleoonClient {
        let config = self.platform.client_config().short_lived(&self.folder).data_file_fresh_for(ALLOWED);
        let clock = Clock::Manual(Arc::clone(&self.hands));
        let (core, runtime) = Runtime::start("site", config.settings().clone(), clock).unwrap();
        KameleoonClient::from_parts(core, Some(runtime))
    }

    /// One run at a moment of the day. Returns how old the data file was that it decided by.
    fn run(&self, moment: i64, goal: i64) -> Duration {
        self.hands.wall.store(self.began + moment, Ordering::Relaxed);
        let client = self.start().close_on_drop(PATIENCE).only_when_due();
        client.wait_fresh(ALLOWED, PATIENCE).unwrap();
        let age = client.data_file_age().unwrap();
        let changed = client.get_data_file().unwrap().date_modified() * CHANGES;
        let newest_then = (moment - ALLOWED.as_millis() as i64).max(0) / CHANGES * CHANGES;
        assert!(changed >= newest_then, "at {moment} by flags of {changed}");
        client.track_conversion(client.local_visitor_code(), goal).unwrap();
        age
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn data_file(date: i64) -> String {
    format!(r#"{{"dateModified": {date}, "featureFlags": []}}"#)
}

#[test]
fn a_thousand_runs_a_day_make_few_requests_and_lose_nothing() {
    let tool = Tool::new();
    let mut oldest = Duration::ZERO;
    let mut now_in_force = 0;
    for run in 0..RUNS {
        // Not evenly: some runs follow each other at once, and some nights are long.
        let moment = DAY * run / RUNS - (run % 7) * 1_000 * i64::from(run > 0);
        if moment / CHANGES > now_in_force {
            now_in_force = moment / CHANGES;
            tool.platform.set_data_file(data_file(now_in_force));
        }
        oldest = oldest.max(tool.run(moment, run));
    }
    // Somebody waits once, at the end of the day.
    let client = tool.start().close_on_drop(PATIENCE);
    client.wait_init(PATIENCE).unwrap();
    let report = client.finish();
    assert!(report.is_complete(), "{report:?}");
    let mut arrived: BTreeMap<i64, usize> = BTreeMap::new();
    for line in tool.platform.tracking_lines() {
        *arrived.entry(line.get("goalId").unwrap().parse().unwrap()).or_default() += 1;
    }
    let count = |kind| tool.platform.count(kind);
    let (fetches, tokens, requests) =
        (count(RequestKind::Configuration), count(RequestKind::Token), count(RequestKind::Tracking));
    println!(
        "{RUNS} runs in a day: {fetches} data files, {tokens} tokens, {requests} tracking requests, {} conversions, \
         the oldest decision by a data file of {oldest:?}",
        arrived.len()
    );
    assert!(fetches <= 30, "{fetches} data files");
    assert!(oldest <= ALLOWED, "{oldest:?}");
    assert_eq!(arrived.len() as i64, RUNS);
    assert!(arrived.values().all(|times| *times == 1), "{arrived:?}");
}
