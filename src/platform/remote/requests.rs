//! The requests to the data API.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::Value;

use super::filter::RemoteVisitorDataFilter;
use super::options::time_of;
use super::reply;
use super::wire::WarehouseWire;
use crate::data::Values;
use crate::decision::lenient::{Object, Read, decode};
use crate::error::{KameleoonError, RequestFailure, RequestKind, Result};
use crate::platform::access::Platform;
use crate::platform::net::{Request, VisitorKey, send_authorized};

/// The longest reply that is read; a visitor of 25 long visits has a small part of it.
const MAX_BODY: usize = 10 * 1024 * 1024;
/// How often a refused token is replaced within one call.
const TOKEN_RETRIES: u32 = 1;

/// Fetches what the platform remembers of a visitor. Returns the reply.
pub(crate) fn fetch_visitor_data(
    platform: &Platform,
    visitor: VisitorKey<'_>,
    filter: &RemoteVisitorDataFilter,
    timeout: Option<Duration>,
) -> Result<Vec<u8>> {
    let base = platform.data_api_base();
    let url = platform.endpoints.visitor_data_url(&base, visitor, filter.previous_visit_amount, filter.parts);
    fetch(platform, RequestKind::VisitorData, &url, timeout)
}

/// Fetches the JSON that is stored under a key of the data map.
pub(crate) fn fetch_data_map(platform: &Platform, key: &str, timeout: Option<Duration>) -> Result<Value> {
    let body = fetch_entry(platform, key, timeout).map_err(|error| of_key(error, key))?;
    let (text, is_repaired) = decode(&body);
    read_json(platform, &text, is_repaired).map_err(|error| of_key(error, key))
}

/// The key of the data map is the program's own, so the error may name it.
fn of_key(error: KameleoonError, key: &str) -> KameleoonError {
    match error {
        KameleoonError::Request { kind, failure, url, site_code } => {
            KameleoonError::Request { kind, failure, url: format!("{url} (key `{key}`)"), site_code }
        }
        error => error,
    }
}

/// Fetches the names of the audiences that are stored under a key of the data map.
pub(crate) fn fetch_warehouse_audience(
    platform: &Platform,
    key: &str,
    timeout: Option<Duration>,
) -> Result<Values> {
    let body = fetch_entry(platform, key, timeout)?;
    let (text, is_repaired) = decode(&body);
    let audiences = match read_json::<Object<WarehouseWire<'_>>>(platform, &text, is_repaired)? {
        Object::Is(wire) => wire.warehouse_audiences,
        Object::None | Object::Wrong => Default::default(),
    };
    Ok(audiences.pairs().iter().map(|(name, _)| Cow::clone(name)).collect())
}

fn fetch_entry(platform: &Platform, key: &str, timeout: Option<Duration>) -> Result<Vec<u8>> {
    let url = platform.endpoints.data_map_url(&platform.data_api_base(), key);
    fetch(platform, RequestKind::DataMap, &url, timeout)
}

fn read_json<'a, T: Read<'a>>(platform: &Platform, text: &'a str, has_replaced_bytes: bool) -> Result<T> {
    reply::read_json(text, has_replaced_bytes)
        .map_err(|failure| failed(platform, RequestKind::DataMap, failure))
}

fn fetch(platform: &Platform, kind: RequestKind, url: &str, timeout: Option<Duration>) -> Result<Vec<u8>> {
    let request = Request::get(url, time_of(timeout, platform.default_timeout), MAX_BODY).of_kind(kind);
    let response = platform.observed(kind, || {
        send_authorized(&platform.remote_http, &platform.tokens, &request, &mut { TOKEN_RETRIES })
    });
    match response {
        Ok(response) if response.is_success() => Ok(response.body),
        Ok(response) => Err(failed(platform, kind, RequestFailure::Status(response.status))),
        Err(failure) => Err(failed(platform, kind, failure)),
    }
}

/// The error of a call whose request failed.
pub(crate) fn failed(platform: &Platform, kind: RequestKind, failure: RequestFailure) -> KameleoonError {
    let path = match kind {
        RequestKind::VisitorData => "/visit/visitor",
        _ => "/map/map",
    };
    platform.endpoints.failed(kind, failure, &format!("{}{path}", platform.data_api_base()))
}
