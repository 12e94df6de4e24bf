//! Files that are being written, beside the ones that they become.

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions, read_dir, remove_file, symlink_metadata};
use std::io::{Error, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::chance;

const END: &str = ".new";
/// Hexadecimal digits of the random part.
const RANDOM: usize = 16;
/// No write takes so long: what is older was left by a process that was killed.
const LEFT_OVER: Duration = Duration::from_secs(3_600);
/// So many entries of a folder are looked at for what was left over.
const MOST_ENTRIES: usize = 10_000;

/// A file under a random name, which is removed again unless it is kept.
pub(super) struct Temporary {
    path: PathBuf,
    is_kept: bool,
}

impl Temporary {
    /// Writes bytes to a new file beside `target`, for this user alone. Nobody can have put a link
    /// there: the name is random, and a file that exists is an error.
    pub(super) fn write(target: &Path, parts: &[&[u8]], sync: bool) -> Result<Self> {
        let path = target.with_file_name(name_of(file_name(target)?, chance::bits()));
        let mut file = create_new(&path)?;
        let written = Self { path, is_kept: false };
        for part in parts {
            file.write_all(part)?;
        }
        if sync {
            file.sync_all()?;
        }
        Ok(written)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// It has another name by now.
    pub(super) fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_kept {
            // Left for `sweep` when that fails.
            let _ = remove_file(&self.path);
        }
    }
}

fn file_name(target: &Path) -> Result<&OsStr> {
    target.file_name().ok_or_else(|| Error::new(ErrorKind::InvalidInput, "the path names no file"))
}

fn name_of(target: &OsStr, random: u64) -> OsString {
    let mut name = OsString::from(".");
    name.push(target);
    name.push(format!(".{random:016x}{END}"));
    name
}

/// A file that was not there before, readable and writable for this user alone.
pub(super) fn create_new(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Removes what killed writes left beside `target`: temporary files of it that are older than an
/// hour. Returns how many.
pub(crate) fn sweep(target: &Path) -> usize {
    let Ok(target_name) = file_name(target) else { return 0 };
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = read_dir(folder) else { return 0 };
    let is_left_over = |path: &Path| {
        let found = symlink_metadata(path).ok().filter(|found| found.is_file());
        let age = found.and_then(|found| found.modified().ok()?.elapsed().ok());
        age.is_some_and(|age| age >= LEFT_OVER)
    };
    let paths = entries.take(MOST_ENTRIES).flatten().filter(|entry| is_ours(&entry.file_name(), target_name));
    paths.map(|entry| entry.path()).filter(|path| is_left_over(path) && remove_file(path).is_ok()).count()
}

fn is_ours(name: &OsStr, target: &OsStr) -> bool {
    let (name, target) = (name.as_encoded_bytes(), target.as_encoded_bytes());
    let random = name
        .strip_prefix(b".")
        .and_then(|rest| rest.strip_prefix(target))
        .and_then(|rest| rest.strip_prefix(b"."))
        .and_then(|rest| rest.strip_suffix(END.as_bytes()));
    random.is_some_and(|random| random.len() == RANDOM && random.iter().all(u8::is_ascii_hexdigit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn what_a_killed_write_left_is_removed_and_nothing_else() {
        let folder = std::env::temp_dir().join(format!("kameleoon-sweep-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let target = folder.join("data");
        let make = |name: &str, age: Duration| {
            let file = File::create(folder.join(name)).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
        };
        let old = LEFT_OVER * 2;
        make(".data.0123456789abcdef.new", old);
        make(".data.fedcba9876543210.new", Duration::ZERO);
        make(".data.0123456789abcde.new", old);
        make(".data2.0123456789abcdef.new", old);
        make("data", old);
        assert_eq!(sweep(&target), 1);
        assert_eq!(read_dir(&folder).unwrap().count(), 4);
        assert!(!folder.join(".data.0123456789abcdef.new").exists());
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(sweep(&target), 0);
    }
}
