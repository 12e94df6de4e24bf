//! All that two files say differently about a flag.

use super::change::{ChangeKind, Changes, FlagChange};
use super::pairs::Pair;
use super::rules;
use crate::decision::datafile::{DataFile, Flag, VariationDefinition};

/// All that the files say differently about a flag.
pub(super) fn changes(old: &DataFile, new: &DataFile, pair: &Pair<'_>) -> Vec<FlagChange> {
    let mut list = Changes::default();
    match (pair.old, pair.new) {
        (Some((_, was)), Some((_, is))) => {
            flag(old, new, was, is, &mut list);
            variations(was, is, &mut list);
            rules::changes(old, new, was, is, &mut list);
        }
        (None, Some((_, flag))) => {
            list.add(ChangeKind::FlagAdded, format!("the flag is new, with {}", count(flag)))
        }
        (Some((_, flag)), None) => {
            list.add(ChangeKind::FlagRemoved, format!("the flag went, with {}", count(flag)))
        }
        (None, None) => {}
    }
    list.0
}

fn count(flag: &Flag) -> String {
    let declared = flag.variations.iter().filter(|variation| variation.declared).count();
    let counted = |count: usize, noun: &str| match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    };
    format!("{} and {}", counted(declared, "variation"), counted(flag.rules.len(), "rule"))
}

fn flag(old: &DataFile, new: &DataFile, was: &Flag, is: &Flag, list: &mut Changes) {
    if was.environment_enabled != is.environment_enabled {
        let state = if is.environment_enabled { "on" } else { "off" };
        list.add(ChangeKind::Environment, format!("the flag was switched {state}"));
    }
    let default = |flag: &Flag| flag.variation(flag.default_variation).key.to_string();
    if default(was) != default(is) {
        let text = format!("the default variation: `{}` -> `{}`", default(was), default(is));
        list.add(ChangeKind::DefaultVariation, text);
    }
    let group = |file: &DataFile, flag: &Flag| {
        flag.group
            .map_or_else(|| "none".to_owned(), |place| format!("`{}`", file.groups[place as usize].name))
    };
    if group(old, was) != group(new, is) {
        let text = format!("the exclusive group: {} -> {}", group(old, was), group(new, is));
        list.add(ChangeKind::Bucketing, text);
    }
    if was.bucketing_index != is.bucketing_index {
        let index = |index: Option<u32>| index.map_or_else(|| "none".to_owned(), |index| index.to_string());
        let text = format!(
            "the index of the bucketing custom data: {} -> {}",
            index(was.bucketing_index),
            index(is.bucketing_index)
        );
        list.add(ChangeKind::Bucketing, text);
    }
}

fn variations(was: &Flag, is: &Flag, list: &mut Changes) {
    let declared = |flag: &'_ Flag, key: &str| {
        flag.variations.iter().any(|variation| variation.declared && *variation.key == *key)
    };
    for variation in was.variations.iter().filter(|variation| variation.declared) {
        match is.variations.iter().find(|other| other.declared && other.key == variation.key) {
            Some(other) => variables(variation, other, list),
            None => list.add(ChangeKind::VariationRemoved, format!("the variation `{}` went", variation.key)),
        }
    }
    for variation in is.variations.iter().filter(|variation| variation.declared) {
        if !declared(was, &variation.key) {
            list.add(ChangeKind::VariationAdded, format!("the variation `{}` is new", variation.key));
        }
    }
}

fn variables(was: &VariationDefinition, is: &VariationDefinition, list: &mut Changes) {
    let key = &was.key;
    for variable in &was.variables {
        let name = variable.key();
        let Some(other) = is.variables.iter().find(|other| other.key() == name) else {
            list.add(ChangeKind::VariableRemoved, format!("the variable `{name}` of `{key}` went"));
            continue;
        };
        if variable.variable_type() != other.variable_type() {
            let (was, is) = (variable.variable_type(), other.variable_type());
            list.add(ChangeKind::VariableType, format!("the type of `{name}` of `{key}`: {was} -> {is}"));
        } else if variable.value() != other.value() {
            let (was, is) = (shown(variable.value()), shown(other.value()));
            list.add(ChangeKind::VariableValue, format!("the value of `{name}` of `{key}`: {was} -> {is}"));
        }
    }
    for variable in &is.variables {
        let name = variable.key();
        if !was.variables.iter().any(|other| other.key() == name) {
            list.add(ChangeKind::VariableAdded, format!("the variable `{name}` of `{key}` is new"));
        }
    }
}

/// A value for a line of text: the beginning of a long one.
fn shown(value: &serde_json::Value) -> String {
    const MOST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
