//! The one error type of the crate.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// What a request to the platform was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestKind {
    /// The data file.
    Configuration,
    /// An access token.
    Token,
    /// A batch of tracking lines.
    Tracking,
    /// A visitor's data from earlier visits.
    VisitorData,
    /// A value of the data map (remote data, warehouse audiences).
    DataMap,
    /// The stream of configuration events.
    Stream,
}

impl fmt::Display for RequestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configuration => "configuration",
            Self::Token => "token",
            Self::Tracking => "tracking",
            Self::VisitorData => "visitor data",
            Self::DataMap => "data map",
            Self::Stream => "stream",
        })
    }
}

/// Why a request to the platform brought nothing usable.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestFailure {
    /// The server answered with a status that is not a success.
    Status(u16),
    /// A phase of the request took longer than it may; the text names the phase.
    Timeout(String),
    /// The connection could not be made, was refused or broke; the text says how.
    Connection(String),
    /// TLS could not be set up or the certificate was refused.
    Tls(String),
    /// The answer came, but its body is not what it has to be.
    Body(String),
    /// The client was closed while the request was running.
    Closed,
}

impl fmt::Display for RequestFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status {status}"),
            Self::Timeout(phase) => write!(f, "timeout: {phase}"),
            Self::Connection(text) => write!(f, "connection: {text}"),
            Self::Tls(text) => write!(f, "TLS: {text}"),
            Self::Body(text) => write!(f, "unusable body: {text}"),
            Self::Closed => f.write_str("the client is closed"),
        }
    }
}

/// Everything that can go wrong in a call of this crate.
///
/// The first group carries the names of the platform's documentation. No variant holds a
/// secret or a token, so an error may be logged as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KameleoonError {
    /// The visitor code is empty or longer than 255 characters.
    VisitorCodeInvalid {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No flag with this key is in the data file in use (or there is no data file yet).
    FeatureNotFound {
        /// The key that was asked for.
        feature_key: String,
    },
    /// The flag is switched off in this environment, or consent blocks it.
    FeatureEnvironmentDisabled {
        /// The flag's key.
        feature_key: String,
        /// Whether refused consent is the cause, not the environment.
        blocked_by_consent: bool,
    },
    /// The variation has no variable with this key.
    FeatureVariableNotFound {
        /// The flag's key.
        feature_key: String,
        /// The key that was asked for.
        variable_key: String,
    },
    /// The flag has no variation with this key.
    FeatureVariationNotFound {
        /// The key that was asked for.
        variation_key: String,
        /// The flag's key, or the experiment's id.
        place: String,
    },
    /// No rule in the data file carries this experiment id.
    FeatureExperimentNotFound {
        /// The id that was asked for.
        experiment_id: i64,
    },
    /// The site code is empty.
    SiteCodeIsEmpty,
    /// The configuration file does not exist or cannot be read.
    ConfigFileNotFound {
        /// The path that was tried.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// `client_id` or `client_secret` is empty.
    ConfigCredentialsInvalid {
        /// The name of the empty key.
        key: &'static str,
    },

    /// A key of the configuration has a value that cannot be used.
    ConfigInvalid {
        /// The key.
        key: String,
        /// What is wrong and what is allowed.
        reason: String,
    },
    /// A data file that cannot be used at all; the one in use stays.
    DataFileInvalid {
        /// What is wrong.
        reason: String,
    },
    /// The platform answered with a data file that is older than the one in use, or than the update
    /// that its stream announced. The newer one stays, and the platform is asked again.
    DataFileOutdated {
        /// Which dates were met, in milliseconds since the epoch.
        reason: String,
    },
    /// A variable is there, but not of the type that was asked for.
    VariableTypeMismatch {
        /// The variable's key.
        variable_key: String,
        /// What was asked for and what was found.
        reason: String,
    },
    /// A request to the platform failed.
    Request {
        /// What the request was for.
        kind: RequestKind,
        /// Why it failed.
        failure: RequestFailure,
    },
    /// The client has no data file yet when the time to wait for one was over.
    InitializationTimeout {
        /// How long the call waited.
        waited: Duration,
    },
    /// The client was closed.
    Closed,
    /// A call that needs the network was made on a client that was built without one.
    Offline,
    /// A thread of the client could not be started, or a file could not be written.
    System {
        /// What was tried and what the system said.
        reason: String,
    },
}

/// The result of the crate's calls.
pub type Result<T> = std::result::Result<T, KameleoonError>;

impl KameleoonError {
    pub(crate) fn config_invalid(key: &str, reason: impl Into<String>) -> Self {
        Self::ConfigInvalid { key: key.to_owned(), reason: reason.into() }
    }
}

impl fmt::Display for KameleoonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VisitorCodeInvalid { reason } => write!(f, "the visitor code is invalid: {reason}"),
            Self::FeatureNotFound { feature_key } => {
                write!(f, "no feature flag `{feature_key}` in the data file in use")
            }
            Self::FeatureEnvironmentDisabled { feature_key, blocked_by_consent: false } => {
                write!(f, "the feature flag `{feature_key}` is disabled in this environment")
            }
            Self::FeatureEnvironmentDisabled { feature_key, blocked_by_consent: true } => {
                write!(f, "the feature flag `{feature_key}` is blocked because the visitor refused consent")
            }
            Self::FeatureVariableNotFound { feature_key, variable_key } => {
                write!(f, "no variable `{variable_key}` in the variation of `{feature_key}`")
            }
            Self::FeatureVariationNotFound { variation_key, place } => {
                write!(f, "no variation `{variation_key}` in {place}")
            }
            Self::FeatureExperimentNotFound { experiment_id } => {
                write!(f, "no rule with experiment {experiment_id} in the data file in use")
            }
            Self::SiteCodeIsEmpty => f.write_str("the site code is empty"),
            Self::ConfigFileNotFound { path, reason } => {
                write!(f, "the configuration file `{}` cannot be read: {reason}", path.display())
            }
            Self::ConfigCredentialsInvalid { key } => {
                write!(f, "`{key}` is empty; the platform's API credentials are needed")
            }
            Self::ConfigInvalid { key, reason } => write!(f, "configuration key `{key}`: {reason}"),
            Self::DataFileInvalid { reason } => write!(f, "the data file cannot be used: {reason}"),
            Self::DataFileOutdated { reason } => {
                write!(f, "the platform's data file is out of date: {reason}")
            }
            Self::VariableTypeMismatch { variable_key, reason } => {
                write!(f, "variable `{variable_key}`: {reason}")
            }
            Self::Request { kind, failure } => write!(f, "{kind} request failed: {failure}"),
            Self::InitializationTimeout { waited } => {
                write!(f, "no data file after {} ms", waited.as_millis())
            }
            Self::Closed => f.write_str("the client is closed"),
            Self::Offline => f.write_str("this client was built without a network"),
            Self::System { reason } => f.write_str(reason),
        }
    }
}

impl std::error::Error for KameleoonError {}
