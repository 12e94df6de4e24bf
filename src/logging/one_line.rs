//! Messages that stay one line.

use std::fmt::{self, Write};

/// A message in which control characters are written as escapes, `\n` for one: texts that come from
/// outside (a flag's key out of a request, a name of custom data) begin no line of their own, and move
/// no cursor of a terminal.
pub(super) struct OneLine<'a>(pub(super) fmt::Arguments<'a>);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaping(f).write_fmt(self.0)
    }
}

struct Escaping<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some((place, control)) = rest.char_indices().find(|(_, letter)| letter.is_control()) {
            self.0.write_str(&rest[..place])?;
            write!(self.0, "{}", control.escape_default())?;
            rest = &rest[place + control.len_utf8()..];
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::OneLine;

    #[test]
    fn control_characters_are_escaped_and_all_else_stays() {
        for (text, told) in [
            ("", ""),
            ("plain `\"\\ é 🚀", "plain `\"\\ é 🚀"),
            ("a\nb\r\n", "a\\nb\\r\\n"),
            ("\u{1b}[31m\t\0\u{85}é", "\\u{1b}[31m\\t\\u{0}\\u{85}é"),
        ] {
            assert_eq!(OneLine(format_args!("{text}")).to_string(), told, "{text:?}");
        }
    }
}
