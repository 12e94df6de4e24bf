//! The public interface, compared with the one that is written down in `docs/api.txt`.
//!
//! Whoever changes it on purpose writes it down anew:
//!
//! ```text
//! UPDATE_API=1 cargo test --test api
//! ```
//!
//! The text is taken from the sources, which have to be formatted by rustfmt: `pub` items at the
//! left margin, `pub` functions and constants of their `impl` blocks, whole traits and enums, public
//! fields, and the headers of trait implementations. It relies on the lint `unreachable_pub`: what
//! is `pub` can be reached from outside. What macros generate is not seen, nor are the features
//! that an item is behind, beyond the attribute on the item itself.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests count as production code

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const WRITTEN_DOWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/api.txt");
/// A room that only builds of fuzzers have.
const FUZZING: &str = "fuzzing";
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

#[test]
fn the_public_interface_is_the_one_written_down() {
    let found: Vec<String> = interface().into_iter().collect();
    if std::env::var_os("UPDATE_API").is_some() {
        fs::write(WRITTEN_DOWN, found.join("\n") + "\n").unwrap();
    }
    let written = fs::read_to_string(WRITTEN_DOWN).unwrap_or_default();
    let written: Vec<&str> = written.lines().collect();
    let gone = written.iter().filter(|line| !found.iter().any(|item| item == *line));
    let new = found.iter().filter(|item| !written.contains(&item.as_str()));
    let difference: Vec<String> =
        gone.map(|line| format!("- {line}")).chain(new.map(|item| format!("+ {item}"))).collect();
    assert!(
        difference.is_empty(),
        "the public interface is not the one in docs/api.txt; if that is meant so, run \
         `UPDATE_API=1 cargo test --test api`\n{}",
        difference.join("\n")
    );
}

#[test]
fn the_reader_sees_what_it_should() {
    let source = r#"
/// A thing.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Thing {
    /// Its name.
    pub name: String,
    secret: u32,
}

pub(crate) struct Inner;

impl Thing {
    /// Makes one.
    pub fn make(
        name: &str,
        secret: u32,
    ) -> Self {
        let pub_fn = 1;
    }

    pub(crate) fn hidden(&self) {}
}

impl<'v> Iterator for &'v Thing {}

impl<'v, T: Into<U>> Thing<'v, T> {
    pub const MOST: u32 = 3;
}

impl From<Inner> for Thing {
    fn from(inner: Inner) -> Self {}
}

impl From<Thing> for Inner {}

pub enum Kind {
    /// One.
    One,
    Two { of: u32 },
}

pub trait Way {
    /// Goes.
    fn go(&self);
}

#[cfg(test)]
mod tests {
    pub fn not_this() {}
}
"#;
    let mut items = BTreeSet::new();
    read(source, &public_types(source).collect(), "room::", &mut items);
    let items: Vec<String> = items.into_iter().collect();
    assert_eq!(
        items,
        [
            "room::Kind: pub enum Kind { One, Two { of: u32 }, }",
            "room::Thing: #[derive(Debug, Clone)] #[non_exhaustive] pub struct Thing { pub name: String, .. }",
            "room::Thing: impl From<Inner> for Thing",
            "room::Thing: impl<'v> Iterator for &'v Thing",
            "room::Thing: pub const MOST: u32 = 3",
            "room::Thing: pub fn make( name: &str, secret: u32, ) -> Self",
            "room::Way: pub trait Way { fn go(&self); }",
        ]
    );
}

fn interface() -> BTreeSet<String> {
    let root = fs::read_to_string(Path::new(SOURCES).join("lib.rs")).unwrap();
    let rooms = root.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let public_rooms: Vec<&str> = rooms.filter(|room| *room != FUZZING).collect();
    let mut files = Vec::new();
    list(Path::new(SOURCES), &mut files);
    let sources: Vec<(PathBuf, String)> =
        files.into_iter().map(|file| (file.clone(), fs::read_to_string(file).unwrap())).collect();
    let types = sources.iter().flat_map(|(_, source)| public_types(source)).collect();
    let mut items = BTreeSet::new();
    for (file, source) in &sources {
        let room = file.strip_prefix(SOURCES).unwrap().components().next().unwrap();
        let room = room.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let place = if public_rooms.contains(&room.as_str()) { format!("{room}::") } else { String::new() };
        read(source, &types, &place, &mut items);
    }
    items.extend(public_rooms.iter().map(|room| format!("{room}: pub mod {room}")));
    items
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            list(&path, files);
        } else if !name.ends_with("tests.rs") && name.strip_suffix(".rs") != Some(FUZZING) {
            files.push(path);
        }
    }
}

/// The names of the public structs and enums of a file. What is implemented for them may stand in
/// another one.
fn public_types(source: &str) -> impl Iterator<Item = String> {
    source.lines().filter_map(|line| {
        let item = line.strip_prefix("pub struct ").or(line.strip_prefix("pub enum "))?;
        item.split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned)
    })
}

/// Takes the public items out of a file.
fn read(source: &str, types: &BTreeSet<String>, place: &str, items: &mut BTreeSet<String>) {
    let lines: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let mut attributes: Vec<String> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        let end = block_end(&lines, at);
        if line.starts_with("#[") {
            attributes.push(joined(&lines[at..=end]));
            at = end + 1;
            continue;
        }
        let attributes = std::mem::take(&mut attributes);
        let block = &lines[at..=end];
        at = end + 1;
        if attributes
            .iter()
            .any(|attribute| attribute.contains("cfg(test)") || attribute.contains("all(test"))
        {
            continue;
        }
        if let Some(item) = line.strip_prefix("pub ").filter(|_| !line.starts_with("pub use")) {
            let mut words =
                item.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
            let kind = words
                .by_ref()
                .find(|word| !["async", "const"].contains(word) || item.starts_with("const "))
                .unwrap();
            let name = words.next().unwrap_or_default();
            let text = match kind {
                "mod" => continue,
                "struct" => structure(block),
                "enum" | "trait" => joined(
                    &block
                        .iter()
                        .copied()
                        .filter(|line| !line.trim_start().starts_with("#["))
                        .collect::<Vec<_>>(),
                ),
                _ => signature(block),
            };
            let kept = ["#[derive", "#[non_exhaustive", "#[must_use", "#[deprecated"];
            let kept = attributes.iter().filter(|text| kept.iter().any(|start| text.starts_with(start)));
            let kept: String = kept.map(|text| format!("{text} ")).collect();
            items.insert(format!("{place}{name}: {kept}{text}"));
        } else if line.starts_with("impl") {
            let header = joined(&block[..1]);
            let header = header.trim_end_matches('}').trim_end().trim_end_matches('{').trim_end();
            let name = subject(header);
            match header.contains(" for ") {
                true if types.contains(&name) => _ = items.insert(format!("{place}{name}: {header}")),
                true => {}
                false => members(block, &format!("{place}{name}"), items),
            }
        }
    }
}

/// The name of the type that an `impl` is about.
fn subject(header: &str) -> String {
    let header = header.trim_start_matches("impl");
    let mut depth = 0_usize;
    let generics_end = header.char_indices().find_map(|(at, c)| {
        depth = match c {
            '<' => depth + 1,
            '>' => depth.saturating_sub(1),
            _ => depth,
        };
        (depth == 0).then_some(at)
    });
    let after = &header[generics_end.unwrap_or_default()..];
    let after = after.strip_prefix('>').unwrap_or(after);
    let subject = after.rsplit(" for ").next().unwrap();
    let mut words = subject.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    // Lifetimes and `mut` come before the name of a type that is referred to.
    words.find(|word| word.starts_with(char::is_uppercase)).unwrap_or(subject).to_owned()
}

/// The public functions and constants of an `impl` block.
fn members(block: &[&str], subject: &str, items: &mut BTreeSet<String>) {
    let mut deprecated = "";
    for (at, line) in block.iter().enumerate() {
        if line.starts_with("    #[deprecated") {
            deprecated = "#[deprecated] ";
        } else if line.starts_with("    pub ") {
            items.insert(format!("{subject}: {deprecated}{}", signature(&block[at..])));
            deprecated = "";
        }
    }
}

/// The last line of what begins here: up to the next line at the same margin that ends something.
fn block_end(lines: &[&str], start: usize) -> usize {
    let is_open = |line: &str| ['{', '(', '['].iter().any(|bracket| line.ends_with(*bracket));
    if !is_open(lines[start]) {
        return start;
    }
    let closes = |line: &&str| line.starts_with(['}', ')', ']']) && !is_open(line);
    lines[start + 1..].iter().position(closes).map_or(lines.len() - 1, |end| start + 1 + end)
}

/// Up to the body, or to the end of the statement.
fn signature(lines: &[&str]) -> String {
    let is_last = |line: &&str| line.ends_with('{') || line.ends_with(';') || line.ends_with('}');
    let end = lines.iter().position(is_last).unwrap_or(lines.len() - 1);
    let text = joined(&lines[..=end]);
    let body = text.rfind(" {").filter(|_| text.ends_with('{') || text.ends_with('}'));
    text[..body.unwrap_or(text.len())].trim_end_matches(';').to_owned()
}

/// A struct with its public fields.
fn structure(block: &[&str]) -> String {
    if block.len() == 1 {
        let (head, fields) = block[0].split_once('(').unwrap_or((block[0], ""));
        return match fields.contains("pub ") {
            true => block[0].to_owned(),
            false => head.trim_end_matches(';').to_owned(),
        };
    }
    let fields: Vec<&str> = block
        .iter()
        .map(|line| line.trim())
        .filter(|line| line.starts_with("pub ") && line.ends_with(','))
        .collect();
    format!("{} {} .. }}", block[0], fields.join(" ")).replace("  ", " ")
}

fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
