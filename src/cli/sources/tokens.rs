//! Rust code as the few kinds of tokens that matter here.

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Word(String),
    /// A string literal, with what it stands for.
    Text(String),
    /// Any other character; numbers and lifetimes are made of these, too.
    Sign(char),
}

/// Reads code. Comments are left out; what is no Rust is read as far as it goes.
pub(super) fn tokens(code: &str) -> Vec<(u32, Token)> {
    let mut reader = Reader { rest: code, line: 1, out: Vec::new() };
    while reader.step() {}
    reader.out
}

struct Reader<'c> {
    rest: &'c str,
    line: u32,
    out: Vec<(u32, Token)>,
}

impl Reader<'_> {
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        if self.rest.starts_with("//") {
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            self.skip(end);
        } else if self.rest.starts_with("/*") {
            let end = comment_end(self.rest);
            self.skip(end);
        } else if let Some((start, hashes)) = raw_start(self.rest) {
            let close = format!("\"{}", "#".repeat(hashes));
            let body = &self.rest[start..];
            let end = body.find(&close).unwrap_or(body.len());
            self.out.push((self.line, Token::Text(body[..end].to_owned())));
            self.skip((start + end + close.len()).min(self.rest.len()));
        } else if first == '"' {
            let (text, end) = text(self.rest);
            self.out.push((self.line, Token::Text(text)));
            self.skip(end);
        } else if first == '\'' {
            let end = character_end(self.rest);
            self.skip(end);
        } else if first.is_alphabetic() || first == '_' {
            let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
            let word = self.rest[..end].to_owned();
            // The prefix of a byte string or a C string: the literal is read next.
            if !(self.rest[end..].starts_with('"') && matches!(word.as_str(), "b" | "c")) {
                self.out.push((self.line, Token::Word(word)));
            }
            self.skip(end);
        } else {
            if !first.is_whitespace() {
                self.out.push((self.line, Token::Sign(first)));
            }
            self.skip(first.len_utf8());
        }
        true
    }

    fn skip(&mut self, bytes: usize) {
        self.line += self.rest[..bytes].matches('\n').count() as u32;
        self.rest = &self.rest[bytes..];
    }
}

/// Comments may stand within comments.
fn comment_end(code: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < code.len() {
        let rest = &code[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    code.len()
}

/// Where the body of a raw string begins, and how many `#` it has.
fn raw_start(code: &str) -> Option<(usize, usize)> {
    let prefix = ["r", "br", "cr"]
        .into_iter()
        .find(|prefix| code.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['"', '#'])))?;
    let rest = &code[prefix.len()..];
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    rest[hashes..].starts_with('"').then_some((prefix.len() + hashes + 1, hashes))
}

/// What a literal that begins here stands for, and where it ends.
fn text(code: &str) -> (String, usize) {
    let mut text = String::new();
    let mut characters = code.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (text, at + 1),
            '\\' => match characters.next().map(|(_, escape)| escape) {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some('0') => text.push('\0'),
                Some('x') => {
                    let digits: String = characters.by_ref().take(2).map(|(_, digit)| digit).collect();
                    text.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
                }
                Some('u') => {
                    let inner = characters.by_ref().skip(1).map(|(_, digit)| digit);
                    let digits: String =
                        inner.take_while(|digit| *digit != '}').filter(|d| *d != '_').collect();
                    text.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
                }
                // A line that goes on: the white space before the rest does not count.
                Some('\n') => {
                    let rest = characters.clone().take_while(|(_, next)| next.is_whitespace()).count();
                    for _ in 0..rest {
                        characters.next();
                    }
                }
                Some(other) => text.push(other),
                None => {}
            },
            other => text.push(other),
        }
    }
    (text, code.len())
}

/// Where a character literal ends; a lifetime is its quote alone.
fn character_end(code: &str) -> usize {
    let mut rest = code.char_indices().skip(1);
    match rest.next() {
        Some((_, '\\')) => {
            // The escaped character may be a quote itself.
            rest.next();
            rest.find(|(_, character)| *character == '\'').map_or(1, |(at, _)| at + 1)
        }
        Some(_) => match rest.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_and_comments_are_not() {
        let code = "f(\"a\\\"b\", r#\"c\"d\"#, '\"', 'x, b\"e\", '\\'') // \"no\"\n/* \"no\" /* */ \"no\" */ \"g\\u{68}\"";
        let texts: Vec<String> = tokens(code)
            .into_iter()
            .filter_map(|(_, token)| match token {
                Token::Text(text) => Some(text),
                _ => None,
            })
            .collect();
        assert_eq!(texts, ["a\"b", "c\"d", "e", "gh"]);
        assert_eq!(tokens("a\nb \"\n\" c").last(), Some(&(3, Token::Word("c".into()))));
    }

    #[test]
    fn code_that_breaks_off_is_read_to_its_end() {
        for code in ["\"abc", "r#\"abc", "/* abc", "'", "'\\", "r##", "b", "\"\\u{", "é\"é"] {
            tokens(code);
        }
    }
}
