//! What two files say differently about the rules of a flag.

use super::change::{ChangeKind, Changes};
use crate::check::unreachable;
use crate::decision::datafile::{DataFile, Flag, Rule, RuleKind, Segment, Test};

pub(super) fn changes(old: &DataFile, new: &DataFile, was: &Flag, is: &Flag, list: &mut Changes) {
    let find = |flag: &'_ Flag, id: i64| flag.rules.iter().any(|rule| rule.id == id);
    for rule in was.rules.iter().filter(|rule| !find(is, rule.id)) {
        list.add(ChangeKind::RuleRemoved, format!("rule {} went", rule.id));
    }
    for rule in &is.rules {
        match was.rules.iter().find(|other| other.id == rule.id) {
            Some(other) => one((old, was, other), (new, is, rule), list),
            None => list.add(
                ChangeKind::RuleAdded,
                format!("rule {} is new: {}, {}", rule.id, kind(rule), percent(rule.exposition)),
            ),
        }
    }
    let common = |flag: &Flag, other: &Flag| -> Vec<i64> {
        flag.rules.iter().map(|rule| rule.id).filter(|id| find(other, *id)).collect()
    };
    let (before, after) = (common(was, is), common(is, was));
    if before != after {
        list.add(ChangeKind::RuleOrder, format!("the order of the rules: {before:?} -> {after:?}"));
    }
    let known = unreachable(old, was);
    for (rule, reason) in is.rules.iter().zip(unreachable(new, is)) {
        let was_unreachable =
            was.rules.iter().zip(&known).any(|(other, reason)| other.id == rule.id && reason.is_some());
        if let Some(reason) = reason.filter(|_| !was_unreachable) {
            list.add(ChangeKind::RuleUnreachable, format!("rule {} can never be reached: {reason}", rule.id));
        }
    }
}

/// A rule in its flag and its file.
type Placed<'f> = (&'f DataFile, &'f Flag, &'f Rule);

fn one(old: Placed<'_>, new: Placed<'_>, list: &mut Changes) {
    let (was, is) = (old.2, new.2);
    let id = is.id;
    if was.kind != is.kind {
        list.add(ChangeKind::RuleType, format!("rule {id}: {} -> {}", kind(was), kind(is)));
    }
    if segment_text(old.0, was) != segment_text(new.0, is) {
        let name = |placed: Placed<'_>| match placed.2.segment {
            Some(place) => format!("segment {}", placed.0.segments[place as usize].id),
            None => "everybody".to_owned(),
        };
        let (before, after) = (name(old), name(new));
        let text = match before == after {
            true => format!("rule {id}: the conditions of {after} changed"),
            false => format!("rule {id} targets: {before} -> {after}"),
        };
        list.add(ChangeKind::Segment, text);
    }
    if was.exposition != is.exposition {
        let text =
            format!("rule {id}, exposition: {} -> {}", percent(was.exposition), percent(is.exposition));
        list.add(ChangeKind::Exposition, text);
    }
    if was.rule_salt.text() != is.rule_salt.text() || was.experiment_salt.text() != is.experiment_salt.text()
    {
        list.add(ChangeKind::Respool, format!("rule {id} deals its visitors anew"));
    }
    let (before, after) = (shares(old.1, was), shares(new.1, is));
    if before != after {
        list.add(ChangeKind::Shares, format!("rule {id}, shares: {before} -> {after}"));
    }
}

fn kind(rule: &Rule) -> &'static str {
    match rule.kind {
        RuleKind::Experimentation => "an experiment",
        RuleKind::TargetedDelivery => "a delivery",
        RuleKind::Other => "a rule of another type",
    }
}

fn shares(flag: &Flag, rule: &Rule) -> String {
    let share = |exposure: &crate::decision::datafile::Exposure| {
        format!("{} {}", flag.variation(exposure.variation).key, percent(exposure.exposition))
    };
    let list: Vec<String> = rule.exposures.iter().map(share).collect();
    list.join(", ")
}

fn percent(share: f64) -> String {
    // Rounded, or 0.29 would read as 28.999999999999996 %.
    format!("{} %", (share * 1e8).round() / 1e6)
}

/// All that a rule's segment says, with the segments that it refers to.
fn segment_text(file: &DataFile, rule: &Rule) -> Option<String> {
    let mut text = String::new();
    let mut found: Vec<&Segment> = vec![&file.segments[rule.segment? as usize]];
    let mut next = 0;
    while let Some(segment) = found.get(next).copied() {
        text.push_str(&format!("{} {:?}\n", segment.id, segment.tree));
        for condition in segment.tree.iter().flat_map(|tree| &tree.items).flat_map(|list| &list.items) {
            let Test::Segment { place, .. } = condition.test else { continue };
            let is_new = |other: &&Segment| !found.iter().any(|known| std::ptr::eq(*known, *other));
            if let Some(other) = file.segment_at(place).filter(is_new) {
                found.push(other);
            }
        }
        next += 1;
    }
    Some(text)
}
