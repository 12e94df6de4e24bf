//! The visitor code of a program without a browser.

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::chance;
use crate::disk::{create_once, read_file, replace};
use crate::error::{KameleoonError, Result};
use crate::logging::log_warning;
use crate::user_folder::user_folder;

const NAME: &str = "kameleoon-visitor-code";
/// A code has 255 characters at most, and a character four bytes.
const MOST_BYTES: usize = 4_096;
const LONGEST_CODE: usize = 255;
/// A file that another process is about to write is looked at again after this, so often.
const PAUSE: Duration = Duration::from_millis(2);
const LOOKS: u32 = 25;

/// A file that keeps the visitor code of a command-line tool or a desktop program, as a cookie keeps
/// that of a browser: made at the first start, the same at every later one.
///
/// Two first starts at the same moment agree on one code. The file is readable for its user alone,
/// and so is a folder that is made for it.
///
/// ```no_run
/// # fn main() -> kameleoon::Result<()> {
/// # let client = kameleoon::KameleoonClient::offline("{}")?;
/// use kameleoon::VisitorCodeFile;
///
/// let visitor_code = VisitorCodeFile::of_user("my-tool")?.visitor_code()?;
/// let new_output = client.is_feature_active(&visitor_code, "new_output").unwrap_or(false);
/// # let _ = new_output;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitorCodeFile {
    path: PathBuf,
}

impl VisitorCodeFile {
    /// A file at this path. Its folder is made when it is needed.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// A file in the user's data folder, in a folder of the program's name: below `XDG_DATA_HOME` or
    /// `~/.local/share`, on macOS `~/Library/Application Support`, on Windows `%LOCALAPPDATA%`.
    ///
    /// # Errors
    /// [`System`](KameleoonError::System) when the environment does not tell where that is, as for
    /// some services: name a path with [`at`](Self::at) then. The same when the name is empty or
    /// more than a single part of a path.
    pub fn of_user(program: &str) -> Result<Self> {
        Ok(Self::at(user_folder(program)?.join(NAME)))
    }

    /// Where the file is, or will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The code in the file; made, and the file with it, when there is none. A file that holds no
    /// code is replaced, with a warning.
    ///
    /// # Errors
    /// [`System`](KameleoonError::System) when the file can be neither read nor made, on a read-only
    /// file system, say. A program that goes on takes a code for this run alone.
    pub fn visitor_code(&self) -> Result<String> {
        for _ in 0..LOOKS {
            match read_file(&self.path, MOST_BYTES).map(|bytes| bytes.map(code_in)) {
                Ok(Some(Some(code))) => return Ok(code),
                // Another process may be about to write it.
                Ok(Some(None)) => std::thread::sleep(PAUSE),
                Ok(None) => {
                    let code = format!("{:016x}", chance::bits());
                    let made = self.make_folder().and_then(|()| create_once(&self.path, code.as_bytes()));
                    if made.map_err(|error| self.failed("made", &error))? {
                        return Ok(code);
                    }
                }
                Err(error) if is_there_but_unusable(&error) => break,
                Err(error) => return Err(self.failed("read", &error)),
            }
        }
        log_warning!("`{}` holds no visitor code; it is replaced by a fresh one", self.path.display());
        let code = format!("{:016x}", chance::bits());
        replace(&self.path, &[code.as_bytes()], false).map_err(|error| self.failed("written", &error))?;
        Ok(code)
    }

    fn make_folder(&self) -> std::io::Result<()> {
        let Some(folder) = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
            return Ok(());
        };
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)
    }

    fn failed(&self, what: &str, error: &std::io::Error) -> KameleoonError {
        system(format!("the visitor code's file `{}` cannot be {what}: {error}", self.path.display()))
    }
}

/// Whether something else is in the file's place, which a new file may replace.
fn is_there_but_unusable(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::InvalidData
}

fn system(reason: String) -> KameleoonError {
    KameleoonError::System { reason }
}

/// The code that a file holds, if it is one.
fn code_in(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    // An editor may have put a byte order mark before it.
    let code = text.trim_start_matches('\u{feff}').trim();
    let is_code =
        !code.is_empty() && code.chars().count() <= LONGEST_CODE && !code.chars().any(char::is_control);
    is_code.then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("kameleoon-code-{name}-{}", std::process::id()))
    }

    #[test]
    fn the_code_is_made_once_and_kept() {
        let folder = folder("kept");
        let file = VisitorCodeFile::at(folder.join("below").join("code"));
        let code = file.visitor_code().unwrap();
        assert_eq!(code.len(), 16);
        assert_eq!(file.visitor_code(), Ok(code.clone()));
        assert_eq!(fs::read_dir(folder.join("below")).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(file.path()), mode(&folder.join("below"))), (0o600, 0o700));
        }
        // A person may write it.
        for text in ["anna\n", "\u{feff}anna\r\n"] {
            fs::write(file.path(), text).unwrap();
            assert_eq!(file.visitor_code().as_deref(), Ok("anna"));
        }
        for damaged in
            [String::new(), " \n".to_owned(), "x".repeat(256), "x".repeat(10_000), "a\u{0}b".to_owned()]
        {
            fs::write(file.path(), damaged).unwrap();
            let fresh = file.visitor_code().unwrap();
            assert_ne!(fresh, code);
            assert_eq!(file.visitor_code(), Ok(fresh));
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn first_starts_at_the_same_moment_agree() {
        let folder = folder("agree");
        for round in 0..50 {
            let file = VisitorCodeFile::at(folder.join(format!("code-{round}")));
            let codes: Vec<String> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| file.visitor_code().unwrap())).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(codes.iter().all(|code| *code == codes[0]), "{codes:?}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_cannot_be_made_is_told_with_its_path() {
        let folder = folder("none");
        fs::write(&folder, "a file in place of the folder").unwrap();
        let error = VisitorCodeFile::at(folder.join("code")).visitor_code().unwrap_err().to_string();
        assert!(error.contains("kameleoon-code-none"), "{error}");
        fs::remove_file(&folder).unwrap();
        assert!(VisitorCodeFile::of_user("a/b").is_err());
    }
}
