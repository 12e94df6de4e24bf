//! What a message says in words, as pairs for whoever reads those.

use log::kv::{Error, Key, Source, Value, VisitSource};

use super::speaker::ClientLog;
use crate::error::{RequestFailure, RequestKind};

/// A name and a value.
pub(crate) type Fact<'a> = (&'static str, Value<'a>);

/// What the log says of a request that failed.
pub(crate) fn failure_facts(kind: RequestKind, failure: &RequestFailure) -> Vec<Fact<'static>> {
    let mut facts = vec![("kind", kind.as_str().into()), ("error", failure.as_str().into())];
    if let RequestFailure::Status(status) = failure {
        facts.push(("status", (*status).into()));
    }
    facts
}

/// Whose message it is, and what else it says.
pub(super) struct Facts<'a> {
    pub(super) client: Option<&'a ClientLog>,
    pub(super) facts: &'a [Fact<'a>],
}

impl Source for Facts<'_> {
    fn visit<'kvs>(&'kvs self, visitor: &mut dyn VisitSource<'kvs>) -> Result<(), Error> {
        let client =
            self.client.map(|client| [("site", &*client.site), ("environment", &*client.environment)]);
        for (name, text) in client.into_iter().flatten().filter(|(_, text)| !text.is_empty()) {
            visitor.visit_pair(Key::from_str(name), Value::from(text))?;
        }
        self.facts.visit(visitor)
    }
}
