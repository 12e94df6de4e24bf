//! `kameleoon diff`: who gets something else.

use std::path::PathBuf;

use clap::Args;
use kameleoon::{DataFileDiff, DiffOptions, FlagDiff, Flow};

use super::failure::{Failure, Outcome, Verdict};
use super::known::{self, Known};
use super::report;
use super::source::Platform;
use super::terminal::Terminal;
use super::visitors;

const EXAMPLES: &str = "\
The visitors of --visitors stand one a line: the code alone, or with what is known,
  {\"visitor\": \"anna\", \"data\": {\"plan\": \"gold\"}, \"device\": \"PHONE\", \"place\": \"France\"}

Examples:
  kameleoon diff old.json new.json
  kameleoon diff old.json new.json --sample 100000 --data plan=gold --html diff.html
  kameleoon diff @production @staging --site-code a8st4f59bj --max-moved 1%
  kameleoon diff @ new.json --site-code a8st4f59bj --visitors codes.txt --movers movers.csv";

/// Who gets something else from a new data file, and why; by evaluating visitors with both
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Diff {
    /// The old data file: a path, `-` or `@`
    old: String,
    /// The new one, likewise
    new: String,
    /// The visitors: a file with one a line, or `-`
    #[arg(long, value_name = "FILE")]
    visitors: Option<String>,
    /// Makes up this many visitors, the same ones each time [default: 10000, without --visitors]
    #[arg(long, value_name = "COUNT")]
    sample: Option<u64>,
    /// Exit code 1 when more visitors than this move, in number or in per cent
    #[arg(long, value_name = "COUNT|PERCENT%", value_parser = Bound::parse)]
    max_moved: Option<Bound>,
    /// Writes a page for a browser, with the flows drawn
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Writes who moves, as lines of code, flag, old and new variation, cause
    #[arg(long, value_name = "FILE")]
    movers: Option<PathBuf>,
    /// Writes JSON for machines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    known: Known,
    #[command(flatten)]
    platform: Platform,
}

/// How many visitors may move.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Bound {
    Count(u64),
    Percent(f64),
}

impl Bound {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is neither a number such as 500 nor per cent such as 1%");
        match text.strip_suffix('%') {
            Some(number) => match number.trim().parse::<f64>() {
                Ok(percent) if percent >= 0.0 => Ok(Self::Percent(percent)),
                _ => Err(wrong()),
            },
            None => text.parse().map(Self::Count).map_err(|_| wrong()),
        }
    }

    fn holds(self, diff: &DataFileDiff) -> bool {
        match self {
            Self::Count(most) => diff.moved() <= most,
            Self::Percent(most) => diff.moved_share() * 100.0 <= most,
        }
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(most) => write!(f, "{most}"),
            Self::Percent(most) => write!(f, "{most} %"),
        }
    }
}

impl Diff {
    pub(super) fn run(&self, terminal: &Terminal) -> Outcome {
        let standard_input = [Some(&self.old), Some(&self.new), self.visitors.as_ref()];
        if standard_input.into_iter().flatten().filter(|name| *name == "-").count() > 1 {
            return Err(Failure::new("standard input (`-`) can be read once only"));
        }
        let (old, new) = (self.platform.view(&self.old)?, self.platform.view(&self.new)?);
        let data = self.known.data()?;
        let visitors = self.visitors.as_deref().map(visitors::read).transpose()?.unwrap_or_default();
        let all = data.iter().chain(visitors.iter().flat_map(|(_, data)| data));
        known::check_names(all, &[&old, &new])?;
        let mut options = DiffOptions::new()
            .data(data)
            .keep_moves(self.movers.is_some())
            .on_progress(terminal.progress("visitors"));
        for (code, data) in visitors {
            options = options.visitor(code, data);
        }
        if let Some(count) = self.sample {
            options = options.sample(count);
        }
        let diff = DataFileDiff::compute(&old, &new, options)?;
        if let Some(path) = &self.html {
            write(path, &report::page(&diff, &self.old, &self.new))?;
        }
        if let Some(path) = &self.movers {
            write(path, &movers(&diff))?;
        }
        match self.json {
            true => {
                let text = serde_json::to_string(&diff).map_err(|error| Failure::new(error.to_string()))?;
                terminal.say(text);
            }
            false => self.print(terminal, &diff),
        }
        match self.max_moved {
            Some(most) if !most.holds(&diff) => {
                terminal.error(format_args!("{} visitors move; at most {most} may", diff.moved()));
                Ok(Verdict::No)
            }
            _ => Ok(Verdict::Fine),
        }
    }

    fn print(&self, terminal: &Terminal, diff: &DataFileDiff) {
        for flag in diff.flags().iter().filter(|flag| !flag.is_empty()) {
            print_flag(terminal, flag, diff.visitors());
            terminal.say("");
        }
        let same = diff.flags().iter().filter(|flag| flag.is_empty()).count();
        if same > 0 {
            terminal.say(terminal.dim(format_args!("{same} flags stay as they are")));
        }
        let moved = format!(
            "{} of {} visitors move ({})",
            diff.moved(),
            diff.visitors(),
            report::percent(diff.moved_share())
        );
        terminal.say(terminal.bold(moved));
    }
}

fn print_flag(terminal: &Terminal, flag: &FlagDiff, visitors: u64) {
    let share = report::percent(flag.moved() as f64 / visitors.max(1) as f64);
    let moved = match flag.moved() {
        0 => terminal.dim("nobody moves"),
        moved => terminal.note(format_args!("{moved} move ({share})")),
    };
    terminal.say(format_args!("{}  {moved}", terminal.bold(flag.feature_key())));
    for change in flag.changes() {
        terminal.say(format_args!("  {}", change.text));
    }
    if flag.reassigned() > 0 {
        terminal.say(format_args!(
            "  {} keep their variation, but another experiment assigns it",
            flag.reassigned()
        ));
    }
    let name = |key: &Option<String>| key.clone().unwrap_or_else(|| "(none)".to_owned());
    let width = |end: fn(&Flow) -> &Option<String>| {
        flag.flows().iter().map(|flow| name(end(flow)).chars().count()).max().unwrap_or(0)
    };
    let (left, right) = (width(|flow| &flow.from), width(|flow| &flow.to));
    for flow in flag.flows() {
        let causes: Vec<String> =
            flow.causes.iter().map(|(cause, count)| format!("{cause} ({count})")).collect();
        let line = format!(
            "  {:left$} -> {:right$}  {:>9}  {:>8}  {}",
            name(&flow.from),
            name(&flow.to),
            flow.visitors,
            report::percent(flow.share),
            causes.join(", ")
        );
        let line = line.trim_end();
        terminal.say(if flow.is_move() { line.to_owned() } else { terminal.dim(line) });
    }
}

/// Who moves, in the form of RFC 4180.
fn movers(diff: &DataFileDiff) -> String {
    let quoted = |text: &str| match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    };
    let mut text = "visitor,flag,from,to,cause\n".to_owned();
    for one in diff.moves() {
        let fields = [
            &*one.visitor_code,
            &*one.feature_key,
            one.from.as_deref().unwrap_or_default(),
            one.to.as_deref().unwrap_or_default(),
            &*one.cause.to_string(),
        ];
        text.push_str(&fields.map(quoted).join(","));
        text.push('\n');
    }
    text
}

fn write(path: &std::path::Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text)
        .map_err(|error| Failure::new(format!("`{}` cannot be written: {error}", path.display())))
}
