//! `check`: the file, and the code that asks for its flags.

use std::fs;

use kameleoon::DataFileCheck;
use serde_json::Value;

use super::run::{SHOP, file, folder, run, shop};

#[test]
fn a_clean_file_gives_0_and_a_finding_1() {
    let clean = run(&["check", SHOP]);
    assert_eq!((clean.code, clean.out.as_str(), clean.err.as_str()), (0, "nothing found\n", ""));

    let path = file(
        &folder("check"),
        "typo.json",
        &shop(|file| {
            file["featureFlags"][0]["defaultVariationKey"] = "of".into();
            file["segments"][1]["conditionsData"]["firstLevel"][0]["conditions"][0]["targetingType"] =
                "WEATHER".into();
        }),
    );
    let found = run(&["check", &path]);
    assert_eq!(found.code, 1);
    assert!(found.err.is_empty(), "what is found is not told twice: {}", found.err);
    assert!(
        found.out.contains("unknown-key  flag `new_checkout`: `defaultVariationKey` `of`"),
        "{}",
        found.out
    );
    let kinds: Vec<String> = run(&["check", &path, "--json"]).json()["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["unknown-condition", "unknown-key", "unreachable", "unreachable"]);
    let allow = ["--allow", "unknown-key", "--allow", "unreachable", "--allow", "unknown-condition"];
    assert_eq!(run(&[&["check", &path], &allow[..]].concat()).code, 0);
}

#[test]
fn code_is_held_against_the_file() {
    let folder = folder("check-src");
    fs::create_dir_all(folder.join("src/deep")).unwrap();
    fs::create_dir_all(folder.join("target")).unwrap();
    file(
        &folder,
        "src/main.rs",
        r#"
        const SHIPPING: &str = "free_shipping";
        const GONE: &str = "gone_flag";
        fn main() {
            let a = client.get_variation(visitor, "new_chekout");
            let b = client.is_feature_active(visitor, SHIPPING);
            let c = client.get_variation(visitor, GONE);
            // client.get_variation(visitor, "in_a_comment");
            for key in ["express_delivery", "loyalty_program"] { ask(key); }
        }
    "#,
    );
    file(
        &folder,
        "src/deep/more.rs",
        "fn f() { crate::flags::PriceDisplay::get(&client, visitor); flags::app_banner::f() }",
    );
    file(&folder, "target/built.rs", "fn f() { client.get_variation(v, \"not_looked_at\"); }");
    let module = folder.join("src/flags.rs");
    assert_eq!(run(&["generate", SHOP, "--out", module.to_str().unwrap()]).code, 0);

    let ran = run(&["check", SHOP, "--src", folder.to_str().unwrap(), "--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let json = ran.json();
    let of_kind = |kind: &str, field: &str| -> Vec<String> {
        let all = json["findings"].as_array().unwrap().iter().filter(|one| one["kind"] == kind);
        all.map(|one| one[field].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        of_kind("unknown-reference", "message"),
        [
            "no flag `new_chekout` in the data file; is `new_checkout` meant?",
            "no flag `gone_flag` in the data file",
        ]
    );
    let places = of_kind("unknown-reference", "place");
    assert!(places[0].ends_with("src/main.rs:5") && places[1].ends_with("src/main.rs:7"), "{places:?}");
    let unused = of_kind("unused-flag", "place");
    let expected = [
        "new_checkout",
        "recommended_products",
        "search_ranking",
        "search_suggestions",
        "welcome_banner",
        "company_prices",
        "order_survey",
        "gift_wrapping",
    ];
    assert_eq!(unused, expected.map(|key| format!("flag `{key}`")));
}

#[test]
fn no_recorded_data_file_is_too_much_for_it() {
    fn look(value: &Value, checked: &mut usize) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if name == "data_file" && value.is_object() {
                        let _ = DataFileCheck::of(value.to_string()).unwrap();
                        *checked += 1;
                    }
                    look(value, checked);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| look(item, checked)),
            _ => {}
        }
    }
    const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/conformance");
    let mut checked = 0;
    for entry in fs::read_dir(RECORDED).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "json") {
            look(&serde_json::from_slice(&fs::read(&path).unwrap()).unwrap(), &mut checked);
        }
    }
    assert!(checked > 900, "{checked}");
}
