//! B6: two threads at once.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

use crate::data;
use crate::evaluation::{VISITORS, client, untracked};
use crate::limit::{code, hashes};
use crate::measure::{Scale, median};

/// How much more two threads do than one.
fn factor(scale: Scale, calls: usize, subject: impl Fn(usize, usize) + Sync) -> f64 {
    let calls = scale.of(calls);
    let per_second = |threads: usize| {
        let barrier = Barrier::new(threads);
        let slowest = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads)
                .map(|thread| {
                    let (barrier, subject) = (&barrier, &subject);
                    scope.spawn(move || {
                        barrier.wait();
                        let start = Instant::now();
                        for call in 0..calls {
                            subject(thread, black_box(call));
                        }
                        start.elapsed().as_secs_f64()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).fold(0.0, f64::max)
        });
        (threads * calls) as f64 / slowest
    };
    per_second(2);
    median((0..scale.rounds()).map(|_| per_second(2) / per_second(1)).collect())
}

fn line(name: &str, factor: f64, goal: f64) {
    let mark = if factor >= goal { "ok" } else { "MISSED" };
    println!("{name:<44} {factor:>9.2} times one thread  goal {goal:.2}  {mark}");
}

pub fn b6_two_threads(scale: Scale) {
    let visitors: Vec<String> = (0..VISITORS).map(code).collect();
    let hashed = factor(scale, 500_000, |_, call| {
        black_box(hashes(&visitors[call % 16]));
    });
    println!("{:<44} {hashed:>9.2} times one thread", "B6 the machine itself (hashes alone)");
    let client = client(&data::experiments(1));
    for visitor in &visitors {
        client.get_variation_with(visitor, "feature_0", untracked()).expect("the flag is there");
    }
    let own = factor(scale, 500_000, |thread, _| {
        black_box(client.get_variation_with(&visitors[thread], "feature_0", untracked()).is_ok());
    });
    line("B6 as B1, a visitor each", own, 1.9);
    let shared = factor(scale, 500_000, |_, _| {
        black_box(client.get_variation_with(&visitors[0], "feature_0", untracked()).is_ok());
    });
    line("B6 as B1, one visitor shared", shared, 1.9);
    let many = factor(scale, 200_000, |thread, call| {
        let visitor = &visitors[(call + thread * VISITORS / 2) % VISITORS];
        black_box(client.get_variation_with(visitor, "feature_0", untracked()).is_ok());
    });
    line("B6 as B2", many, 1.9);
}
