//! A log of the client's own.

use super::KameleoonClientConfig;
use crate::logging::{LogLevel, Logger, OwnLogger, Speaker};

impl KameleoonClientConfig {
    /// Where this client's messages go, in place of the logger that the process has, if it has one.
    /// For libraries, which should not set [`KameleoonLogger`](crate::KameleoonLogger): it holds for the
    /// whole process, and the last who sets it wins.
    ///
    /// Two configurations are the same for the factory only with the same logger: make it once, and
    /// clone the configuration.
    ///
    /// ```
    /// use kameleoon::{KameleoonClientConfig, LogLevel, Logger};
    ///
    /// struct Console;
    ///
    /// impl Logger for Console {
    ///     fn log(&self, level: LogLevel, message: &str) {
    ///         println!("flags {level}: {message}");
    ///     }
    /// }
    ///
    /// let config = KameleoonClientConfig::new("client-id", "client-secret")
    ///     .logger(Console)
    ///     .log_level(LogLevel::Info);
    /// # let _ = config;
    /// ```
    pub fn logger(mut self, logger: impl Logger + 'static) -> Self {
        self.settings.logger = Some(OwnLogger::new(logger));
        self
    }

    /// How much this client logs, to its own logger or the process's. Defaults to the level of the
    /// process.
    pub fn log_level(mut self, level: LogLevel) -> Self {
        self.settings.log_level = Some(level);
        self
    }

    /// Whose messages a client tells that is made with this configuration.
    pub(crate) fn speaker(&self, site_code: &str) -> Speaker {
        let settings = &self.settings;
        let environment = settings.environment.as_deref();
        Speaker::of_client(site_code, environment, settings.logger.clone(), settings.log_level)
    }
}
