//! Rounds, medians, percentiles.

use std::hint::black_box;
use std::ops::Range;
use std::time::{Duration, Instant};

/// How much is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    Full,
    /// Enough to see that it works.
    Short,
}

impl Scale {
    pub fn of(self, full: usize) -> usize {
        match self {
            Self::Full => full,
            Self::Short => (full / 100).max(10),
        }
    }

    pub fn rounds(self) -> usize {
        if self == Self::Full { 31 } else { 3 }
    }

    /// Of rounds that take less than a millisecond each.
    pub fn short_rounds(self) -> usize {
        if self == Self::Full { 1_001 } else { 31 }
    }
}

/// The processor time of the calling thread, where the system tells it.
#[cfg(target_os = "linux")]
pub fn own_time() -> Option<Duration> {
    use nix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).ok().map(Duration::from)
}

#[cfg(not(target_os = "linux"))]
pub fn own_time() -> Option<Duration> {
    None
}

/// What many rounds came to: the one in the middle, and the last of the quickest tenth. Where another
/// program shares a core by hyperthreading, which a virtual machine is not told, everything that does
/// much at once takes half as long again for a while, and a yardstick that is a chain of operations
/// does not; the quickest tenth is what is left without that.
#[derive(Debug, Clone, Copy)]
pub struct Rounds {
    pub median: f64,
    pub quick: f64,
}

impl Rounds {
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self { median: values[values.len() / 2], quick: values[values.len() / 10] }
    }

    /// Each in terms of the same of others.
    pub fn by(self, others: Self) -> Self {
        Self { median: self.median / others.median, quick: self.quick / others.quick }
    }

    pub fn times(self, factor: f64) -> Self {
        Self { median: self.median * factor, quick: self.quick * factor }
    }
}

/// A figure for a script to compare: its name, which stays, and its value; and what it is in the
/// quickest tenth of the rounds, where there is such a thing.
pub struct Line {
    pub name: &'static str,
    pub value: f64,
    pub quick: Option<f64>,
}

impl Line {
    pub fn new(name: &'static str, value: f64) -> Self {
        Self { name, value, quick: None }
    }

    pub fn of(name: &'static str, rounds: Rounds) -> Self {
        Self { name, value: rounds.median, quick: Some(rounds.quick) }
    }
}

/// Nanoseconds per call of each subject, in rounds that take turns. A round is much shorter than the
/// slice of time that a system gives a thread, so that on a busy machine most rounds run undisturbed,
/// and the median is one of those. `calls` go into a round.
pub fn compare<const N: usize>(
    scale: Scale,
    calls: usize,
    mut subjects: [&mut dyn FnMut(usize); N],
) -> [Rounds; N] {
    let mut rounds: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for round in 0..=scale.short_rounds() {
        for (subject, times) in subjects.iter_mut().zip(&mut rounds) {
            let start = Instant::now();
            for call in round * calls..(round + 1) * calls {
                subject(black_box(call));
            }
            // The first round warms up.
            if round > 0 {
                times.push(start.elapsed().as_nanos() as f64 / calls as f64);
            }
        }
    }
    rounds.map(Rounds::of)
}

/// p50, p99, p99.9 and the longest of single calls, in nanoseconds: the medians of rounds in which the
/// subjects take turns.
pub fn compare_singles<const N: usize>(
    scale: Scale,
    calls: usize,
    mut subjects: [&mut dyn FnMut(usize); N],
) -> [[f64; 4]; N] {
    let rounds: Vec<[[u64; 4]; N]> = (0..scale.rounds())
        .map(|round| {
            std::array::from_fn(|place| {
                percentiles(round * calls..(round + 1) * calls, &mut *subjects[place])
            })
        })
        .collect();
    std::array::from_fn(|subject| {
        std::array::from_fn(|part| {
            Rounds::of(rounds.iter().map(|round| round[subject][part] as f64).collect()).median
        })
    })
}

fn percentiles(calls: Range<usize>, mut subject: impl FnMut(usize)) -> [u64; 4] {
    let mut times: Vec<u64> = calls
        .map(|call| {
            let start = Instant::now();
            subject(black_box(call));
            start.elapsed().as_nanos() as u64
        })
        .collect();
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    [at(0.5), at(0.99), at(0.999), at(1.0)]
}

/// One line of the report: a figure, its yardstick, their ratio and the goal. Returns the ratio.
pub fn report(name: &str, figure: Rounds, yardstick: Rounds, goal: f64) -> Rounds {
    let ratio = figure.by(yardstick);
    let mark = if ratio.median <= goal { "ok" } else { "MISSED" };
    println!(
        "{name:<44} {:>9.1} ns  yardstick {:>7.1} ns  ratio {:>5.2}  goal {goal:>4.2}  {mark:<6}  quick {:>5.2}",
        figure.median, yardstick.median, ratio.median, ratio.quick
    );
    ratio
}

/// One line of the report for a figure that has a yardstick but no goal.
pub fn beside(name: &str, figure: Rounds, yardstick: Rounds) {
    let ratio = figure.by(yardstick);
    println!(
        "{name:<44} {:>9.1} ns  yardstick {:>7.1} ns  ratio {:>5.2}  {:<17}  quick {:>5.2}",
        figure.median, yardstick.median, ratio.median, "", ratio.quick
    );
}

/// One line of the report for a figure with a goal of its own.
pub fn plain(name: &str, figure: f64, unit: &str, goal: f64) {
    let mark = if figure <= goal { "ok" } else { "MISSED" };
    println!("{name:<44} {figure:>9.1} {unit}  goal {goal:>6.1} {unit}  {mark}");
}
