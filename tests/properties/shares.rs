//! Shares of a million visitors against the configured expositions.

use kameleoon::{EvaluationOptions, KameleoonClient, KameleoonClientConfig};
use serde_json::json;

const VISITORS: u32 = 1_000_000;

/// Five standard deviations of a share: one false alarm in some millions of runs.
fn bound(share: f64) -> f64 {
    5.0 * (share * (1.0 - share) / f64::from(VISITORS)).sqrt()
}

#[test]
fn a_million_visitors_are_shared_out_as_configured() {
    let shares = [("a", 0.5), ("b", 0.3), ("c", 0.15), ("d", 0.05)];
    let exposures: Vec<_> = shares
        .iter()
        .zip(10..)
        .map(|((key, share), id)| json!({"variationKey": key, "variationId": id, "exposition": share}))
        .collect();
    let exposition = 0.8;
    let data_file = json!({"featureFlags": [{"id": 1, "featureKey": "flag", "environmentEnabled": true,
        "defaultVariationKey": "off", "variations": [],
        "rules": [{"id": 2, "type": "EXPERIMENTATION", "exposition": exposition, "experimentId": 3,
            "respoolTime": 1_700_000_000, "variationByExposition": exposures}]}]});
    // Few visitors are kept: this is about hashes.
    let config = KameleoonClientConfig::new("", "").max_visitors(1_000);
    let client = KameleoonClient::offline_with(data_file.to_string(), config).unwrap();
    let untracked = EvaluationOptions::new().track(false);
    let mut counts = std::collections::HashMap::<String, u32>::new();
    for number in 0..VISITORS {
        let variation = client.get_variation_with(&format!("{number:08x}"), "flag", untracked).unwrap();
        *counts.entry(variation.key().to_owned()).or_default() += 1;
    }
    let expected =
        shares.iter().map(|(key, share)| (*key, share * exposition)).chain([("off", 1.0 - exposition)]);
    for (key, expected) in expected {
        let share = f64::from(counts[key]) / f64::from(VISITORS);
        let bound = bound(expected);
        assert!((share - expected).abs() < bound, "{key}: {share}, expected {expected} within {bound:.5}");
    }
    assert!(client.visitor_count() <= 1_000);
}
