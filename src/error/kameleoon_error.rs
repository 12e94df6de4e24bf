//! The one error type of the crate.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::request::{Advised, RequestFailure, RequestKind};

/// Everything that can go wrong in a call of this crate.
///
/// The first group carries the names of the platform's documentation. No variant holds a
/// secret or a token, so an error may be logged as it is.
#[doc(alias = "ErrorCode")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KameleoonError {
    /// The visitor code is empty or longer than 255 characters.
    #[non_exhaustive]
    VisitorCodeInvalid {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No flag with this key is in the data file in use, or there is no data file yet
    /// ([`is_not_ready`](Self::is_not_ready)).
    #[non_exhaustive]
    FeatureNotFound {
        /// The key that was asked for.
        feature_key: String,
        /// Whether there is no data file yet, so that no flag can be found.
        is_not_ready: bool,
        /// The key of a flag that may have been meant.
        similar: Option<String>,
    },
    /// The flag is switched off in this environment, or consent blocks it.
    #[non_exhaustive]
    FeatureEnvironmentDisabled {
        /// The flag's key.
        feature_key: String,
        /// Whether refused consent is the cause, not the environment.
        blocked_by_consent: bool,
    },
    /// The variation has no variable with this key.
    #[non_exhaustive]
    FeatureVariableNotFound {
        /// The flag's key.
        feature_key: String,
        /// The key that was asked for.
        variable_key: String,
        /// The variables that the variation has.
        known: Vec<String>,
    },
    /// The flag has no variation with this key.
    #[non_exhaustive]
    FeatureVariationNotFound {
        /// The key that was asked for.
        variation_key: String,
        /// The flag's key, or the experiment's id.
        place: String,
        /// The variations that there are.
        known: Vec<String>,
    },
    /// No rule in the data file carries this experiment id, or there is no data file yet
    /// ([`is_not_ready`](Self::is_not_ready)).
    #[non_exhaustive]
    FeatureExperimentNotFound {
        /// The id that was asked for.
        experiment_id: i64,
        /// Whether there is no data file yet, so that no experiment can be found.
        is_not_ready: bool,
    },
    /// The site code is empty.
    SiteCodeIsEmpty,
    /// The configuration file does not exist or cannot be read.
    #[non_exhaustive]
    ConfigFileNotFound {
        /// The path that was tried.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// `client_id` or `client_secret` is empty.
    #[non_exhaustive]
    ConfigCredentialsInvalid {
        /// The name of the empty key.
        key: &'static str,
    },

    /// A key of the configuration has a value that cannot be used.
    #[non_exhaustive]
    ConfigInvalid {
        /// The key; empty when the file as a whole is no configuration.
        key: String,
        /// What is wrong and what is allowed.
        reason: String,
    },
    /// A data file that cannot be used at all; the one in use stays.
    #[non_exhaustive]
    DataFileInvalid {
        /// What is wrong.
        reason: String,
    },
    /// The platform answered with a data file that is older than the one in use, or than the update
    /// that its stream announced. The newer one stays, and the platform is asked again.
    #[non_exhaustive]
    DataFileOutdated {
        /// Which dates were met, in milliseconds since the epoch.
        reason: String,
    },
    /// A variable is there, but not of the type that was asked for.
    #[non_exhaustive]
    VariableTypeMismatch {
        /// The variable's key.
        variable_key: String,
        /// What was asked for and what was found.
        reason: String,
    },
    /// A request to the platform failed.
    #[non_exhaustive]
    Request {
        /// What the request was for.
        kind: RequestKind,
        /// Why it failed.
        failure: RequestFailure,
        /// Where it went: scheme, host and path, without what it says of a visitor.
        url: String,
        /// The site it was for.
        site_code: String,
    },
    /// The time to wait for a data file was over: there is none yet, or
    /// ([`is_not_ready`](Self::is_not_ready) says no) none newer than the one in use.
    #[non_exhaustive]
    InitializationTimeout {
        /// How long the call waited.
        waited: Duration,
        /// Whether there is no data file yet.
        is_not_ready: bool,
    },
    /// The client was closed.
    Closed,
    /// A call that needs the network was made on a client that was built without one.
    Offline,
    /// A store that servers share could not be read or written; nothing that is known here changes.
    #[non_exhaustive]
    Store {
        /// What was tried and what the store said.
        reason: String,
    },
    /// A thread of the client could not be started, or a file could not be written.
    #[non_exhaustive]
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

    /// The failure of a store, for those who write one of their own
    /// ([`VisitorDataStore`](crate::fleet::VisitorDataStore)). The text is logged, so no password
    /// may be in it.
    pub fn store(reason: impl Into<String>) -> Self {
        Self::Store { reason: reason.into() }
    }

    /// No data file is in use yet, so no flag can be found.
    pub(crate) fn not_ready(feature_key: &str) -> Self {
        Self::FeatureNotFound { feature_key: feature_key.to_owned(), is_not_ready: true, similar: None }
    }

    /// A short name of the kind of error that stays the same: a label of metrics.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// let error = client.get_variation("visitor", "banner").unwrap_err();
    /// assert_eq!(error.as_str(), "feature_not_found");
    /// # Ok(())
    /// # }
    /// ```
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::VisitorCodeInvalid { .. } => "visitor_code_invalid",
            Self::FeatureNotFound { is_not_ready: true, .. }
            | Self::FeatureExperimentNotFound { is_not_ready: true, .. } => "not_ready",
            Self::FeatureNotFound { .. } => "feature_not_found",
            Self::FeatureEnvironmentDisabled { blocked_by_consent: true, .. } => "blocked_by_consent",
            Self::FeatureEnvironmentDisabled { .. } => "feature_disabled",
            Self::FeatureVariableNotFound { .. } => "variable_not_found",
            Self::FeatureVariationNotFound { .. } => "variation_not_found",
            Self::FeatureExperimentNotFound { .. } => "experiment_not_found",
            Self::SiteCodeIsEmpty => "site_code_empty",
            Self::ConfigFileNotFound { .. } => "config_file_not_found",
            Self::ConfigCredentialsInvalid { .. } => "credentials_invalid",
            Self::ConfigInvalid { .. } => "config_invalid",
            Self::DataFileInvalid { .. } => "data_file_invalid",
            Self::DataFileOutdated { .. } => "data_file_outdated",
            Self::VariableTypeMismatch { .. } => "variable_type_mismatch",
            Self::Request { .. } => "request",
            Self::InitializationTimeout { .. } => "timeout",
            Self::Closed => "closed",
            Self::Offline => "offline",
            Self::Store { .. } => "store",
            Self::System { .. } => "system",
        }
    }

    /// Whether the cause is that the client has no data file yet. The call may succeed later: wait
    /// with `wait_init`, and see `last_error` for why there is none.
    ///
    /// ```no_run
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClientFactory::create_from_file("a8st4f59bj", "c.yaml")?;
    /// match client.is_feature_active("visitor", "banner") {
    ///     Ok(is_active) => println!("{is_active}"),
    ///     Err(error) if error.is_not_ready() => println!("later: {error}"),
    ///     Err(error) => println!("a mistake in the program: {error}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_not_ready(&self) -> bool {
        match self {
            Self::FeatureNotFound { is_not_ready, .. }
            | Self::FeatureExperimentNotFound { is_not_ready, .. }
            | Self::InitializationTimeout { is_not_ready, .. } => *is_not_ready,
            _ => false,
        }
    }
}

impl fmt::Display for KameleoonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VisitorCodeInvalid { reason } => write!(f, "the visitor code is invalid: {reason}"),
            Self::FeatureNotFound { feature_key, is_not_ready: true, .. } => {
                not_ready(f, format_args!("the feature flag `{feature_key}`"))
            }
            Self::FeatureExperimentNotFound { experiment_id, is_not_ready: true } => {
                not_ready(f, format_args!("experiment {experiment_id}"))
            }
            Self::FeatureNotFound { feature_key, similar, .. } => {
                write!(f, "no feature flag `{feature_key}` in the data file in use")?;
                match similar {
                    Some(similar) => write!(f, "; is `{similar}` meant?"),
                    None => Ok(()),
                }
            }
            Self::FeatureEnvironmentDisabled { feature_key, blocked_by_consent: false } => {
                write!(f, "the feature flag `{feature_key}` is disabled in this environment")
            }
            Self::FeatureEnvironmentDisabled { feature_key, blocked_by_consent: true } => {
                write!(f, "the feature flag `{feature_key}` is blocked because the visitor refused consent")
            }
            Self::FeatureVariableNotFound { feature_key, variable_key, known } => {
                write!(f, "no variable `{variable_key}` in the variation of `{feature_key}`")?;
                alternatives(f, known)
            }
            Self::FeatureVariationNotFound { variation_key, place, known } => {
                write!(f, "no variation `{variation_key}` in {place}")?;
                alternatives(f, known)
            }
            Self::FeatureExperimentNotFound { experiment_id, .. } => {
                write!(f, "no rule with experiment {experiment_id} in the data file in use")
            }
            Self::SiteCodeIsEmpty => f.write_str("the site code is empty"),
            Self::ConfigFileNotFound { path, reason } => {
                write!(f, "the configuration file `{}` cannot be read: {reason}", path.display())
            }
            Self::ConfigCredentialsInvalid { key } => {
                write!(f, "`{key}` is empty; the platform's API credentials are needed")
            }
            Self::ConfigInvalid { key, reason } if key.is_empty() => {
                write!(f, "the configuration file {reason}")
            }
            Self::ConfigInvalid { key, reason } => write!(f, "configuration key `{key}`: {reason}"),
            Self::DataFileInvalid { reason } => write!(f, "the data file cannot be used: {reason}"),
            Self::DataFileOutdated { reason } => {
                write!(f, "the platform's data file is out of date: {reason}")
            }
            Self::VariableTypeMismatch { variable_key, reason } => {
                write!(f, "variable `{variable_key}`: {reason}")
            }
            Self::Request { kind, failure, url, site_code } => {
                let why = Advised(*kind, failure);
                write!(f, "{kind} request failed for site `{site_code}` at {url}: {why}")
            }
            Self::InitializationTimeout { waited, is_not_ready: false } => {
                write!(
                    f,
                    "no answer about the data file after {} ms; the one in use stays",
                    waited.as_millis()
                )
            }
            Self::InitializationTimeout { waited, .. } => {
                write!(f, "no data file after {} ms", waited.as_millis())
            }
            Self::Closed => f.write_str("the client is closed"),
            Self::Offline => f.write_str("this client was built without a network"),
            Self::Store { reason } => write!(f, "the shared store: {reason}"),
            Self::System { reason } => f.write_str(reason),
        }
    }
}

impl std::error::Error for KameleoonError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Request { failure, .. } => Some(failure),
            _ => None,
        }
    }
}

fn not_ready(f: &mut fmt::Formatter<'_>, what: fmt::Arguments<'_>) -> fmt::Result {
    write!(
        f,
        "the client has no data file yet, so {what} is not known; wait with `wait_init`, and `last_error` says why \
         there is none"
    )
}

/// The first few of what there is in place of what was asked for.
fn alternatives(f: &mut fmt::Formatter<'_>, known: &[String]) -> fmt::Result {
    const MOST: usize = 10;
    match known {
        [] => f.write_str("; it has none"),
        [first, others @ ..] => {
            write!(f, "; it has `{first}`")?;
            others.iter().take(MOST - 1).try_for_each(|key| write!(f, ", `{key}`"))?;
            if known.len() > MOST { write!(f, " and {} more", known.len() - MOST) } else { Ok(()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;
    use crate::error::NO_TLS;

    fn request(kind: RequestKind, failure: RequestFailure) -> KameleoonError {
        let url = "https://host/path".to_owned();
        KameleoonError::Request { kind, failure, url, site_code: "abc".to_owned() }
    }

    #[test]
    fn a_failed_request_says_where_it_went_for_whom_and_what_to_look_at() {
        for (kind, failure, parts) in [
            (
                RequestKind::Token,
                RequestFailure::Status(401),
                ["`client_id` and `client_secret`", "status 401"],
            ),
            (RequestKind::Configuration, RequestFailure::Status(404), ["check the site code", "status 404"]),
            (
                RequestKind::Configuration,
                RequestFailure::Tls(NO_TLS.to_owned()),
                ["begin with `http:`", "no TLS"],
            ),
            (
                RequestKind::Stream,
                RequestFailure::Tls("invalid message".to_owned()),
                ["a firewall or proxy", "invalid message"],
            ),
            (RequestKind::Tracking, RequestFailure::Status(407), ["check `proxy`", "status 407"]),
            (RequestKind::DataMap, RequestFailure::Status(404), ["nothing is stored", "status 404"]),
        ] {
            let error = request(kind, failure);
            let text = error.to_string();
            for part in parts.into_iter().chain(["https://host/path", "site `abc`"]) {
                assert!(text.contains(part), "no {part} in: {text}");
            }
            let source = error.source().map(ToString::to_string).unwrap_or_default();
            assert!(!source.is_empty() && text.contains(&source), "{source}");
        }
    }

    #[test]
    fn not_ready_and_not_there_can_be_told_apart() {
        let early = KameleoonError::not_ready("banner");
        assert!(early.is_not_ready() && early.to_string().contains("no data file yet"), "{early}");
        let [early, wrong] = [true, false].map(|is_not_ready| KameleoonError::FeatureExperimentNotFound {
            experiment_id: 9516,
            is_not_ready,
        });
        assert!(early.is_not_ready() && early.to_string().contains("so experiment 9516 is not"), "{early}");
        assert_eq!((early.as_str(), wrong.as_str()), ("not_ready", "experiment_not_found"));
        assert!(!wrong.is_not_ready() && wrong.to_string().contains("no rule with"), "{wrong}");
        let typo = KameleoonError::FeatureNotFound {
            feature_key: "baner".to_owned(),
            is_not_ready: false,
            similar: Some("banner".to_owned()),
        };
        assert!(!typo.is_not_ready() && typo.to_string().contains("is `banner` meant?"), "{typo}");
        let known: Vec<String> = (0..12).map(|n| format!("v{n}")).collect();
        let wrong = KameleoonError::FeatureVariationNotFound {
            variation_key: "x".to_owned(),
            place: "the flag".to_owned(),
            known,
        };
        assert!(wrong.to_string().ends_with("`v9` and 2 more"), "{wrong}");
    }
}
