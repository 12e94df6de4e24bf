//! `kameleoon drain`: what a spool holds is sent on.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use kameleoon::KameleoonClient;
use serde_json::json;

use super::failure::{Failure, Outcome, Verdict};
use super::source;
use super::terminal::Terminal;

const EXAMPLES: &str = "\
The configuration file has the credentials, and the bounds on the age of what is sent. Exit codes:
0 everything is sent; 1 something waits, or was too old, damaged or refused; 2 nothing could be
tried.

Examples:
  kameleoon drain /var/lib/tool/spool --site-code a8st4f59bj
  kameleoon drain ~/.cache/tool --site-code a8st4f59bj --environment staging --timeout 5 --json";

/// Sends what processes left in a spool (`tracking_spool`), for one site and environment
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Drain {
    /// The folder
    folder: PathBuf,
    /// The code of the site whose lines are sent
    #[arg(long, value_name = "CODE")]
    site_code: String,
    /// The configuration file with the credentials
    /// [default: /etc/kameleoon/client-rust.yaml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The environment, in place of the configuration's
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// How long it may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    timeout: u64,
    /// Writes JSON for machines
    #[arg(long)]
    json: bool,
}

impl Drain {
    pub(super) fn run(&self, terminal: &Terminal) -> Outcome {
        let start = Instant::now();
        let timeout = Duration::from_secs(self.timeout);
        if !self.folder.is_dir() {
            return Err(Failure::new(format!("there is no folder `{}`", self.folder.display())));
        }
        // No cookie is made, so no domain is missed.
        let mut config = source::configuration(self.config.as_deref())?.top_level_domain("localhost");
        if let Some(environment) = &self.environment {
            config = config.environment(environment);
        }
        let client = KameleoonClient::new(&self.site_code, config.tracking_spool(&self.folder))?;
        client.wait_init(timeout)?;
        let report = client.drain_spool(timeout.saturating_sub(start.elapsed()));
        // The client may have begun before the call.
        let stats = client.tracking_stats();
        let _ = client.close(Duration::ZERO);
        let (sent, dropped, waiting) = (stats.recovered, stats.spool_dropped, report.waiting);
        if self.json {
            terminal.say(json!({"sent": sent, "dropped": dropped, "waiting": waiting,
                "timed_out": report.timed_out}));
        } else {
            terminal.say(format_args!("{} sent", lines(sent)));
            if dropped > 0 {
                let why = "too old, damaged, or refused by the platform";
                terminal.say(terminal.bad(format_args!("{} dropped: {why}", lines(dropped))));
            }
            if waiting > 0 {
                let why = match report.timed_out {
                    true => "the time was over",
                    false => "the platform did not take them, or another process is sending them",
                };
                terminal.say(terminal.note(format_args!("{} left: {why}", lines(waiting))));
            }
        }
        Ok(if waiting == 0 && dropped == 0 { Verdict::Fine } else { Verdict::No })
    }
}

fn lines(count: u64) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{count} lines") }
}
