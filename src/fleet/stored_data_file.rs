//! A data file as stores keep it.

use std::fmt;
use std::hash::Hasher;
use std::sync::Arc;
use std::time::Duration;

use twox_hash::XxHash3_64;

/// How large a data file may be.
pub(crate) const MAX_DATA_FILE: usize = 64 * 1024 * 1024;

/// A data file as a [`DataFileStore`](super::DataFileStore) keeps it: the platform's text, the time
/// that the platform gave it, and how long ago the platform last said that it is the newest.
///
/// ```
/// use kameleoon::fleet::StoredDataFile;
///
/// let file = StoredDataFile::new("a8st4f59bj/staging", r#"{"featureFlags": []}"#);
/// // What a store writes down, and what it makes of that when it is read.
/// let (version, text) = (file.version().to_owned(), file.text().unwrap().to_vec());
/// assert_eq!(StoredDataFile::of_version(version).with_text(text), file);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct StoredDataFile {
    version: String,
    text: Option<Arc<Vec<u8>>>,
    last_modified: Option<String>,
    age: Option<Duration>,
}

impl StoredDataFile {
    /// The data file with this text, of the site and environment that `name` says; see
    /// [`DataFileStore`](super::DataFileStore) for names. When it was the newest nobody knows.
    pub fn new(name: &str, text: impl Into<Vec<u8>>) -> Self {
        let text = text.into();
        Self::of_version(version_of(name, &text)).with_text(text)
    }

    /// The data file that has this [version](Self::version), without its text.
    pub fn of_version(version: impl Into<String>) -> Self {
        Self { version: version.into(), text: None, last_modified: None, age: None }
    }

    /// With its text.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.text = Some(Arc::new(text.into()));
        self
    }

    /// With the platform's `Last-Modified`.
    #[must_use]
    pub fn with_last_modified(mut self, last_modified: Option<String>) -> Self {
        self.last_modified = last_modified;
        self
    }

    /// With how long ago the platform last said that it is the newest; none when nobody knows.
    #[must_use]
    pub fn with_age(mut self, age: Option<Duration>) -> Self {
        self.age = age;
        self
    }

    /// What tells it from every other: a short text, made of the name and the text.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The platform's text, unless it was left out.
    pub fn text(&self) -> Option<&[u8]> {
        self.text.as_deref().map(Vec::as_slice)
    }

    /// The platform's `Last-Modified`: whoever asks next asks whether anything has changed since.
    pub fn last_modified(&self) -> Option<&str> {
        self.last_modified.as_deref()
    }

    /// How long ago the platform last said that it is the newest; none when nobody knows.
    pub fn age(&self) -> Option<Duration> {
        self.age
    }

    pub(crate) fn without_text(mut self) -> Self {
        self.text = None;
        self
    }

    /// The text, if it is whole, of the site and environment that `name` says, and not too large.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn checked_text(&self, name: &str) -> Result<&[u8], String> {
        let text = self.text().ok_or("it has no text, or more than it may")?;
        if text.len() > MAX_DATA_FILE {
            return Err(format!("it is larger than {MAX_DATA_FILE} bytes"));
        }
        if version_of(name, text) != self.version {
            return Err("it is damaged, or of another site or environment".to_owned());
        }
        Ok(text)
    }
}

fn version_of(name: &str, text: &[u8]) -> String {
    let mut hasher = XxHash3_64::new();
    hasher.write(name.as_bytes());
    hasher.write(b"\n");
    hasher.write(text);
    format!("{:016x}", hasher.finish())
}

/// Leaves out the text.
impl fmt::Debug for StoredDataFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredDataFile")
            .field("version", &self.version)
            .field("bytes", &self.text.as_ref().map(|text| text.len()))
            .field("last_modified", &self.last_modified)
            .field("age", &self.age)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_given_out_only_whole_and_to_whom_it_belongs() {
        let file = StoredDataFile::new("site/staging", "{}");
        assert_eq!(file.checked_text("site/staging"), Ok(&b"{}"[..]));
        assert!(file.checked_text("site/").is_err(), "of another environment");
        assert!(file.clone().with_text("{} ").checked_text("site/staging").is_err(), "changed");
        assert!(file.without_text().checked_text("site/staging").is_err());
        let large = StoredDataFile::new("site/", vec![b' '; MAX_DATA_FILE + 1]);
        assert!(large.checked_text("site/").is_err_and(|reason| reason.contains("larger")));
    }
}
