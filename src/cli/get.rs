//! `kameleoon get`: what a visitor gets.

use clap::Args;
use kameleoon::{KameleoonClient, KameleoonError, Variation};
use serde_json::{Value, json};

use super::failure::{Failure, Outcome, Verdict};
use super::known::{self, Known};
use super::nearest::{likely_slips, nearest};
use super::source::{self, Platform};
use super::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  kameleoon get shop.json anna
  kameleoon get shop.json anna recommended_products --data plan=gold --device PHONE
  kameleoon get @staging anna --site-code a8st4f59bj --json";

/// What a visitor gets: the variation of each flag, with its variables
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Get {
    /// The data file: a path, `-` or `@`
    data_file: String,
    /// The visitor's code
    visitor: String,
    /// The flags; all of them when none is named
    flag: Vec<String>,
    /// Writes JSON for machines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    known: Known,
    #[command(flatten)]
    platform: Platform,
}

impl Get {
    pub(super) fn run(&self, terminal: &Terminal) -> Outcome {
        let client = client(&self.platform, &self.data_file, &self.visitor, &self.known)?;
        let mut answers = Vec::new();
        for flag in flags(&client, &self.flag)? {
            let result = client.get_variation(&self.visitor, &flag);
            answers.push((flag, result));
        }
        if self.json {
            let flags: serde_json::Map<String, Value> =
                answers.into_iter().map(|(flag, result)| (flag, answer(&result))).collect();
            terminal.say(json!({"visitor": self.visitor, "flags": flags}));
            return Ok(Verdict::Fine);
        }
        let width = answers.iter().map(|(flag, _)| flag.chars().count()).max().unwrap_or(0);
        for (flag, result) in &answers {
            match result {
                Ok(variation) => {
                    let key = match variation.is_active() {
                        true => terminal.good(variation.key()),
                        false => variation.key().to_owned(),
                    };
                    let experiment = variation.experiment_id().map_or_else(
                        || "the default".to_owned(),
                        |experiment| format!("experiment {experiment}"),
                    );
                    let name = terminal.bold(format_args!("{flag:width$}"));
                    terminal.say(format_args!("{name}  {key}  {}", terminal.dim(experiment)));
                    for variable in variation.variables() {
                        terminal.say(format_args!(
                            "{:width$}    {} = {}",
                            "",
                            variable.key(),
                            variable.value()
                        ));
                    }
                }
                Err(error) => {
                    let name = terminal.bold(format_args!("{flag:width$}"));
                    terminal.say(format_args!("{name}  {}", terminal.note(short(error))));
                }
            }
        }
        Ok(Verdict::Fine)
    }
}

/// A client without a network that knows the visitor.
pub(super) fn client(
    platform: &Platform,
    data_file: &str,
    visitor: &str,
    known: &Known,
) -> Result<KameleoonClient, Failure> {
    let text = platform.read(data_file)?;
    let data = known.data()?;
    let client = KameleoonClient::offline(text)
        .map_err(|error| Failure::new(format!("{}: {error}", source::shown(data_file))))?;
    let view = client.get_data_file();
    known::check_names(data.iter(), &view.iter().collect::<Vec<_>>())?;
    client.add_data(visitor, data)?;
    Ok(client)
}

/// The flags that are meant: those that are named, or all. One that is not there is told with the
/// nearest that is.
pub(super) fn flags(client: &KameleoonClient, named: &[String]) -> Result<Vec<String>, Failure> {
    let all = client.get_feature_list();
    if named.is_empty() {
        return Ok(all);
    }
    for name in named {
        if !all.contains(name) {
            let hint = match nearest(name, all.iter().map(String::as_str), likely_slips(name)) {
                Some(near) => format!("is `{near}` meant?"),
                None => format!("it has {}", all.join(", ")),
            };
            return Err(Failure::new(format!("no flag `{name}` in the data file; {hint}")));
        }
    }
    Ok(named.to_vec())
}

/// A result as JSON.
pub(super) fn answer(result: &Result<Variation, KameleoonError>) -> Value {
    match result {
        Ok(variation) => {
            let variables: serde_json::Map<String, Value> = variation
                .variables()
                .iter()
                .map(|variable| (variable.key().to_owned(), variable.value().clone()))
                .collect();
            json!({"variation": variation.key(), "active": variation.is_active(), "id": variation.id(),
                "experiment_id": variation.experiment_id(), "variables": variables})
        }
        Err(error) => json!({"error": error.to_string()}),
    }
}

fn short(error: &KameleoonError) -> String {
    match error {
        KameleoonError::FeatureEnvironmentDisabled { blocked_by_consent: false, .. } => "disabled".to_owned(),
        other => other.to_string(),
    }
}
