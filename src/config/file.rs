//! The configuration file: what its text says, before it means anything.

use super::same_site::SameSite;
use super::size::{self, Size};
use super::tls::{TlsProvider, TlsRoots};
use super::{KameleoonClientConfig, span};
use crate::error::{KameleoonError, Result};
use crate::nearest::{likely_slips, nearest};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use std::fmt;
use std::io::Read;
use std::path::Path;

/// A configuration has a few dozen lines. What is longer is some other file.
const MAX_FILE_SIZE: u64 = 64 * 1024;

pub(super) const KEYS: &[&str] = &[
    "client_id",
    "client_secret",
    "refresh_interval_minute",
    "session_duration_minute",
    "default_timeout_millisecond",
    "tracking_interval_millisecond",
    "top_level_domain",
    "environment",
    "multi_threading",
    "network_domain",
    "configuration_url",
    "data_api_url",
    "automation_url",
    "events_url",
    "proxy",
    "max_visitors",
    "max_visitor_bytes",
    "max_visitor_unsent_bytes",
    "max_store_bytes",
    "tracking_retry_delay_millisecond",
    "close_timeout_millisecond",
    "short_lived",
    "visitor_code_file",
    "tracking_spool",
    "tracking_spool_max_bytes",
    "tracking_spool_max_age_minute",
    "tracking_spool_sync",
    "tracking_spool_before_sending",
    "data_file_cache",
    "data_file_fresh_for_minute",
    "data_file_max_age_minute",
    "stream_idle_timeout_millisecond",
    "stream_retry_delay_millisecond",
    "update_spread_millisecond",
    "cookie_secure",
    "cookie_same_site",
    "renew_cookie",
    "tls_provider",
    "tls_roots",
    "tls_roots_file",
];

impl KameleoonClientConfig {
    /// Reads a YAML file; `docs/client-rust.yaml` of the crate is a sample with every key. A key
    /// that is not known is logged with the one that was probably meant.
    ///
    /// # Errors
    /// [`ConfigFileNotFound`](crate::KameleoonError::ConfigFileNotFound) when the file cannot be
    /// read, [`ConfigInvalid`](crate::KameleoonError::ConfigInvalid) when it is not such a file
    /// (64 KiB at most) or a key has a value of the wrong kind. Empty credentials are an error of
    /// the factory, since setters may still add them.
    ///
    /// ```no_run
    /// use kameleoon::{DEFAULT_CONFIG_PATH, KameleoonClientConfig};
    ///
    /// let config = KameleoonClientConfig::read_from_yaml(DEFAULT_CONFIG_PATH)?.top_level_domain("example.com");
    /// # Ok::<(), kameleoon::KameleoonError>(())
    /// ```
    pub fn read_from_yaml(path: impl AsRef<Path>) -> Result<Self> {
        read(path.as_ref())
    }
}

/// Reads the file and applies each of its keys through the setter of the same name.
fn read(path: &Path) -> Result<KameleoonClientConfig> {
    let unreadable = |error: std::io::Error| KameleoonError::ConfigFileNotFound {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let mut text = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_FILE_SIZE + 1).read_to_end(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MAX_FILE_SIZE {
        return Err(file_invalid(
            path,
            &format!("it is larger than {} KiB; is it a configuration?", MAX_FILE_SIZE / 1024),
        ));
    }
    let (mut config, notes) = parse(&text).map_err(|(key, reason)| match key {
        Some(key) => KameleoonError::config_invalid(&key, format!("{reason} (in `{}`)", path.display())),
        None => file_invalid(path, &reason),
    })?;
    for note in notes {
        config.note(Some(format!("{note} (in `{}`)", path.display())));
    }
    Ok(config)
}

/// What is wrong is the file and none of its keys.
fn file_invalid(path: &Path, reason: &str) -> KameleoonError {
    KameleoonError::config_invalid("", format!("`{}`: {reason}", path.display()))
}

/// The key that is wrong, if it is one, and why.
type Wrong = (Option<String>, String);

/// The configuration in `text`, and what should be told about it.
pub(super) fn parse(text: &[u8]) -> std::result::Result<(KameleoonClientConfig, Vec<String>), Wrong> {
    let mut entries = Entries::default();
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let nothing = std::str::from_utf8(text)
        .is_ok_and(|text| text.lines().all(|line| matches!(line.trim().bytes().next(), None | Some(b'#'))));
    if !nothing {
        let result = (&mut entries).deserialize(serde_yaml::Deserializer::from_slice(text));
        if let Err(error) = result {
            let reason = error.to_string();
            let Some(key) = entries.reading else { return Err((None, reason)) };
            // The reader names the key as well.
            let reason = reason.strip_prefix(&format!("{key}: ")).unwrap_or(&reason).to_owned();
            return Err((Some(told(&key).to_owned()), reason));
        }
    }
    let mut config = KameleoonClientConfig::new("", "");
    let mut notes = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    // What sets several at once comes first, so that single keys change it wherever they stand.
    entries.entries.sort_by_key(|(key, _)| key != "short_lived");
    for (key, value) in &entries.entries {
        if seen.contains(&key.as_str()) {
            return Err((Some(told(key).to_owned()), "is given twice; keep one".to_owned()));
        }
        seen.push(key);
        let Some(value) = value else {
            if !KEYS.contains(&key.as_str()) {
                notes.push(unknown(key));
            }
            continue; // `key:` without a value is as good as no key
        };
        config = apply(config, key, value, &mut notes).map_err(|reason| (Some(key.clone()), reason))?;
    }
    Ok((config, notes))
}

/// The configuration in a text, if it is one.
#[cfg(fuzzing)]
pub(crate) fn parse_configuration(text: &[u8]) -> Option<KameleoonClientConfig> {
    parse(text).ok().map(|(config, _)| config)
}

/// One key through its setter. The reason of an error never holds the value of a secret.
fn apply(
    config: KameleoonClientConfig,
    key: &str,
    value: &str,
    notes: &mut Vec<String>,
) -> std::result::Result<KameleoonClientConfig, String> {
    let mut number = |span: &span::Span| {
        whole(value).map(|number| {
            let (value, note) = span.of_number(number);
            notes.extend(note);
            value
        })
    };
    Ok(match key {
        "client_id" => config.client_id(value),
        "client_secret" => config.client_secret(value),
        "refresh_interval_minute" => config.refresh_interval(number(&span::REFRESH_INTERVAL)?),
        "session_duration_minute" => config.session_duration(number(&span::SESSION_DURATION)?),
        "default_timeout_millisecond" => config.default_timeout(number(&span::DEFAULT_TIMEOUT)?),
        "tracking_interval_millisecond" => config.tracking_interval(number(&span::TRACKING_INTERVAL)?),
        "tracking_retry_delay_millisecond" => {
            config.tracking_retry_delay(number(&span::TRACKING_RETRY_DELAY)?)
        }
        "close_timeout_millisecond" => config.close_timeout(number(&span::CLOSE_TIMEOUT)?),
        "stream_idle_timeout_millisecond" => config.stream_idle_timeout(number(&span::STREAM_IDLE_TIMEOUT)?),
        "stream_retry_delay_millisecond" => config.stream_retry_delay(number(&span::STREAM_RETRY_DELAY)?),
        "update_spread_millisecond" => config.update_spread(number(&span::UPDATE_SPREAD)?),
        "top_level_domain" => config.top_level_domain(value),
        "environment" => config.environment(value),
        "multi_threading" => {
            truth(value)?;
            notes.push(super::MULTI_THREADING.to_owned());
            config
        }
        "network_domain" => config.network_domain(value),
        "configuration_url" => config.configuration_url(value),
        "data_api_url" => config.data_api_url(value),
        "automation_url" => config.automation_url(value),
        "events_url" => config.events_url(value),
        "proxy" => config.proxy(value),
        "max_visitors" => config.max_visitors(in_memory(sized(&size::MAX_VISITORS, value, notes)?)),
        "data_file_fresh_for_minute" => config.data_file_fresh_for(number(&span::DATA_FILE_FRESH_FOR)?),
        "data_file_max_age_minute" => config.data_file_max_age(number(&span::DATA_FILE_MAX_AGE)?),
        "max_visitor_bytes" => {
            config.max_visitor_bytes(in_memory(sized(&size::MAX_VISITOR_BYTES, value, notes)?))
        }
        "max_visitor_unsent_bytes" => {
            config.max_visitor_unsent_bytes(in_memory(sized(&size::MAX_VISITOR_UNSENT_BYTES, value, notes)?))
        }
        "max_store_bytes" => config.max_store_bytes(in_memory(sized(&size::MAX_STORE_BYTES, value, notes)?)),
        "short_lived" => config.short_lived(value),
        "visitor_code_file" => config.visitor_code_file(value),
        "tracking_spool" => config.tracking_spool(value),
        "tracking_spool_max_bytes" => {
            config.tracking_spool_max_bytes(sized(&size::TRACKING_SPOOL_MAX_BYTES, value, notes)?)
        }
        "tracking_spool_max_age_minute" => {
            config.tracking_spool_max_age(number(&span::TRACKING_SPOOL_MAX_AGE)?)
        }
        "tracking_spool_sync" => config.tracking_spool_sync(truth(value)?),
        "tracking_spool_before_sending" => config.tracking_spool_before_sending(truth(value)?),
        "data_file_cache" => config.data_file_cache(value),
        "cookie_secure" => config.cookie_secure(truth(value)?),
        "cookie_same_site" => config.cookie_same_site(one_of(value, SameSite::NAMES)?),
        "renew_cookie" => config.renew_cookie(truth(value)?),
        "tls_provider" => config.tls_provider(one_of(value, TlsProvider::NAMES)?),
        "tls_roots" => config.tls_roots(one_of(value, TlsRoots::NAMES)?),
        "tls_roots_file" => config.tls_roots(TlsRoots::PemFile(value.into())),
        _ => {
            notes.push(unknown(key));
            config
        }
    })
}

/// A size, and what is told of it. A negative number is as good as 0.
fn sized(size: &Size, value: &str, notes: &mut Vec<String>) -> std::result::Result<u64, String> {
    let (value, note) = size.settle(u64::try_from(whole(value)?).unwrap_or(0));
    notes.extend(note);
    Ok(value)
}

/// What no memory holds is as good as no bound.
fn in_memory(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

fn whole(value: &str) -> std::result::Result<i64, String> {
    value.trim().parse().map_err(|_| format!("`{value}` is not a whole number"))
}

fn truth(value: &str) -> std::result::Result<bool, String> {
    // The words of YAML 1.1 too: files written for the other SDKs may hold them.
    match value.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Ok(true),
        "false" | "no" | "off" => Ok(false),
        _ => Err(format!("`{value}` is neither `true` nor `false`")),
    }
}

fn one_of<T: Clone>(value: &str, names: &[(&str, T)]) -> std::result::Result<T, String> {
    let word = value.trim().to_ascii_lowercase().replace('_', "-");
    names.iter().find(|(name, _)| *name == word).map(|(_, value)| value.clone()).ok_or_else(|| {
        let names: Vec<_> = names.iter().map(|(name, _)| format!("`{name}`")).collect();
        format!("`{value}` is not one of {}", names.join(", "))
    })
}

/// What may be told of a key: in `{client_secret=…}`, which is read as a key, its value is not.
fn told(key: &str) -> &str {
    key.split(['=', ':']).next().unwrap_or_default().trim_end()
}

fn unknown(key: &str) -> String {
    let key = told(key);
    let plain = key.trim().to_ascii_lowercase();
    // Without its unit, or the beginning of it.
    let begun = KEYS.iter().copied().find(|known| plain.len() > 3 && known.starts_with(&plain));
    let meant = begun.or_else(|| nearest(key, KEYS.iter().copied(), likely_slips(key)));
    let meant = meant.map(|meant| format!("; is `{meant}` meant?")).unwrap_or_default();
    format!("configuration key `{key}`: is not known and changes nothing{meant}")
}

/// The file as it stands: keys with the text of their values, quoted or not. Reading values as
/// text keeps a secret that looks like a number (`0123`, `1e5`) as it is written.
#[derive(Default)]
struct Entries {
    entries: Vec<(String, Option<String>)>,
    /// The key whose value is being read, for the error.
    reading: Option<String>,
}

impl<'de> DeserializeSeed<'de> for &mut Entries {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        // What is no map is told by this visitor, not with its text by the reader.
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Entries {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lines of the form `key: value`")
    }

    /// `---` alone.
    fn visit_unit<E: Error>(self) -> std::result::Result<(), E> {
        Ok(())
    }

    /// A file of lines such as `key=value` is one text, which is not repeated: the secret is in it.
    fn visit_str<E: Error>(self, _text: &str) -> std::result::Result<(), E> {
        Err(E::custom(
            "it is one text and no keys; write lines of the form `key: value`, with a colon and a space",
        ))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            self.reading = Some(key.clone());
            let value = map.next_value::<Option<String>>()?;
            self.reading = None;
            self.entries.push((key, value));
        }
        Ok(())
    }
}
