//! `kameleoon explain`: why a visitor gets it.

use clap::Args;
use serde_json::{Value, json};

use super::failure::{Outcome, Verdict};
use super::get;
use super::known::Known;
use super::source::Platform;
use super::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  kameleoon explain shop.json anna new_checkout
  kameleoon explain shop.json anna express_delivery --data plan=gold --place France
  curl -s https://… | kameleoon explain - anna new_checkout --json";

/// Why a visitor gets it: every rule, condition and hash that was looked at, in words
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Explain {
    /// The data file: a path, `-` or `@`
    data_file: String,
    /// The visitor's code
    visitor: String,
    /// The flags; all of them when none is named
    flag: Vec<String>,
    /// Writes JSON for machines: a list, with the steps as texts
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    known: Known,
    #[command(flatten)]
    platform: Platform,
}

impl Explain {
    pub(super) fn run(&self, terminal: &Terminal) -> Outcome {
        let client = get::client(&self.platform, &self.data_file, &self.visitor, &self.known)?;
        let mut list: Vec<Value> = Vec::new();
        for (place, flag) in get::flags(&client, &self.flag)?.iter().enumerate() {
            let explanation = client.explain(&self.visitor, flag)?;
            if self.json {
                let steps: Vec<String> = explanation.steps().iter().map(|step| step.to_string()).collect();
                let steps: Vec<&str> = steps.iter().map(|step| step.trim()).collect();
                list.push(json!({"visitor": self.visitor, "flag": flag, "steps": steps,
                    "result": get::answer(explanation.result())}));
                continue;
            }
            if place > 0 {
                terminal.say("");
            }
            let text = explanation.to_string();
            let (head, steps) = text.split_once('\n').unwrap_or((&text, ""));
            terminal.say(terminal.bold(head));
            for line in steps.lines() {
                let painted = match line.trim_start().starts_with("=>") {
                    true => terminal.good(line),
                    false => line.to_owned(),
                };
                terminal.say(painted);
            }
        }
        if self.json {
            terminal.say(Value::from(list));
        }
        Ok(Verdict::Fine)
    }
}
