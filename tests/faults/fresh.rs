//! A copy with an age: when the platform is asked, and when it need not be.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use kameleoon::emulator::{Emulator, Fault, Times};
use kameleoon::{
    DataFileOrigin, EvaluationOptions, KameleoonClient, KameleoonClientConfig, KameleoonClientFactory,
    KameleoonError, RequestKind,
};

use crate::rig::{FLAG, PATIENCE, data_file, new_site, platform, quick, timed, wait_until};

const HOUR: Duration = Duration::from_secs(3_600);

/// A platform, and a copy in a folder of its own that short runs of one program share.
struct Tool {
    platform: Emulator,
    site: String,
    folder: PathBuf,
}

impl Tool {
    fn new(name: &str) -> Self {
        let site = new_site(name);
        let folder = std::env::temp_dir().join(format!("kameleoon-{site}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let platform = platform().data_file(data_file(1, true)).start().unwrap();
        Self { platform, site, folder }
    }

    fn copy(&self) -> PathBuf {
        self.folder.join("flags")
    }

    fn start(&self, change: impl FnOnce(KameleoonClientConfig) -> KameleoonClientConfig) -> KameleoonClient {
        let config = quick(self.platform.client_config()).data_file_cache(self.copy());
        let config = config.close_timeout(PATIENCE).default_timeout(PATIENCE);
        KameleoonClientFactory::create(&self.site, change(config)).unwrap()
    }

    /// One run: what it decided by, and from where.
    fn run(&self, fresh_for: Duration) -> (i64, DataFileOrigin) {
        let client = self.start(|config| config.data_file_fresh_for(fresh_for));
        client.wait_init(PATIENCE).unwrap();
        let decided = (date(&client), client.data_file_origin().unwrap());
        self.end();
        decided
    }

    fn end(&self) {
        KameleoonClientFactory::forget(&self.site);
    }

    fn fetches(&self) -> usize {
        self.platform.count(RequestKind::Configuration)
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        self.end();
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

fn date(client: &KameleoonClient) -> i64 {
    client.get_data_file().unwrap().date_modified()
}

#[test]
fn while_the_copy_is_fresh_there_is_no_request_and_no_stream() {
    let tool = Tool::new("fresh");
    assert_eq!(tool.run(HOUR), (1, DataFileOrigin::Polling));
    tool.platform.set_data_file(data_file(2, true));
    tool.platform.clear_requests();
    for _ in 0..5 {
        assert_eq!(tool.run(HOUR), (1, DataFileOrigin::Copy));
    }
    let client = tool.start(|config| config.data_file_fresh_for(HOUR));
    client.wait_init(PATIENCE).unwrap();
    client.get_variation_with("visitor", FLAG, kameleoon::EvaluationOptions::new().track(false)).unwrap();
    assert!(client.data_file_age().is_some_and(|age| age < HOUR));
    assert_eq!(client.last_success(), None);
    assert_eq!(tool.platform.requests().len(), 0, "not one, and no socket for it");
    // Whoever must know asks.
    assert_eq!(client.wait_fresh(HOUR, PATIENCE), Ok(()));
    assert_eq!(tool.fetches(), 0, "it is younger than that");
    client.wait_fresh(Duration::ZERO, PATIENCE).unwrap();
    assert_eq!((date(&client), tool.fetches()), (2, 1));
    assert_eq!(client.data_file_origin(), Some(DataFileOrigin::Polling));
}

#[test]
fn a_copy_that_stops_being_fresh_while_the_program_runs_is_asked_for() {
    let tool = Tool::new("stale-later");
    tool.run(HOUR);
    tool.platform.set_data_file(data_file(2, true));
    tool.platform.clear_requests();
    let fresh_for = Duration::from_millis(2_500);
    let client = tool.start(|config| config.data_file_fresh_for(fresh_for));
    client.wait_init(PATIENCE).unwrap();
    wait_until("the new data file", || date(&client) == 2);
    wait_until("the stream", || tool.platform.open_streams() == 1);
}

/// A program that does nothing but evaluate notices too, by whichever way it evaluates.
#[test]
fn evaluating_alone_has_a_copy_that_stops_being_fresh_asked_for() {
    type Evaluate = fn(&KameleoonClient, EvaluationOptions);
    let untracked = EvaluationOptions::new().track(false);
    let variation: Evaluate = |client, options| drop(client.get_variation_with("visitor", FLAG, options));
    let active: Evaluate = |client, options| drop(client.is_feature_active_with("visitor", FLAG, options));
    for (name, evaluate) in [("get_variation", variation), ("is_feature_active", active)] {
        let tool = Tool::new("evaluates");
        tool.run(HOUR);
        tool.platform.clear_requests();
        let client = tool.start(|config| config.data_file_fresh_for(Duration::from_millis(2_500)));
        client.wait_init(PATIENCE).unwrap();
        wait_until(name, || {
            evaluate(&client, untracked);
            tool.fetches() > 0
        });
        drop(client);
        tool.end();
    }
}

#[test]
fn a_run_that_is_shorter_than_a_fetch_leaves_a_younger_copy() {
    let tool = Tool::new("shorter");
    tool.run(Duration::ZERO);
    tool.platform.set_data_file(data_file(2, false));
    // A second or two for the answer; the run itself is over at once.
    let slow = Fault::slow_bytes(Duration::from_millis(1));
    tool.platform.fail(RequestKind::Configuration, slow, Times::Always);
    assert_eq!(tool.run(Duration::ZERO), (1, DataFileOrigin::Copy), "decided by the copy");
    assert_eq!(tool.run(Duration::ZERO).0, 2, "the next run has what that fetch brought");
    // Who does not wait does not wait for it either.
    let client = tool.start(|config| config);
    client.wait_init(PATIENCE).unwrap();
    let (_, took) = timed(|| client.close(Duration::ZERO));
    assert!(took < Duration::from_millis(200), "{took:?}");
}

#[test]
fn an_answer_that_nothing_has_changed_makes_the_copy_young() {
    let tool = Tool::new("young");
    tool.run(HOUR);
    let fresh_for = Duration::from_millis(1_500);
    std::thread::sleep(fresh_for);
    tool.platform.clear_requests();
    tool.run(fresh_for);
    let requests = tool.platform.requests();
    let first = requests.iter().find(|request| request.kind == Some(RequestKind::Configuration)).unwrap();
    assert_eq!(first.status, Some(304));
    tool.platform.clear_requests();
    tool.run(fresh_for);
    assert_eq!(tool.fetches(), 0, "it is young again");
}

#[test]
fn a_copy_that_is_too_old_is_not_used() {
    let tool = Tool::new("too-old");
    tool.run(Duration::ZERO);
    tool.platform.fail(RequestKind::Configuration, Fault::status(503), Times::Always);
    let most = Duration::from_millis(300);
    std::thread::sleep(most);
    let client = tool.start(|config| config.data_file_max_age(most));
    let given = Duration::from_millis(500);
    let error = client.wait_init(given).unwrap_err();
    assert!(matches!(error, KameleoonError::Request { kind: RequestKind::Configuration, .. }), "{error:?}");
    assert!(!client.is_ready() && client.data_file_age().is_none());
    tool.end();
    let client = tool.start(|config| config.data_file_max_age(HOUR));
    client.wait_init(PATIENCE).unwrap();
    assert_eq!(client.data_file_origin(), Some(DataFileOrigin::Copy));
    // The bound of a decision, and the platform cannot be asked.
    let start = Instant::now();
    let error = client.wait_fresh(most, given).unwrap_err();
    assert!(matches!(error, KameleoonError::Request { .. }), "{error:?}");
    assert!(start.elapsed() >= given, "it uses its time");
    assert!(client.is_ready());
}

#[test]
fn a_copy_serves_a_client_without_a_network() {
    let tool = Tool::new("offline");
    tool.run(Duration::ZERO);
    wait_until("the copy", || tool.copy().exists());
    let client = KameleoonClient::offline_from_file(tool.copy()).unwrap();
    assert_eq!(date(&client), 1);
    assert_eq!(client.data_file_age(), None);
    assert_eq!(client.wait_fresh(HOUR, PATIENCE), Err(KameleoonError::Offline));
    let mut damaged = std::fs::read(tool.copy()).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    std::fs::write(tool.copy(), damaged).unwrap();
    let error = KameleoonClient::offline_from_file(tool.copy()).unwrap_err();
    assert!(
        matches!(&error, KameleoonError::DataFileInvalid { reason, .. } if reason.contains("checksum")),
        "{error}"
    );
}

#[test]
fn short_runs_ask_rarely_and_are_never_older_than_allowed() {
    let tool = Tool::new("short-runs");
    let fresh_for = Duration::from_millis(700);
    let mut set = vec![(1, Instant::now())];
    let (start, span) = (Instant::now(), Duration::from_secs(6));
    let mut runs = 0;
    while start.elapsed() < span {
        if runs % 20 == 19 {
            let next = set.len() as i64 + 1;
            tool.platform.set_data_file(data_file(next, false));
            set.push((next, Instant::now()));
        }
        let began = Instant::now();
        let (decided, _) = tool.run(fresh_for);
        // One that is stale serves while it is asked for, and the run after has the answer.
        let newest_then = set.iter().rev().find(|(_, at)| *at + fresh_for * 3 < began);
        assert!(newest_then.is_none_or(|(date, _)| decided >= *date), "run {runs}: {decided} of {set:?}");
        runs += 1;
        std::thread::sleep(Duration::from_millis(10));
    }
    let (fetches, most) = (tool.fetches(), span.as_millis() / fresh_for.as_millis() + 3);
    println!("{runs} runs, {fetches} data files");
    assert!(fetches as u128 <= most, "{fetches} fetches in {runs} runs");
}
