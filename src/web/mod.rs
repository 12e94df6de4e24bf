//! What a web server needs: the visitor code in cookies, simulated variations, and the code that
//! hands a page's experiments to the engine in the browser. Pure: texts in, texts out.

mod cache_control;
#[cfg(feature = "cookie")]
mod cookie_crate;
mod engine_code;
mod escape;
mod http_date;
mod jar;
mod query;
mod request_cookies;
mod set_cookie;
mod simulation;
mod visitor_code;

#[cfg(feature = "tower")]
pub(crate) use cache_control::private_cache_control;
pub(crate) use engine_code::engine_tracking_code;
#[cfg(feature = "emulator")]
pub(crate) use http_date::http_date;
pub use jar::CookieJar;
pub use request_cookies::RequestCookies;
pub use set_cookie::SetCookie;
pub(crate) use simulation::simulated_variations;
pub use visitor_code::VisitorCodeOptions;
#[cfg(feature = "tower")]
pub(crate) use visitor_code::cookie_visitor_code;
pub(crate) use visitor_code::{FoundCode, find_visitor_code};

/// The cookie, and the query parameter, with the visitor code.
pub(crate) const VISITOR_CODE: &str = "kameleoonVisitorCode";

/// The cookie with the variations that a person previews.
pub(crate) const SIMULATION: &str = "kameleoonSimulationFFData";
