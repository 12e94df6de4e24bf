//! Where a data file comes from.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use kameleoon::{
    DEFAULT_CONFIG_PATH, DataFileView, KameleoonClient, KameleoonClientConfig, KameleoonClientFactory,
};

use super::failure::Failure;

/// What a copy of the data file begins with, which clients keep as `data_file_cache`.
const COPY: &[u8] = b"kameleoon data file ";

/// The options for data files of the platform.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The platform's data file (`@`)")]
pub(super) struct Platform {
    /// The code of the site whose data file `@` stands for
    #[arg(long, value_name = "CODE")]
    site_code: Option<String>,
    /// The configuration file that says how the platform is reached
    /// [default: /etc/kameleoon/client-rust.yaml, if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The environment, in place of the configuration's; `@NAME` says it for one data file
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
}

impl Platform {
    /// The text of a data file by its name on the command line, as it stands there: a client reads
    /// bytes that are no UTF-8 too.
    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>, Failure> {
        if let Some(environment) = name.strip_prefix('@') {
            return self.fetch(environment).map(String::into_bytes);
        }
        let unreadable = |error: std::io::Error| {
            Failure::new(format!("the data file {} cannot be read: {error}", shown(name)))
        };
        if name == "-" {
            let mut text = Vec::new();
            std::io::stdin().lock().read_to_end(&mut text).map_err(unreadable)?;
            return Ok(text);
        }
        let text = std::fs::read(name).map_err(unreadable)?;
        if !text.starts_with(COPY) {
            return Ok(text);
        }
        // A client's copy: the library says whether it is whole, and two lines stand before the data file.
        KameleoonClient::offline_from_file(name)?;
        Ok(text.splitn(3, |byte| *byte == b'\n').nth(2).unwrap_or_default().to_vec())
    }

    /// A data file to look at.
    pub(super) fn view(&self, name: &str) -> Result<DataFileView, Failure> {
        Self::parse(name, &self.read(name)?)
    }

    /// Reads a text that came from `name`.
    pub(super) fn parse(name: &str, text: &[u8]) -> Result<DataFileView, Failure> {
        DataFileView::parse(text).map_err(|error| Failure::new(format!("{}: {error}", shown(name))))
    }

    fn fetch(&self, environment: &str) -> Result<String, Failure> {
        let Some(site_code) = &self.site_code else {
            return Err(Failure::new(
                "`@` is the platform's data file; say of which site with --site-code CODE",
            ));
        };
        let mut config = configuration(self.config.as_deref())?;
        if let Some(environment) =
            Some(environment).filter(|name| !name.is_empty()).or(self.environment.as_deref())
        {
            config = config.environment(environment);
        }
        Ok(KameleoonClientFactory::fetch_data_file(site_code, &config)?)
    }
}

/// The configuration of a file, or of the usual one.
pub(super) fn configuration(path: Option<&Path>) -> Result<KameleoonClientConfig, Failure> {
    let path = match path {
        Some(path) => path,
        // Nothing in it is needed to reach the platform where it usually is.
        None if !Path::new(DEFAULT_CONFIG_PATH).exists() => return Ok(KameleoonClientConfig::new("", "")),
        None => Path::new(DEFAULT_CONFIG_PATH),
    };
    Ok(KameleoonClientConfig::read_from_yaml(path)?)
}

/// The name of a data file for people.
pub(super) fn shown(name: &str) -> String {
    match name {
        "-" => "standard input".to_owned(),
        name if name.starts_with('@') => format!("the platform's data file `{name}`"),
        path => format!("`{path}`"),
    }
}
