//! What the end of a short process costs while the platform cannot be reached.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kameleoon::{KameleoonClient, KameleoonClientConfig};

use crate::rig::{FLAG, PATIENCE, data_file, new_site, platform, wait_until};

const CHILD: &str = "KAMELEOON_ENDING_CHILD";
const TEST: &str = "ending::a_short_process_ends_at_once_and_in_silence_when_the_platform_is_away";
/// More than an end without the crate takes, at most.
const MORE: Duration = Duration::from_millis(10);
const RUNS: usize = 50;

fn config(url: &str, folder: &str) -> KameleoonClientConfig {
    KameleoonClientConfig::new("id", "secret")
        .top_level_domain("localhost")
        .configuration_url(url)
        .data_api_url(url)
        .automation_url(url)
        .events_url(url)
        .short_lived(folder)
}

/// A process that does its work, says so, and ends. Without a folder it does so without the crate.
fn child(task: &str) -> ! {
    let parts: Vec<&str> = task.lines().collect();
    let client = parts.get(2).map(|site| {
        let client = KameleoonClient::new(site, config(parts[0], parts[1])).unwrap();
        client.wait_init(PATIENCE).unwrap();
        client.get_variation("visitor", FLAG).unwrap();
        client.track_conversion("visitor", 83).unwrap();
        client
    });
    let mut out = std::io::stdout();
    out.write_all(b"\ndone\n").and_then(|()| out.flush()).unwrap();
    if let Some(client) = client {
        assert_eq!(client.close(Duration::ZERO).spooled, 2);
    }
    std::process::exit(0)
}

/// How long a process took from its last work to its end.
fn ending(task: &str) -> Duration {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(CHILD, task)
        .args(["--exact", TEST, "--nocapture"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "done"));
    let start = Instant::now();
    assert!(child.wait().unwrap().success());
    let took = start.elapsed();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "", "a process says nothing when it is offline");
    took
}

#[test]
fn a_short_process_ends_at_once_and_in_silence_when_the_platform_is_away() {
    if let Ok(task) = std::env::var(CHILD) {
        child(&task);
    }
    let site = new_site("ending");
    let folder: PathBuf = std::env::temp_dir().join(format!("kameleoon-{site}-{}", std::process::id()));
    let platform = platform().data_file(data_file(1, false)).start().unwrap();
    let client = KameleoonClient::new(&site, config(platform.url(), folder.to_str().unwrap())).unwrap();
    client.wait_init(PATIENCE).unwrap();
    wait_until("the copy", || folder.join("flags").exists());
    let _ = client.close(PATIENCE);
    platform.pause();
    let task = format!("{}\n{}\n{site}", platform.url(), folder.display());
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        with.push(ending(&task));
        without.push(ending(""));
    }
    let at = |times: &mut Vec<Duration>, part: usize| {
        times.sort();
        times[(times.len() * part / 100).min(times.len() - 1)]
    };
    for (name, times) in [("with the crate", &mut with), ("without it", &mut without)] {
        println!("the end {name}: p50 {:?}, p99 {:?}", at(times, 50), at(times, 99));
    }
    // The median, since a machine that is busy makes some processes wait for their turn.
    assert!(at(&mut with, 50) < at(&mut without, 50) + MORE);
    let files = std::fs::read_dir(&folder).unwrap().flatten();
    let files = files.filter(|file| file.file_name().to_string_lossy().ends_with(".lines")).count();
    assert_eq!(files, RUNS, "each left its data");
    std::fs::remove_dir_all(&folder).unwrap();
}
