//! The last-good data file on disk.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use twox_hash::XxHash3_64;

/// What a copy begins with. A version that cannot read another's copies has another mark.
const MARK: &str = "kameleoon data file 1";

/// The text of a data file, and its `Last-Modified`.
pub(super) type Text = (Vec<u8>, Option<String>);

/// A copy of the last data file that could be used, for a start while the platform is unreachable.
///
/// The first line says whose data file it is, when it was last modified and what its checksum is;
/// the rest is the platform's text.
#[derive(Debug)]
pub(super) struct Copy {
    path: PathBuf,
    owner: String,
    most: usize,
}

impl Copy {
    /// `most`: how many bytes of data file are read at most.
    pub(super) fn new(path: &Path, site_code: &str, environment: Option<&str>, most: usize) -> Self {
        let owner = format!("{site_code:?} {:?}", environment.unwrap_or_default());
        Self { path: path.to_owned(), owner, most }
    }

    /// The text of the data file and its `Last-Modified`.
    pub(super) fn read(&self) -> Result<Option<Text>, String> {
        let file = match fs::File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let mut bytes = Vec::new();
        let bound = self.most as u64 + 4096;
        file.take(bound).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        let end = bytes.iter().position(|byte| *byte == b'\n').ok_or("it has no first line")?;
        let body = bytes.split_off(end + 1);
        bytes.truncate(end);
        let head = String::from_utf8(bytes).map_err(|_| "its first line is no text")?;
        let mut parts = head.split('\t');
        let (mark, owner, sum, modified) = (parts.next(), parts.next(), parts.next(), parts.next());
        if mark != Some(MARK) {
            return Err("it was not written by this version of the crate".to_owned());
        }
        if owner != Some(&*self.owner) {
            return Err("it is of another site or environment".to_owned());
        }
        if sum != Some(&*checksum(&body)) {
            return Err("its checksum is wrong".to_owned());
        }
        Ok(Some((body, modified.filter(|text| !text.is_empty()).map(str::to_owned))))
    }

    /// Replaces the copy as a whole: whoever reads it sees the old one or the new one.
    pub(super) fn write(&self, body: &[u8], last_modified: Option<&str>) -> Result<(), String> {
        let modified = last_modified.filter(|text| !text.contains(['\t', '\n'])).unwrap_or_default();
        let head = format!("{MARK}\t{}\t{}\t{modified}\n", self.owner, checksum(body));
        // Two processes may share the path: each writes a file of its own.
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{}.new", std::process::id()));
        let new = PathBuf::from(name);
        let write = || -> std::io::Result<()> {
            let mut file = fs::File::create(&new)?;
            file.write_all(head.as_bytes())?;
            file.write_all(body)?;
            file.sync_all()?;
            fs::rename(&new, &self.path)
        };
        write().map_err(|error| {
            // It may not be there at all.
            let _ = fs::remove_file(&new);
            error.to_string()
        })
    }
}

fn checksum(body: &[u8]) -> String {
    format!("{:016x}", XxHash3_64::oneshot(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_read_back_only_as_it_was_written() {
        let folder = std::env::temp_dir().join(format!("kameleoon-copy-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("data");
        let copy = Copy::new(&path, "site", Some("staging"), 1000);
        assert_eq!(copy.read(), Ok(None));
        copy.write(b"{}", Some("yesterday")).unwrap();
        assert_eq!(copy.read(), Ok(Some((b"{}".to_vec(), Some("yesterday".to_owned())))));
        copy.write(b"{\"a\":\n1}", None).unwrap();
        assert_eq!(copy.read(), Ok(Some((b"{\"a\":\n1}".to_vec(), None))));
        assert!(Copy::new(&path, "site", None, 1000).read().is_err(), "of another environment");
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(copy.read().is_err(), "damaged");
        fs::write(&path, "").unwrap();
        assert!(copy.read().is_err(), "cut off");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left lying about");
        fs::remove_dir_all(&folder).unwrap();
        assert!(copy.write(b"{}", None).is_err(), "the folder is gone");
    }
}
