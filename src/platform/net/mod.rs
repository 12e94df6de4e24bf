//! Everything between the crate and the network: where requests go, how they are sent, what stands
//! in for a token, and how long to wait after a failure. What the requests mean is known upstairs.

mod address;
mod agent;
mod authorized;
mod connector;
mod encode;
mod endpoints;
mod failure;
#[cfg(test)]
mod failure_tests;
#[cfg(test)]
mod fake;
#[cfg(any(feature = "emulator", feature = "testing"))]
pub(crate) mod form;
mod gzip;
mod http;
#[cfg(test)]
mod http_tests;
mod limit;
mod quiet;
mod request_log;
mod resolver;
mod retry;
mod stage;
mod stream;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
mod tls;
mod tls_words;
mod token;
mod token_source;

pub(crate) use self::{
    authorized::send_authorized,
    encode::{Query, push_encoded},
    endpoints::{Endpoints, VisitorDataParts, VisitorKey},
    http::{HttpClient, Request, Response},
    quiet::Quiet,
    retry::Backoff,
    stage::may_have_arrived,
    stream::{EventStream, Refused, StreamRead},
    token_source::TokenSource,
};
