//! The emulated platform as a program of its own, to point a program in any language at.
//!
//! ```text
//! cargo run --features emulator --example emulator -- --data-file fixtures/shop.json --port 8080
//! ```
//!
//! The first lines are the keys of a configuration file that point a client at it, in whatever process
//! (any `client_id` and `client_secret` will do). Every request is printed as a line. When the file changes, it is served anew and announced on
//! the open event streams. Ctrl-C ends it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kameleoon::emulator::Emulator;

const USAGE: &str = "\
usage: emulator --data-file FILE [--port PORT] [--site-code CODE]...

  --data-file FILE   the JSON data file to serve; read again whenever it changes
  --port PORT        the port on 127.0.0.1; a free one when it is left out
  --site-code CODE   the site code to answer to; all of them when it is left out
  --help             this text
";

#[derive(Default)]
struct Arguments {
    data_file: PathBuf,
    port: u16,
    site_codes: Vec<String>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        say(USAGE);
        return ExitCode::SUCCESS;
    }
    match parse(arguments).and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("emulator: {error}\n\n{USAGE}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: Vec<String>) -> Result<Arguments, String> {
    let mut parsed = Arguments::default();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        // Both `--port 8080` and `--port=8080` are usual.
        let (name, inline) = match argument.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        if !["--data-file", "--port", "--site-code"].contains(&name.as_str()) {
            return Err(format!("`{name}` is not known"));
        }
        let value = inline
            .or_else(|| arguments.next())
            .filter(|value| !value.is_empty())
            .ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--data-file" => parsed.data_file = value.into(),
            "--port" => {
                parsed.port = value
                    .parse()
                    .map_err(|_| format!("--port takes a number from 0 to 65535, not `{value}`"))?;
            }
            _ => parsed.site_codes.push(value),
        }
    }
    match parsed.data_file.as_os_str().is_empty() {
        true => Err("--data-file is needed".to_owned()),
        false => Ok(parsed),
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let path = &arguments.data_file;
    let mut changed = modified(path);
    let mut builder = Emulator::builder()
        .port(arguments.port)
        .data_file(read(path)?)
        // It may run for days: requests are printed, not kept.
        .record_bodies(false)
        .keep_requests(0)
        .on_request(|request| say(&format!("{request}\n")));
    for site_code in &arguments.site_codes {
        builder = builder.site_code(site_code);
    }
    let emulator = builder.start().map_err(|error| error.to_string())?;
    let site_code = arguments.site_codes.first().map_or("{siteCode}", String::as_str);
    let url = emulator.url();
    // What the configuration file of a client in another process needs.
    for key in ["configuration_url", "data_api_url", "automation_url", "events_url"] {
        say(&format!("{key}: {url}\n"));
    }
    say(&format!("# serving {} at {url}/v3/{site_code}; Ctrl-C ends it\n", path.display()));
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let now = modified(path);
        if now == changed {
            continue;
        }
        changed = now;
        match read(path) {
            Ok(json) => {
                emulator.set_data_file(json);
                let told = emulator.push_update(milliseconds(SystemTime::now()));
                say(&format!("{} has changed; {told} streams were told\n", path.display()));
            }
            // An editor may be writing it; the next change is looked at again.
            Err(error) => say(&format!("{error}; the last one is served on\n")),
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("the data file `{}` cannot be read: {error}", path.display()))?;
    let json: serde_json::Value = serde_json::from_str(&text)
        .map_err(|error| format!("the data file `{}` is not valid JSON: {error}", path.display()))?;
    match json.is_object() {
        true => Ok(text),
        false => Err(format!("the data file `{}` holds no JSON object", path.display())),
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|data| data.modified()).ok()
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Prints to a terminal or a pipe; whoever stopped reading the pipe misses nothing.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
