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
