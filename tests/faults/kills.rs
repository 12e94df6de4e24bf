//! Processes that are killed at random moments, while the platform is away half of the time.
//!
//! `KAMELEOON_KILLS` says how many processes there are (40 unless told otherwise): the whole form is
//! `KAMELEOON_KILLS=200 cargo test --features full --test faults kill -- --nocapture`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kameleoon::emulator::Emulator;
use kameleoon::{KameleoonClient, KameleoonClientConfig};

use crate::rig::{PATIENCE, SLACK, data_file, new_site, platform, quick};

const CHILD: &str = "KAMELEOON_KILLS_CHILD";
const CONVERSIONS: usize = 20;
/// So many processes run at a time.
const AT_ONCE: usize = 8;
const INTERVAL: Duration = Duration::from_millis(100);

/// What a child has to know.
struct Task {
    url: String,
    folder: PathBuf,
    site: String,
    number: usize,
    before_sending: bool,
    /// Between two conversions, in milliseconds.
    pause: u64,
}

impl Task {
    fn to_text(&self) -> String {
        let Self { url, folder, site, number, before_sending, pause } = self;
        format!("{url}\n{}\n{site}\n{number}\n{before_sending}\n{pause}", folder.display())
    }

    fn from_text(text: &str) -> Self {
        let parts: Vec<&str> = text.lines().collect();
        let [url, folder, site, number, before_sending, pause] = parts[..] else { panic!("{text}") };
        Self {
            url: url.to_owned(),
            folder: folder.into(),
            site: site.to_owned(),
            number: number.parse().unwrap(),
            before_sending: before_sending.parse().unwrap(),
            pause: pause.parse().unwrap(),
        }
    }

    fn config(&self) -> KameleoonClientConfig {
        let url = &self.url;
        quick(KameleoonClientConfig::new("id", "secret").top_level_domain("localhost"))
            .configuration_url(url)
            .data_api_url(url)
            .automation_url(url)
            .events_url(url)
            .data_file_cache(self.folder.join("flags"))
            .data_file_fresh_for(Duration::from_secs(3_600))
            .tracking_spool(self.folder.join("spool"))
            .tracking_spool_before_sending(self.before_sending)
            .tracking_interval(INTERVAL)
            .tracking_retry_delay(Duration::from_millis(20))
    }

    /// What a process does until it is killed: it says each conversion, and closes its client.
    fn run(&self) {
        let mut out = std::io::stdout();
        let mut say = |text: String| out.write_all(text.as_bytes()).and_then(|()| out.flush()).unwrap();
        let client = KameleoonClient::new(&self.site, self.config()).unwrap();
        client.wait_init(PATIENCE).unwrap();
        say("\nready\n".to_owned());
        for goal in 1..=CONVERSIONS {
            let visitor = format!("p{}-{}", self.number, goal % 4);
            client.track_conversion(&visitor, goal as i64).unwrap();
            say(format!("goal {goal}\n"));
            std::thread::sleep(Duration::from_millis(self.pause));
        }
        let report = client.close(Duration::from_millis(20));
        say(format!("closed {}\n", report.given_up));
        std::thread::sleep(PATIENCE);
    }
}

/// What a process said before it was killed.
#[derive(Default)]
struct Said {
    goals: Vec<(i64, Instant)>,
    /// How many pieces its close gave up.
    closed: Option<u64>,
}

/// A generator, so that a run can be told by its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// A conversion: the process's visitor, and the goal.
type Conversion = (String, i64);

/// What became of it all.
#[derive(Default)]
struct Outcome {
    /// How long before the end of its process each conversion was accepted.
    accepted: BTreeMap<Conversion, Duration>,
    /// Those of processes that closed their client and gave nothing up.
    closed: BTreeSet<Conversion>,
    /// What lay in files, by nonce.
    written: BTreeMap<String, Conversion>,
    arrived: BTreeMap<Conversion, BTreeSet<String>>,
}

impl Outcome {
    /// Checks what holds however a process ends, and prints it.
    fn check(&self) {
        let (arrived, written): (BTreeSet<&Conversion>, BTreeSet<&Conversion>) =
            (self.arrived.keys().collect(), self.written.values().collect());
        let two_nonces = self.arrived.values().filter(|nonces| nonces.len() > 1).count();
        let nonces: BTreeSet<&String> = self.arrived.values().flatten().collect();
        let missing = self.written.keys().filter(|nonce| !nonces.contains(nonce)).count();
        println!(
            "written {} arrived {} two_nonces {two_nonces} missing_renamed {missing}",
            written.len(),
            written.intersection(&arrived).count()
        );
        println!("{} conversions, {} arrived", self.accepted.len(), arrived.len());
        assert!(!written.is_empty() && written.is_subset(&arrived));
        assert_eq!((two_nonces, missing), (0, 0));
        let lost: Vec<_> = self.closed.iter().filter(|conversion| !arrived.contains(conversion)).collect();
        assert!(lost.is_empty(), "their client was closed, and said that nothing was lost: {lost:?}");
    }
}

/// Runs a child, and kills it after so many milliseconds.
fn run_child(test: &str, task: &Task, milliseconds: u64) -> (Said, Instant) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(CHILD, task.to_text())
        .args(["--exact", test, "--nocapture"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = Mutex::new(Said::default());
    let (ready, is_ready) = std::sync::mpsc::channel();
    let killed = std::thread::scope(|scope| {
        scope.spawn(|| {
            for line in lines.map_while(Result::ok) {
                let now = Instant::now();
                let number = |prefix: &str| line.strip_prefix(prefix)?.parse::<u64>().ok();
                let mut said = said.lock().unwrap();
                said.goals.extend(number("goal ").map(|goal| (goal as i64, now)));
                said.closed = said.closed.or(number("closed "));
                if line == "ready" {
                    ready.send(()).unwrap();
                }
            }
        });
        is_ready.recv_timeout(PATIENCE).unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        let killed = Instant::now();
        // `SIGKILL`.
        child.kill().unwrap();
        child.wait().unwrap();
        killed
    });
    (said.into_inner().unwrap(), killed)
}

/// Takes down the lines of all files that have their final name.
fn read_files(folder: &Path, known: &mut BTreeSet<String>, written: &mut BTreeMap<String, Conversion>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some((id, _)) = name.split_once(".lines").filter(|_| !name.starts_with('.')) else { continue };
        if known.contains(id) {
            continue;
        }
        // It may be gone, or have another name by now: then it is seen again, or was settled.
        let Ok(text) = fs::read_to_string(entry.path()) else { continue };
        known.insert(id.to_owned());
        for line in text.lines().filter(|line| line.contains("eventType=conversion")) {
            let get =
                |name: &str| line.split('&').find_map(|pair| pair.strip_prefix(name)).unwrap().to_owned();
            written.insert(get("nonce="), (get("visitorCode="), get("goalId=").parse().unwrap()));
        }
    }
}

/// Lets ten minutes pass for all claims, and the outage be forgotten.
fn let_time_pass(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            // It never got its name.
        } else if name.ends_with("-not-before") {
            fs::remove_file(entry.path()).unwrap();
        } else if let Some((name, claimed)) = name.split_once(".lines.") {
            let claimed: i64 = claimed.parse().unwrap();
            fs::rename(entry.path(), folder.join(format!("{name}.lines.{:014}", claimed - 601_000))).unwrap();
        }
    }
}

/// Has processes run and be killed, and sends then what they left.
fn play(test: &str, platform: &Emulator, before_sending: bool, pause: u64) -> Outcome {
    let count = std::env::var("KAMELEOON_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(40);
    let seed = 0x9E37_79B9_7F4A_7C15 ^ u64::from(std::process::id());
    println!("{count} processes, seed {seed}");
    let site = new_site("kills");
    let folder = std::env::temp_dir().join(format!("kameleoon-{site}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let task = |number| Task {
        url: platform.url().to_owned(),
        folder: folder.clone(),
        site: site.clone(),
        number,
        before_sending,
        pause,
    };
    // The copy of the data file, by which the processes need no platform to begin.
    let first = KameleoonClient::new(&site, task(0).config()).unwrap();
    first.wait_init(PATIENCE).unwrap();
    crate::rig::wait_until("the copy", || folder.join("flags").exists());
    assert!(first.close(PATIENCE).is_complete());

    let spool = folder.join("spool");
    let (next, is_over) = (AtomicUsize::new(1), AtomicBool::new(false));
    let all = Mutex::new(Vec::new());
    let mut outcome = Outcome::default();
    let mut known = BTreeSet::new();
    std::thread::scope(|scope| {
        let (written, known) = (&mut outcome.written, &mut known);
        scope.spawn(|| {
            while !is_over.load(Ordering::Acquire) {
                read_files(&spool, known, written);
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        scope.spawn(|| {
            let mut dice = Dice(seed);
            while !is_over.load(Ordering::Acquire) {
                platform.pause();
                std::thread::sleep(Duration::from_millis(20 + dice.roll(300)));
                while platform.resume().is_err() {
                    std::thread::sleep(Duration::from_millis(5));
                }
                std::thread::sleep(Duration::from_millis(20 + dice.roll(300)));
            }
        });
        let workers: Vec<_> = (0..AT_ONCE as u64)
            .map(|worker| {
                let (next, all, task) = (&next, &all, &task);
                scope.spawn(move || {
                    let mut dice = Dice(seed.wrapping_add(worker * 0x1234_5677) | 1);
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number > count {
                            return;
                        }
                        // From the first conversion to some time after the close.
                        let life = dice.roll(CONVERSIONS as u64 * pause * 3 / 2 + 60);
                        let (said, killed) = run_child(test, &task(number), life);
                        all.lock().unwrap().push((number, said, killed));
                    }
                })
            })
            .collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        is_over.store(true, Ordering::Release);
    });
    for (number, said, killed) in all.into_inner().unwrap() {
        for (goal, at) in said.goals {
            let conversion = (format!("p{number}-{}", goal % 4), goal);
            if said.closed == Some(0) {
                outcome.closed.insert(conversion.clone());
            }
            outcome.accepted.insert(conversion, killed.saturating_duration_since(at));
        }
    }
    read_files(&spool, &mut known, &mut outcome.written);

    let last = KameleoonClient::new(&site, task(0).config()).unwrap();
    last.wait_init(PATIENCE).unwrap();
    let deadline = Instant::now() + 4 * PATIENCE;
    loop {
        let_time_pass(&spool);
        let report = last.drain_spool(PATIENCE);
        assert_eq!(report.dropped, 0, "{report:?}");
        if report.waiting == 0 {
            break;
        }
        assert!(Instant::now() < deadline, "{report:?}");
    }
    assert!(last.close(PATIENCE).is_complete());
    for line in platform.tracking_lines() {
        let get = |name: &str| line.get(name).unwrap_or_default().to_owned();
        if get("eventType") == "conversion" {
            let conversion = (get("visitorCode"), get("goalId").parse().unwrap());
            outcome.arrived.entry(conversion).or_default().insert(get("nonce"));
        }
    }
    fs::remove_dir_all(&folder).unwrap();
    outcome
}

/// Runs a test in the role that the environment gives it.
fn kill(test: &str, before_sending: bool, pause: u64) -> Option<Outcome> {
    if let Ok(task) = std::env::var(CHILD) {
        Task::from_text(&task).run();
        return None;
    }
    let platform = platform().data_file(data_file(1, false)).start().unwrap();
    Some(play(test, &platform, before_sending, pause))
}

#[test]
fn spool_survives_kill() {
    if let Some(outcome) = kill("kills::spool_survives_kill", false, 10) {
        outcome.check();
    }
}

#[test]
fn spool_before_sending_costs_an_interval_at_most() {
    let test = "kills::spool_before_sending_costs_an_interval_at_most";
    let Some(outcome) = kill(test, true, 40) else { return };
    outcome.check();
    let missing: Vec<Duration> = outcome
        .accepted
        .iter()
        .filter(|(conversion, _)| !outcome.arrived.contains_key(*conversion))
        .map(|(_, before)| *before)
        .collect();
    let oldest = missing.iter().max().copied().unwrap_or_default();
    println!("missing {} of the last {} ms of a process", missing.len(), oldest.as_millis());
    // An interval, and what a thread may wait for its turn on a busy machine.
    assert!(oldest <= INTERVAL + SLACK, "{oldest:?}");
}
