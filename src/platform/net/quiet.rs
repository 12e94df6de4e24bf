//! Failures that a short program is expected to have.

use std::time::{Duration, Instant};

use crate::error::RequestFailure;

/// For so long a client may be part of a program that is short.
const SHORT: Duration = Duration::from_secs(30);

/// Whether an unreachable platform is worth a warning. A command-line tool runs offline too: as long as
/// nothing is lost by it, its user need not read of it at each run. Somebody who runs for longer is told.
#[derive(Debug)]
pub(crate) struct Quiet {
    until: Option<Instant>,
}

impl Quiet {
    /// `loses_nothing`: what cannot be done now is left for another run.
    pub(crate) fn new(loses_nothing: bool) -> Self {
        Self { until: loses_nothing.then(|| Instant::now() + SHORT) }
    }

    /// Whether this failure is to be told as a piece of information.
    pub(crate) fn covers(&self, failure: &RequestFailure) -> bool {
        let is_unreachable = matches!(failure, RequestFailure::Connection(_) | RequestFailure::Timeout(_));
        is_unreachable && self.until.is_some_and(|until| Instant::now() < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_unreachable_is_expected_and_only_at_first() {
        let unreachable = RequestFailure::Connection("refused".to_owned());
        let mut quiet = Quiet::new(true);
        assert!(quiet.covers(&unreachable));
        assert!(!quiet.covers(&RequestFailure::Status(401)) && !Quiet::new(false).covers(&unreachable));
        quiet.until = Some(Instant::now());
        assert!(!quiet.covers(&unreachable));
    }
}
