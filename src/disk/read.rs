//! Reading a file that somebody else may have put there.

use std::fs::{File, symlink_metadata};
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

/// The bytes of a file, `most` of them at most. None when there is no file.
///
/// Only plain files are read: a pipe would hold the thread up, and a link leads to what its maker
/// chose.
pub(crate) fn read_file(path: &Path, most: usize) -> Result<Option<Vec<u8>>> {
    let found = match symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !found.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, "it is no plain file"));
    }
    let too_large = || Error::new(ErrorKind::InvalidData, format!("it is larger than {most} bytes"));
    if found.len() > most as u64 {
        return Err(too_large());
    }
    let file = match File::open(path) {
        Ok(file) => file,
        // Replaced or removed since.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !file.metadata()?.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, "it is no plain file"));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(found.len()).unwrap_or(0));
    file.take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most { Err(too_large()) } else { Ok(Some(bytes)) }
}
