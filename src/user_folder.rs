//! Where the system keeps what programs store for their user.

use std::env;
use std::path::{Component, Path, PathBuf};

use crate::error::{KameleoonError, Result};

/// The folder of a program's name in the user's data folder: below `XDG_DATA_HOME` or
/// `~/.local/share`, on macOS `~/Library/Application Support`, on Windows `%LOCALAPPDATA%`.
///
/// # Errors
/// `System` when the environment does not tell where that is, or the name is not that of a folder.
pub(crate) fn user_folder(program: &str) -> Result<PathBuf> {
    let mut parts = Path::new(program).components();
    let is_one_part =
        matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == program);
    if !is_one_part {
        let reason = format!("`{program}` cannot be the name of a folder of its own");
        return Err(KameleoonError::System { reason });
    }
    let folder = data_folder(|name| env::var_os(name).map(PathBuf::from));
    folder.map(|folder| folder.join(program)).ok_or_else(|| KameleoonError::System {
        reason: "the user's data folder is not known (`HOME` is not set): name a path of your own".to_owned(),
    })
}

fn data_folder(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return absolute("LOCALAPPDATA").or_else(|| absolute("APPDATA"));
    }
    if cfg!(target_os = "macos") {
        return absolute("HOME").map(|home| home.join("Library").join("Application Support"));
    }
    absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local").join("share")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_part_of_a_path() {
        for name in ["", ".", "..", "a/b", "/a"] {
            assert!(user_folder(name).is_err(), "{name:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_users_data_folder_is_where_linux_has_it() {
        let found = |variables: &[(&str, &str)]| {
            data_folder(|name| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| PathBuf::from(value))
            })
        };
        let home = ("HOME", "/home/anna");
        assert_eq!(found(&[home]), Some("/home/anna/.local/share".into()));
        assert_eq!(found(&[home, ("XDG_DATA_HOME", "/data")]), Some("/data".into()));
        assert_eq!(found(&[home, ("XDG_DATA_HOME", "data")]), Some("/home/anna/.local/share".into()));
        assert_eq!(found(&[]), None);
    }
}
