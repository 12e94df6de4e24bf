//! `kameleoon serve`: the emulator.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use kameleoon::emulator::Emulator;
use serde_json::json;

use super::failure::{Failure, Outcome};
use super::source::{self, Platform};
use super::terminal::Terminal;

/// How often the data file is looked at for changes.
const LOOK: Duration = Duration::from_millis(500);

const EXAMPLES: &str = "\
The first lines are what a client in another process needs in its configuration file, whatever its
language. Ctrl-C ends it.

Examples:
  kameleoon serve shop.json
  kameleoon serve shop.json --port 8080 --site my_site
  kameleoon serve @ --site-code a8st4f59bj --json";

/// The platform, emulated on this machine: the data file, tokens, events; every request is printed
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Serve {
    /// The data file: a path (read again whenever it changes), `-` or `@`
    #[arg(default_value = "@")]
    data_file: String,
    /// The port on 127.0.0.1; a free one when it is left out
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// A site code to answer to; all of them when none is named. May be repeated
    #[arg(long, value_name = "CODE")]
    site: Vec<String>,
    /// Writes JSON for machines: a line for the addresses, then one for each request
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    platform: Platform,
}

impl Serve {
    pub(super) fn run(&self, terminal: &Terminal) -> Outcome {
        let text = self.read()?;
        let (out, is_json) = (*terminal, self.json);
        let mut builder = Emulator::builder()
            .port(self.port)
            .data_file(text)
            // It may run for days: requests are printed, not kept.
            .record_bodies(false)
            .keep_requests(0)
            .on_request(move |request| match is_json {
                true => out.say(json!({"request": request.to_string()})),
                false => out.say(request),
            });
        for site in &self.site {
            builder = builder.site_code(site);
        }
        let emulator = builder.start()?;
        self.greet(terminal, emulator.url());
        let path = Path::new(&self.data_file);
        let mut changed = modified(path);
        loop {
            std::thread::sleep(LOOK);
            let now = modified(path);
            if now == changed || now.is_none() {
                continue;
            }
            changed = now;
            // An editor may be writing it; the next change is looked at again.
            match self.read() {
                Ok(text) => {
                    emulator.set_data_file(text);
                    let told = emulator.push_update(milliseconds(SystemTime::now()));
                    terminal.remark(format_args!("{} has changed; {told} streams were told", self.data_file));
                }
                Err(failure) => terminal.remark(format_args!("{failure}; the last one is served on")),
            }
        }
    }

    /// A data file that can be served.
    fn read(&self) -> Result<String, Failure> {
        let text = self.platform.read(&self.data_file)?;
        Platform::parse(&self.data_file, &text)?;
        String::from_utf8(text).map_err(|_| {
            let name = source::shown(&self.data_file);
            Failure::new(format!("{name} has bytes that are no UTF-8; the emulator serves texts only"))
        })
    }

    fn greet(&self, terminal: &Terminal, url: &str) {
        const KEYS: [&str; 4] = ["configuration_url", "data_api_url", "automation_url", "events_url"];
        if self.json {
            let keys: serde_json::Map<String, serde_json::Value> =
                KEYS.iter().map(|key| ((*key).to_owned(), url.into())).collect();
            terminal.say(json!({"client": keys}));
            return;
        }
        for key in KEYS {
            terminal.say(format_args!("{key}: {}", terminal.bold(url)));
        }
        let sites = if self.site.is_empty() { "any site code".to_owned() } else { self.site.join(", ") };
        terminal.say(terminal.dim(format_args!(
            "# serving {} for {sites}, with any client_id and client_secret; Ctrl-C ends it",
            self.data_file
        )));
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|data| data.modified()).ok()
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
