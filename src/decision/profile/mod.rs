//! What is known about a visitor, as conditions read it.

mod adopt;
mod assigned;
mod bounds;
mod conversions;
mod few;
mod merge;
mod model;
mod pages;
mod travel;
mod visits;

pub(crate) use adopt::AdoptedPages;
pub(crate) use assigned::Assignment;
pub(crate) use bounds::Bound;
pub(crate) use merge::{Remembered, RememberedPage, RememberedVisits, TimedConversion};
pub(crate) use model::{
    Consent, CustomDataEntry, Extra, ForcedVariation, Personalization, Profile, Scores, SimulatedChoice,
    SimulatedVariation, extra,
};
pub(crate) use visits::{Visit, Visits};
