//! Small files of the crate's own: written whole or not at all, for this user alone, and read only
//! where they are plain files.

mod once;
mod read;
mod replace;
mod temporary;

pub(crate) use once::create_once;
pub(crate) use read::read_file;
pub(crate) use replace::replace;
pub(crate) use temporary::sweep;
