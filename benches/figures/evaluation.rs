//! B2 to B4: decisions for many visitors, with conditions, of all flags.

use std::hint::black_box;

use kameleoon::{
    Browser, BrowserType, CustomData, Device, DeviceType, EvaluationOptions, Geolocation, KameleoonClient,
    VariationsOptions,
};

use crate::data::{self, Site};
use crate::limit::{Limit, code};
use crate::measure::{Line, Scale, beside, compare, compare_singles, plain, report};

pub const VISITORS: usize = 100_000;
/// Flags that are asked for in turn: more than a thread remembers points.
pub const FLAGS: usize = 16;

pub fn untracked() -> EvaluationOptions {
    EvaluationOptions::new().track(false)
}

pub fn client(data_file: &str) -> KameleoonClient {
    KameleoonClient::offline(data_file).expect("the data file is fine")
}

/// The keys of the flags that are asked for in turn.
pub fn keys() -> Vec<String> {
    (0..FLAGS).map(data::key).collect()
}

/// One flag over 100,000 stored visitors in turn.
pub fn b2_many_visitors(scale: Scale) -> Vec<Line> {
    let limit = Limit::of(VISITORS);
    let client = client(&Site::experiments(1).text());
    let key = data::key(0);
    let visitors: Vec<String> = (0..VISITORS).map(code).collect();
    for visitor in &visitors {
        client.get_variation_with(visitor, &key, untracked()).expect("the flag is there");
    }
    let of = |call: usize| &visitors[call % VISITORS];
    let yardstick = &mut |call: usize| {
        black_box(limit.run(of(call)));
    };
    let subject = &mut |call: usize| {
        black_box(client.get_variation_with(of(call), &key, untracked()).is_ok());
    };
    let [floor, figure] = compare(scale, 2_000, [&mut *yardstick, &mut *subject]);
    let turn = report("B2 get_variation, 100,000 visitors in turn", figure, floor, 1.5);
    let singles = compare_singles(scale, 20_000, [yardstick, subject]);
    for (name, [p50, p99, p999, most]) in ["   the yardstick's", "B2 single calls"].iter().zip(singles) {
        println!("{name:<44} p50 {p50} ns  p99 {p99} ns  p99.9 {p999} ns  longest {most} ns");
    }
    let p999 = singles[1][2] / 1e3;
    plain("B2 p99.9 of them", p999, "us", 1.5);
    vec![Line::of("B2 turn", turn), Line::new("B2 p999_us", p999)]
}

/// A segment of four conditions, for a visitor who meets them and for one who does not.
pub fn b3_conditions(scale: Scale) -> Vec<Line> {
    let limit = Limit::of(2);
    let client = client(&Site { conditions: true, ..Site::experiments(FLAGS) }.text());
    let keys = keys();
    let (targeted, other) = (code(0), code(1));
    for (visitor, plan) in [(&targeted, "premium"), (&other, "basic")] {
        let data = (
            CustomData::new(1, [plan]),
            Browser::new(BrowserType::Chrome),
            Device::new(DeviceType::Desktop),
            Geolocation::new("France"),
        );
        client.add_data(visitor, data).expect("the code is valid");
    }
    let [floor, yes, no] = compare(
        scale,
        2_000,
        [
            &mut |_| {
                black_box(limit.run(&targeted));
            },
            &mut |call| {
                black_box(client.get_variation_with(&targeted, &keys[call % FLAGS], untracked()).is_ok());
            },
            &mut |call| {
                black_box(client.get_variation_with(&other, &keys[call % FLAGS], untracked()).is_ok());
            },
        ],
    );
    let ratio = report("B3 get_variation, four conditions, met", yes, floor, 1.7);
    beside("B3 get_variation, four conditions, not met", no, floor);
    vec![Line::of("B3 targeted", ratio)]
}

/// All of 100 flags at once.
pub fn b4_all_flags(scale: Scale) -> Vec<Line> {
    const ALL: usize = 100;
    let limit = Limit::of(1);
    let plain = client(&Site::experiments(ALL).text());
    let held = client(&Site { holdout: true, ..Site::experiments(ALL) }.text());
    let options = VariationsOptions::new().track(false);
    // Somebody whom the holdout lets through: the others get nothing decided.
    let is_through = |visitor: &String| {
        let variation = held.get_variation_with(visitor, &data::key(0), untracked());
        variation.expect("the flag is there").experiment_id().is_some()
    };
    let visitor = (0..100).map(code).find(is_through).expect("nine of ten are let through");
    let [floor, all, behind] = compare(
        scale,
        20,
        [
            &mut |_| {
                for _ in 0..ALL {
                    black_box(limit.run(&visitor));
                }
            },
            &mut |_| {
                black_box(plain.get_variations_with(&visitor, options).is_ok());
            },
            &mut |_| {
                black_box(held.get_variations_with(&visitor, options).is_ok());
            },
        ],
    );
    let [floor, all, behind] = [floor, all, behind].map(|rounds| rounds.times(1.0 / ALL as f64));
    let flag = report("B4 get_variations, per flag of 100", all, floor, 0.9);
    let holdout = report("B4 get_variations, the same with a holdout", behind, floor, 1.05 * flag.median);
    vec![Line::of("B4 flag", flag), Line::of("B4 holdout", holdout)]
}
