//! The files of scenarios.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

/// A file of scenarios of one theme.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) scenarios: Vec<Scenario>,
}

/// A data file, what the platform serves besides, and what is called.
#[derive(Deserialize)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) config: Map<String, Value>,
    pub(crate) data_file: Value,
    #[serde(default)]
    pub(crate) record_name: bool,
    pub(crate) steps: Vec<Step>,
}

/// A call with its arguments and what must come of it.
#[derive(Deserialize)]
pub(crate) struct Step {
    pub(crate) call: String,
    pub(crate) expect: Option<Value>,
    #[serde(flatten)]
    pub(crate) arguments: Map<String, Value>,
}

/// Reads every file of scenarios in a folder, in the order of their names.
pub(crate) fn read_folder(folder: &Path) -> Result<Vec<File>, String> {
    let unreadable = |error| format!("{} cannot be read: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if !name.ends_with(".json") || name == "bucketing-hash-vectors.json" {
            continue;
        }
        let text = fs::read(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        let scenarios = serde_json::from_slice(&text)
            .map_err(|error| format!("{} is no list of scenarios: {error}", path.display()))?;
        files.push(File { name: name.to_owned(), scenarios });
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}
