//! A tree of conditions against an evaluator that follows the specification word by word.

use kameleoon::{CustomData, KameleoonClient};
use rand::RngExt;
use serde_json::{Value, json};

use crate::{flag_for, random};

/// `read(items, ops)` of the specification, by recursion.
fn read(items: &[bool], operators: &[bool]) -> bool {
    let is_or = |place: usize| operators.get(place).copied().unwrap_or(false);
    let rest = |place: usize| operators.get(place..).unwrap_or(&[]);
    match items {
        [] => true,
        [only] => *only,
        [first, others @ ..] if is_or(0) => *first || read(others, rest(1)),
        [first, second] => *first && *second,
        [first, second, others @ ..] => {
            let both = *first && *second;
            if is_or(1) { both || read(others, rest(2)) } else { both && read(others, rest(2)) }
        }
    }
}

/// A condition that holds or does not, whoever the visitor is.
fn condition(holds: bool) -> Value {
    json!({"targetingType": "CUSTOM_DATUM", "customDataIndex": 1, "valueMatchType": "EXACT",
        "value": if holds { "yes" } else { "no" }})
}

#[test]
fn trees_are_read_as_the_specification_says() {
    let mut random = random();
    let (mut held, rounds) = (0, 3_000);
    for round in 0..rounds {
        let lists: Vec<(Vec<bool>, Vec<bool>)> = (0..random.random_range(0..5))
            .map(|_| {
                let conditions: Vec<bool> =
                    (0..random.random_range(0..7)).map(|_| random.random_bool(0.6)).collect();
                // Now and then an operator too few, or too many.
                let operators = conditions.len().saturating_sub(1) + usize::from(random.random_bool(0.1));
                let operators = operators.saturating_sub(usize::from(random.random_bool(0.1)));
                (conditions, (0..operators).map(|_| random.random_bool(0.5)).collect())
            })
            .collect();
        let operators: Vec<bool> = (0..lists.len().saturating_sub(random.random_range(0..2)))
            .map(|_| random.random_bool(0.5))
            .collect();
        let results: Vec<bool> =
            lists.iter().map(|(conditions, operators)| read(conditions, operators)).collect();
        let expected = read(&results, &operators);

        let first_level: Vec<Value> = lists
            .iter()
            .map(|(conditions, operators)| {
                let conditions: Vec<Value> = conditions.iter().map(|holds| condition(*holds)).collect();
                json!({"conditions": conditions, "orOperators": operators})
            })
            .collect();
        let tree = json!({"firstLevel": first_level, "firstLevelOrOperators": operators});
        let client = KameleoonClient::offline(flag_for(tree.clone())).unwrap();
        client.add_data("visitor", CustomData::new(1, ["yes"])).unwrap();
        assert_eq!(client.is_feature_active("visitor", "flag").unwrap(), expected, "round {round}: {tree}");
        held += usize::from(expected);
    }
    assert!(held > rounds / 10 && held < rounds * 9 / 10, "both results occur: {held} of {rounds}");
}
