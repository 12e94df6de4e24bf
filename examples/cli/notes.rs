//! The notes, a line each.

use std::error::Error;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

pub(crate) struct Notes {
    path: PathBuf,
    lines: Vec<String>,
}

impl Notes {
    pub(crate) fn read(path: PathBuf) -> Result<Self, Box<dyn Error>> {
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            text => text.map_err(|error| format!("{}: {error}", path.display()))?,
        };
        Ok(Self { path, lines: text.lines().map(str::to_owned).collect() })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(crate) fn add(&mut self, text: &str) -> Result<(), Box<dyn Error>> {
        self.lines.push(text.to_owned());
        self.write()
    }

    pub(crate) fn strike(&mut self, number: &str) -> Result<(), Box<dyn Error>> {
        let place = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let place = place.filter(|place| *place < self.lines.len());
        self.lines.remove(place.ok_or_else(|| format!("there is no note `{number}`"))?);
        self.write()
    }

    pub(crate) fn show(&self, numbered: bool) {
        for (number, line) in (1..).zip(&self.lines) {
            match numbered {
                true => println!("{number}. {line}"),
                false => println!("- {line}"),
            }
        }
    }

    fn write(&self) -> Result<(), Box<dyn Error>> {
        let text: String = self.lines.iter().map(|line| format!("{line}\n")).collect();
        Ok(fs::write(&self.path, text)?)
    }
}
