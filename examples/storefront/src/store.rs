//! The shop as a program: the client, and the platform that it talks to.

use std::time::Duration;

use kameleoon::emulator::Emulator;
use kameleoon::{KameleoonClient, KameleoonClientFactory, Variation};
use serde_json::Value;

use super::Arguments;

const SITE_CODE: &str = "teashop";
const DATA_FILE: &str = include_str!("../../../fixtures/shop.json");
/// The shop may run for days.
const KEPT_REQUESTS: usize = 2_000;

/// Everything that the pages share.
pub(crate) struct Shop {
    pub(crate) client: KameleoonClient,
    /// Stands in for the platform. A real shop has none, and its configuration has credentials.
    pub(crate) platform: Emulator,
}

impl Shop {
    pub(crate) fn open(arguments: &Arguments) -> Result<Self, String> {
        let platform = Emulator::builder().data_file(data_file(arguments)?).keep_requests(KEPT_REQUESTS);
        let platform = platform.start().map_err(|error| error.to_string())?;
        let config = platform
            .client_config()
            // So that the panel has something to show soon.
            .tracking_interval_millisecond(100)
            // The shop speaks plain HTTP, over which some browsers drop a `Secure` cookie.
            .cookie_secure(arguments.secure_cookies);
        let client = KameleoonClientFactory::create(SITE_CODE, config).map_err(|error| error.to_string())?;
        // Until the data file is there, whether the site needs consent is not known.
        client.wait_init(Duration::from_secs(5)).map_err(|error| error.to_string())?;
        Ok(Self { client, platform })
    }

    /// Sends what is unsent, and ends the client.
    pub(crate) fn close(&self) {
        KameleoonClientFactory::forget(SITE_CODE);
    }

    /// What a visitor gets of a flag. A flag that is missing or blocked is no reason to sell
    /// nothing: the page has a form for that too.
    pub(super) fn variation(&self, visitor_code: &str, feature_key: &str) -> Option<Variation> {
        self.client.get_variation(visitor_code, feature_key).ok()
    }

    pub(super) fn needs_consent(&self) -> bool {
        self.client.get_data_file().is_some_and(|file| file.is_consent_required())
    }
}

fn data_file(arguments: &Arguments) -> Result<String, String> {
    let text = match &arguments.data_file {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| format!("the data file `{}` cannot be read: {error}", path.display()))?,
        None => DATA_FILE.to_owned(),
    };
    let consent = match (arguments.consent, &arguments.data_file) {
        (Some(consent), _) => consent,
        (None, None) => "REQUIRED",
        (None, Some(_)) => return Ok(text),
    };
    let mut json: Value = serde_json::from_str(&text).map_err(|error| format!("the data file: {error}"))?;
    json["configuration"]["consentType"] = consent.into();
    Ok(json.to_string())
}
