//! What the Data API says about a visitor, taken and evaluated.
#![no_main]

use kameleoon::{KameleoonClient, VariationsOptions};
use libfuzzer_sys::fuzz_target;

const SHOP: &str = include_str!("../../fixtures/shop.json");

fuzz_target!(|body: &[u8]| {
    kameleoon_fuzz::quiet();
    let (client, _) = kameleoon::fuzzing::recorded(SHOP).expect("the shop's data file is good");
    let first = kameleoon::fuzzing::take_reply(&client, "visitor", body);
    let evaluate = |client: &KameleoonClient| {
        let options = VariationsOptions::new().track(false);
        let all = client.get_variations_with("visitor", options).expect("the code is good");
        let mut keys: Vec<_> = all.iter().map(|(key, is)| (key.to_owned(), is.key().to_owned())).collect();
        keys.sort();
        keys
    };
    let answers = evaluate(&client);
    // The same reply again says nothing new.
    let second = kameleoon::fuzzing::take_reply(&client, "visitor", body);
    assert_eq!(format!("{first:?}"), format!("{second:?}"));
    assert_eq!(evaluate(&client), answers);
});
