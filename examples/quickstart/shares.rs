//! Who gets what, beside what is configured.

use std::collections::BTreeMap;

use kameleoon::{Explanation, FlagView, KameleoonClient, Step};

use crate::terminal::bar;

/// Evaluates all flags for all visitors, tracked, and shows the shares.
pub(crate) fn show(client: &KameleoonClient, visitors: &[String]) -> kameleoon::Result<()> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for visitor in visitors {
        for (feature_key, variation) in &client.get_variations(visitor)? {
            *counts.entry((feature_key.to_owned(), variation.key().to_owned())).or_default() += 1;
        }
    }
    let Some(data_file) = client.get_data_file() else { return Ok(()) };
    for flag in data_file.flags().filter(|flag| flag.is_environment_enabled()) {
        println!("{}", describe(flag));
        for variation in flag.variations() {
            let key = (flag.key().to_owned(), variation.key().to_owned());
            let share = counts.get(&key).copied().unwrap_or_default() as f64 / visitors.len() as f64;
            let configured = configured(flag, variation.key());
            let beside =
                configured.map_or_else(String::new, |share| format!("configured {:>5.1} %", share * 100.0));
            println!(
                "  {:<14} {} {:>5.1} %  {beside}",
                variation.key(),
                bar(share, configured),
                share * 100.0
            );
        }
    }
    println!(
        "\n'|' marks the configured share of an experiment for everybody; a holdout of 5 % and exclusive"
    );
    println!("groups take their part before it, and other rules depend on who the visitors are.");
    Ok(())
}

fn describe(flag: FlagView<'_>) -> String {
    let rules: Vec<&str> =
        flag.rules().map(|rule| if rule.is_experimentation() { "experiment" } else { "delivery" }).collect();
    format!("{} ({}; default {})", flag.key(), rules.join(", then "), flag.default_variation_key())
}

/// The share of a variation, when the flag's one rule is an experiment for everybody.
fn configured(flag: FlagView<'_>, key: &str) -> Option<f64> {
    let rule = flag.rules().next().filter(|rule| rule.is_experimentation() && rule.segment_id().is_none())?;
    rule.shares().find(|(variation, ..)| *variation == key).map(|(.., share)| share * rule.exposition())
}

/// The explanation that tells most: of a rule with conditions and an experiment after them.
pub(crate) fn interesting(client: &KameleoonClient, visitors: &[String]) -> kameleoon::Result<Explanation> {
    let keys = client.get_feature_list();
    let mut best: Option<(usize, Explanation)> = None;
    for visitor in visitors.iter().take(50) {
        for key in &keys {
            let explanation = client.explain(visitor, key)?;
            let telling = |step: &Step| match step {
                Step::Shares { .. } => 10,
                Step::Condition(condition) if condition.holds => 5,
                _ => 1,
            };
            let score = explanation.steps().iter().map(telling).sum();
            if best.as_ref().is_none_or(|(known, _)| score > *known) {
                best = Some((score, explanation));
            }
        }
    }
    match best {
        Some((_, explanation)) => Ok(explanation),
        None => client.explain(&visitors[0], "new_checkout"),
    }
}
