//! The code that tells the engine in the browser which variations the server gave.

use std::fmt::Write;

use crate::decision::datafile::{DataFile, Flag, VariableType};
use crate::decision::profile::{Assignment, Profile};

/// How long an assignment is part of the code, in milliseconds.
const RECENT: i64 = 5_000;

/// JavaScript for a page, made of what was assigned to its visitor within the last seconds; `now`
/// in milliseconds since the epoch. Nothing but digits is put into it, so it can stand in any page.
pub(crate) fn engine_tracking_code(profile: Option<&Profile>, file: Option<&DataFile>, now: i64) -> String {
    let assigned = profile.map(|profile| profile.assigned.in_order()).unwrap_or_default();
    let recent = assigned.iter().filter(|assignment| now.saturating_sub(assignment.time) <= RECENT);
    let mut code = String::from("window.kameleoonQueue=window.kameleoonQueue||[];");
    for Assignment { experiment_id, variation_id, .. } in recent {
        let flag = file.and_then(|file| file.experiment(*experiment_id));
        let trigger = !flag.is_some_and(|(flag, _)| runs_in_page(flag));
        // Writing to a String cannot fail.
        let _ = write!(
            code,
            "window.kameleoonQueue.push(['Experiments.assignVariation',{experiment_id},{variation_id},true]);\
             window.kameleoonQueue.push(['Experiments.trigger',{experiment_id},{trigger}]);"
        );
    }
    code
}

/// Whether the engine itself has something to run or to style for the flag.
fn runs_in_page(flag: &Flag) -> bool {
    let variables = flag.variations.first().map_or(&[][..], |variation| &variation.variables);
    variables.iter().any(|variable| matches!(variable.variable_type(), VariableType::Js | VariableType::Css))
}

#[cfg(test)]
mod tests {
    use super::engine_tracking_code;
    use crate::decision::datafile::{DataFile, RuleKind};
    use crate::decision::profile::{Assignment, Profile};

    const FILE: &str = r#"{"featureFlags": [
        {"featureKey": "plain", "variations": [{"key": "on", "variables": [{"key": "t", "type": "STRING"}]},
            {"key": "b", "variables": [{"key": "c", "type": "CSS", "value": ""}]}], "rules": [{"experimentId": 1}]},
        {"featureKey": "script", "variations": [{"key": "on", "variables": [
            {"key": "t", "type": "STRING"}, {"key": "j", "type": "JS", "value": ""}]}], "rules": [{"experimentId": 2}]},
        {"featureKey": "style", "variations": [{"key": "on", "variables": [
            {"key": "c", "type": "CSS", "value": ""}]}], "rules": [{"experimentId": 3}]}]}"#;
    const NOW: i64 = 1_700_000_000_000;

    /// What was assigned, in the order in which it was.
    fn code(assigned: &[(i64, i64)], file: Option<&DataFile>) -> String {
        let mut profile = Profile::new(NOW);
        for (id, age) in assigned {
            let kind = RuleKind::Experimentation;
            profile.assigned.save(Assignment::new(*id, id * 10, kind, NOW - age, true));
        }
        engine_tracking_code(Some(&profile), file, NOW)
    }

    fn expected(experiments: &[(i64, bool)]) -> String {
        let mut code = "window.kameleoonQueue=window.kameleoonQueue||[];".to_owned();
        for (id, trigger) in experiments {
            code += &format!(
                "window.kameleoonQueue.push(['Experiments.assignVariation',{id},{id}0,true]);\
                 window.kameleoonQueue.push(['Experiments.trigger',{id},{trigger}]);"
            );
        }
        code
    }

    #[test]
    fn recent_assignments_are_named_in_their_order() {
        let file = DataFile::parse(FILE.as_bytes()).unwrap();
        for (assigned, file, experiments) in [
            (&[][..], Some(&file), &[][..]),
            (&[(1, 0), (2, 0), (3, 0)][..], Some(&file), &[(1, true), (2, false), (3, false)][..]),
            (&[(2, 0), (3, 0), (1, 0)], Some(&file), &[(2, false), (3, false), (1, true)]),
            (&[(1, 5_000), (2, 5_001)], Some(&file), &[(1, true)]),
            // The clock of the platform may be ahead.
            (&[(1, -60_000)], Some(&file), &[(1, true)]),
            (&[(9, 10)], Some(&file), &[(9, true)]),
            (&[(2, 10)], None, &[(2, true)]),
        ] {
            assert_eq!(code(assigned, file), self::expected(experiments), "{assigned:?}");
        }
    }
}
