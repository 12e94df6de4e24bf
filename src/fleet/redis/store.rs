//! The store and its settings.

use std::fmt;
use std::sync::Arc;

use super::link::Link;
use crate::error::Result;

/// What servers share, on Redis or Valkey: a
/// [`VisitorDataStore`](crate::fleet::VisitorDataStore) and a
/// [`DataFileStore`](crate::fleet::DataFileStore) on one server, or what stands for one.
///
/// It needs Redis 4 or newer, or any Valkey, and the commands `HGETALL`, `PEXPIRE`, `EVALSHA`,
/// `SCRIPT LOAD`, `SET`, `GET` and `DEL`; for the data file `EVAL`, and in its scripts `HGET`, `HSET`,
/// `HSTRLEN` and `PTTL`. One round trip for a read and one for a write, however many visitors are in
/// it. Clones share their connections.
///
/// ```no_run
/// # fn main() -> kameleoon::Result<()> {
/// use kameleoon::KameleoonClientConfig;
/// use kameleoon::fleet::RedisStore;
///
/// let store = RedisStore::new("redis://:password@redis.internal:6379/0")?;
/// let config = KameleoonClientConfig::new("client-id", "client-secret")
///     .data_file_store(store.clone())
///     .visitor_data_store(store);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisStore {
    pub(super) link: Arc<Link>,
    prefix: Arc<str>,
}

impl RedisStore {
    /// A store at this URL: `redis://`, `valkey://` or `redis+unix://`, with a password and the
    /// number of a database if need be. Nothing is connected before the first call.
    ///
    /// `rediss://` needs TLS, which the crate `redis` has behind a feature of its own: a program
    /// that wants it depends on that crate with `tls-rustls` or `tls-native-tls`.
    ///
    /// # Errors
    /// [`ConfigInvalid`](crate::KameleoonError::ConfigInvalid) when the URL is none, or wants TLS
    /// that is not compiled in.
    pub fn new(url: &str) -> Result<Self> {
        Ok(Self { link: Arc::new(Link::new(url)?), prefix: "kameleoon".into() })
    }

    /// What stands before each key, with a colon behind it. Defaults to `kameleoon`.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    pub(super) fn key(&self, kind: char, name: &str) -> String {
        format!("{}:{kind}:{name}", self.prefix)
    }
}

/// Leaves out the URL: it may hold a password.
impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::RedisStore;
    use crate::config::KameleoonClientConfig;
    use crate::error::KameleoonError;

    #[test]
    fn a_password_is_shown_nowhere() {
        let store = RedisStore::new("redis://user:hunter2@localhost:6379").unwrap();
        let config = KameleoonClientConfig::new("id", "secret")
            .visitor_data_store(store.clone())
            .data_file_store(store.clone());
        let shown = format!("{store:?} {config:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("localhost"), "{shown}");
        for url in
            ["redis://user:hunter2@[::1", "http://:hunter2@localhost", "", "rediss://:hunter2@localhost"]
        {
            // With TLS compiled in by somebody else, the last one is fine.
            let Err(error) = RedisStore::new(url) else { continue };
            assert!(matches!(error, KameleoonError::ConfigInvalid { .. }), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
}
