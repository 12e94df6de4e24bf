//! The modules of all data files in `fixtures`, those of the recorded scenarios too: they compile
//! in one crate, and give back the variables of every variation.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::run::{folder, run_with};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

/// All data files, each once.
fn data_files() -> Vec<Value> {
    fn collect(value: &Value, files: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(fields) => {
                let is_file = |value: &Value| value.get("featureFlags").is_some();
                if is_file(value) {
                    files.insert(value.to_string(), value.clone());
                    return;
                }
                fields.values().for_each(|value| collect(value, files));
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, files)),
            _ => {}
        }
    }
    let mut files = BTreeMap::new();
    for folder in [FIXTURES.to_owned(), format!("{FIXTURES}/conformance")] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "json") {
                collect(&serde_json::from_slice(&fs::read(path).unwrap()).unwrap(), &mut files);
            }
        }
    }
    let mut list: Vec<Value> = files.into_values().collect();
    list.push(awkward());
    list
}

/// Keys that are no names, or would be the same one, or that of something else.
fn awkward() -> Value {
    let keys = [
        "",
        " ",
        "type",
        "self",
        "Self",
        "bool",
        "str",
        "string",
        "option",
        "some",
        "none",
        "kameleoon",
        "std",
        "core",
        "result",
        "vec",
        "custom_data",
        "goals",
        "FLAGS",
        "variation",
        "other",
        "2024",
        "🔥",
        "new-checkout",
        "new_checkout",
        "newCheckout",
        "über",
        "\u{202e}abc",
        "a\"b\\c`d*/",
        "line\nbreak",
        "r#fn",
        "clone",
        "debug",
    ];
    let variables = |kind: &str, value: Value| -> Vec<Value> {
        keys.iter().map(|key| json!({"key": key, "type": kind, "value": value})).collect()
    };
    let variation = |key: &str| json!({"key": key, "name": "[x] <b> `c` */", "variables": variables("STRING", "x".into())});
    let mut variations: Vec<Value> = keys.iter().map(|key| variation(key)).collect();
    variations.push(json!({"key": "values", "variables": [
        {"key": "large", "type": "NUMBER", "value": 9_007_199_254_740_993_i64},
        {"key": "tiny", "type": "NUMBER", "value": 5e-324}, {"key": "negative", "type": "NUMBER", "value": -7},
        {"key": "null", "type": "STRING", "value": null}, {"key": "wrong", "type": "BOOLEAN", "value": "yes"},
        {"key": "deep", "type": "JSON", "value": "{\"a\": [1, {\"b\": null}]}"}, {"key": "date", "type": "DATE", "value": 1},
        {"key": "text", "type": "CSS", "value": "a\u{0}\u{202e}\"\\"}]}));
    let flag = |(id, key): (usize, &&str)| {
        json!({"id": id, "featureKey": key, "environmentEnabled": true,
        "defaultVariationKey": "nowhere declared", "variations": if *key == "type" { variations.clone() } else { vec![variation("on")] }})
    };
    let custom: Vec<Value> = keys
        .iter()
        .enumerate()
        .map(|(index, key)| json!({"index": index, "id": index, "name": key}))
        .collect();
    json!({"customData": custom, "featureFlags": keys.iter().enumerate().map(flag).collect::<Vec<_>>()})
}

/// Code that gets a variation by its key and compares every field with the client's variable.
fn checks(out: &mut String, module: &str, flag: &Value, raw: &Value) -> usize {
    let text = |value: &Value, field: &str| value[field].as_str().unwrap().to_owned();
    let (key, name) = (text(flag, "key"), text(flag, "module"));
    let raw = raw["featureFlags"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .find(|one| one["featureKey"].as_str().unwrap_or("") == key);
    let mut count = 0;
    for variation in flag["variations"].as_array().unwrap() {
        let mut file = raw.unwrap().clone();
        file["environmentEnabled"] = true.into();
        file["rules"] = json!([]);
        file["defaultVariationKey"] = variation["key"].clone();
        let file = json!({"featureFlags": [file]}).to_string();
        let variant = text(variation, "variant");
        let _ = writeln!(out, "    let variation = evaluated({file:?}, {key:?});");
        let _ = writeln!(out, "    let typed: {module}::{name}::Variation = variation.clone().into();");
        let _ = writeln!(out, "    assert_eq!(typed.key(), variation.key());");
        let fields = variation["fields"].as_array().unwrap();
        let pattern = if fields.is_empty() { variant } else { format!("{variant}(fields)") };
        let _ = writeln!(out, "    match typed {{\n        {module}::{name}::Variation::{pattern} => {{");
        for field in fields {
            let (field, key) = (text(field, "field"), text(field, "key"));
            let _ = writeln!(out, "            same(&variation, {key:?}, &fields.{field});");
            count += 1;
        }
        let _ = writeln!(out, "            same_count(&variation, {});\n        }}", fields.len());
        let _ = writeln!(out, "        other => panic!(\"{{other:?}}\"),\n    }}");
    }
    count
}

const SUPPORT: &str = r#"
use kameleoon::{KameleoonClient, Value, Variation};

fn evaluated(file: &str, key: &str) -> Variation {
    KameleoonClient::offline(file).unwrap().get_variation("visitor", key).unwrap()
}

trait Json {
    fn json(&self) -> Value;
}
impl Json for bool {
    fn json(&self) -> Value {
        (*self).into()
    }
}
impl Json for f64 {
    fn json(&self) -> Value {
        (*self).into()
    }
}
impl Json for String {
    fn json(&self) -> Value {
        self.as_str().into()
    }
}
impl Json for Value {
    fn json(&self) -> Value {
        self.clone()
    }
}

fn same(variation: &Variation, key: &str, field: &impl Json) {
    let value = variation.variable(key).unwrap().value();
    let field = field.json();
    let numbers = value.as_f64().zip(field.as_f64()).is_some_and(|(a, b)| a == b);
    assert!(numbers || *value == field, "{}: {key}: {value} is not {field}", variation.key());
}

fn same_count(variation: &Variation, fields: usize) {
    assert_eq!(variation.variables().len(), fields);
}
"#;

#[test]
fn the_modules_of_all_fixtures_compile_in_one_crate_and_give_variables_back() {
    let folder = folder("generated");
    fs::create_dir_all(folder.join("src")).unwrap();
    let mut modules: BTreeMap<String, String> = BTreeMap::new();
    let (mut main, mut calls) = (SUPPORT.to_owned(), String::new());
    let (mut fields, files) = (0, data_files());
    for file in &files {
        let file_text = file.to_string();
        let made = run_with(&["generate", "-"], &file_text);
        assert_eq!(made.code, 0, "{made:?}");
        // Scenarios often differ in rules alone.
        if modules.contains_key(&made.out) {
            continue;
        }
        let module = format!("m{}", modules.len());
        fs::write(folder.join(format!("src/{module}.rs")), &made.out).unwrap();
        modules.insert(made.out, module.clone());
        let _ = writeln!(main, "mod {module};");
        let names = run_with(&["generate", "-", "--json"], &file_text).json();
        let mut body = String::new();
        for flag in names["flags"].as_array().unwrap() {
            let declares = |one: &Value| !one["fields"].as_array().unwrap().is_empty();
            // Thousands of flags without variables are compiled; some of them are enough to run.
            if flag["variations"].as_array().unwrap().iter().any(declares) || modules.len() < 20 {
                fields += checks(&mut body, &module, flag, file);
            }
        }
        if !body.is_empty() {
            let _ = writeln!(main, "fn check_{module}() {{\n{body}}}");
            let _ = writeln!(calls, "    check_{module}();");
        }
    }
    let _ = writeln!(main, "fn main() {{\n{calls}    println!(\"done\");\n}}");
    fs::write(folder.join("src/main.rs"), main).unwrap();
    assert!(files.len() > 500 && fields > 1_000, "{} files, {fields} fields", files.len());
    println!("{} data files, {} modules, {fields} fields", files.len(), modules.len());
    build_and_run(&folder);
}

fn build_and_run(folder: &Path) {
    let root = env!("CARGO_MANIFEST_DIR");
    let manifest = format!(
        "[package]\nname = \"generated\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nkameleoon = {{ path = {root:?}, default-features = false }}\n\n\
         [lints.rust]\nwarnings = \"deny\"\nmissing_docs = \"deny\"\nunsafe_code = \"forbid\"\n\n\
         [profile.dev]\ndebug = 0\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    let main = fs::read_to_string(folder.join("src/main.rs")).unwrap();
    fs::write(folder.join("src/main.rs"), format!("//! Generated modules, used.\n{main}")).unwrap();
    fs::copy(format!("{root}/Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline"])
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated-target"))
        .current_dir(folder)
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    let shown: String = err.lines().take(60).collect::<Vec<_>>().join("\n");
    assert!(output.status.success(), "{shown}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "done\n");
}
