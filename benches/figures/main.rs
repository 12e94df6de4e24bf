//! The figures of `docs/performance.md`, each beside a yardstick measured in the same run.
//!
//! `cargo bench --bench figures --features full` runs all but B9, which is `benches/minimal/measure`;
//! `-- --short` is a quick form that only shows that they work; `-- b1 b4` chooses some.
//!
//! What is compared is interleaved, round by round, and medians are compared, so that a machine that
//! slows down slows both. At the end the figures stand once more for a script, a name and a value in
//! each line; the names stay what they are. `quick` is the same of the quickest tenth of the rounds.

mod alone;
mod data;
mod data_file;
mod evaluation;
mod limit;
mod load;
mod measure;
mod memory;
mod one_visitor;
mod threads;

use measure::{Line, Scale};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [flag, value] = &arguments[..] {
        match flag.as_str() {
            memory::CHILD => return memory::print_memory_of(value),
            data_file::CHILD => return data_file::print_memory_of(value),
            _ => {}
        }
    }
    let scale =
        if arguments.iter().any(|argument| argument == "--short") { Scale::Short } else { Scale::Full };
    let chosen: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let wanted = |name: &str| chosen.is_empty() || chosen.iter().any(|argument| *argument == name);
    println!("SHA-256 in hardware: {}", limit::hardware());
    type Figure = (&'static str, fn(Scale) -> Vec<Line>);
    let figures: [Figure; 8] = [
        ("b1", one_visitor::b1_one_visitor),
        ("b2", evaluation::b2_many_visitors),
        ("b3", evaluation::b3_conditions),
        ("b4", evaluation::b4_all_flags),
        ("b5", load::b5_tracked),
        ("b6", threads::b6_two_threads),
        ("b7", memory::b7_visitors),
        ("b8", data_file::b8_data_file),
    ];
    let lines: Vec<Line> =
        figures.iter().filter(|(name, _)| wanted(name)).flat_map(|(_, figure)| figure(scale)).collect();
    println!();
    for Line { name, value, .. } in &lines {
        println!("{name} {value:.2}");
    }
    for Line { name, quick, .. } in &lines {
        if let Some(quick) = quick {
            println!("{name} quick {quick:.2}");
        }
    }
}
