//! Flags of which everybody gets the same.

use super::reach;
use crate::decision::datafile::{DataFile, Flag, RuleKind};

/// The key of the variation that everybody gets of an enabled flag; none when there are several.
/// The holdout, which is over all flags alike, is left aside.
pub(super) fn one_sided<'f>(file: &DataFile, flag: &'f Flag) -> Option<&'f str> {
    let shares_a_group = flag.group.is_some_and(|group| file.groups[group as usize].flags.len() > 1);
    if !flag.environment_enabled || shares_a_group {
        return None;
    }
    let mut given = Vec::new();
    let mut add = |place: u32| {
        let key = &*flag.variation(place).key;
        if !given.contains(&key) {
            given.push(key);
        }
    };
    let mut everybody_decided = false;
    for (rule, unreachable) in flag.rules.iter().zip(reach::unreachable(file, flag)) {
        if unreachable.is_some() {
            continue;
        }
        if rule.kind == RuleKind::TargetedDelivery {
            if rule.exposition > 0.0 {
                add(rule.exposures.first().map_or(flag.default_variation, |first| first.variation));
            }
            if rule.exposition < 1.0 {
                add(flag.default_variation);
            }
        } else if rule.exposition > 0.0 {
            rule.exposures
                .iter()
                .filter(|share| share.exposition > 0.0)
                .for_each(|share| add(share.variation));
        }
        everybody_decided |= reach::decides_for_everybody(file, rule);
    }
    if !everybody_decided {
        add(flag.default_variation);
    }
    match given.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}
