//! A folder that goes with a test.

use std::fs;
use std::path::PathBuf;

use crate::rig::new_site;

pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    /// The path of a folder that is not there yet.
    pub(crate) fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("kameleoon-{}-{}", new_site(name), std::process::id())))
    }

    pub(crate) fn files(&self) -> Vec<PathBuf> {
        fs::read_dir(&self.0).map_or(Vec::new(), |files| files.map(|file| file.unwrap().path()).collect())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
