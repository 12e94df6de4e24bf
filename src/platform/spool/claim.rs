//! A file that this process alone sends.

use std::fs::{remove_file, rename};
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

use super::name::Name;

/// A file that nobody else takes for ten minutes. Unless it is committed, it is free again when this
/// is dropped; when the process is killed, when the ten minutes are over.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(super) name: Name,
    path: PathBuf,
    /// Its name when nobody has it.
    free: PathBuf,
    is_over: bool,
}

impl Claim {
    /// Claims a file; none when somebody else has it.
    pub(super) fn make(folder: &Path, owner: u64, name: &Name, now: i64) -> Result<Option<Self>> {
        let claimed = Name { claimed: Some(now), ..name.clone() };
        let path = folder.join(claimed.write(owner));
        if *name == claimed {
            return Ok(None);
        }
        match rename(folder.join(name.write(owner)), &path) {
            Ok(()) => Ok(Some(Self::new(folder, owner, claimed))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A file that bears the name of a claim already.
    pub(super) fn new(folder: &Path, owner: u64, name: Name) -> Self {
        let path = folder.join(name.write(owner));
        let free = folder.join(Name { claimed: None, ..name.clone() }.write(owner));
        Self { name, path, free, is_over: false }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What tells the file from all others.
    pub(crate) fn id(&self) -> u64 {
        self.name.random
    }

    /// When its lines were written.
    pub(crate) fn created(&self) -> i64 {
        self.name.created
    }

    /// Its lines need not be sent any more.
    pub(crate) fn commit(mut self) -> Result<()> {
        self.is_over = true;
        match remove_file(&self.path) {
            // Somebody took the claim for too old, and is done too.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.is_over {
            // If it fails, the claim grows old.
            let _ = rename(&self.path, &self.free);
        }
    }
}
