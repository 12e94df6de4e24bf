use super::*;
use crate::error::KameleoonError;

fn parsed(text: &str) -> (KameleoonClientConfig, Vec<String>) {
    file::parse(text.as_bytes()).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"))
}

fn wrong(text: &str) -> (Option<String>, String) {
    file::parse(text.as_bytes()).expect_err(text)
}

fn base() -> KameleoonClientConfig {
    KameleoonClientConfig::new("id", "secret")
}

/// A file in the system's temporary folder that is removed at the end.
struct TempFile(PathBuf);

impl TempFile {
    fn new(name: &str, text: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("kameleoon-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn the_sample_file_holds_every_key_and_the_defaults() {
    let sample = include_str!("../../docs/client-rust.yaml");
    let (config, notes) = parsed(sample);
    let default = KameleoonClientConfig::new("client-id", "client-secret").tls_provider(TlsProvider::Rustls);
    assert_eq!(config, default);
    assert_eq!(notes, Vec::<String>::new());
    let keys: Vec<_> = sample
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(':').next())
        .collect();
    for key in file::KEYS {
        assert!(keys.contains(key), "the sample lacks `{key}`");
    }
    assert!(config.validate().is_ok());
}

#[test]
fn the_documented_defaults_hold() {
    let config = base();
    let settings = config.settings();
    assert_eq!(settings.refresh_interval, Duration::from_secs(3_600));
    assert_eq!(settings.session_duration, Duration::from_secs(1_800));
    assert_eq!(settings.default_timeout, Duration::from_secs(10));
    assert_eq!(settings.tracking_interval, Duration::from_secs(1));
    assert_eq!(settings.tracking_retry_delay, Duration::from_secs(5));
    assert_eq!(settings.close_timeout, Duration::from_secs(2));
    assert_eq!(settings.stream_idle_timeout, Duration::from_secs(120));
    assert_eq!(settings.stream_retry_delay, Duration::from_secs(3));
    assert_eq!(settings.update_spread, Duration::from_secs(2));
    assert_eq!(settings.max_visitors, 500_000);
    assert!(settings.cookie_secure);
    assert_eq!(settings.cookie_same_site, SameSite::Lax);
    assert_eq!(settings.tls_roots, TlsRoots::WebPki);
    assert_eq!((&settings.environment, &settings.top_level_domain, &settings.proxy), (&None, &None, &None));
}

#[test]
fn each_key_does_what_its_setter_does() {
    let millis = Duration::from_millis;
    for (line, expected) in [
        ("client_id: abc", base().client_id("abc")),
        ("client_secret: 0123", base().client_secret("0123")),
        ("client_secret: 1e5", base().client_secret("1e5")),
        ("client_secret: 'null'", base().client_secret("null")),
        ("refresh_interval_minute: 5", base().refresh_interval_minute(5)),
        ("refresh_interval_minute: '5'", base().refresh_interval(millis(300_000))),
        ("session_duration_minute: 10", base().session_duration_minute(10)),
        ("session_duration_minute: 10", base().session_duration(millis(600_000))),
        ("default_timeout_millisecond: 30000", base().default_timeout_millisecond(30_000)),
        ("default_timeout_millisecond: 30000", base().default_timeout(millis(30_000))),
        ("tracking_interval_millisecond: 250", base().tracking_interval_millisecond(250)),
        ("tracking_interval_millisecond: 250", base().tracking_interval(millis(250))),
        ("tracking_retry_delay_millisecond: 7", base().tracking_retry_delay_millisecond(7)),
        ("tracking_retry_delay_millisecond: 7", base().tracking_retry_delay(millis(7))),
        ("close_timeout_millisecond: 0", base().close_timeout_millisecond(0)),
        ("close_timeout_millisecond: 9", base().close_timeout(millis(9))),
        ("stream_idle_timeout_millisecond: 7", base().stream_idle_timeout_millisecond(7)),
        ("stream_idle_timeout_millisecond: 7", base().stream_idle_timeout(millis(7))),
        ("stream_retry_delay_millisecond: 7", base().stream_retry_delay_millisecond(7)),
        ("stream_retry_delay_millisecond: 7", base().stream_retry_delay(millis(7))),
        ("update_spread_millisecond: 0", base().update_spread_millisecond(0)),
        ("update_spread_millisecond: 7", base().update_spread(millis(7))),
        ("max_visitors: 12", base().max_visitors(12)),
        ("top_level_domain: https://Example.com/", base().top_level_domain("example.com")),
        ("top_level_domain: .example.com", base().top_level_domain(".example.com")),
        ("environment: staging", base().environment("staging")),
        ("environment: ' '", base()),
        ("environment: ~", base()),
        ("network_domain: Relay.example.com", base().network_domain("relay.example.com")),
        ("configuration_url: http://localhost:1/", base().configuration_url("http://localhost:1")),
        ("data_api_url: http://localhost:2/d", base().data_api_url("http://localhost:2/d")),
        ("automation_url: http://localhost:3", base().automation_url("http://localhost:3")),
        ("events_url: http://localhost:4", base().events_url("http://localhost:4")),
        ("proxy: http://u:p@localhost:5", base().proxy("http://u:p@localhost:5")),
        ("data_file_cache: /tmp/last.json", base().data_file_cache("/tmp/last.json")),
        ("data_file_cache: ''", base()),
        ("short_lived: /tmp/tool", base().short_lived("/tmp/tool")),
        ("short_lived: ''", base()),
        ("visitor_code_file: /tmp/code", base().visitor_code_file("/tmp/code")),
        ("tracking_spool: /tmp/spool", base().tracking_spool("/tmp/spool")),
        ("tracking_spool: ''", base()),
        ("tracking_spool_max_bytes: 12", base().tracking_spool_max_bytes(12)),
        ("tracking_spool_max_age_minute: 5", base().tracking_spool_max_age_minute(5)),
        ("tracking_spool_max_age_minute: 5", base().tracking_spool_max_age(millis(300_000))),
        ("tracking_spool_sync: yes", base().tracking_spool_sync(true)),
        ("tracking_spool_before_sending: on", base().tracking_spool_before_sending(true)),
        ("data_file_fresh_for_minute: 10", base().data_file_fresh_for_minute(10)),
        ("data_file_fresh_for_minute: 10", base().data_file_fresh_for(millis(600_000))),
        ("data_file_max_age_minute: 60", base().data_file_max_age_minute(60)),
        ("data_file_max_age_minute: 60", base().data_file_max_age(millis(3_600_000))),
        ("cookie_secure: no", base().cookie_secure(false)),
        ("cookie_secure: False", base().cookie_secure(false)),
        ("cookie_same_site: Strict", base().cookie_same_site(SameSite::Strict)),
        ("tls_provider: native_tls", base().tls_provider(TlsProvider::NativeTls)),
        ("tls_roots: platform", base().tls_roots(TlsRoots::Platform)),
        ("tls_roots_file: ca.pem", base().tls_roots(TlsRoots::PemFile("ca.pem".into()))),
    ] {
        let others = ["client_id: id", "client_secret: secret"];
        let key = line.split(':').next().unwrap();
        let others: Vec<_> = others.into_iter().filter(|other| !other.starts_with(key)).collect();
        let (config, notes) = parsed(&format!("{line}\n{}", others.join("\n")));
        assert_eq!(config, expected, "{line}");
        let no_value = [
            "environment: ' '",
            "environment: ~",
            "data_file_cache: ''",
            "short_lived: ''",
            "tracking_spool: ''",
        ]
        .contains(&line);
        let no_change =
            no_value || expected.settings().tls_provider == TlsProvider::default() && key == "tls_provider";
        assert_eq!(config == base(), no_change, "{line}: every other line changes something");
        assert_eq!(notes, Vec::<String>::new(), "{line}");
    }
}

#[test]
fn what_short_programs_need_is_set_at_once_and_changed_by_single_keys_anywhere() {
    let settings = |text: &str| parsed(text).0.settings().clone();
    let folder = PathBuf::from("/tmp/tool");
    let all = settings("short_lived: /tmp/tool");
    assert_eq!(all.tracking_spool.as_deref(), Some(&*folder));
    assert_eq!(all.data_file_cache, Some(folder.join("flags")));
    assert_eq!(all.visitor_code_file, Some(folder.join("visitor-code")));
    assert_eq!(all.data_file_fresh_for, Duration::from_secs(600));
    for text in [
        "short_lived: /tmp/tool\ndata_file_fresh_for_minute: 60",
        "data_file_fresh_for_minute: 60\nshort_lived: /tmp/tool",
    ] {
        let changed = settings(text);
        assert_eq!(changed.data_file_fresh_for, Duration::from_secs(3_600), "{text}");
        assert_eq!(changed.tracking_spool.as_deref(), Some(&*folder), "{text}");
    }
    // The sample leaves what it sets open.
    let sample =
        include_str!("../../docs/client-rust.yaml").replace("short_lived:", "short_lived: /tmp/tool");
    let from_sample = settings(&sample);
    assert_eq!(from_sample.data_file_fresh_for, all.data_file_fresh_for);
    assert_eq!(
        (from_sample.tracking_spool, from_sample.visitor_code_file),
        (all.tracking_spool, all.visitor_code_file)
    );
}

#[test]
fn values_of_the_wrong_kind_are_errors_that_name_the_key() {
    for (text, key, part) in [
        ("refresh_interval_minute: often", "refresh_interval_minute", "`often` is not a whole number"),
        ("refresh_interval_minute: 1.5", "refresh_interval_minute", "`1.5` is not a whole number"),
        ("max_visitors: []", "max_visitors", "invalid type: sequence"),
        ("environment: {a: 1}", "environment", "invalid type: map"),
        ("client_secret: [s3cr3t]", "client_secret", "invalid type: sequence"),
        ("cookie_secure: 2", "cookie_secure", "neither `true` nor `false`"),
        ("multi_threading: many", "multi_threading", "neither `true` nor `false`"),
        ("cookie_same_site: tight", "cookie_same_site", "not one of `lax`, `strict`, `none`"),
        ("tls_provider: openssl", "tls_provider", "not one of `rustls`, `native-tls`"),
        ("client_id: a\nclient_id: b", "client_id", "given twice"),
    ] {
        let (named, reason) = wrong(text);
        assert_eq!(named.as_deref(), Some(key), "{text}");
        assert!(reason.contains(part) && !reason.contains("s3cr3t"), "{text}: {reason}");
    }
    // Lines of another kind of file, which YAML takes for one text or for keys.
    for text in [
        "client_id=a\nclient_secret=s3cr3t\n",
        "client_id:a\nclient_secret:s3cr3t\n",
        "{client_secret=s3cr3t, client_secret=s3cr3t}",
        "{client_secret=s3cr3t: [a]}",
    ] {
        let (named, reason) = wrong(text);
        assert!(!format!("{named:?} {reason}").contains("s3cr3t"), "{named:?} {reason}");
    }
    assert!(wrong("client_secret=s3cr3t").1.contains("`key: value`"));
    let (_, notes) = parsed("{client_secret=s3cr3t}");
    assert!(notes[0].contains("is `client_secret` meant?") && !notes[0].contains("s3cr3t"), "{notes:?}");
    for text in ["- a\n- b", "just words", "client_id: [", "{a: b: c}", "\u{0}"] {
        assert!(!wrong(text).1.is_empty(), "{text}");
    }
}

#[test]
fn corrections_and_unknown_keys_are_told() {
    for (text, part) in [
        ("tracking_interval_millisecond: 5", "100 is used"),
        ("refresh_interval_minute: -1", "60 is used"),
        ("max_visitors: 0", "500000 is used"),
        ("max_visitors: -4", "500000 is used"),
        ("max_visitor_bytes: 100", "4096 is used"),
        ("max_visitor_unsent_bytes: -1", "16777216 is used"),
        ("max_store_bytes: 1", "4096 is used"),
        ("tracking_spool_max_bytes: -1", "8388608 is used"),
        ("multi_threading: true", "deprecated"),
        ("clientId: x", "is `client_id` meant?"),
        ("refresh_interval: 1", "is `refresh_interval_minute` meant?"),
        ("toplevel_domain:", "is `top_level_domain` meant?"),
        ("default_timeout: 1", "is `default_timeout_millisecond` meant?"),
        ("site_code: x", "changes nothing"),
    ] {
        let (_, notes) = parsed(text);
        assert_eq!(notes.len(), 1, "{text}: {notes:?}");
        let key = text.split(':').next().unwrap();
        assert!(notes[0].contains(&format!("`{key}`")) && notes[0].contains(part), "{}", notes[0]);
        assert_eq!(notes[0].contains("meant?"), part.contains("meant?"), "{}", notes[0]);
    }
}

#[test]
fn a_byte_order_mark_and_line_ends_of_other_systems_change_nothing() {
    let plain = "# keys\nclient_id: id\nenvironment: staging\n";
    for text in [format!("\u{feff}{plain}"), format!("\u{feff}---\n{plain}"), plain.replace('\n', "\r\n")] {
        assert_eq!(parsed(&text), parsed(plain), "{text:?}");
    }
}

#[test]
fn a_file_without_keys_is_a_configuration_without_credentials() {
    for text in ["", "\n\n", "# nothing\n  # here", "---\n", "{}", "\u{feff}# with a byte order mark\n"] {
        assert_eq!(parsed(text).0, KameleoonClientConfig::new("", ""), "{text:?}");
    }
}

#[test]
fn files_are_read_and_their_absence_is_told() {
    let file = TempFile::new("read.yaml", b"client_id: id\r\nclient_secret: secret\r\n");
    let config = KameleoonClientConfig::read_from_yaml(&file.0).unwrap().environment("staging");
    assert_eq!(config, base().environment("staging"));

    let missing = file.0.with_extension("missing");
    match KameleoonClientConfig::read_from_yaml(&missing) {
        Err(KameleoonError::ConfigFileNotFound { path, reason }) => {
            assert_eq!(path, missing);
            assert!(!reason.is_empty());
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        KameleoonClientConfig::read_from_yaml(std::env::temp_dir()),
        Err(KameleoonError::ConfigFileNotFound { .. })
    ));

    let large = TempFile::new("large.yaml", &[b'#'; 64 * 1024 + 1]);
    let error = KameleoonClientConfig::read_from_yaml(&large.0).unwrap_err().to_string();
    assert!(error.contains("64 KiB") && !error.contains("key"), "a file is no key: {error}");
    let full = TempFile::new("full.yaml", &[b'#'; 64 * 1024]);
    assert!(KameleoonClientConfig::read_from_yaml(&full.0).is_ok());

    let wrong = TempFile::new("wrong.yaml", b"cookie_secure: perhaps");
    let error = KameleoonClientConfig::read_from_yaml(&wrong.0).unwrap_err();
    assert!(matches!(&error, KameleoonError::ConfigInvalid { key, .. } if key == "cookie_secure"), "{error}");
    assert!(error.to_string().contains("wrong.yaml"), "{error}");
}

#[test]
fn validation_names_the_key() {
    let key = |config: KameleoonClientConfig| match config.validate() {
        Ok(()) => String::new(),
        Err(KameleoonError::ConfigCredentialsInvalid { key }) => format!("credentials {key}"),
        Err(KameleoonError::ConfigInvalid { key, .. }) => key,
        Err(other) => panic!("{other:?}"),
    };
    for (config, expected) in [
        (base(), ""),
        (KameleoonClientConfig::new("", "secret"), "credentials client_id"),
        (KameleoonClientConfig::new("id", " "), "credentials client_secret"),
        (base().top_level_domain("http://.Example.COM"), ""),
        (base().top_level_domain("example.com\r\nSet-Cookie: a=b"), "top_level_domain"),
        (base().top_level_domain("example.com; Secure"), "top_level_domain"),
        (base().top_level_domain("example.com,"), "top_level_domain"),
        // Told, and used as they are.
        (base().top_level_domain("bücher.example"), ""),
        (base().top_level_domain("https://www.example.com/shop"), ""),
        (base().top_level_domain("localhost:3000"), ""),
        (base().top_level_domain("not a domain"), ""),
        (base().top_level_domain("a..b"), ""),
        (base().network_domain("relay.example.com"), ""),
        (base().network_domain("relay/path"), "network_domain"),
        (base().configuration_url("http://127.0.0.1:8080/base/"), ""),
        (base().configuration_url("http://[::1]:8080"), ""),
        (base().configuration_url("http://[::1]"), ""),
        (base().configuration_url("localhost:8080"), "configuration_url"),
        // Each of them would be the usual port.
        (base().configuration_url("http://localhost:80800"), "configuration_url"),
        (base().configuration_url("http://localhost:port/base"), "configuration_url"),
        (base().data_api_url("http://localhost:"), "data_api_url"),
        (base().data_api_url("http://localhost:0"), "data_api_url"),
        (base().automation_url("http://[::1]:+80"), "automation_url"),
        (base().events_url("http://[::1"), "events_url"),
        (base().events_url("http://[::1]80"), "events_url"),
        (base().data_api_url("ftp://localhost"), "data_api_url"),
        (base().automation_url("https://"), "automation_url"),
        (base().events_url("https://u:p@localhost"), "events_url"),
        (base().events_url("https://localhost?x=1"), "events_url"),
        (base().cookie_same_site(SameSite::None), ""),
        (base().cookie_same_site(SameSite::None).cookie_secure(false), "cookie_same_site"),
    ] {
        assert_eq!(key(config.clone()), expected, "{config:?}");
    }
}

#[test]
fn neither_debug_nor_validation_shows_a_secret() {
    let config = KameleoonClientConfig::new("id", "s3cr3t").proxy("http://user:s3cr3t@proxy:1");
    let shown = format!("{config:?} {config:#?}");
    assert!(!shown.contains("s3cr3t"), "{shown}");
    assert!(shown.contains("client_id: \"id\""), "{shown}");
    let address = "https://user:s3cr3t@host";
    for config in [
        config.clone().events_url(address),
        config.clone().configuration_url(address),
        config.clone().data_api_url("user:s3cr3t@host"),
        config.clone().automation_url("http://user:s3cr3t@://"),
        config.clone().network_domain("user:s3cr3t@host"),
        config.clone().top_level_domain(address),
    ] {
        let shown = format!("{config:?}");
        assert!(!shown.contains("s3cr3t") && shown.contains("***@"), "{shown}");
    }
    let error = config.events_url(address).validate().unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error:?}");
}

#[test]
fn what_setters_correct_is_kept_until_a_client_is_made() {
    let config = base().max_visitors(0).tracking_interval_millisecond(5).tracking_interval_millisecond(5);
    assert_eq!(config.notes.len(), 2, "{:?}", config.notes);
    assert!(config.notes[0].contains("`max_visitors`") && config.notes[1].contains("100 is used"));
    let config = base().max_store_bytes(100).max_visitor_bytes(0).tracking_spool_max_bytes(0);
    assert_eq!(config.notes.len(), 3, "{:?}", config.notes);
    let file = TempFile::new("notes.yaml", b"tracking_interval_millisecond: 5\nclientId: x\n");
    let config = KameleoonClientConfig::read_from_yaml(&file.0).unwrap();
    assert_eq!(config.notes.len(), 2, "{:?}", config.notes);
    assert!(config.notes.iter().all(|note| note.contains("notes.yaml")), "{:?}", config.notes);
}
