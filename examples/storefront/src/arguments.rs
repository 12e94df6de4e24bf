//! The command line of the demo shops.

use std::path::PathBuf;

const USAGE: &str = "\
  --port PORT          the port on 127.0.0.1; a free one when it is left out
  --data-file FILE     the platform's data file; fixtures/shop.json when it is left out
  --consent off        the site needs no consent, whatever the data file says
  --consent required   the site needs it (without --data-file that is how the shop starts)
  --secure-cookies     the visitor code's cookie is for HTTPS only; Chromium and Firefox take it
                       from 127.0.0.1 all the same
  --check              visits itself, says what is wrong, and ends
  --help               this text
";

/// What the command line asks for.
#[derive(Default)]
pub(crate) struct Arguments {
    pub(crate) port: u16,
    pub(crate) data_file: Option<PathBuf>,
    pub(crate) consent: Option<&'static str>,
    pub(crate) secure_cookies: bool,
    pub(crate) check: bool,
    pub(crate) help: bool,
}

impl Arguments {
    pub(crate) fn usage(name: &str) -> String {
        format!("usage: {name} [OPTION]...\n\n{USAGE}")
    }

    pub(crate) fn read() -> Result<Self, String> {
        let mut read = Self::default();
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--port" => {
                    let port = value()?;
                    read.port = port
                        .parse()
                        .map_err(|_| format!("--port takes a number from 0 to 65535, not `{port}`"))?;
                }
                "--data-file" => read.data_file = Some(value()?.into()),
                "--consent" => {
                    read.consent = Some(match value()?.as_str() {
                        "off" => "OFF",
                        "required" => "REQUIRED",
                        other => return Err(format!("--consent takes off or required, not `{other}`")),
                    });
                }
                "--secure-cookies" => read.secure_cookies = true,
                "--check" => read.check = true,
                "--help" | "-h" => read.help = true,
                _ => return Err(format!("`{argument}` is not known")),
            }
        }
        Ok(read)
    }
}
