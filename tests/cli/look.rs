//! `get` and `explain`, and where data files come from.

use kameleoon::RequestKind;
use kameleoon::emulator::Emulator;
use serde_json::json;

use super::run::{SHOP, file, folder, run, run_with, shop};

#[test]
fn a_visitor_gets_what_the_client_gives() {
    let ran = run(&["get", SHOP, "staff-7", "new_checkout", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let expected = json!({"visitor": "staff-7", "flags": {"new_checkout": {"variation": "on", "active": true,
        "id": 101101, "experiment_id": 10110, "variables": {}}}});
    assert_eq!(ran.json(), expected);

    let all = run(&["get", SHOP, "anna"]);
    for part in ["recommended_products", "count = ", "gift_wrapping", "disabled"] {
        assert!(all.out.contains(part), "{part}: {}", all.out);
    }
}

#[test]
fn what_is_known_of_the_visitor_decides() {
    let key = |arguments: &[&str]| {
        let ran = run(&[&["get", SHOP, "anna", "--json"], arguments].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        let flags = ran.json()["flags"].clone();
        flags.as_object().unwrap().values().next().unwrap()["variation"].as_str().unwrap().to_owned()
    };
    assert_eq!(key(&["loyalty_program"]), "off");
    for plan in ["plan=gold", "2=platinum", "plan=silver,gold"] {
        assert_eq!(key(&["loyalty_program", "--data", plan]), "double_points", "{plan}");
    }
    let phone = ["app_banner", "--device", "phone", "--os", "ios", "--cookie", "app_installed=0"];
    assert_eq!(key(&phone), "on");
    assert_eq!(key(&[&phone[..5], &["--cookie", "app_installed=1"]].concat()), "off");
    assert_eq!(key(&["express_delivery", "--data", "plan=gold", "--place", "France/Brittany/Rennes"]), "on");
    let ran =
        run(&["explain", SHOP, "anna", "price_display", "--page", "https://shop.example/products/1 Tea"]);
    assert!(ran.out.contains("yes needs page url matching"), "{}", ran.out);
    let ran = run(&["explain", SHOP, "anna", "loyalty_program", "--goal", "901", "--browser", "chrome/120"]);
    assert!(ran.out.contains("conversions of goals [901]"), "{}", ran.out);
}

#[test]
fn an_explanation_is_for_people_or_for_machines() {
    let ran = run(&["explain", SHOP, "anna", "new_checkout"]);
    assert!(ran.out.starts_with("new_checkout for anna\n"), "{}", ran.out);
    assert!(ran.out.contains("rule 1012 (EXPERIMENTATION, experiment 10120)"), "{}", ran.out);
    let list = run(&["explain", SHOP, "anna", "--json"]).json();
    assert_eq!(list.as_array().unwrap().len(), 13);
    let steps = list[0]["steps"].as_array().unwrap();
    assert!(steps.iter().any(|step| step.as_str().unwrap().starts_with("rule 1012")), "{steps:?}");
    assert_eq!(
        list[12]["result"]["error"],
        "the feature flag `gift_wrapping` is disabled in this environment"
    );
}

#[test]
fn a_data_file_comes_from_standard_input_or_the_platform() {
    let text = shop(|_| {});
    let piped = run_with(&["get", "-", "staff-7", "new_checkout", "--json"], &text);
    assert_eq!(piped.json()["flags"]["new_checkout"]["variation"], "on");

    let emulator = Emulator::builder().data_file(text).site_code("my_site").start().unwrap();
    let config = format!("configuration_url: {}\n", emulator.url());
    let config = file(&folder("look"), "client.yaml", &config);
    let fetched = |name: &str, site: &str| {
        run(&["get", name, "staff-7", "new_checkout", "--site-code", site, "--config", &config, "--json"])
    };
    assert_eq!(fetched("@", "my_site").json()["flags"]["new_checkout"]["variation"], "on");
    assert_eq!(fetched("@staging", "my_site").code, 0);
    let requests = emulator.requests();
    let paths: Vec<String> = requests.iter().map(|request| request.to_string()).collect();
    assert!(paths[1].contains("environment=staging"), "{paths:?}");
    assert_eq!(emulator.count(RequestKind::Configuration), 2, "one request each, and no other");
    assert_eq!(emulator.count(RequestKind::Token), 0, "no credentials are needed");
    let unknown = fetched("@", "other_site");
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("404"), "{}", unknown.err);
}
