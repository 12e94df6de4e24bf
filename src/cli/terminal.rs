//! What is written to the terminal: colours, errors, progress.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::ValueEnum;

/// Work that takes no longer shows no progress.
const PATIENCE: Duration = Duration::from_secs(1);
const REDRAW: Duration = Duration::from_millis(100);
const BAR: usize = 30;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Color {
    // On a terminal, unless the variable NO_COLOR is set.
    #[default]
    Auto,
    Always,
    Never,
}

/// The terminal, or what stands in its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terminal {
    out: bool,
    err: bool,
}

impl Terminal {
    pub(super) fn new(color: Color) -> Self {
        let wanted = |is_terminal: bool| match color {
            Color::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            Color::Always => true,
            Color::Never => false,
        };
        Self { out: wanted(std::io::stdout().is_terminal()), err: wanted(std::io::stderr().is_terminal()) }
    }

    pub(super) fn bold(self, text: impl Display) -> String {
        paint(self.out, "1", text)
    }

    pub(super) fn dim(self, text: impl Display) -> String {
        paint(self.out, "2", text)
    }

    pub(super) fn good(self, text: impl Display) -> String {
        paint(self.out, "32", text)
    }

    pub(super) fn bad(self, text: impl Display) -> String {
        paint(self.out, "31", text)
    }

    pub(super) fn note(self, text: impl Display) -> String {
        paint(self.out, "33", text)
    }

    /// Writes to standard output. Whoever stopped reading misses nothing.
    pub(super) fn say(self, text: impl Display) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    }

    /// Writes something for people, beside the answer.
    pub(super) fn remark(self, text: impl Display) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    pub(super) fn error(self, text: impl Display) {
        self.remark(format_args!("{} {text}", paint(self.err, "1;31", "error:")));
    }

    /// Shows how many of how many are done, once the work takes long and somebody watches.
    pub(super) fn progress(self, what: &'static str) -> impl Fn(u64, u64) + Send + Sync + 'static {
        let (start, drawn) = (Instant::now(), Mutex::new(None::<Instant>));
        let watched = std::io::stderr().is_terminal();
        move |done, total| {
            if !watched || start.elapsed() < PATIENCE {
                return;
            }
            let Ok(mut drawn) = drawn.lock() else { return };
            if done < total && drawn.is_some_and(|last| last.elapsed() < REDRAW) {
                return;
            }
            let mut err = std::io::stderr().lock();
            if done >= total {
                let _ = write!(err, "\r\x1b[K").and_then(|()| err.flush());
                return;
            }
            *drawn = Some(Instant::now());
            let part = done as f64 / total.max(1) as f64;
            let full = (part * BAR as f64) as usize;
            let bar: String = (0..BAR).map(|place| if place < full { '#' } else { '.' }).collect();
            let _ =
                write!(err, "\r[{bar}] {:3.0} % of {total} {what}", part * 100.0).and_then(|()| err.flush());
        }
    }
}

fn paint(on: bool, code: &str, text: impl Display) -> String {
    if on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
}
