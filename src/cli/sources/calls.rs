//! The keys that calls of the client's methods ask for.

use std::collections::HashMap;

use super::tokens::Token;

/// Methods that take a flag's key, with the number of arguments behind the key at most.
const METHODS: &[(&str, usize)] = &[
    ("get_variation", 0),
    ("get_variation_with", 1),
    ("get_variation_or", 1),
    ("get_variable_or", 2),
    ("is_feature_active", 0),
    ("is_feature_active_with", 1),
    ("is_feature_active_or", 1),
    ("explain", 0),
    ("get_feature_variation_key", 0),
    ("get_feature_variable", 1),
    ("get_feature_variation_variables", 1),
];

/// Where a key is asked for, and which.
#[derive(Debug, PartialEq)]
pub(super) struct Call {
    pub(super) line: u32,
    pub(super) key: Key,
}

/// A key in a call.
#[derive(Debug, PartialEq)]
pub(super) enum Key {
    Text(String),
    /// The name of a constant.
    Constant(String),
}

/// The calls with a key that can be read off.
pub(super) fn calls(tokens: &[(u32, Token)]) -> Vec<Call> {
    let mut found = Vec::new();
    for (at, (line, token)) in tokens.iter().enumerate() {
        let Token::Word(word) = token else { continue };
        let Some((_, behind)) = METHODS.iter().find(|(name, _)| name == word) else { continue };
        let is_method = at > 0 && matches!(tokens[at - 1].1, Token::Sign('.' | ':'));
        let Some(inside) = inside(&tokens[at + 1..]).filter(|_| is_method) else { continue };
        let arguments = arguments(inside);
        // A client takes the visitor's code before the key, a handle on a visitor does not.
        let Some(place) = arguments.len().checked_sub(behind + 1) else { continue };
        let key = match arguments[place] {
            [(_, Token::Text(text))] => Key::Text(text.clone()),
            [.., (_, Token::Word(name))] if is_constant(name) => Key::Constant(name.clone()),
            _ => continue,
        };
        found.push(Call { line: *line, key });
    }
    found
}

/// What stands behind the bracket that opens a call's arguments, if a name is one of a call: types may
/// stand before it, as in `get_variable_or::<u32>(`.
fn inside(behind: &[(u32, Token)]) -> Option<&[(u32, Token)]> {
    let mut depth = 0;
    for (at, (_, token)) in behind.iter().enumerate() {
        match token {
            Token::Sign('(') if depth == 0 => return behind.get(at + 1..),
            Token::Sign(':') if at < 2 => {}
            Token::Sign('<') if at >= 2 => depth += 1,
            Token::Sign('>') if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            _ => return None,
        }
    }
    None
}

fn is_constant(name: &str) -> bool {
    name.chars().any(char::is_alphabetic) && name.chars().all(|letter| !letter.is_lowercase())
}

/// The arguments of a call whose bracket is open, without references in front of them.
fn arguments(tokens: &[(u32, Token)]) -> Vec<&[(u32, Token)]> {
    let (mut list, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, (_, token)) in tokens.iter().enumerate() {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')') if depth == 0 => {
                list.push(&tokens[start..at]);
                break;
            }
            Token::Sign(')' | ']' | '}') => depth -= 1,
            Token::Sign(',') if depth == 0 => {
                list.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    let bare = |argument: &mut &[(u32, Token)]| {
        while let [(_, Token::Sign('&')), rest @ ..] = argument {
            *argument = rest;
        }
    };
    list.iter_mut().for_each(bare);
    // Behind a comma at the end there is none.
    list.retain(|argument| !argument.is_empty());
    list
}

/// Constants with a text, by name.
pub(super) fn constants(tokens: &[(u32, Token)], found: &mut HashMap<String, String>) {
    for (at, (_, token)) in tokens.iter().enumerate() {
        if !matches!(token, Token::Word(word) if word == "const" || word == "static") {
            continue;
        }
        let Some((_, Token::Word(name))) = tokens.get(at + 1) else { continue };
        let end = tokens[at..].iter().position(|(_, token)| *token == Token::Sign(';'));
        let declaration = &tokens[at..end.map_or(tokens.len(), |end| at + end)];
        if let [.., (_, Token::Sign('=')), (_, Token::Text(text))] = declaration {
            found.insert(name.clone(), text.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    #[test]
    fn keys_are_read_off_calls_of_clients_and_handles() {
        let code = r#"
            client.get_variation(code, "a")?;
            visitor.get_variation("b")?;
            client.get_variation_with(&f(x, y), &"c", EvaluationOptions::new().track(false),)?;
            client.is_feature_active("visitor", keys::NEW_CHECKOUT);
            KameleoonClient::explain(&client, "visitor", "d");
            client.get_feature_variable("visitor", "e", "title");
            client.get_variable_or("visitor", "f", "steps", 4);
            visitor.get_variable_or::<Vec<(u8, u8)>>("g", "steps", Vec::new());
            client.get_variation(code, key);
            client.explain < x && f("visitor", "no");
            get_variation("visitor", "no");
            map.get("no");
        "#;
        let keys: Vec<String> = calls(&tokens(code))
            .into_iter()
            .map(|call| match call.key {
                Key::Text(text) => text,
                Key::Constant(name) => format!("<{name}>"),
            })
            .collect();
        assert_eq!(keys, ["a", "b", "c", "<NEW_CHECKOUT>", "d", "e", "f", "g"]);
        let mut found = HashMap::new();
        constants(
            &tokens("const A: &str = \"x\"; pub static B: &str = \"y\"; const C: u32 = 1;"),
            &mut found,
        );
        assert_eq!(found, HashMap::from([("A".into(), "x".into()), ("B".into(), "y".into())]));
    }
}
