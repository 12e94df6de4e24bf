//! What is skipped decides nothing: a million decisions against those that compute every hash.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::evaluator::Evaluation;
use super::hash::{choose, hash};
use super::points::{Memory, Points, SharedPoints};
use crate::clock::calendar;
use crate::decision::datafile::{Chosen, DataFile, Flag};
use crate::decision::targeting::{NoTrace, Subject};

const FLAGS: usize = 40;

fn share(random: &mut StdRng) -> f64 {
    let edges = [0.0, 1.0, 1.0, 1.5, 0.5, f64::MIN_POSITIVE, 1.0 - f64::EPSILON];
    edges.get(random.random_range(0..9)).copied().unwrap_or_else(|| random.random_range(0.0..1.2))
}

fn file(random: &mut StdRng) -> DataFile {
    let flags: Vec<Value> = (0..FLAGS)
        .map(|number| {
            let rules: Vec<Value> = (0..random.random_range(1..4))
                .map(|place| {
                    let id = number * 100 + place * 10;
                    let shares: Vec<Value> = (0..random.random_range(0..4))
                        .map(|turn| json!({"variationKey": format!("v{turn}"), "variationId": id + turn, "exposition": share(random)}))
                        .collect();
                    let kind = if random.random_ratio(1, 5) { "TARGETED_DELIVERY" } else { "EXPERIMENTATION" };
                    json!({"id": id + 1, "type": kind, "exposition": share(random), "experimentId": id + 2,
                        "respoolTime": 1_700_000_000, "variationByExposition": shares})
                })
                .collect();
            json!({"id": number, "featureKey": format!("f{number}"), "environmentEnabled": true,
                "defaultVariationKey": "off", "rules": rules,
                "mutuallyExclusiveGroup": if number < 12 { json!(format!("g{}", number / 3)) } else if number < 20 { json!(format!("own {number}")) } else { Value::Null }})
        })
        .collect();
    let holdout = json!({"experimentId": 7, "variationByExposition": [
        {"variationKey": "not-in-holdout", "variationId": 8, "exposition": share(random)},
        {"variationKey": "in-holdout", "variationId": 9, "exposition": share(random)}]});
    DataFile::parse(json!({"featureFlags": flags, "holdout": holdout}).to_string().as_bytes()).unwrap()
}

fn walk(shares: impl Iterator<Item = f64>, point: f64) -> Option<usize> {
    let mut total = 0.0;
    let sums: Vec<f64> = shares
        .map(|share| {
            total += share;
            total
        })
        .collect();
    sums.iter().position(|sum| *sum >= point)
}

/// Key and experiment of what the specification says, every hash computed.
fn by_the_book(file: &DataFile, flag: &Flag, place: u32, code: &str) -> (String, Option<i64>) {
    let code = code.as_bytes();
    let default = (flag.variation(flag.default_variation).key.to_string(), None);
    let holdout = file.holdout.as_ref().unwrap();
    let shares = holdout.variations.iter().map(|variation| variation.exposition);
    let held = walk(shares, hash(code, &holdout.salt)).map(|at| &*holdout.variations[at].key);
    if held == Some("in-holdout") {
        return default;
    }
    if let Some(group) = flag.group.map(|group| &file.groups[group as usize]) {
        if group.flags[choose(hash(code, &group.salt), group.flags.len())] != Some(place) {
            return default;
        }
    }
    for rule in &flag.rules {
        let is_delivery = rule.kind == crate::decision::datafile::RuleKind::TargetedDelivery;
        if hash(code, &rule.rule_salt) > rule.exposition {
            if is_delivery {
                return default;
            }
            continue;
        }
        let shares = rule.exposures.iter().map(|exposure| exposure.exposition);
        let at = if is_delivery { Some(0) } else { walk(shares, hash(code, &rule.experiment_salt)) };
        match at.map(|at| rule.exposures.get(at)) {
            Some(Some(exposure)) => {
                return (flag.variation(exposure.variation).key.to_string(), Some(rule.experiment_id));
            }
            Some(None) => return default,
            None => {}
        }
    }
    default
}

#[test]
fn a_million_decisions_are_those_that_compute_every_hash() {
    let mut random = StdRng::seed_from_u64(20_261_125);
    let points = Points::new();
    let mut others = 0;
    for _ in 0..250 {
        let file = file(&mut random);
        for _ in 0..100 {
            let code = format!("{:016x}", random.random::<u64>());
            let shared = SharedPoints::new(file.groups.len());
            for (place, flag) in (0..).zip(file.flags.iter()) {
                let memory = match random.random_range(0..3) {
                    0 => Memory::None,
                    1 => Memory::Thread(&points),
                    _ => Memory::Call(&shared),
                };
                let subject = Subject::new(&code, None, 0, calendar());
                let evaluation =
                    Evaluation { file: &file, flag, place, subject, track: false, saves: true, memory };
                let outcome = evaluation.run(&mut NoTrace).unwrap();
                let key = match outcome.chosen(flag) {
                    Chosen::Place(place) => flag.variation(place).key.to_string(),
                    Chosen::Key(key) => key.to_owned(),
                };
                let expected = by_the_book(&file, flag, place, &code);
                others += usize::from(expected.1.is_some());
                assert_eq!((key, outcome.experiment_id(flag)), expected, "{code} {}", flag.key);
            }
        }
    }
    assert!(others > 100_000, "{others} of a million have an experiment");
}
