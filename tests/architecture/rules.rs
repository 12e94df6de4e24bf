//! What the house has to be, and what breaks it.

use std::collections::{BTreeMap, BTreeSet};

use crate::table::Floors;
use crate::tree::{Sources, Target, Tree};

/// What pure code may use of other crates, and what it may not although a shorter path allows it:
/// the longest path that fits decides, and what fits none is refused.
const OUTSIDE: &[(&str, bool)] = &[
    ("std", true),
    ("std::env", false),
    ("std::fs", false),
    ("std::io", false),
    ("std::net", false),
    ("std::os", false),
    // A `Path` can ask whether a file is there.
    ("std::path", false),
    ("std::path::PathBuf", true),
    ("std::process", false),
    ("std::sync", false),
    ("std::sync::Arc", true),
    ("std::thread", false),
    ("std::time", false),
    ("std::time::Duration", true),
    ("base64", true),
    ("hashbrown", true),
    ("percent_encoding", true),
    // The seed of a table's hash, so that nobody can choose keys that collide. No answer depends
    // on it.
    ("rand::random", true),
    ("serde", true),
    ("serde_json", true),
    ("sha2", true),
    ("unicode_properties", true),
    ("unicode_script", true),
    ("tz", false),
    // What a time zone says, and not where it is read.
    ("tz::TimeZone", true),
    ("tz::TimeZone::local", false),
    ("tz::TimeZone::from_posix_tz", false),
    ("tz::LocalTimeType", true),
    ("twox_hash", true),
    // Macros of the standard library; none that prints.
    ("assert!", true),
    ("concat!", true),
    ("debug_assert!", true),
    ("env!", true),
    ("format!", true),
    ("format_args!", true),
    ("matches!", true),
    ("stringify!", true),
    ("unreachable!", true),
    ("vec!", true),
    ("write!", true),
    ("writeln!", true),
];

/// How many lines a file may have, its tests included.
const MOST_LINES: usize = 500;

/// How many folders may lie between `src` and a file.
fn deepest(file: &str) -> usize {
    let in_wing = file.starts_with("decision/") || file.starts_with("platform/");
    if in_wing { 3 } else { 2 }
}

/// Everything that is wrong with these sources, in sentences.
pub(crate) fn check(sources: &Sources, document: &str) -> Vec<String> {
    let floors = match Floors::read(document) {
        Ok(floors) => floors,
        Err(wrong) => return vec![wrong],
    };
    let tree = Tree::of(sources);
    let mut wrong = rooms(sources, &tree, &floors);
    let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let uses = tree.uses();
    for item in &uses {
        let file = item.file.as_str();
        let here = floors.room_of(file);
        match &item.target {
            Target::File(other) => {
                edges.entry(file).or_default().insert(other);
                let there = floors.room_of(other);
                let upwards = here.zip(there).filter(|(here, there)| here.0 < there.0);
                if let Some(((_, room), (_, above))) = upwards {
                    wrong.push(format!("{file} uses `{}`: `{above}` stands above `{room}`", item.written));
                }
            }
            Target::Outside(path) => {
                let pure = here.is_some_and(|(_, room)| floors.is_pure(room));
                if pure && !is_allowed(path) {
                    wrong.push(format!("{file} uses `{path}`, and decisions have to be pure"));
                }
            }
        }
    }
    wrong.extend(circles(&edges));
    wrong
}

fn rooms(sources: &Sources, tree: &Tree, floors: &Floors) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in tree.files() {
        // The front of a wing only opens doors, as `Tree::uses` shows by finding nothing there.
        let is_front = matches!(file, "decision/mod.rs" | "platform/mod.rs");
        if is_front && tree.uses().iter().any(|item| item.file == file) {
            wrong.push(format!("{file} is the front of a wing and uses something: move that into a room"));
        }
        if !is_front && floors.room_of(file).is_none() {
            wrong.push(format!("{file} is in no room that docs/architecture.md names"));
        }
    }
    for room in floors.rooms() {
        if !sources.keys().any(|file| floors.room_of(file).is_some_and(|(_, found)| found == room)) {
            wrong.push(format!("docs/architecture.md names `{room}`, which is not there"));
        }
    }
    for file in sources.keys().filter(|file| file.matches('/').count() > deepest(file)) {
        wrong.push(format!("{file} lies more than {} folders deep", deepest(file)));
    }
    for (file, text) in sources.iter().filter(|(_, text)| text.lines().count() > MOST_LINES) {
        wrong.push(format!("{file} has {} lines, {MOST_LINES} at most", text.lines().count()));
    }
    wrong
}

fn is_allowed(path: &str) -> bool {
    let path = path
        .strip_prefix("core::")
        .or(path.strip_prefix("alloc::"))
        .map_or_else(|| path.to_owned(), |rest| format!("std::{rest}"));
    let fits =
        |known: &str| path == known || path.strip_prefix(known).is_some_and(|rest| rest.starts_with("::"));
    let rule = OUTSIDE.iter().filter(|(known, _)| fits(known)).max_by_key(|(known, _)| known.len());
    rule.is_some_and(|(_, allowed)| *allowed)
}

/// One sentence for each group of files that use each other in a circle, with the shortest one.
fn circles(edges: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut wrong = Vec::new();
    for &start in edges.keys() {
        if told.contains(start) {
            continue;
        }
        if let Some(circle) = shortest_circle(edges, start) {
            told.extend(&circle);
            wrong.push(format!("a circle: {} -> {start}", circle.join(" -> ")));
        }
    }
    wrong
}

fn shortest_circle<'e>(edges: &BTreeMap<&'e str, BTreeSet<&'e str>>, start: &'e str) -> Option<Vec<&'e str>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut ring = vec![start];
    while !ring.is_empty() {
        let mut next = Vec::new();
        for file in ring {
            for &other in edges.get(file).into_iter().flatten() {
                if other == start {
                    let mut circle = vec![file];
                    while circle[circle.len() - 1] != start {
                        circle.push(before[circle[circle.len() - 1]]);
                    }
                    circle.reverse();
                    return Some(circle);
                }
                if !before.contains_key(other) {
                    before.insert(other, file);
                    next.push(other);
                }
            }
        }
        ring = next;
    }
    None
}
