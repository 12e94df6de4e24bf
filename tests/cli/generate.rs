//! `generate`: files, `--check`, names.

use std::fs;

use super::run::{SHOP, file, folder, run, shop};

#[test]
fn a_module_is_written_and_held_against_the_file() {
    let folder = folder("generate");
    let module = folder.join("flags.rs");
    let path = module.to_str().unwrap();
    assert_eq!(run(&["generate", SHOP, "--out", path]).code, 0);
    assert_eq!(run(&["generate", SHOP, "--check", path]).code, 0);
    let text = fs::read_to_string(&module).unwrap();
    assert_eq!(run(&["generate", SHOP]).out, text, "standard output has the same");

    let deleted = shop(|file| drop(file["featureFlags"].as_array_mut().unwrap().remove(11)));
    let deleted = file(&folder, "deleted.json", &deleted);
    let differs = run(&["generate", &deleted, "--check", path]);
    assert_eq!(differs.code, 1);
    assert!(differs.err.contains("- pub struct OrderSurvey;"), "{}", differs.err);
    assert_eq!(fs::read_to_string(&module).unwrap(), text, "a check writes nothing");

    // How it is formatted does not count; what it says does.
    let formatted = text
        .replace("    ", "\t")
        .replace("Self::Off { .. } => \"off\",", "Self::Off {\n.. } => { \"off\" }");
    fs::write(&module, &formatted).unwrap();
    assert_eq!(run(&["generate", SHOP, "--check", path]).code, 0);
    fs::write(&module, formatted.replace("\"free_shipping\"", "\"paid_shipping\"")).unwrap();
    assert_eq!(run(&["generate", SHOP, "--check", path]).code, 1);
}

#[test]
fn the_names_can_be_read_by_machines() {
    let names = run(&["generate", SHOP, "--json", "--goal", "purchase=901"]).json();
    let flag = &names["flags"][1];
    assert_eq!(
        (flag["type"].as_str(), flag["module"].as_str()),
        (Some("RecommendedProducts"), Some("recommended_products"))
    );
    let variation = &flag["variations"][1];
    assert_eq!(variation["variant"], "ByCategory");
    let fields: Vec<String> = variation["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| format!("{}: {}", field["field"].as_str().unwrap(), field["type"].as_str().unwrap()))
        .collect();
    assert_eq!(fields, ["count: f64", "title: String", "css: String", "layout: Value"]);
    assert_eq!(names["goals"][0]["constant"], "PURCHASE");
    assert_eq!(names["custom_data"][1]["function"], "plan");
}

#[test]
fn the_module_has_the_form_that_rustfmt_gives() {
    let folder = folder("generate-format");
    let module = folder.join("flags.rs");
    run(&["generate", SHOP, "--out", module.to_str().unwrap()]);
    fs::write(folder.join("rustfmt.toml"), "").unwrap();
    let Ok(output) =
        std::process::Command::new("rustfmt").args(["--check", "--edition", "2024"]).arg(&module).output()
    else {
        println!("rustfmt is not there, so this was not looked at");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
