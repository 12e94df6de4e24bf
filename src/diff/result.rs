//! What a comparison found.

use serde::Serialize;

use super::flag::{self, FlagDiff};
use super::moves::Move;

/// What a new data file changes for visitors, found out by evaluating each of them with both files.
///
/// A server can look at a data file before it is in use; the command `kameleoon diff` prints the
/// same. Nothing is sent or kept.
///
/// Each visitor is evaluated as by
/// [`get_variations`](crate::KameleoonClient::get_variations): for all flags, in the order of the
/// file, as a new visitor of whom is known what the options say. A visitor *moves* when the key of
/// its variation changes; a flag that is not there or is disabled gives no variation.
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// use kameleoon::{DataFileDiff, DataFileView, DiffOptions};
///
/// let file = |exposition: f64| {
///     DataFileView::parse(format!(
///         r#"{{"featureFlags": [{{"featureKey": "banner", "environmentEnabled": true,
///             "defaultVariationKey": "off", "variations": [{{"key": "off"}}, {{"key": "on"}}],
///             "rules": [{{"id": 1, "type": "TARGETED_DELIVERY", "exposition": {exposition},
///                 "experimentId": 2, "variationByExposition": [{{"variationKey": "on"}}]}}]}}]}}"#
///     ))
/// };
/// let diff = DataFileDiff::compute(&file(0.1)?, &file(0.2)?, DiffOptions::new().sample(10_000))?;
/// let banner = diff.flag("banner").expect("the flag is in both files");
/// for flow in banner.flows().iter().filter(|flow| flow.is_move()) {
///     println!("{:?} -> {:?}: {} visitors", flow.from, flow.to, flow.visitors);
/// }
/// assert!(banner.moved() > 800 && banner.moved() < 1_200);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[must_use = "it says who gets something else"]
pub struct DataFileDiff {
    pub(super) visitors: u64,
    pub(super) moved: u64,
    pub(super) flags: Vec<FlagDiff>,
    #[serde(skip)]
    pub(super) moves: Vec<Move>,
}

impl DataFileDiff {
    /// How many visitors were evaluated.
    pub fn visitors(&self) -> u64 {
        self.visitors
    }

    /// How many visitors move in at least one flag.
    pub fn moved(&self) -> u64 {
        self.moved
    }

    /// The share of the visitors that move in at least one flag, from 0 to 1; 0 without visitors.
    pub fn moved_share(&self) -> f64 {
        flag::share(self.moved, self.visitors)
    }

    /// The flags of both files: those of the new one in its order, then those that went.
    pub fn flags(&self) -> &[FlagDiff] {
        &self.flags
    }

    /// The flag with this key.
    pub fn flag(&self, feature_key: &str) -> Option<&FlagDiff> {
        self.flags.iter().find(|flag| flag.feature_key() == feature_key)
    }

    /// Who moves, in the order of the visitors. Empty unless
    /// [`keep_moves`](super::DiffOptions::keep_moves) was asked for.
    pub fn moves(&self) -> &[Move] {
        &self.moves
    }

    /// Whether the two files say the same in everything that is compared, and nobody moves.
    pub fn is_empty(&self) -> bool {
        self.moved == 0 && self.flags.iter().all(|flag| flag.changes().is_empty())
    }
}
