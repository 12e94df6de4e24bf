//! Making a file that is not there yet.

use std::fs::hard_link;
use std::io::{ErrorKind, Result, Write};
use std::path::Path;

use super::temporary::{Temporary, create_new};

/// Makes the file at `path` with these bytes, unless there is one; says whether it did. Of several
/// who try at the same moment one makes it, and the others find it whole.
pub(crate) fn create_once(path: &Path, bytes: &[u8]) -> Result<bool> {
    let new = Temporary::write(path, &[bytes], false)?;
    // Renaming would replace what another has made; a link to a file that is whole does not.
    match hard_link(new.path(), path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        // File systems without such links: for the length of one write the file is not whole.
        Err(_) => match create_new(path) {
            Ok(mut file) => file.write_all(bytes).map(|()| true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        },
    }
}
