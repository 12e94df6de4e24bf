//! B6: two threads at once.

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::data::Site;
use crate::evaluation::{FLAGS, VISITORS, client, keys, untracked};
use crate::limit::{code, hashes};
use crate::measure::{Line, Rounds, Scale, own_time};

/// What a thread, told by its number, does in a call.
type Subject<'s> = &'s (dyn Fn(usize, usize) + Sync);

/// Calls in a round of a thread: far less than a thread is given in one piece.
const CALLS: usize = 1_000;

/// Nanoseconds per call in rounds of so many threads, each of which had a core to itself, if the
/// machine gives them one.
fn rounds(threads: usize, count: usize, subject: Subject<'_>) -> Vec<f64> {
    const TRIES: usize = 5;
    let mut tries = (0..TRIES).map(|_| rounds_at_once(threads, count, subject));
    let undisturbed = tries.find(|(_, is_undisturbed)| *is_undisturbed);
    let (times, _) = undisturbed.unwrap_or_else(|| {
        println!("   {threads} threads did not get a core each: the figure is not to be trusted");
        rounds_at_once(threads, count, subject)
    });
    times
}

/// Also whether no thread waited for a core: rounds are so short that most would not show it.
fn rounds_at_once(threads: usize, count: usize, subject: Subject<'_>) -> (Vec<f64>, bool) {
    let (barrier, is_over) = (Barrier::new(threads), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|thread| {
                let (barrier, is_over) = (&barrier, &is_over);
                scope.spawn(move || {
                    let mut times = Vec::with_capacity(count);
                    // The first call on a thread makes what it keeps.
                    (0..CALLS).for_each(|call| subject(thread, black_box(call)));
                    barrier.wait();
                    let (wall, own) = (Instant::now(), own_time());
                    for round in 0..count {
                        let start = Instant::now();
                        for call in round * CALLS..(round + 1) * CALLS {
                            subject(thread, black_box(call));
                        }
                        let time = start.elapsed().as_nanos() as f64 / CALLS as f64;
                        if is_over.load(Ordering::Relaxed) {
                            break;
                        }
                        times.push(time);
                    }
                    is_over.store(true, Ordering::Relaxed);
                    let (wall, own) =
                        (wall.elapsed(), own_time().map(|now| now.saturating_sub(own.unwrap_or_default())));
                    (times, own.is_none_or(|own| own >= wall.mul_f64(0.9)))
                })
            })
            .collect();
        let ended: Vec<(Vec<f64>, bool)> =
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect();
        let is_undisturbed = ended.iter().all(|(_, is_undisturbed)| *is_undisturbed);
        (ended.into_iter().flat_map(|(times, _)| times).collect(), is_undisturbed)
    })
}

/// How much more two threads do than one, by what their rounds take, in turns.
fn factors<const N: usize>(scale: Scale, subjects: [Subject<'_>; N]) -> [Rounds; N] {
    let count = scale.of(2_000) / 20;
    let mut times: [[Vec<f64>; 2]; N] = std::array::from_fn(|_| [Vec::new(), Vec::new()]);
    for _ in 0..scale.rounds() {
        for (subject, [alone, together]) in subjects.iter().zip(&mut times) {
            alone.extend(rounds(1, count, *subject));
            together.extend(rounds(2, count, *subject));
        }
    }
    times.map(|[alone, together]| Rounds::of(alone).by(Rounds::of(together)).times(2.0))
}

/// How much of what the hashes alone reach.
fn line(name: &str, factor: Rounds, hashed: Rounds) -> Rounds {
    let part = factor.by(hashed);
    let mark = if part.median >= 0.97 { "ok" } else { "MISSED" };
    println!(
        "{name:<44} {:>9.2} times one thread  of the hashes' {:.2}  goal 0.97  {mark:<6}  quick {:>5.2}",
        factor.median, part.median, part.quick
    );
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
    println!(
        "{:<44} {:>9.2} times one thread  {:<35}  quick {:>5.2}",
        "B6 the machine itself (hashes alone)", hashed.median, "", hashed.quick
    );
    // What the machine lets decisions reach: these threads have nothing in common.
    line("B6 two threads as B1, a client each", apart, hashed);
    let other = line("B6 two threads as B1, a visitor each", other, hashed);
    let same = line("B6 two threads as B1, one visitor shared", same, hashed);
    line("B6 two threads, the same flag again, shared", again, hashed);
    line("B6 two threads as B2", many, hashed);
    vec![Line::of("B6 same", same), Line::of("B6 other", other)]
}
