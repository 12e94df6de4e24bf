//! Made-up houses, each with one fault, to see that the test finds it, and none where there is none.

use crate::rules::check;
use crate::tree::Sources;

const PLAN: &str = "
## The floors

| floor | rooms | what lives there |
|---|---|---|
| 2 | `lib`, `front` | `nothing` |
| 1 | `clock`, `client`, `platform/net` | |
| 0 | `logging`, `number`, `decision/rule`, `decision/share` | |

### Beside the wings

- `logging`: has a lock, and `clock` is named in its reason only.

## Something else
";

/// A house without a fault.
fn house() -> Sources {
    let files = [
        (
            "lib.rs",
            "mod clock; mod client; mod decision; mod front; mod logging; mod number; mod platform; pub use client::Client;",
        ),
        ("front.rs", "use super::client::{self, Client as Inner};"),
        ("clock.rs", "use std::time::SystemTime; pub fn now() -> SystemTime { SystemTime::now() }"),
        (
            "client/mod.rs",
            "mod core; mod edge; pub(crate) use self::core::Client; use crate::decision::rule;",
        ),
        ("client/core.rs", "use crate::clock::now; pub struct Client;"),
        ("client/edge.rs", "impl super::Client {}"),
        ("platform/mod.rs", "pub(crate) mod net;"),
        ("platform/net.rs", "use std::net::TcpStream;"),
        ("logging.rs", "use std::sync::Mutex; macro_rules! warn { () => {} } pub(crate) use warn;"),
        ("number.rs", "use std::fmt; pub fn f() -> f64 { f64::MAX }"),
        ("decision/mod.rs", "//! Uses std::fs in words only.\npub(crate) mod rule; pub(crate) mod share;"),
        ("decision/rule.rs", "use crate::number::f; use crate::logging::warn; use std::sync::Arc;"),
        ("decision/share.rs", "use super::rule::{self}; struct A; impl A { const B: u8 = 1; }"),
    ];
    files.into_iter().map(|(file, text)| (file.to_owned(), text.to_owned())).collect()
}

/// What is found once this text is added to a file; a new file is declared in the crate's root.
fn found(file: &str, text: &str) -> Vec<String> {
    let mut house = house();
    if !house.contains_key(file) {
        let name = file.split(['/', '.']).next().unwrap_or_default().to_owned();
        house.entry("lib.rs".to_owned()).or_default().push_str(&format!("mod {name};"));
    }
    house.entry(file.to_owned()).or_default().push_str(text);
    check(&house, PLAN)
}

#[test]
fn a_house_without_a_fault_passes() {
    assert_eq!(check(&house(), PLAN), Vec::<String>::new());
}

#[test]
fn an_import_that_runs_upwards_is_found() {
    for (file, text, written) in [
        ("number.rs", "use crate::client::Client;", "crate::client::Client"),
        ("number.rs", "pub(crate) use crate::client::Client as C;", "crate::client::Client"),
        ("number.rs", "use super::{decision::{rule}};", "super::decision::rule"),
        ("number.rs", "fn g() { let _ = crate::client::Client; }", "crate::client::Client"),
        ("number.rs", "fn g() -> Vec<super::client::Client> { vec![] }", "super::client::Client"),
        ("number.rs", "mod inner { fn g() { super::super::client::f() } }", "super::super::client::f"),
        ("number.rs", "macro_rules! m { () => { $crate::client::f() }; }", "crate::client::f"),
        ("number.rs", "#[cfg(not(test))] use crate::client::Client;", "crate::client::Client"),
        (
            "number.rs",
            "#[cfg(any(test, feature = \"a\"))] use crate::client::Client;",
            "crate::client::Client",
        ),
        ("number.rs", "#[derive(Clone, crate::client::D)] struct S;", "crate::client::D"),
        ("number.rs", "use crate::client::*;", "crate::client"),
        // Through the crate's root, where the thing is offered under a shorter name.
        ("number.rs", "use crate::Client;", "crate::Client"),
        // The same floor, but further on.
        ("decision/rule.rs", "use super::share;", "super::share"),
        ("client/edge.rs", "use crate::platform::net;", "crate::platform::net"),
        ("number.rs", "const A: char = '\"'; use crate::client::Client; // '\"'", "crate::client::Client"),
        ("number.rs", "fn a<'a>() {} use crate::client::Client;", "crate::client::Client"),
    ] {
        let wrong = found(file, text);
        let expected = format!("{file} uses `{written}`: `");
        assert!(wrong.iter().any(|line| line.starts_with(&expected)), "{text}: {wrong:?}");
    }
}

#[test]
fn what_only_tests_have_does_not_count() {
    for text in [
        "#[cfg(test)] use crate::client::Client;",
        "#[cfg(test)] mod tests { use crate::client::Client; use std::fs; }",
        "#[cfg(all(test, feature = \"a\"))] fn g() { crate::client::f() }",
        "#[cfg(test)] #[allow(dead_code)] pub(crate) const A: [u8; 1] = { crate::client::f() };",
        "#[cfg(test)] mod tests;",
        "// use crate::client::Client;",
        "/* /* */ use crate::client::Client; */",
        "const A: &str = \"use crate::client::Client;\";",
        "const A: &str = r#\"\" use crate::client::Client;\"#;",
        "const A: &str = \"\\\" use crate::client::Client;\";",
        "#![cfg(test)] use crate::client::Client;",
    ] {
        let wrong = found("number.rs", text);
        assert!(wrong.is_empty(), "{text}: {wrong:?}");
    }
}

#[test]
fn a_circle_between_files_is_found() {
    for (file, text, circle) in [
        ("client/core.rs", "use super::edge;", "client/core.rs -> client/edge.rs -> client/core.rs"),
        // A front that uses its own room, which uses the front.
        (
            "client/mod.rs",
            "use self::edge::E; pub struct Front; mod third { use super::edge; }",
            "client/edge.rs -> client/mod.rs",
        ),
    ] {
        let more = if file == "client/mod.rs" { "use super::Front;" } else { "" };
        let mut house = house();
        house.entry(file.to_owned()).or_default().push_str(text);
        house.entry("client/edge.rs".to_owned()).or_default().push_str(more);
        let wrong = check(&house, PLAN);
        assert!(
            wrong.iter().any(|line| line.starts_with("a circle: ") && line.contains(circle)),
            "{wrong:?}"
        );
    }
}

#[test]
fn a_room_and_a_plan_that_do_not_match_are_found() {
    let wrong = found("cellar.rs", "fn f() {}");
    assert_eq!(wrong, ["cellar.rs is in no room that docs/architecture.md names"]);
    let wrong = found("platform/mod.rs", "use crate::clock;");
    assert!(wrong.iter().any(|line| line.starts_with("platform/mod.rs is the front of a wing")), "{wrong:?}");
    let wrong = found("client/a/b/c.rs", "");
    assert!(wrong.iter().any(|line| line == "client/a/b/c.rs lies more than 2 folders deep"), "{wrong:?}");
    assert_eq!(found("number.rs", &"\n".repeat(499)), Vec::<String>::new());
    assert_eq!(found("number.rs", &"\n".repeat(501)), ["number.rs has 501 lines, 500 at most"]);
    for (plan, expected) in [
        (
            PLAN.replace("`front`", "`front`, `attic`"),
            "docs/architecture.md names `attic`, which is not there",
        ),
        (PLAN.replace("`front`", "`front`, `clock`"), "the table names `clock` twice"),
        (PLAN.replace("| 2 |", "| 0 |"), "floor 0 of the table stands above floor 1"),
        (PLAN.replace("## The floors", "## Floors"), "docs/architecture.md has no table of floors"),
    ] {
        assert_eq!(check(&house(), &plan), [expected]);
    }
}

#[test]
fn a_decision_that_is_not_pure_is_found() {
    for text in [
        "use std::time::SystemTime;",
        "use std::time::{Duration, Instant as Now};",
        "fn g() { std::thread::spawn(|| ()); }",
        "use std::thread; fn g() { thread::yield_now(); }",
        "use std::sync::{Arc, Mutex};",
        "use std::sync::atomic::AtomicU8;",
        "use parking_lot::RwLock;",
        "fn g(lock: &parking_lot::Mutex<u8>) {}",
        "use std::fs::File;",
        "use std::{io::Read, net::TcpStream};",
        "fn g() { core::net::Ipv4Addr::LOCALHOST; }",
        "static A: std::sync::OnceLock<u8> = std::sync::OnceLock::new();",
        "fn g() { std::env::var(\"TZ\"); }",
        "fn g() { println!(\"\"); }",
        "thread_local! { static A: u8 = 1; }",
        "use tz::TimeZone; fn g() { TimeZone::local(); }",
        "use crossbeam_channel as channel;",
    ] {
        // In the wing, and in what the wing stands on.
        for file in ["decision/rule.rs", "number.rs"] {
            let wrong = found(file, text);
            let told = format!("{file} uses `");
            let pure = |line: &String| line.starts_with(&told) && line.ends_with("decisions have to be pure");
            assert!(wrong.iter().any(pure), "{text}: {wrong:?}");
        }
        assert_eq!(found("logging.rs", text), Vec::<String>::new(), "{text}");
    }
    let wrong = found("decision/rule.rs", "fn g() { crate::clock::now(); }");
    assert_eq!(wrong, ["decision/rule.rs uses `crate::clock::now`: `clock` stands above `decision/rule`"]);
}
