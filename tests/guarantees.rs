//! Each test that `docs/guarantees.md` names exists.

use std::fs;
use std::path::Path;

#[test]
fn every_promise_is_held_by_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/guarantees.md")).unwrap();
    let promises: Vec<&str> =
        page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| promise")).collect();
    assert!(promises.len() > 20, "the page has {} promises", promises.len());
    let mut missing = Vec::new();
    for promise in promises {
        let held_by = promise.split('|').nth(2).unwrap_or_default();
        let named: Vec<&str> = held_by.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            missing.push(format!("nothing holds: {promise}"));
        }
        for name in named {
            let is_there = match name.split_once("::") {
                Some((file, test)) => fs::read_to_string(root.join(file)).is_ok_and(|text| {
                    text.split(&format!("fn {test}(")).next().is_some_and(|before| {
                        before.len() < text.len()
                            && (before.lines().rev().take(4).any(|line| line.trim() == "#[test]")
                                || text.contains(&format!("\", {test})")))
                    })
                }),
                None if name.starts_with("tests/") || name.starts_with(".ci/") => root.join(name).exists(),
                None if held_by.contains(&format!("fuzzer `{name}`")) => {
                    root.join(format!("fuzz/fuzz_targets/{name}.rs")).exists()
                }
                // A word of code.
                None => true,
            };
            if !is_there {
                missing.push(format!("there is no `{name}`"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
