//! What a person leaves behind that turned out to be another one.

use std::sync::Arc;

use super::more::More;
use crate::decision::profile::Profile;

/// All that was known of a person.
#[derive(Debug)]
pub(super) struct Estate {
    pub(super) profile: Option<Arc<Profile>>,
    pub(super) more: Option<Box<More>>,
}
