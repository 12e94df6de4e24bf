//! B1: decisions for one visitor, and what a request of a server asks.

use std::hint::black_box;

use crate::data::{Rule, Site};
use crate::evaluation::{FLAGS, client, keys, untracked};
use crate::limit::{Limit, code};
use crate::measure::{Line, Scale, beside, compare, compare_singles, report};

/// A thread remembers few points, so that of `FLAGS` flags in turn none is found again: these rows
/// compute what a first question computes. "Again" is the one that finds what it asked before.
pub fn b1_one_visitor(scale: Scale) -> Vec<Line> {
    let visitor = code(0);
    let limit = Limit::of(1);
    let keys = keys();
    let client_of = |site: Site| client(&site.text());
    let all = client_of(Site::experiments(FLAGS));
    let deliveries = client_of(Site { rule: Rule::Delivery, ..Site::experiments(FLAGS) });
    let halves =
        client_of(Site { rule: Rule::Experiment { exposition: 0.5 }, ..Site::experiments(4 * FLAGS) });
    let exposed: Vec<String> = (0..4 * FLAGS)
        .map(crate::data::key)
        .filter(|key| {
            let variation = halves.get_variation_with(&visitor, key, untracked()).expect("the flag is there");
            variation.experiment_id().is_some()
        })
        .take(FLAGS)
        .collect();
    assert_eq!(exposed.len(), FLAGS, "the visitor is within half of the rules, about");
    let handle = all.visitor(&visitor).expect("the code is valid");
    let [floor, by_client, by_handle, again, delivery, half, explained] = compare(
        scale,
        2_000,
        [
            &mut |_| {
                black_box(limit.run(&visitor));
            },
            &mut |call| {
                black_box(all.get_variation_with(&visitor, &keys[call % FLAGS], untracked()).is_ok());
            },
            &mut |call| {
                black_box(handle.get_variation_with(&keys[call % FLAGS], untracked()).is_ok());
            },
            &mut |_| {
                black_box(all.get_variation_with(&visitor, &keys[0], untracked()).is_ok());
            },
            &mut |call| {
                black_box(deliveries.get_variation_with(&visitor, &keys[call % FLAGS], untracked()).is_ok());
            },
            &mut |call| {
                black_box(halves.get_variation_with(&visitor, &exposed[call % FLAGS], untracked()).is_ok());
            },
            &mut |call| {
                // Explaining costs what it costs, but only when it is asked for.
                if call % 16 == 0 {
                    black_box(all.explain(&visitor, &keys[0]).is_ok());
                }
            },
        ],
    );
    let lines = vec![
        Line::of("B1 client", report("B1 get_variation, rule at 100 %", by_client, floor, 1.3)),
        Line::of("B1 again", report("B1 get_variation, the same flag again", again, floor, 0.9)),
        Line::of("B1 delivery", report("B1 get_variation, delivery at 100 %", delivery, floor, 0.75)),
        Line::of("B1 half", report("B1 get_variation, rule at 50 %, within", half, floor, 1.7)),
    ];
    beside("B1 get_variation, rule at 100 %, handle", by_handle, floor);
    println!("{:<44} {:>9.1} ns, when asked for", "   explain", explained.median * 16.0);
    let [[p50, p99, p999, most]] = compare_singles(
        scale,
        20_000,
        [&mut |call| {
            black_box(all.get_variation_with(&visitor, &keys[call % FLAGS], untracked()).is_ok());
        }],
    );
    println!(
        "{:<44} p50 {p50} ns  p99 {p99} ns  p99.9 {p999} ns  longest {most} ns",
        "B1 single calls, rule at 100 %"
    );
    requests(scale);
    lines
}

/// What a server's request asks, ten questions about its visitor; the next request is another's.
fn requests(scale: Scale) {
    const VISITORS: usize = 1_000;
    const REPEATS: [usize; 10] = [0, 1, 2, 0, 3, 1, 4, 5, 0, 6];
    let visitors: Vec<String> = (0..VISITORS).map(code).collect();
    let limit = Limit::of(VISITORS);
    let keys = keys();
    let client = client(&Site::experiments(FLAGS).text());
    let of = |call: usize| &visitors[call / 10 % VISITORS];
    let [floor, different, repeating, another] = compare(
        scale,
        2_000,
        [
            &mut |call| {
                black_box(limit.run(of(call)));
            },
            &mut |call| {
                black_box(client.get_variation_with(of(call), &keys[call % 10], untracked()).is_ok());
            },
            &mut |call| {
                let key = &keys[REPEATS[call % 10]];
                black_box(client.get_variation_with(of(call), key, untracked()).is_ok());
            },
            &mut |call| {
                let visitor = &visitors[call % VISITORS];
                black_box(client.get_variation_with(visitor, &keys[0], untracked()).is_ok());
            },
        ],
    );
    beside("B1 a request's ten calls, ten flags, a call", different, floor);
    beside("B1 a request's ten calls, seven flags, a call", repeating, floor);
    beside("B1 another visitor with every call, of 1,000", another, floor);
}
