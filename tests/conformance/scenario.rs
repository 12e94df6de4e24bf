//! The files of scenarios.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::json::Json;

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
    pub(crate) site_code: String,
    pub(crate) data_file: Json,
    #[serde(default)]
    pub(crate) remote: Remote,
    #[serde(default)]
    pub(crate) record_name: bool,
    pub(crate) steps: Vec<Step>,
}

/// What the platform serves besides the data file.
#[derive(Default, Deserialize)]
pub(crate) struct Remote {
    #[serde(default)]
    pub(crate) visitor_data: Json,
    #[serde(default)]
    pub(crate) map: Json,
    /// How the first tracking requests are answered.
    #[serde(default)]
    pub(crate) tracking_status: Vec<u16>,
}

/// A call with its arguments and what must come of it.
#[derive(Deserialize)]
pub(crate) struct Step {
    pub(crate) call: String,
    pub(crate) expect: Option<Value>,
    /// What the platform serves from this step on, where the call is about that.
    #[serde(default)]
    pub(crate) data_file: Json,
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
