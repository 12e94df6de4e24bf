//! Replacing a file as a whole.

use std::fs::rename;
#[cfg(unix)]
use std::fs::symlink_metadata;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

use super::temporary::Temporary;

/// Puts a new file, of `parts` one after the other, in the place of the one at `path`: whoever reads
/// it sees the old one or the new one, whoever else writes it. A link there is replaced, not
/// followed. `sync`: it is on the disk before it takes the place.
///
/// A device stays where it is: a program of the superuser whose cache is `/dev/null` would take it
/// away from the whole system.
pub(crate) fn replace(path: &Path, parts: &[&[u8]], sync: bool) -> Result<()> {
    if is_device(path) {
        return Err(Error::new(ErrorKind::InvalidInput, "it is a device and no plain file"));
    }
    let new = Temporary::write(path, parts, sync)?;
    rename(new.path(), path)?;
    new.keep();
    Ok(())
}

#[cfg(unix)]
fn is_device(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    symlink_metadata(path).is_ok_and(|there| {
        let kind = there.file_type();
        kind.is_char_device() || kind.is_block_device()
    })
}

#[cfg(not(unix))]
fn is_device(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::read_file;
    use std::fs;

    #[test]
    fn many_writers_leave_one_whole_file_and_nothing_else() {
        let folder = std::env::temp_dir().join(format!("kameleoon-replace-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("data");
        std::thread::scope(|scope| {
            for writer in 0..4_u8 {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..100 {
                        replace(path, &[&[writer], &[writer; 5_000]], false).unwrap();
                    }
                });
            }
            for _ in 0..400 {
                if let Some(bytes) = read_file(&path, 10_000).unwrap() {
                    assert_eq!(bytes.len(), 5_001);
                    assert!(bytes.iter().all(|byte| *byte == bytes[0]), "torn");
                }
            }
        });
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(&folder).unwrap();
        assert!(replace(&path, &[b"x"], false).is_err(), "the folder is gone");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_for_its_user_alone_and_a_link_is_not_followed() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = std::env::temp_dir().join(format!("kameleoon-link-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (path, other) = (folder.join("data"), folder.join("other"));
        fs::write(&other, "theirs").unwrap();
        symlink(&other, &path).unwrap();
        assert!(read_file(&path, 100).is_err(), "a link is not read");
        replace(&path, &[b"ours"], true).unwrap();
        assert_eq!(fs::read(&other).unwrap(), b"theirs");
        assert_eq!(read_file(&path, 4).unwrap().as_deref(), Some(&b"ours"[..]));
        assert!(read_file(&path, 3).is_err(), "too large");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_holds_nobody_up() {
        let path = std::env::temp_dir().join(format!("kameleoon-pipe-{}", std::process::id()));
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        assert!(read_file(&path, 100).is_err());
        replace(&path, &[b"ours"], false).unwrap();
        assert_eq!(read_file(&path, 100).unwrap().as_deref(), Some(&b"ours"[..]));
        fs::remove_file(&path).unwrap();
    }

    /// On a node in a folder of the test's own, which only the superuser may make; nobody else can lose
    /// a device.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_stays_what_it_is() {
        use std::os::unix::fs::FileTypeExt;
        let folder = std::env::temp_dir().join(format!("kameleoon-device-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("null");
        let made = std::process::Command::new("mknod").arg(&path).args(["c", "1", "3"]).output();
        if made.is_ok_and(|made| made.status.success()) {
            assert!(replace(&path, &[b"ours"], false).is_err());
            assert!(fs::symlink_metadata(&path).unwrap().file_type().is_char_device());
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left beside it");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
