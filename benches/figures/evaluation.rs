//! B1 to B4: decisions.

use std::hint::black_box;

use kameleoon::{
    Browser, BrowserType, CustomData, Device, DeviceType, EvaluationOptions, Geolocation, KameleoonClient,
    VariationsOptions,
};

use crate::limit::{Limit, code};
use crate::measure::{Scale, compare, percentiles, report};
use crate::{data, measure};

const FLAG: &str = "feature_0";
pub const VISITORS: usize = 100_000;

pub fn untracked() -> EvaluationOptions {
    EvaluationOptions::new().track(false)
}

pub fn client(data_file: &str) -> KameleoonClient {
    KameleoonClient::offline(data_file).expect("the data file is fine")
}

/// One 50/50 experiment, one visitor again and again.
pub fn b1_one_visitor(scale: Scale) {
    let limit = Limit::new();
    let client = client(&data::experiments(1));
    let visitor = code(0);
    let handle = client.visitor(&visitor).expect("the code is valid");
    let [floor, by_client, by_handle, explained] = compare(
        scale,
        200_000,
        [
            &mut |_| {
                black_box(limit.run(&visitor));
            },
            &mut |_| {
                black_box(client.get_variation_with(&visitor, FLAG, untracked()).is_ok());
            },
            &mut |_| {
                black_box(handle.get_variation_with(FLAG, untracked()).is_ok());
            },
            &mut |call| {
                // Explaining costs what it costs, but only when it is asked for.
                if call % 16 == 0 {
                    black_box(client.explain(&visitor, FLAG).is_ok());
                }
            },
        ],
    );
    report("B1 get_variation, client", by_client, floor, 2.0);
    report("B1 get_variation, handle", by_handle, floor, 1.6);
    println!("{:<44} {:>9.1} ns, when asked for", "   explain", explained * 16.0);
    singles("B1 single calls", scale, |_| {
        black_box(client.get_variation_with(&visitor, FLAG, untracked()).is_ok());
    });
}

/// The same over 100,000 stored visitors in turn.
pub fn b2_many_visitors(scale: Scale) {
    let limit = Limit::new();
    let client = client(&data::experiments(1));
    let visitors: Vec<String> = (0..VISITORS).map(code).collect();
    for visitor in &visitors {
        client.get_variation_with(visitor, FLAG, untracked()).expect("the flag is there");
    }
    let of = |call: usize| &visitors[call % VISITORS];
    let [floor, figure] = compare(
        scale,
        VISITORS * 2,
        [
            &mut |call| {
                black_box(limit.run(of(call)));
            },
            &mut |call| {
                black_box(client.get_variation_with(of(call), FLAG, untracked()).is_ok());
            },
        ],
    );
    report("B2 get_variation, 100,000 visitors in turn", figure, floor, 2.0);
    let p999 = singles("B2 single calls", scale, |call| {
        black_box(client.get_variation_with(of(call), FLAG, untracked()).is_ok());
    });
    measure::plain("B2 p99.9", p999 as f64, "ns", 1500.0);
}

fn singles(name: &str, scale: Scale, subject: impl FnMut(usize)) -> u64 {
    let [p50, p99, p999, most] = percentiles(scale.of(1_000_000), subject);
    println!("{name:<44} p50 {p50} ns  p99 {p99} ns  p99.9 {p999} ns  longest {most} ns");
    p999
}

/// A segment of four conditions, for a visitor who meets them and for one who does not.
pub fn b3_conditions(scale: Scale) {
    let limit = Limit::new();
    let client = client(&data::four_conditions());
    let (targeted, other) = (code(1), code(2));
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
        200_000,
        [
            &mut |_| {
                black_box(limit.run(&targeted));
            },
            &mut |_| {
                black_box(client.get_variation_with(&targeted, FLAG, untracked()).is_ok());
            },
            &mut |_| {
                black_box(client.get_variation_with(&other, FLAG, untracked()).is_ok());
            },
        ],
    );
    report("B3 four conditions, targeted", yes, floor, 2.2);
    report("B3 four conditions, not targeted", no, floor, 2.2);
}

/// All of 100 flags at once.
pub fn b4_all_flags(scale: Scale) {
    const FLAGS: usize = 100;
    let limit = Limit::new();
    let client = client(&data::experiments(FLAGS));
    let visitor = code(3);
    let options = VariationsOptions::new().track(false);
    let [floor, all] = compare(
        scale,
        5_000,
        [
            &mut |_| {
                for _ in 0..FLAGS {
                    black_box(limit.run(&visitor));
                }
            },
            &mut |_| {
                black_box(client.get_variations_with(&visitor, options).is_ok());
            },
        ],
    );
    report("B4 get_variations, per flag of 100", all / FLAGS as f64, floor / FLAGS as f64, 1.8);
}
