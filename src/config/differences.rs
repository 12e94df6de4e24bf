//! In which keys two configurations differ.

use super::settings::Settings;

macro_rules! differing {
    ($one:ident, $other:ident, $($key:ident)*) => {{
        // A field that is not named here does not compile.
        let Settings { environment: _, $($key: _),* } = $one;
        let mut keys = Vec::new();
        $(if $one.$key != $other.$key {
            keys.push(stringify!($key));
        })*
        keys
    }};
}

impl Settings {
    /// The names of the keys in which two configurations of one environment differ, never the values.
    pub(crate) fn keys_that_differ(&self, other: &Self) -> Vec<&'static str> {
        differing!(
            self, other,
            client_id
            client_secret
            refresh_interval
            session_duration
            default_timeout
            tracking_interval
            top_level_domain
            network_domain
            configuration_url
            data_api_url
            automation_url
            events_url
            proxy
            max_visitors
            max_visitor_bytes
            max_visitor_unsent_bytes
            max_store_bytes
            tracking_retry_delay
            close_timeout
            tracking_spool
            tracking_spool_max_bytes
            tracking_spool_max_age
            tracking_spool_sync
            tracking_spool_before_sending
            data_file_cache
            visitor_code_file
            data_file_fresh_for
            data_file_max_age
            stream_idle_timeout
            stream_retry_delay
            update_spread
            cookie_secure
            cookie_same_site
            renew_cookie
            tls_provider
            tls_roots
            visitor_store
            data_file_store
            logger
            log_level
            manual_tracking
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::config::KameleoonClientConfig;

    #[test]
    fn keys_that_differ_are_named_without_their_values() {
        let one = KameleoonClientConfig::new("id", "hunter2").environment("staging");
        let other = KameleoonClientConfig::new("id", "hunter3").top_level_domain("example.com");
        let keys = one.settings().keys_that_differ(other.settings());
        assert_eq!(keys, ["client_secret", "top_level_domain"]);
        assert!(one.settings().keys_that_differ(one.settings()).is_empty());
    }
}
