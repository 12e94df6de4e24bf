//! The platform as one client reaches it: addresses, connections, the access token.

mod tracking_transport;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;

use crate::config::Settings;
use crate::error::{RequestFailure, RequestKind, Result};
use crate::platform::events::Events;
use crate::platform::net::{Endpoints, HttpClient, Request, Response, TokenSource};

pub(crate) use tracking_transport::TrackingTransport;

/// The platform as one client reaches it. Each worker has connections of its own, so that one can
/// be stopped without the others.
pub(crate) struct Platform {
    pub(crate) endpoints: Endpoints,
    pub(crate) configuration_http: HttpClient,
    pub(crate) stream_http: HttpClient,
    pub(crate) tracking_http: HttpClient,
    /// For calls that run on the callers' threads, and for tokens.
    pub(crate) remote_http: HttpClient,
    pub(crate) tokens: Arc<TokenSource>,
    pub(crate) default_timeout: Duration,
    pub(crate) events: Arc<Events>,
    data_api_base: RwLock<Arc<str>>,
}

impl Platform {
    pub(crate) fn new(settings: &Settings, site_code: &str) -> Result<Self> {
        let endpoints = Endpoints::new(settings, site_code);
        let events = Arc::new(Events::default());
        let remote_http = HttpClient::new(settings, &endpoints)?;
        Ok(Self {
            configuration_http: HttpClient::new(settings, &endpoints)?,
            stream_http: HttpClient::new(settings, &endpoints)?,
            tracking_http: HttpClient::new(settings, &endpoints)?,
            tokens: TokenSource::new(remote_http.clone(), &endpoints, settings, Arc::clone(&events)),
            remote_http,
            default_timeout: settings.default_timeout,
            events,
            data_api_base: RwLock::new(endpoints.data_api_url(None).into()),
            endpoints,
        })
    }

    /// The base URL of the data API.
    pub(crate) fn data_api_base(&self) -> Arc<str> {
        Arc::clone(&self.data_api_base.read())
    }

    /// Takes over what a data file says of the data API.
    pub(crate) fn set_data_api_domain(&self, domain: Option<&str>) {
        let base = self.endpoints.data_api_url(domain);
        *self.data_api_base.write() = base.into();
    }

    /// Makes a request and tells whoever listens how it went.
    pub(crate) fn observed(
        &self,
        kind: RequestKind,
        send: impl FnOnce() -> std::result::Result<Response, RequestFailure>,
    ) -> std::result::Result<Response, RequestFailure> {
        self.events.observe(kind, send, |response| response.status)
    }

    /// A request for the data file.
    pub(crate) fn fetch_data_file(
        &self,
        ts: Option<i64>,
        if_modified_since: Option<&str>,
        max_body: usize,
    ) -> std::result::Result<Response, RequestFailure> {
        let url = self.endpoints.configuration_url(ts);
        let mut request = Request::get(&url, self.default_timeout, max_body)
            .of_kind(RequestKind::Configuration)
            .header("X-Kameleoon-SDK-Type", crate::decision::identity::SDK_NAME)
            .header("X-Kameleoon-SDK-Version", crate::decision::identity::SDK_VERSION);
        if let Some(time) = if_modified_since {
            request = request.header("If-Modified-Since", time);
        }
        self.observed(RequestKind::Configuration, || self.configuration_http.send(&request))
    }

    /// Cancels every request and refuses further ones.
    pub(crate) fn shutdown(&self) {
        self.configuration_http.shutdown();
        self.stream_http.shutdown();
        self.tracking_http.shutdown();
        self.remote_http.shutdown();
    }
}
