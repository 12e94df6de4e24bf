//! What holds for every data file and every visitor, checked on made-up ones. The seed is fixed, so
//! that a failure comes back; `KAMELEOON_SEED` sets another one.

mod hostile;
mod large;
mod order;
mod shares;
mod spoil;
mod spoiled_files;
mod tree;

use rand::SeedableRng;
use rand::rngs::StdRng;

fn random() -> StdRng {
    let seed = std::env::var("KAMELEOON_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122);
    println!("seed {seed}");
    StdRng::seed_from_u64(seed)
}

/// A data file with one flag of one 50/50 experiment for a segment.
fn flag_for(segment: serde_json::Value) -> String {
    serde_json::json!({
        "customData": [{"index": 1, "name": "plan"}, {"index": 2}],
        "segments": [{"id": 1, "conditionsData": segment}],
        "featureFlags": [{"id": 1, "featureKey": "flag", "environmentEnabled": true, "defaultVariationKey": "off",
            "variations": [{"key": "off"}, {"key": "on"}],
            "rules": [{"id": 2, "type": "TARGETED_DELIVERY", "exposition": 1.0, "experimentId": 3, "segmentId": 1,
                "variationByExposition": [{"variationKey": "on", "variationId": 4, "exposition": 1.0}]}]}]
    })
    .to_string()
}
