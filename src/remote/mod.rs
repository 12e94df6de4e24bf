//! Reading the data API: what the platform remembers of a visitor, and what is stored there.

mod filter;
mod options;
mod piece;
mod requests;
mod visitor_data;
mod wire;

pub use filter::RemoteVisitorDataFilter;
pub use options::{RemoteDataOptions, RemoteVisitorDataOptions, WarehouseAudienceOptions};
pub(crate) use requests::{failed, fetch_data_map, fetch_visitor_data, fetch_warehouse_audience};
pub(crate) use visitor_data::{data_of, read};
