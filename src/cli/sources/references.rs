//! What the code below some folders asks for, held against the flags of a data file.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::super::failure::Failure;
use super::super::generate;
use super::super::nearest::{likely_slips, nearest};
use super::calls::{self, Call, Key};
use super::tokens::{self, Token};

/// What code asks for.
pub(in super::super) struct References {
    keys: Vec<String>,
    calls: Vec<(PathBuf, Call)>,
    constants: HashMap<String, String>,
    mentioned: HashSet<String>,
    files: usize,
}

impl References {
    /// Reads all Rust code below these paths.
    pub(in super::super) fn read(paths: &[PathBuf], keys: &[&str]) -> Result<Self, Failure> {
        let mut references = Self {
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            calls: Vec::new(),
            constants: HashMap::new(),
            mentioned: HashSet::new(),
            files: 0,
        };
        // The types of a generated module, by their names and those of their modules.
        let types: HashMap<String, String> = generate::type_names(keys);
        for path in paths {
            let mut files = Vec::new();
            collect(path, &mut files)?;
            for file in files {
                references.file(&file, &types)?;
            }
        }
        match references.files {
            0 => Err(Failure::new("--src: there is no Rust code below it")),
            _ => Ok(references),
        }
    }

    fn file(&mut self, path: &Path, types: &HashMap<String, String>) -> Result<(), Failure> {
        let text = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
        let text = String::from_utf8_lossy(&text);
        // A generated module names every flag, and asks for none.
        if text.starts_with(generate::MARK) {
            return Ok(());
        }
        self.files += 1;
        let tokens = tokens::tokens(&text);
        for (_, token) in &tokens {
            match token {
                Token::Text(text) => drop(self.mentioned.insert(text.clone())),
                Token::Word(word) => self.mentioned.extend(types.get(word).cloned()),
                Token::Sign(_) => {}
            }
        }
        calls::constants(&tokens, &mut self.constants);
        self.calls.extend(calls::calls(&tokens).into_iter().map(|call| (path.to_owned(), call)));
        Ok(())
    }

    /// How many files there were.
    pub(in super::super) fn files(&self) -> usize {
        self.files
    }

    /// Keys that the file does not have: where they are asked for, and the nearest that it has.
    pub(in super::super) fn unknown(&self) -> Vec<(String, &str, Option<&str>)> {
        let keys = || self.keys.iter().map(String::as_str);
        let mut list = Vec::new();
        for (path, call) in &self.calls {
            let key = match &call.key {
                Key::Text(text) => text,
                Key::Constant(name) => match self.constants.get(name) {
                    Some(text) => text,
                    None => continue,
                },
            };
            if !keys().any(|known| known == key) {
                list.push((
                    format!("{}:{}", path.display(), call.line),
                    key.as_str(),
                    nearest(key, keys(), likely_slips(key)),
                ));
            }
        }
        list
    }

    /// Flags that nothing asks for.
    pub(in super::super) fn unused(&self) -> Vec<&str> {
        self.keys.iter().map(String::as_str).filter(|key| !self.mentioned.contains(*key)).collect()
    }
}

/// The Rust files below a path, but for hidden folders and what builds leave.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let data = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if data.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // Not through links: they may lead in a circle.
        let Ok(data) = std::fs::symlink_metadata(&path) else { continue };
        if data.is_dir() && !name.starts_with('.') && name != "target" && name != "node_modules" {
            collect(&path, files)?;
        } else if data.is_file() && name.ends_with(".rs") {
            files.push(path);
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("`{}` cannot be read: {error}", path.display()))
}
