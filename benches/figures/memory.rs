//! B7: memory of visitors.

use std::time::{Duration, Instant};

use kameleoon::{Browser, BrowserType, CustomData, KameleoonClient, KameleoonClientConfig};

use crate::alone::{self, resident};
use crate::data::Site;
use crate::evaluation::untracked;
use crate::limit::code;
use crate::measure::{Line, Scale, own_time, plain};

/// The argument under which this program measures visitors alone; the value is how many.
pub const CHILD: &str = "--memory-of-visitors";

/// Bytes a visitor with one custom data, one browser and one assigned variation, and what becomes
/// of them when the visitors expire.
pub fn b7_visitors(scale: Scale) -> Vec<Line> {
    let lines = alone::run(CHILD, &scale.of(1_000_000).to_string());
    let table = lines.split_last().map(|(_, table)| table).unwrap_or_default();
    table.iter().for_each(|line| println!("{line}"));
    vec![Line::new("B7 bytes", alone::number(&lines))]
}

/// The longest calls of many: by the clock on the wall, and by the thread's own processor time, which
/// leaves out what it waits for a core.
#[derive(Default)]
struct Longest {
    wall: Duration,
    own: Duration,
}

impl Longest {
    fn note(&mut self, call: impl FnOnce()) {
        let (own, wall) = (own_time().unwrap_or_default(), Instant::now());
        call();
        self.wall = self.wall.max(wall.elapsed());
        self.own = self.own.max(own_time().unwrap_or_default().saturating_sub(own));
    }
}

/// The longest calls, and the longest of as many calls in between that do nothing: what takes as long
/// as those is the machine's.
fn store(client: &KameleoonClient, visitors: impl Iterator<Item = usize>) -> [Longest; 2] {
    let [mut longest, mut empty] = [Longest::default(), Longest::default()];
    for number in visitors {
        let visitor = code(number);
        let data = (CustomData::new(1, ["premium"]), Browser::new(BrowserType::Chrome).with_version(120.0));
        longest.note(|| client.add_data(&visitor, data).expect("the code is valid"));
        longest.note(|| {
            client.get_variation_with(&visitor, "feature_0", untracked()).expect("the flag is there");
        });
        (0..2).for_each(|_| empty.note(|| ()));
    }
    [longest, empty]
}

/// Prints the rows of B7, and last the bytes a visitor.
pub fn print_memory_of(count: &str) {
    let count: usize = count.parse().expect("a number of visitors");
    // Long enough to store them all before the first expires.
    let session = Duration::from_secs(if count >= 1_000_000 { 30 } else { 1 });
    let config = KameleoonClientConfig::new("", "").session_duration(session).max_visitors(4 * count);
    let site = Site::experiments(1).text();
    let client = KameleoonClient::offline_with(site, config).expect("the data file is fine");
    let before = resident();
    let [longest, empty] = store(&client, 0..count);
    let full = resident();
    let bytes = (full - before) / count as f64;
    plain("B7 memory per visitor", bytes, "bytes", 300.0);
    plain("B7 longest single call while storing them", longest.wall.as_secs_f64() * 1e6, "us", 1000.0);
    for (name, time) in [
        ("   by the thread's own processor time", longest.own),
        ("   the longest of as many empty calls", empty.wall),
        ("   by the thread's own processor time", empty.own),
    ] {
        println!("{name:<44} {:>9.1} us", time.as_secs_f64() * 1e6);
    }
    println!("{:<44} {:>9}", "   visitors stored then", client.visitor_count());
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
    println!("{bytes}");
}
