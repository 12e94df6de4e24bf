//! What handlers hear of an evaluation.

use std::fmt;

use crate::decision::datafile::{DecidedBy, Variation};
use crate::error::KameleoonError;

/// An evaluation of one flag for one visitor, as handlers set with
/// [`on_evaluation`](crate::KameleoonClient::on_evaluation) hear of it.
///
/// `Debug` leaves out the visitor code.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct EvaluationEvent<'a> {
    /// The site; empty for a client without a network.
    pub site_code: &'a str,
    /// Who was asked about, as the caller wrote it: an invalid code too.
    pub visitor_code: &'a str,
    /// The flag, as the caller wrote it: an unknown key too, so a label of metrics only where
    /// `result` is a variation.
    pub feature_key: &'a str,
    /// The variation that was given, or why there was none. A flag that is disabled is an error here,
    /// also where the call answers `false`.
    pub result: Result<&'a Variation, &'a KameleoonError>,
    /// Whether the exposure is sent to the platform: the call wanted it, the client can send, and the
    /// program uses what was decided. What consent keeps back counts as well; without an
    /// [`experiment_id`](Self::experiment_id) there is nothing to send.
    pub is_tracked: bool,
}

impl EvaluationEvent<'_> {
    /// The key of the variation, if there is one.
    pub fn variation_key(&self) -> Option<&str> {
        self.result.ok().map(Variation::key)
    }

    /// The experiment that the variation belongs to, if it belongs to one.
    pub fn experiment_id(&self) -> Option<i64> {
        self.result.ok().and_then(Variation::experiment_id)
    }

    /// The id of the rule that decided, if one did.
    pub fn rule_id(&self) -> Option<i64> {
        self.result.ok().and_then(Variation::rule_id)
    }

    /// What decided, if there is a variation.
    pub fn decided_by(&self) -> Option<DecidedBy> {
        self.result.ok().map(Variation::decided_by)
    }

    /// Why the evaluation ended as it did, in a word that stays the same: a label of metrics.
    /// [`DecidedBy::as_str`], or [`KameleoonError::as_str`].
    pub fn reason(&self) -> &'static str {
        match self.result {
            Ok(variation) => variation.decided_by().as_str(),
            Err(error) => error.as_str(),
        }
    }
}

impl fmt::Debug for EvaluationEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EvaluationEvent")
            .field("site_code", &self.site_code)
            .field("feature_key", &self.feature_key)
            .field("result", &self.result)
            .field("is_tracked", &self.is_tracked)
            .finish_non_exhaustive()
    }
}
