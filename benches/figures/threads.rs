//! B6: two threads at once.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

use crate::data::Site;
use crate::evaluation::{FLAGS, VISITORS, client, keys, untracked};
use crate::limit::{code, hashes};
use crate::measure::{Line, Scale, median};

/// What a thread, told by its number, does in a call.
type Subject<'s> = &'s (dyn Fn(usize, usize) + Sync);

/// Calls a second of so many threads together.
fn per_second(threads: usize, calls: usize, subject: Subject<'_>) -> f64 {
    let barrier = Barrier::new(threads);
    let slowest = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|thread| {
                let barrier = &barrier;
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
}

/// How much more two threads do than one: the median of rounds in which the subjects take turns.
fn factors<const N: usize>(scale: Scale, calls: usize, subjects: [Subject<'_>; N]) -> [f64; N] {
    let mut rounds: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for round in 0..=scale.rounds() * 3 {
        for (subject, factors) in subjects.iter().zip(&mut rounds) {
            let factor = per_second(2, calls, *subject) / per_second(1, calls, *subject);
            // The first round warms up.
            if round > 0 {
                factors.push(factor);
            }
        }
    }
    rounds.map(median)
}

/// How much of what the hashes alone reach.
fn line(name: &str, factor: f64, hashed: f64) -> f64 {
    let part = factor / hashed;
    let mark = if part >= 0.97 { "ok" } else { "MISSED" };
    println!("{name:<44} {factor:>9.2} times one thread  of the hashes' {part:.2}  goal 0.97  {mark}");
    part
}

pub fn b6_two_threads(scale: Scale) -> Vec<Line> {
    let visitors: Vec<String> = (0..VISITORS).map(code).collect();
    let keys = keys();
    let of_its_own = || client(&Site::experiments(FLAGS).text());
    let clients = [of_its_own(), of_its_own()];
    let client = &clients[0];
    for visitor in &visitors {
        client.get_variation_with(visitor, &keys[0], untracked()).expect("the flag is there");
    }
    let ask = |visitor: &str, key: &str| {
        black_box(client.get_variation_with(visitor, key, untracked()).is_ok());
    };
    let [hashed, apart, other, same, again, many] = factors(
        scale,
        20_000,
        [
            &|_, call| {
                black_box(hashes(&visitors[call % 16]));
            },
            &|thread, call| {
                let (client, visitor) = (&clients[thread], &visitors[thread]);
                black_box(client.get_variation_with(visitor, &keys[call % FLAGS], untracked()).is_ok());
            },
            &|thread, call| ask(&visitors[thread], &keys[call % FLAGS]),
            &|_, call| ask(&visitors[0], &keys[call % FLAGS]),
            &|_, _| ask(&visitors[0], &keys[0]),
            &|thread, call| ask(&visitors[(call + thread * VISITORS / 2) % VISITORS], &keys[0]),
        ],
    );
    println!("{:<44} {hashed:>9.2} times one thread", "B6 the machine itself (hashes alone)");
    // What the machine lets decisions reach: these threads have nothing in common.
    line("B6 two threads as B1, a client each", apart, hashed);
    let other = line("B6 two threads as B1, a visitor each", other, hashed);
    let same = line("B6 two threads as B1, one visitor shared", same, hashed);
    line("B6 two threads, the same flag again, shared", again, hashed);
    line("B6 two threads as B2", many, hashed);
    vec![("B6 same", same), ("B6 other", other)]
}
