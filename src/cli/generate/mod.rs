//! `kameleoon generate`: typed Rust from a data file.

mod command;
mod model;
mod names;
mod render;

use std::collections::HashMap;

pub(super) use command::Generate;
pub(super) use render::MARK;

/// The names that a generated module has for flags, each with the key of its flag: the type's and
/// the module's.
pub(super) fn type_names(keys: &[&str]) -> HashMap<String, String> {
    let pairs = keys.iter().zip(model::flag_names(keys));
    pairs
        .flat_map(|(key, name)| [(name.pascal, (*key).to_owned()), (name.snake, (*key).to_owned())])
        .collect()
}
