//! B7 and B8: memory of visitors and of data files.

use std::time::{Duration, Instant};

use kameleoon::{Browser, BrowserType, CustomData, KameleoonClient, KameleoonClientConfig};

use crate::data;
use crate::evaluation::{client, untracked};
use crate::limit::code;
use crate::measure::{Scale, median, plain};

/// Resident memory of this process in bytes; 0 where the system does not tell.
pub fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) * 1024.0
}

fn store(client: &KameleoonClient, visitors: impl Iterator<Item = usize>) -> Duration {
    let mut longest = Duration::ZERO;
    for number in visitors {
        let visitor = code(number);
        let start = Instant::now();
        let data = (CustomData::new(1, ["premium"]), Browser::new(BrowserType::Chrome).version(120.0));
        client.add_data(&visitor, data).expect("the code is valid");
        let added = start.elapsed();
        let start = Instant::now();
        client.get_variation_with(&visitor, "feature_0", untracked()).expect("the flag is there");
        longest = longest.max(added).max(start.elapsed());
    }
    longest
}

/// Bytes a visitor with one custom data, one browser and one assigned variation, and what becomes
/// of them when the visitors expire.
pub fn b7_visitors(scale: Scale) {
    let count = scale.of(1_000_000);
    let session = Duration::from_secs(if scale == Scale::Full { 30 } else { 1 });
    let config = KameleoonClientConfig::new("", "").session_duration(session).max_visitors(4 * count);
    let client = KameleoonClient::offline_with(data::experiments(1), config).expect("the data file is fine");
    let before = resident();
    let longest = store(&client, 0..count);
    let full = resident();
    plain("B7 memory per visitor", (full - before) / count as f64, "bytes", 450.0);
    plain("B7 longest single call while storing them", longest.as_secs_f64() * 1e6, "us", 1000.0);
    std::thread::sleep(session + Duration::from_secs(2));
    // As many new ones: their memory has to come from that of the expired ones.
    store(&client, count..2 * count);
    let again = resident();
    let grown = (again - full).max(0.0) / (full - before).max(1.0);
    println!(
        "{:<44} {:>9.1} %  goal   80.0 %  {}",
        "B7 given back or used again after expiry",
        100.0 * (1.0 - grown),
        if grown <= 0.2 { "ok" } else { "MISSED" }
    );
    println!("{:<44} {:>9}", "   visitors stored then", client.visitor_count());
}

/// The argument under which this program measures the memory of a data file, in a process of its
/// own: what was used before would be used again.
pub const CHILD: &str = "--memory-of-data-file";

/// From the bytes of a large data file to answers.
pub fn b8_data_file(scale: Scale) {
    let text = data::large();
    println!("{:<44} {:>9.2} MB", "B8 size of the data file", text.len() as f64 / 1e6);
    let times = (0..scale.rounds()).map(|_| {
        let start = Instant::now();
        let client = client(&text);
        client.get_variation_with("visitor", "feature_999", untracked()).expect("the flag is there");
        start.elapsed().as_secs_f64() * 1e3
    });
    plain("B8 bytes in hand to first answer", median(times.collect()), "ms", 20.0);
    let path = std::env::temp_dir().join(format!("kameleoon-figures-{}.json", std::process::id()));
    std::fs::write(&path, &text).expect("the folder for temporary files can be written");
    let program = std::env::current_exe().expect("the program has a path");
    let output = std::process::Command::new(program).arg(CHILD).arg(&path).output().expect("it can be run");
    std::fs::remove_file(&path).expect("it was written");
    let used: f64 = String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number");
    plain("B8 resident memory, times the file", used / text.len() as f64, "x", 3.0);
}

/// Prints how much memory a client of this data file takes, once the text is gone.
pub fn print_memory_of(path: &str) {
    let before = resident();
    let client = client(&std::fs::read_to_string(path).expect("the file is there"));
    println!("{}", resident() - before);
    drop(client);
}
