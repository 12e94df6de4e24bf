//! The texts in `docs` say what is there: their links lead somewhere, in the folder and as pages of
//! the documentation, and nothing that the platform's documentation describes is without its like.

#![allow(clippy::unwrap_used, clippy::expect_used)] // helpers of tests count as production code

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kameleoon::KameleoonClientConfig;

/// Not among the chapters: for those who work on the crate.
const OTHERS: &[&str] = &["architecture.md", "dependencies.md"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect(path)
}

/// Name and text of each chapter.
fn chapters() -> Vec<(String, String)> {
    let files = std::fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let is_chapter = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.ends_with(".md") && !OTHERS.contains(&name)
    };
    let mut chapters: Vec<_> = files
        .filter(is_chapter)
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    chapters.sort();
    assert!(chapters.len() > 10);
    chapters
}

/// Where the inline links of a text lead.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// The labels of the links that have one: `[text][label]`.
fn labels(text: &str) -> impl Iterator<Item = &str> {
    // Code has indices in brackets, but no two pairs in a row.
    text.split("][").skip(1).filter_map(|rest| rest.split(']').next())
}

/// What the labels of a text stand for.
fn definitions(text: &str) -> Vec<(&str, &str)> {
    let pairs = text.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
    pairs.collect()
}

#[test]
fn links_of_the_chapters_lead_to_files_and_to_pages() {
    let pages = read("src/chapters.rs");
    let as_pages: BTreeSet<&str> = pages
        .lines()
        .map(|line| line.trim_start_matches([' ', '"']))
        .filter_map(|line| line.strip_prefix('[')?.split_once("]: crate::").map(|(label, _)| label))
        .collect();
    for (name, text) in chapters() {
        assert!(pages.contains(&format!("\"{name}\"")), "docs/{name} is no page: add it to src/chapters.rs");
        for target in targets(&text) {
            let is_whole = target.starts_with("http") || target.starts_with('#');
            assert!(is_whole, "docs/{name}: write the link to `{target}` with a label, see src/chapters.rs");
        }
        let defined = definitions(&text);
        for label in labels(&text) {
            assert!(
                defined.iter().any(|(known, _)| *known == label),
                "docs/{name}: no `[{label}]: …` at the end"
            );
        }
        for (label, target) in defined {
            let file = target.split('#').next().unwrap();
            assert!(root().join("docs").join(file).exists(), "docs/{name}: `[{label}]` leads to no file");
            assert!(as_pages.contains(label), "docs/{name}: src/chapters.rs has no page for `[{label}]`");
        }
    }
}

#[test]
fn links_of_the_readme_hold_wherever_it_is_shown() {
    let readme = read("README.md");
    let pages = read("src/chapters.rs");
    for target in targets(&readme) {
        assert!(target.starts_with("https://"), "README.md: `{target}` leads nowhere on a registry's page");
        if let Some((_, page)) = target.split_once("/kameleoon/chapters/") {
            let name = page.split('/').next().unwrap();
            let is_page =
                pages.contains(&format!("    {name} = ")) || pages.contains(&format!("pub mod {name} "));
            assert!(is_page, "README.md: `{target}` is no page");
        }
    }
}

/// Everything that the documentation of the Python SDK, 3.7.0, names.
const DOCUMENTED: &[&str] = &[
    // Making a client.
    "create",
    "config_path",
    "read_from_yaml",
    "set_top_level_domain",
    "wait_init",
    "wait_init_async",
    "forget",
    "client_id",
    "client_secret",
    "refresh_interval_minute",
    "session_duration_minute",
    "default_timeout_millisecond",
    "tracking_interval_millisecond",
    "top_level_domain",
    "environment",
    "multi_threading",
    "logger",
    // Flags and variations.
    "is_feature_active",
    "get_variation",
    "get_variations",
    "get_feature_variation_key",
    "get_active_features",
    "get_feature_list",
    "get_active_feature_list_for_visitor",
    "set_forced_variation",
    "get_feature_variable",
    "get_feature_variation_variables",
    "track",
    "only_active",
    "force_targeting",
    "is_unique_identifier",
    // Visitors.
    "get_visitor_code",
    "cookies",
    "cookies_readonly",
    "default_visitor_code",
    "add_data",
    "flush",
    "instant",
    "set_legal_consent",
    "KameleoonWSGIMiddleware",
    "get_remote_visitor_data",
    "get_remote_visitor_data_async",
    "RemoteVisitorDataFilter",
    "previous_visit_amount",
    "get_visitor_warehouse_audience",
    "get_visitor_warehouse_audience_async",
    "warehouse_key",
    "custom_data_index",
    // Remote data, goals, events, the log.
    "get_remote_data",
    "get_remote_data_async",
    "track_conversion",
    "get_engine_tracking_code",
    "on_update_configuration",
    "set_log_level",
    "set_logger",
    "LogLevel",
    // Data types and results.
    "Browser",
    "PageView",
    "Conversion",
    "CustomData",
    "Device",
    "UserAgent",
    "UniqueIdentifier",
    "OperatingSystem",
    "Cookie",
    "Geolocation",
    "variation.key",
    "id_",
    "experiment_id",
    "variables",
    "value",
    // Exceptions.
    "VisitorCodeInvalid",
    "FeatureNotFound",
    "FeatureEnvironmentDisabled",
    "FeatureVariableNotFound",
    "FeatureVariationNotFound",
    "FeatureExperimentNotFound",
    "SiteCodeIsEmpty",
    "ConfigFileNotFound",
    "ConfigCredentialsInvalid",
    // Names that it says were there before.
    "activate_feature",
    "obtain_visitor_code",
    "obtain_feature_list",
    "obtain_feature_variable",
    "get_feature_all_variables",
    "retrieve_data_from_remote_source",
];

#[test]
fn nothing_documented_is_without_its_like() {
    let migration = read("docs/migration.md");
    let words: BTreeSet<&str> =
        migration.split(|character: char| !character.is_alphanumeric() && character != '_').collect();
    for name in DOCUMENTED {
        let last = name.rsplit('.').next().unwrap();
        assert!(words.contains(last), "docs/migration.md does not say what `{name}` is here");
    }
}

#[test]
fn methods_that_are_called_the_same_are_there_and_old_names_are_found() {
    let interface = read("docs/api.txt");
    let whole = read("docs/migration.md");
    // What comes after is of another SDK.
    let (migration, _) = whole.split_once("## From the platform's own Rust SDK").unwrap();
    let mut same = 0;
    for row in migration.lines().filter(|line| line.starts_with("| `") && line.contains("` | the same")) {
        let name: String =
            row.trim_start_matches("| `").chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        // Rows such as `KameleoonClientFactory.forget(…)`.
        let name = match row.split_once(&format!("{name}.")) {
            Some((_, rest)) => rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect(),
            None => name,
        };
        let is_there =
            interface.contains(&format!("fn {name}(")) || interface.contains(&format!("fn {name}<"));
        assert!(is_there || interface.contains(&format!("{name}:")), "`{name}` is not there: {row}");
        same += 1;
    }
    assert!(same > 15, "{same} rows");
    let sources =
        ["evaluation", "web", "deprecated", "remote"].map(|file| read(&format!("src/client/{file}.rs")));
    for name in &DOCUMENTED[DOCUMENTED.len() - 6..] {
        let alias = format!("#[doc(alias = \"{name}\")]");
        assert!(sources.iter().any(|text| text.contains(&alias)), "a search does not find `{name}`");
    }
}

/// As the migration chapter says.
#[test]
fn a_configuration_file_may_be_json() {
    let path = std::env::temp_dir().join(format!("kameleoon-documentation-{}.json", std::process::id()));
    std::fs::write(&path, r#"{"client_id": "id", "client_secret": "secret", "refresh_interval_minute": 7}"#)
        .unwrap();
    let config = KameleoonClientConfig::read_from_yaml(&path);
    std::fs::remove_file(path).unwrap();
    assert_eq!(config.unwrap(), KameleoonClientConfig::new("id", "secret").refresh_interval_minute(7));
}
