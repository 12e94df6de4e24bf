//! The house stands as `docs/architecture.md` says: imports run downwards, in no circle, and what
//! decides is pure.

mod made_up;
mod module;
mod rules;
mod table;
mod tokens;
mod tree;

use std::path::Path;

#[test]
fn the_house_stands_as_its_plan_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(root.join("docs/architecture.md")).expect("the plan is there");
    let sources = tree::sources(&root.join("src"));
    let wrong = rules::check(&sources, &document);
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Some processors have no 64-bit atomics, and the crate is to compile there.
#[test]
fn wide_atomics_come_from_the_file_that_stands_in_for_them() {
    let sources = tree::sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    for (file, text) in &sources {
        let imports = text.split("std::sync::atomic::").skip(1).filter_map(|rest| rest.split(';').next());
        let is_wide = |import: &str| import.contains("AtomicU64") || import.contains("AtomicI64");
        assert!(
            file == "atomic64.rs" || !imports.into_iter().any(is_wide),
            "{file}: take `AtomicU64` and `AtomicI64` from `crate::atomic64`"
        );
    }
}
