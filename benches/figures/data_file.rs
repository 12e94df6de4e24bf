//! B8: from the bytes of a large data file to answers.

use std::hint::black_box;
use std::time::Instant;

use serde::de::IgnoredAny;

use crate::alone::{self, resident};
use crate::data;
use crate::evaluation::client;
use crate::measure::{Line, Rounds, Scale, plain};

/// The argument under which this program measures the memory of a data file alone; the value is
/// where the file is.
pub const CHILD: &str = "--memory-of-data-file";

/// Time and memory. The yardstick is `serde_json` reading the same bytes into nothing.
pub fn b8_data_file(scale: Scale) -> Vec<Line> {
    let text = data::large();
    println!("{:<44} {:>9.2} MB", "B8 size of the data file", text.len() as f64 / 1e6);
    let (mut reading, mut answering) = (Vec::new(), Vec::new());
    for _ in 0..scale.rounds() {
        let start = Instant::now();
        black_box(serde_json::from_slice::<IgnoredAny>(black_box(text.as_bytes())).is_ok());
        reading.push(start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        let client = client(&text);
        client
            .get_variation_with("visitor", "feature_999", crate::evaluation::untracked())
            .expect("the flag is there");
        answering.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let (reading, answering) = (Rounds::of(reading), Rounds::of(answering));
    plain("B8 bytes in hand to first answer", answering.median, "ms", 20.0);
    println!("{:<44} {:>9.1} ms", "   serde_json reads them into nothing", reading.median);
    let ratio = answering.by(reading);
    plain("B8 times that reading", ratio.median, "x", 2.5);

    let path = std::env::temp_dir().join(format!("kameleoon-figures-{}.json", std::process::id()));
    std::fs::write(&path, &text).expect("the folder for temporary files can be written");
    let lines = alone::run(CHILD, &path.to_string_lossy());
    std::fs::remove_file(&path).expect("it was written");
    plain("B8 resident memory, times the file", alone::number(&lines) / text.len() as f64, "x", 3.0);
    vec![Line::of("B8 ratio", ratio)]
}

/// Prints how much memory a client of this data file takes, once the text is gone.
pub fn print_memory_of(path: &str) {
    let before = resident();
    let client = client(&std::fs::read_to_string(path).expect("the file is there"));
    println!("{}", resident() - before);
    drop(client);
}
