//! Where each request goes.

use super::address::Address;
use super::encode::{Query, push_encoded};
use crate::config::Settings;
use crate::decision::identity::{SDK_NAME, SDK_VERSION};
use crate::error::{KameleoonError, RequestFailure, RequestKind};
use crate::logging::{Voice, log_rarely};

static NO_DOMAIN: Voice = Voice::new();

const DEFAULT_DATA_API_DOMAIN: &str = "data.kameleoon.io";

/// Whose data is asked for.
#[derive(Clone, Copy)]
pub(crate) enum VisitorKey<'a> {
    /// A visitor by its code.
    VisitorCode(&'a str),
    /// A visitor that is marked as a unique identifier.
    MappingValue(&'a str),
}

/// Which parts of a visitor's data are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "one for each parameter of the request")]
pub(crate) struct VisitorDataParts {
    pub(crate) kcs: bool,
    pub(crate) current_visit: bool,
    pub(crate) custom_data: bool,
    pub(crate) conversion: bool,
    pub(crate) geolocation: bool,
    pub(crate) experiment: bool,
    pub(crate) page: bool,
    pub(crate) personalization: bool,
    pub(crate) cbs: bool,
}

/// The URLs of one site's requests. Holds no secret.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    configuration: String,
    automation: String,
    events: String,
    /// Set when the configuration names the data API; it wins over every data file.
    data: Option<String>,
    network_domain: Option<String>,
    site_code: String,
    environment: String,
}

impl Endpoints {
    pub(crate) fn new(settings: &Settings, site_code: &str) -> Self {
        let network_domain =
            settings.network_domain.as_deref().map(|domain| domain.trim_start_matches('.').to_owned());
        let base =
            |given: &Option<String>, default: &str, host: &str, port: &str| match (given, &network_domain) {
                (Some(url), _) => url.clone(),
                (None, Some(domain)) => format!("https://{host}.{domain}{port}"),
                (None, None) => default.to_owned(),
            };
        let configuration =
            base(&settings.configuration_url, "https://sdk-config.kameleoon.eu", "sdk-config", "");
        let automation = base(&settings.automation_url, "https://api.kameleoon.com", "api", "");
        let events = base(&settings.events_url, "https://events.kameleoon.eu:8110", "events", ":8110");
        Self {
            configuration,
            automation,
            events,
            data: settings.data_api_url.clone(),
            network_domain,
            site_code: site_code.to_owned(),
            environment: settings.environment.clone().unwrap_or_default(),
        }
    }

    /// The data file; `ts` is the time stamp of the event that asked for it.
    pub(crate) fn configuration_url(&self, ts: Option<i64>) -> String {
        let mut url = format!("{}/v3/", self.configuration);
        push_encoded(&mut url, &self.site_code);
        let mut query = Query::new(&mut url, "?");
        query.add("environment", &self.environment);
        if let Some(ts) = ts {
            query.add_plain("ts", ts);
        }
        url
    }

    /// The site whose requests these are.
    pub(crate) fn site_code(&self) -> &str {
        &self.site_code
    }

    /// The error of a request that failed. Of the URL it keeps scheme, host and path: a user and a
    /// password are secret, and the query may name a visitor.
    pub(crate) fn failed(&self, kind: RequestKind, failure: RequestFailure, url: &str) -> KameleoonError {
        if failure == RequestFailure::Closed {
            return KameleoonError::Closed;
        }
        let url = Address::of(url).to_string();
        KameleoonError::Request { kind, failure, url, site_code: self.site_code.clone() }
    }

    /// A new access token.
    pub(crate) fn token_url(&self) -> String {
        let mut url = format!("{}/oauth/token", self.automation);
        self.identify(&mut url);
        url
    }

    /// The stream of configuration events.
    pub(crate) fn stream_url(&self) -> String {
        let mut url = format!("{}/sse", self.events);
        Query::new(&mut url, "?").add("siteCode", &self.site_code);
        url
    }

    /// The base URL of the data API, given what the data file says. Ask once for each data file,
    /// and hand it to the three methods below.
    pub(crate) fn data_api_url(&self, data_api_domain: Option<&str>) -> String {
        if let Some(url) = &self.data {
            return url.clone();
        }
        let domain = match data_api_domain.map(str::trim).filter(|domain| !domain.is_empty()) {
            None => DEFAULT_DATA_API_DOMAIN,
            Some(domain) if is_host(domain) => domain,
            Some(domain) => {
                log_rarely!(
                    NO_DOMAIN,
                    Warning,
                    "the data file names a data API that is no domain (`{}`); `{DEFAULT_DATA_API_DOMAIN}` is used",
                    domain.escape_debug()
                );
                DEFAULT_DATA_API_DOMAIN
            }
        };
        match &self.network_domain {
            None => format!("https://{domain}"),
            Some(network_domain) => {
                let label = domain.split('.').next().unwrap_or("data");
                format!("https://{label}.{network_domain}")
            }
        }
    }

    /// Tracking lines, to the data API at `base`.
    pub(crate) fn tracking_url(&self, base: &str) -> String {
        let mut url = format!("{base}/visit/events");
        self.identify(&mut url);
        Query::new(&mut url, "&").add_plain("bodyUa", true);
        url
    }

    /// A visitor's data from earlier visits, of the data API at `base`.
    pub(crate) fn visitor_data_url(
        &self,
        base: &str,
        visitor: VisitorKey<'_>,
        previous_visits: u32,
        parts: VisitorDataParts,
    ) -> String {
        let mut url = format!("{base}/visit/visitor");
        let mut query = Query::new(&mut url, "?");
        query.add("siteCode", &self.site_code);
        match visitor {
            VisitorKey::VisitorCode(code) => query.add("visitorCode", code),
            VisitorKey::MappingValue(value) => query.add("mappingValue", value),
        };
        query.add_plain("maxNumberPreviousVisits", previous_visits).add_plain("version", 0);
        for (key, wanted) in [
            ("staticData", true),
            ("kcs", parts.kcs),
            ("currentVisit", parts.current_visit),
            ("customData", parts.custom_data),
            ("conversion", parts.conversion),
            ("geolocation", parts.geolocation),
            ("experiment", parts.experiment),
            ("page", parts.page),
            ("personalization", parts.personalization),
            ("cbs", parts.cbs),
        ] {
            if wanted {
                query.add_plain(key, true);
            }
        }
        url
    }

    /// A value of the data map, of the data API at `base`.
    pub(crate) fn data_map_url(&self, base: &str, key: &str) -> String {
        let mut url = format!("{base}/map/map");
        Query::new(&mut url, "?").add("siteCode", &self.site_code).add("key", key);
        url
    }

    /// Whether any request goes over TLS: none does only when every service has a base URL in
    /// plain HTTP.
    pub(crate) fn need_tls(&self) -> bool {
        [&self.configuration, &self.automation, &self.events]
            .into_iter()
            .chain(&self.data)
            .any(|url| url.starts_with("https:"))
            || self.data.is_none()
    }

    fn identify(&self, url: &mut String) {
        Query::new(url, "?")
            .add("sdkName", SDK_NAME)
            .add("sdkVersion", SDK_VERSION)
            .add("siteCode", &self.site_code);
    }
}

/// Whether `text` can stand where a host, with or without a port, belongs.
fn is_host(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KameleoonClientConfig;

    fn config() -> KameleoonClientConfig {
        KameleoonClientConfig::new("id", "secret")
    }

    fn endpoints(config: &KameleoonClientConfig) -> Endpoints {
        Endpoints::new(config.settings(), "site")
    }

    #[test]
    fn base_urls_follow_the_domain_and_overrides_win() {
        let relay = config().network_domain("relay.org");
        for (config, expected) in [
            (
                config(),
                [
                    "https://sdk-config.kameleoon.eu",
                    "https://data.kameleoon.io",
                    "https://api.kameleoon.com",
                    "https://events.kameleoon.eu:8110",
                ],
            ),
            (
                relay.clone(),
                [
                    "https://sdk-config.relay.org",
                    "https://data.relay.org",
                    "https://api.relay.org",
                    "https://events.relay.org:8110",
                ],
            ),
            (
                relay
                    .configuration_url("http://localhost:1/")
                    .data_api_url("http://localhost:2")
                    .automation_url("http://localhost:3/a")
                    .events_url("http://localhost:4"),
                ["http://localhost:1", "http://localhost:2", "http://localhost:3/a", "http://localhost:4"],
            ),
        ] {
            let endpoints = endpoints(&config);
            let data = endpoints.data_api_url(None);
            let identity = format!("sdkName=RUST&sdkVersion={SDK_VERSION}&siteCode=site");
            assert_eq!(endpoints.configuration_url(None), format!("{}/v3/site", expected[0]));
            assert_eq!(
                endpoints.tracking_url(&data),
                format!("{}/visit/events?{identity}&bodyUa=true", expected[1])
            );
            assert_eq!(endpoints.token_url(), format!("{}/oauth/token?{identity}", expected[2]));
            assert_eq!(endpoints.stream_url(), format!("{}/sse?siteCode=site", expected[3]));
        }
    }

    #[test]
    fn the_data_file_may_move_the_data_api() {
        let (plain, relay) = (config(), config().network_domain(".Relay.org"));
        let fixed = config().network_domain("relay.org").data_api_url("http://localhost:2");
        for (config, domain, expected) in [
            (&plain, None, "https://data.kameleoon.io"),
            (&plain, Some(""), "https://data.kameleoon.io"),
            (&plain, Some(" eu-data.kameleoon.io "), "https://eu-data.kameleoon.io"),
            (&plain, Some("eu-data.kameleoon.io:8443"), "https://eu-data.kameleoon.io:8443"),
            (&plain, Some("evil.org/path?"), "https://data.kameleoon.io"),
            (&plain, Some("user@evil.org"), "https://data.kameleoon.io"),
            (&plain, Some(".kameleoon.io"), "https://data.kameleoon.io"),
            (&relay, None, "https://data.relay.org"),
            (&relay, Some("eu-data.kameleoon.io"), "https://eu-data.relay.org"),
            (&relay, Some("single"), "https://single.relay.org"),
            (&fixed, None, "http://localhost:2"),
            (&fixed, Some("eu-data.kameleoon.io"), "http://localhost:2"),
        ] {
            assert_eq!(endpoints(config).data_api_url(domain), expected, "{domain:?}");
        }
    }

    #[test]
    fn the_data_file_is_asked_for_by_environment_and_time() {
        let staging = config().environment("staging area");
        for (config, ts, query) in [
            (&config(), None, ""),
            (&config(), Some(1_700_000_000_000), "?ts=1700000000000"),
            (&staging, None, "?environment=staging%20area"),
            (&staging, Some(5), "?environment=staging%20area&ts=5"),
        ] {
            let url = endpoints(config).configuration_url(ts);
            assert_eq!(url, format!("https://sdk-config.kameleoon.eu/v3/site{query}"));
        }
        let odd = Endpoints::new(config().settings(), "a/b?c");
        assert_eq!(odd.configuration_url(None), "https://sdk-config.kameleoon.eu/v3/a%2Fb%3Fc");
    }

    #[test]
    fn the_parts_of_a_visitor_are_asked_for_in_order() {
        let endpoints = endpoints(&config());
        let url = |visitor, visits, parts| endpoints.visitor_data_url("http://d", visitor, visits, parts);
        let all = VisitorDataParts {
            kcs: true,
            current_visit: true,
            custom_data: true,
            conversion: true,
            geolocation: true,
            experiment: true,
            page: true,
            personalization: true,
            cbs: true,
        };
        assert_eq!(
            url(VisitorKey::VisitorCode("a b"), 1, VisitorDataParts::default()),
            "http://d/visit/visitor?siteCode=site&visitorCode=a%20b&maxNumberPreviousVisits=1&version=0&staticData=true"
        );
        assert_eq!(
            url(VisitorKey::MappingValue("m"), 25, all),
            "http://d/visit/visitor?siteCode=site&mappingValue=m&maxNumberPreviousVisits=25&version=0&staticData=true\
             &kcs=true&currentVisit=true&customData=true&conversion=true&geolocation=true&experiment=true&page=true\
             &personalization=true&cbs=true"
        );
        assert_eq!(endpoints.data_map_url("http://d", "k/1"), "http://d/map/map?siteCode=site&key=k%2F1");
    }

    #[test]
    fn tls_is_needed_unless_every_service_is_plain() {
        let plain = config()
            .configuration_url("http://h")
            .data_api_url("http://h")
            .automation_url("http://h")
            .events_url("http://h");
        assert!(endpoints(&config()).need_tls());
        assert!(!endpoints(&plain).need_tls());
        assert!(endpoints(&plain.clone().data_api_url("")).need_tls());
        assert!(endpoints(&plain.events_url("https://h")).need_tls());
    }
}
