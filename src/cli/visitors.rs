//! The visitors of a file.

use kameleoon::{Data, Value};

use super::failure::Failure;
use super::known::Known;

/// Reads visitors: a line each, with the code alone or an object that also says what is known.
pub(super) fn read(path: &str) -> Result<Vec<(String, Vec<Data>)>, Failure> {
    let text = match path {
        "-" => std::io::read_to_string(std::io::stdin()),
        path => std::fs::read_to_string(path),
    };
    let text =
        text.map_err(|error| Failure::new(format!("the visitors `{path}` cannot be read: {error}")))?;
    // Spreadsheets put a byte order mark before the first code.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut visitors = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_end_matches('\r');
        if !line.trim().is_empty() {
            let place = |failure: Failure| Failure::new(format!("{path}, line {}: {failure}", number + 1));
            visitors.push(visitor(line).map_err(place)?);
        }
    }
    match visitors.is_empty() {
        true => Err(Failure::new(format!("`{path}` has no visitors; it takes one a line"))),
        false => Ok(visitors),
    }
}

fn visitor(line: &str) -> Result<(String, Vec<Data>), Failure> {
    // No code that this SDK makes begins like this.
    if !line.trim_start().starts_with('{') {
        return Ok((line.to_owned(), Vec::new()));
    }
    let object: serde_json::Map<String, Value> = serde_json::from_str(line)
        .map_err(|error| Failure::new(format!("it begins like an object and is none: {error}")))?;
    let code = object.get("visitor").and_then(Value::as_str);
    let code = code.ok_or_else(|| Failure::new("the object has no text `visitor` with the code"))?;
    Ok((code.to_owned(), Known::from_object(&object)?.data()?))
}
