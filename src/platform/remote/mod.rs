//! Reading the data API: what the platform remembers of a visitor, and what is stored there.

mod filter;
mod options;
mod piece;
#[cfg(feature = "async")]
mod pool;
mod reply;
mod requests;
mod visitor_data;
mod wire;

pub use filter::RemoteVisitorDataFilter;
#[cfg(feature = "async")]
pub(crate) use options::time_of as call_time;
pub use options::{RemoteDataOptions, RemoteVisitorDataOptions, WarehouseAudienceOptions};
#[cfg(feature = "async")]
pub(crate) use pool::{Job, RemotePool};
pub(crate) use requests::{failed, fetch_data_map, fetch_visitor_data, fetch_warehouse_audience};
pub(crate) use visitor_data::{data_of, read};
