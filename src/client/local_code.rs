//! The visitor code of the program's user.

use super::KameleoonClient;
use crate::chance;
use crate::logging::log_warning;
use crate::visitor_code_file::VisitorCodeFile;

impl KameleoonClient {
    /// The visitor code of this program's user, for programs without a browser: the one in the
    /// [`visitor_code_file`](crate::KameleoonClientConfig::visitor_code_file), made at the first
    /// start and the same at every later one.
    ///
    /// Never fails. When the file can be neither read nor made, a warning says why, and the code is
    /// one for this client alone; so it is when there is no such file in the configuration.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// let visitor_code = client.local_visitor_code();
    /// let is_new = client.is_feature_active_or(visitor_code, "new_output", false);
    /// # assert!(!is_new);
    /// # Ok(())
    /// # }
    /// ```
    pub fn local_visitor_code(&self) -> &str {
        self.core.local_code.get_or_init(|| {
            let _speaking = self.core.speaker.enter();
            let path = self.core.settings.visitor_code_file.as_ref();
            match path.map(|path| VisitorCodeFile::at(path).visitor_code()) {
                Some(Ok(code)) => code,
                Some(Err(error)) => {
                    log_warning!("this run has a visitor code of its own: {error}");
                    fresh()
                }
                None => fresh(),
            }
        })
    }
}

fn fresh() -> String {
    format!("{:016x}", chance::bits())
}
