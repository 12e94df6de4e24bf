//! What is known about a visitor, and how far each piece of it is on its way to the platform.

mod add;
mod adopt;
mod assigned;
mod delivery;
mod finish;
mod merge;
mod model;
mod pages;
mod tally;
mod visits;

pub(crate) use add::AddContext;
pub(crate) use assigned::Assignment;
pub(crate) use delivery::Tracked;
pub(crate) use merge::{MergeContext, Remembered, RememberedPage};
pub(crate) use model::{
    Consent, CustomDataEntry, Extra, ForcedVariation, Personalization, Profile, Scores, SimulatedVariation,
    TimedConversion, extra,
};
pub(crate) use tally::Tally;
pub(crate) use visits::{Visit, Visits};

/// Makes room for one more item without the reserve that `Vec` adds at first: most visitors have
/// one item of a kind.
fn grow<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 2).max(1));
    }
}
