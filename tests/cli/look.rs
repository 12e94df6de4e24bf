//! `get` and `explain`, and where data files come from.

use std::time::Duration;

use kameleoon::emulator::Emulator;
use kameleoon::{KameleoonClient, RequestKind};
use serde_json::json;

use super::run::{SHOP, file, folder, run, run_with, shop};

const PATIENCE: Duration = Duration::from_secs(20);

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
fn what_a_client_reads_the_command_reads() {
    let folder = folder("look-copies");
    let cache = folder.join("flags");
    let emulator = Emulator::builder().data_file(shop(|_| {})).start().unwrap();
    let client = KameleoonClient::new("look", emulator.client_config().data_file_cache(&cache)).unwrap();
    client.refresh_data_file(PATIENCE).unwrap();
    let _ = client.close(PATIENCE);
    let copy = cache.to_str().unwrap();
    let on = |name: &str| {
        let ran = run(&["get", name, "staff-7", "new_checkout", "--json"]);
        assert_eq!(ran.code, 0, "{name}: {ran:?}");
        ran.json()["flags"]["new_checkout"]["variation"] == "on"
    };
    assert!(on(copy), "a client's copy is a data file");
    assert!(run(&["diff", SHOP, copy]).out.contains("0 of 10000 visitors move"));
    assert_eq!(run(&["check", copy]).out, run(&["check", SHOP]).out);
    let mut text = std::fs::read(&cache).unwrap();
    if let Some(last) = text.last_mut() {
        *last ^= 1;
    }
    std::fs::write(&cache, &text).unwrap();
    let damaged = run(&["get", copy, "staff-7"]);
    assert!(damaged.code == 2 && damaged.err.contains("a copy that cannot be used"), "{damaged:?}");

    // Of bytes that are no UTF-8 a client loses those bytes only.
    let text = shop(|file| file["customData"][0]["name"] = json!("caf\u{e9}"));
    let latin: Vec<u8> = text.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect();
    let path = folder.join("latin.json");
    std::fs::write(&path, latin).unwrap();
    let path = path.to_str().unwrap();
    assert!(on(path));
    let checked = run(&["check", path]);
    assert!(checked.code == 1 && checked.out.contains("unreadable"), "{checked:?}");
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
