//! Tracking requests to the platform.

use std::sync::Arc;
use std::time::Duration;

use super::Platform;
use crate::error::{RequestFailure, RequestKind};
use crate::platform::net::{Request, may_have_arrived, send_authorized};
use crate::platform::tracking::{Accepted, Rejected, Transport};

/// An answer to tracking lines has no body worth reading.
const MAX_BODY: usize = 64 * 1024;
/// How often a refused token is replaced within one request.
const TOKEN_RETRIES: u32 = 1;

/// Sends tracking requests over HTTP.
pub(crate) struct TrackingTransport(pub(crate) Arc<Platform>);

impl Transport for TrackingTransport {
    fn deliver(&mut self, lines: &str, timeout: Duration) -> Result<Accepted, Rejected> {
        let platform = &self.0;
        let url = platform.endpoints.tracking_url(&platform.data_api_base());
        let request = Request::post(&url, lines.as_bytes(), timeout, MAX_BODY)
            .of_kind(RequestKind::Tracking)
            .header("Content-Type", "*/*")
            // With the status the platform has taken the lines, whatever becomes of its body.
            .status_is_enough();
        let response = platform.observed(RequestKind::Tracking, || {
            send_authorized(&platform.tracking_http, &platform.tokens, &request, &mut { TOKEN_RETRIES })
        });
        match response {
            Ok(response) => Accepted::of(response.status).ok_or(Rejected {
                failure: RequestFailure::Status(response.status),
                retry_after: response.retry_after,
                may_have_arrived: false,
            }),
            Err(failure) => {
                Err(Rejected { failure, retry_after: None, may_have_arrived: may_have_arrived() })
            }
        }
    }
}
