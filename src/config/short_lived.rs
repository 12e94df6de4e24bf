//! What a run leaves on disk for the next one.

use std::path::PathBuf;
use std::time::Duration;

use super::{KameleoonClientConfig, size, span};
use crate::error::Result;
use crate::user_folder::user_folder;

impl KameleoonClientConfig {
    /// A folder in which tracking data that cannot be sent are kept as files, during an outage and
    /// when the client is closed, and from which this program, its next run, or another process with
    /// the same site and environment sends them. It is made when it is needed, and its files are for
    /// their user alone. Defaults to none: what cannot be sent by the end is lost.
    ///
    /// A close with no time at all, `close(Duration::ZERO)`, is one written file. Nothing is kept
    /// before a data file is in use, since it says what may be sent. Lines have no time of their own
    /// on the platform: what is sent late is dated late. The files are sent while the client has
    /// nothing else to do, or by [`drain_spool`](crate::KameleoonClient::drain_spool).
    ///
    /// During an outage what is due goes there after each interval, but for the data of one visitor,
    /// whose requests tell when it is over. All processes of the folder know of the outage.
    pub fn tracking_spool(mut self, folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        self.settings.tracking_spool = (!folder.as_os_str().is_empty()).then_some(folder);
        self
    }

    /// A file that keeps the visitor code of this program's user, as a cookie keeps that of a
    /// browser: [`local_visitor_code`](crate::KameleoonClient::local_visitor_code) reads it, or makes
    /// it. Defaults to none.
    pub fn visitor_code_file(mut self, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        self.settings.visitor_code_file = (!path.as_os_str().is_empty()).then_some(path);
        self
    }

    /// For programs that are short, as command-line tools are: what one run leaves for the next lies
    /// in a folder, which is made for its user alone.
    ///
    /// | in the folder | set by | |
    /// |---|---|---|
    /// | `flags` | [`data_file_cache`](Self::data_file_cache) | the copy of the data file |
    /// | `visitor-code` | [`visitor_code_file`](Self::visitor_code_file) | who the user is, at every run |
    /// | files with lines | [`tracking_spool`](Self::tracking_spool) | what could not be sent in time |
    ///
    /// The copy need not be asked for while it is younger than ten minutes
    /// ([`data_file_fresh_for`](Self::data_file_fresh_for)). Each can be set otherwise afterwards. One
    /// folder is for one site and environment. Whoever loses it is a new visitor, so it belongs among
    /// the user's data rather than in a cache.
    ///
    /// ```
    /// use kameleoon::KameleoonClientConfig;
    ///
    /// let config = KameleoonClientConfig::new("client id", "client secret")
    ///     .short_lived("/home/me/.local/share/tool/kameleoon");
    /// ```
    pub fn short_lived(self, folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        if folder.as_os_str().is_empty() {
            return self;
        }
        self.data_file_cache(folder.join("flags"))
            .data_file_fresh_for(Duration::from_secs(10 * 60))
            .visitor_code_file(folder.join("visitor-code"))
            .tracking_spool(folder)
    }

    /// [`short_lived`](Self::short_lived) in the user's data folder, in `kameleoon` below a folder of
    /// the program's name: below `XDG_DATA_HOME` or `~/.local/share`, on macOS
    /// `~/Library/Application Support`, on Windows `%LOCALAPPDATA%`.
    ///
    /// # Errors
    /// [`System`](crate::KameleoonError::System) when the environment does not tell where that is, as
    /// for some services, or the name is empty or more than a single part of a path.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// use kameleoon::KameleoonClientConfig;
    ///
    /// let config = KameleoonClientConfig::new("client id", "client secret").short_lived_of_user("tool")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn short_lived_of_user(self, program: &str) -> Result<Self> {
        Ok(self.short_lived(user_folder(program)?.join("kameleoon")))
    }

    /// How many bytes the files of one site and environment in the
    /// [spool](Self::tracking_spool) may take; the oldest make room. Defaults to 8,388,608, which 0
    /// stands for too.
    pub fn tracking_spool_max_bytes(mut self, bytes: u64) -> Self {
        let (bytes, note) = size::TRACKING_SPOOL_MAX_BYTES.settle(bytes);
        self.note(note);
        self.settings.tracking_spool_max_bytes = bytes;
        self
    }

    /// For how long lines in the [spool](Self::tracking_spool) are of use, in minutes; older ones
    /// are dropped and counted. Defaults to 1,440, a day, which zero and negative numbers stand for
    /// too; at most 366 days.
    pub fn tracking_spool_max_age_minute(mut self, minutes: i64) -> Self {
        self.settings.tracking_spool_max_age = self.told(span::TRACKING_SPOOL_MAX_AGE.of_number(minutes));
        self
    }

    /// [`tracking_spool_max_age_minute`](Self::tracking_spool_max_age_minute) in any unit.
    pub fn tracking_spool_max_age(mut self, age: Duration) -> Self {
        self.settings.tracking_spool_max_age = self.settled(&span::TRACKING_SPOOL_MAX_AGE, age);
        self
    }

    /// Whether files of the [spool](Self::tracking_spool) are forced to the disk as they are
    /// written. Defaults to no: they outlive the death of the process without it, but not a loss of
    /// power.
    pub fn tracking_spool_sync(mut self, sync: bool) -> Self {
        self.settings.tracking_spool_sync = sync;
        self
    }

    /// Whether tracking lines are written to the [spool](Self::tracking_spool) before each request,
    /// and deleted when it is answered. Defaults to no. It costs a written file a request, and then a
    /// process that is killed (`SIGKILL`, a lack of memory) loses what came in its last
    /// [interval](Self::tracking_interval) and during a request under way, and no more: ten minutes
    /// later any process of the folder sends the rest, under the same nonces. Without it a process
    /// that is killed also loses its last request.
    pub fn tracking_spool_before_sending(mut self, before: bool) -> Self {
        self.settings.tracking_spool_before_sending = before;
        self
    }
}
