//! Rust source as a row of tokens: no comments, no contents of texts, nothing that only tests have.

/// A token, as far as imports need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    Name(String),
    Sign(char),
    /// A literal, whatever is in it.
    Literal,
}

impl Token {
    pub(crate) fn is(&self, sign: char) -> bool {
        *self == Self::Sign(sign)
    }

    pub(crate) fn name(&self) -> Option<&str> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }
}

/// The tokens of production code: items that only a test build has are left out.
pub(crate) fn production(text: &str) -> Vec<Token> {
    let tokens = all(text);
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let inner = usize::from(tokens.get(at + 1).is_some_and(|next| next.is('!')));
        if !(tokens[at].is('#') && tokens.get(at + 1 + inner).is_some_and(|next| next.is('['))) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let end = group_end(&tokens, at + 1 + inner);
        let attribute = &tokens[at + 2 + inner..end - 1];
        at = end;
        match attribute.first().and_then(Token::name) {
            Some("cfg") if !may_hold(&attribute[1..]) => {
                at = if inner == 1 { tokens.len() } else { item_end(&tokens, at) };
            }
            // Of the others, what is derived is code; levels of lints and the like are none.
            Some("derive") => kept.extend_from_slice(attribute),
            _ => {}
        }
    }
    kept
}

/// Whether `(predicate)` can hold in a build without tests.
fn may_hold(tokens: &[Token]) -> bool {
    let inner = &tokens[1..tokens.len() - 1];
    let parts = || {
        let mut depth = 0;
        let list = &inner[2..inner.len() - 1];
        list.split(move |token| {
            depth += i32::from(token.is('(')) - i32::from(token.is(')'));
            depth == 0 && token.is(',')
        })
        .filter(|part| !part.is_empty())
        .map(|part| [&[Token::Sign('(')], part, &[Token::Sign(')')]].concat())
    };
    match (inner.first().and_then(Token::name), inner.len()) {
        (Some("test"), 1) => false,
        (Some("all"), 2..) => parts().all(|part| may_hold(&part)),
        (Some("any"), 2..) => parts().any(|part| may_hold(&part)),
        _ => true,
    }
}

/// The place behind the item, field or statement that begins here.
fn item_end(tokens: &[Token], mut at: usize) -> usize {
    while tokens.get(at).is_some_and(|token| token.is('#')) {
        at = group_end(tokens, at + 1);
    }
    let ends_with_semicolon = (tokens[at..].iter().take(4))
        .filter_map(Token::name)
        .find(|name| !matches!(*name, "pub" | "crate" | "super" | "in"))
        .is_some_and(|name| matches!(name, "use" | "let" | "const" | "static" | "type"));
    while let Some(token) = tokens.get(at) {
        match token {
            Token::Sign('{') if !ends_with_semicolon => return group_end(tokens, at),
            Token::Sign('(' | '[' | '{') => at = group_end(tokens, at),
            Token::Sign(';' | ',') => return at + 1,
            Token::Sign('}') => return at,
            _ => at += 1,
        }
    }
    at
}

/// The place behind the bracket that closes the one here.
pub(crate) fn group_end(tokens: &[Token], start: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

fn all(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if first.is_whitespace() {
            first.len_utf8()
        } else if let Some(length) = literal(rest) {
            tokens.push(Token::Literal);
            length
        } else if first.is_alphabetic() || first == '_' {
            let name = rest.strip_prefix("r#").unwrap_or(rest);
            let skipped = rest.len() - name.len();
            let length = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
            tokens.push(Token::Name(name[..length].to_owned()));
            skipped + length
        } else if first == '\'' {
            // A lifetime; characters were literals.
            1 + rest[1..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len() - 1)
        } else {
            tokens.push(Token::Sign(first));
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        match text.get(at..at + 2) {
            Some("/*") => (depth, at) = (depth + 1, at + 2),
            Some("*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// How long the literal is that begins here; none when there is none.
fn literal(text: &str) -> Option<usize> {
    let prefixed = ["br", "cr", "b", "c", "r", ""].into_iter().find_map(|prefix| {
        let rest = text.strip_prefix(prefix)?;
        let raw = prefix.ends_with('r');
        let hashes = if raw { rest.len() - rest.trim_start_matches('#').len() } else { 0 };
        rest[hashes..].starts_with('"').then_some((prefix.len() + hashes + 1, raw, hashes))
    });
    if let Some((start, raw, hashes)) = prefixed {
        let end = format!("\"{}", "#".repeat(hashes));
        if raw {
            return Some(text[start..].find(&end).map_or(text.len(), |at| start + at + end.len()));
        }
        return Some(quoted(text, start, '"'));
    }
    let quote = text.strip_prefix('b').unwrap_or(text);
    if quote.starts_with('\'') {
        let start = text.len() - quote.len() + 1;
        let mut inside = text[start..].chars();
        let (first, second) = (inside.next()?, inside.next());
        return (first == '\\' || second == Some('\'')).then(|| quoted(text, start, '\''));
    }
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    digits.then(|| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len()))
}

/// The place behind the quote that closes a text whose inside begins at `start`.
fn quoted(text: &str, start: usize, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text[start..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return start + at + 1,
            _ => {}
        }
    }
    text.len()
}
