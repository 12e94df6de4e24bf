//! What servers tell each other about one visitor: fields that merge by a rule that needs no order.

mod datum;
mod field;
mod visitor_record;

pub use datum::Datum;
pub(crate) use field::Field;
pub use visitor_record::VisitorRecord;
