//! The figures of `docs/performance.md`, each beside the physical limit measured in the same run.
//!
//! `cargo bench --bench figures --features full` runs all but B9, which is `benches/minimal/measure`;
//! `-- --short` is a quick form that only shows that they work; `-- b1 b4` chooses some.
//!
//! What is compared is interleaved, round by round, and medians are compared, so that a machine that
//! slows down slows both.

mod data;
mod evaluation;
mod limit;
mod load;
mod measure;
mod memory;
mod threads;

use measure::Scale;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [flag, path] = &arguments[..] {
        if flag == memory::CHILD {
            return memory::print_memory_of(path);
        }
    }
    let scale =
        if arguments.iter().any(|argument| argument == "--short") { Scale::Short } else { Scale::Full };
    let chosen: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let wanted = |name: &str| chosen.is_empty() || chosen.iter().any(|argument| *argument == name);
    println!("SHA-256 in hardware: {}", limit::hardware());
    type Figure = (&'static str, fn(Scale));
    let figures: [Figure; 8] = [
        ("b1", evaluation::b1_one_visitor),
        ("b2", evaluation::b2_many_visitors),
        ("b3", evaluation::b3_conditions),
        ("b4", evaluation::b4_all_flags),
        ("b5", load::b5_tracked),
        ("b6", threads::b6_two_threads),
        ("b7", memory::b7_visitors),
        ("b8", memory::b8_data_file),
    ];
    for (name, figure) in figures {
        if wanted(name) {
            figure(scale);
        }
    }
}
