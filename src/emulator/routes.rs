//! The platform's answers: which path is what, and what it holds for it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::connection::{Received, find};
use super::line::{decode_pairs, value_of};
use super::reply::Reply;
use crate::RequestKind;
use crate::web::http_date;

const TOKEN: &str = "tok-0123456789";
const TOKEN_LIFE: Duration = Duration::from_secs(7_200);

/// What a path asks for.
pub(super) fn kind_of(path: &str) -> Option<RequestKind> {
    match path {
        "/oauth/token" => return Some(RequestKind::Token),
        "/visit/events" => return Some(RequestKind::Tracking),
        "/visit/visitor" => return Some(RequestKind::VisitorData),
        "/map/map" => return Some(RequestKind::DataMap),
        "/sse" => return Some(RequestKind::Stream),
        _ => {}
    }
    let site_code = site_code_of(path);
    (!site_code.is_empty() && !site_code.contains('/')).then_some(RequestKind::Configuration)
}

/// The site code in the path of a data file.
fn site_code_of(path: &str) -> &str {
    path.strip_prefix("/v3/").or_else(|| path.strip_prefix('/')).unwrap_or("")
}

/// A value of the visitor data or the data map.
enum Stored {
    Json(Arc<str>),
    Status(u16),
}

impl Stored {
    /// `{"$status": n}` stands for an answer with that status.
    fn new(json: String) -> Self {
        let status = serde_json::from_str::<Value>(&json)
            .ok()
            .and_then(|value| value.get("$status")?.as_u64())
            .and_then(|status| u16::try_from(status).ok());
        match status {
            Some(status) => Self::Status(status),
            None => Self::Json(json.into()),
        }
    }

    fn reply(&self) -> Reply {
        match self {
            Self::Json(json) => Reply::json(Arc::clone(json)),
            Self::Status(status) => Reply::text(*status, "error"),
        }
    }
}

/// What a request gets when nothing goes wrong.
pub(super) enum Answer {
    Reply(Reply),
    /// An event stream.
    Stream,
}

/// Decides by the body of a tracking request how it is answered.
pub(super) type Judge = Box<dyn Fn(&str) -> Option<u16> + Send>;

/// Everything the emulated platform holds.
pub(super) struct Content {
    site_codes: Vec<String>,
    data_file: Option<Arc<str>>,
    last_modified: i64,
    token: String,
    visitor_data: HashMap<String, Stored>,
    map: HashMap<String, Stored>,
    tracking_statuses: VecDeque<u16>,
    judge: Option<Judge>,
}

impl Content {
    pub(super) fn new(site_codes: Vec<String>) -> Self {
        Self {
            site_codes,
            data_file: None,
            last_modified: 0,
            token: token_json(TOKEN, TOKEN_LIFE),
            visitor_data: HashMap::new(),
            map: HashMap::new(),
            tracking_statuses: VecDeque::new(),
            judge: None,
        }
    }

    pub(super) fn set_data_file(&mut self, json: String) {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0));
        // The date has whole seconds; two files within one second must differ nevertheless.
        self.last_modified = now.max(self.last_modified + 1);
        self.data_file = (json.trim() != "null").then(|| json.into());
    }

    pub(super) fn set_token(&mut self, token: &str, life: Duration) {
        self.token = token_json(token, life);
    }

    pub(super) fn set_visitor_data(&mut self, code: String, json: String) {
        self.visitor_data.insert(code, Stored::new(json));
    }

    pub(super) fn set_map(&mut self, key: String, json: String) {
        self.map.insert(key, Stored::new(json));
    }

    pub(super) fn set_judge(&mut self, judge: Judge) {
        self.judge = Some(judge);
    }

    pub(super) fn set_tracking_statuses(&mut self, statuses: VecDeque<u16>) {
        self.tracking_statuses = statuses;
    }

    /// The right answer; `whole` asks for one with a body where there is a choice.
    pub(super) fn answer(&mut self, kind: Option<RequestKind>, request: &Received, whole: bool) -> Answer {
        let Some(kind) = kind else {
            return Answer::Reply(Reply::text(404, "the platform has no such path"));
        };
        let method = match kind {
            RequestKind::Token | RequestKind::Tracking => "POST",
            _ => "GET",
        };
        if request.method != method {
            return Answer::Reply(Reply::text(405, "not with this method").header("Allow", method));
        }
        Answer::Reply(match kind {
            RequestKind::Configuration => self.data_file(request, whole),
            RequestKind::Token => Reply::json(self.token.as_str()),
            RequestKind::Tracking => {
                let body = std::str::from_utf8(&request.body).unwrap_or_default();
                let judged = self.judge.as_ref().and_then(|judge| judge(body));
                Reply::empty(judged.or_else(|| self.tracking_statuses.pop_front()).unwrap_or(200))
            }
            RequestKind::VisitorData => {
                let query = decode_pairs(&request.query);
                let key = value_of(&query, "visitorCode").or_else(|| value_of(&query, "mappingValue"));
                key.and_then(|key| self.visitor_data.get(key))
                    .map_or_else(|| Reply::json("{}"), Stored::reply)
            }
            RequestKind::DataMap => {
                let query = decode_pairs(&request.query);
                value_of(&query, "key")
                    .and_then(|key| self.map.get(key))
                    .map_or_else(|| Reply::text(404, "no such key"), Stored::reply)
            }
            RequestKind::Stream => return Answer::Stream,
        })
    }

    fn data_file(&self, request: &Received, whole: bool) -> Reply {
        let site_code = percent_decode_str(site_code_of(&request.path)).decode_utf8_lossy();
        if !self.site_codes.is_empty() && !self.site_codes.iter().any(|known| *known == site_code) {
            return Reply::text(404, "no such site code");
        }
        let Some(data_file) = &self.data_file else {
            return Reply::text(500, "no data file");
        };
        let last_modified = http_date(self.last_modified);
        let reply = match find(&request.headers, "if-modified-since") {
            Some(known) if known == last_modified && !whole => Reply::empty(304),
            _ => Reply::json(Arc::clone(data_file)),
        };
        reply.header("Last-Modified", last_modified)
    }
}

fn token_json(token: &str, life: Duration) -> String {
    let token = Value::from(token);
    format!(r#"{{"access_token":{token},"token_type":"bearer","expires_in":{}}}"#, life.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_apart() {
        for (path, kind) in [
            ("/abc123", Some(RequestKind::Configuration)),
            ("/v3/abc123", Some(RequestKind::Configuration)),
            ("/v3", Some(RequestKind::Configuration)),
            ("/oauth/token", Some(RequestKind::Token)),
            ("/visit/events", Some(RequestKind::Tracking)),
            ("/visit/visitor", Some(RequestKind::VisitorData)),
            ("/map/map", Some(RequestKind::DataMap)),
            ("/sse", Some(RequestKind::Stream)),
            ("/", None),
            ("/v3/", None),
            ("/v4/abc123", None),
            ("/visit/other", None),
        ] {
            assert_eq!(kind_of(path), kind, "{path}");
        }
    }

    #[test]
    fn two_data_files_within_one_second_have_different_dates() {
        let mut content = Content::new(Vec::new());
        let dates: Vec<i64> = (0..5)
            .map(|_| {
                content.set_data_file("{}".into());
                content.last_modified
            })
            .collect();
        assert!(dates.windows(2).all(|pair| pair[0] < pair[1]), "{dates:?}");
    }
}
