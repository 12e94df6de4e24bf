//! Names of Rust for any keys: stable, unique, legal.

use std::collections::HashMap;

/// What no name may be, in any edition.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "Self",
    "static", "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// The names that one key gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// For modules, fields and functions.
    pub(super) snake: String,
    /// For types and variants.
    pub(super) pascal: String,
}

/// A name for each key; equal keys are the caller's fault. A name depends on its own key alone,
/// unless two keys meet in one name or the name is taken by something else of the module: then all
/// of these keys get names with a mark made from the key, so that no name ever changes its meaning
/// in silence.
pub(super) fn names(keys: &[&str], taken: &[&str]) -> Vec<Name> {
    let plain: Vec<Name> = keys.iter().map(|key| name(&words(key))).collect();
    let mut names = plain.clone();
    for mark in [short_mark, long_mark, full_mark] {
        let mut uses: HashMap<&str, usize> = HashMap::new();
        for word in names.iter().flat_map(|name| [&name.snake, &name.pascal]) {
            *uses.entry(word).or_default() += 1;
        }
        let meets = |name: &Name| {
            let taken = |word: &String| uses[word.as_str()] > 1 || taken.contains(&word.as_str());
            taken(&name.snake) || taken(&name.pascal)
        };
        let marked: Vec<bool> = names.iter().map(meets).collect();
        for (place, key) in keys.iter().enumerate().filter(|(place, _)| marked[*place]) {
            names[place] = Name {
                snake: format!("{}_k{}", plain[place].snake, mark(key)),
                pascal: format!("{}K{}", plain[place].pascal, mark(key)),
            };
        }
    }
    names
}

fn hash(key: &str) -> u64 {
    // FNV-1a: a name has to be the same tomorrow, which the standard library's hash does not promise.
    key.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn short_mark(key: &str) -> String {
    format!("{:06x}", hash(key) & 0xff_ffff)
}

fn long_mark(key: &str) -> String {
    format!("{:016x}", hash(key))
}

fn full_mark(key: &str) -> String {
    key.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn name(words: &[String]) -> Name {
    let mut pascal = String::new();
    for word in words {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        let digits_meet = pascal.ends_with(|last: char| last.is_ascii_digit())
            && first.is_some_and(|first| first.is_ascii_digit());
        if digits_meet {
            pascal.push('_');
        }
        pascal.extend(first);
        pascal.push_str(letters.as_str());
    }
    Name { snake: legal(words.join("_"), 'n'), pascal: legal(pascal, 'N') }
}

fn legal(mut name: String, before_digit: char) -> String {
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, before_digit);
    }
    if KEYWORDS.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

/// The words of a key, in lower case; what is no letter or digit of ASCII parts them, and what is
/// no ASCII at all stands as its number.
fn words(key: &str) -> Vec<String> {
    let letters: Vec<char> = key.chars().collect();
    let mut words = vec![String::new()];
    for (place, letter) in letters.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(place + 1);
        let is_start = letter.is_ascii_uppercase()
            && (before.is_some_and(|before| before.is_ascii_lowercase() || before.is_ascii_digit())
                || (before.is_some_and(|before| before.is_ascii_uppercase())
                    && after.is_some_and(|after| after.is_ascii_lowercase())));
        if is_start {
            words.push(String::new());
        }
        if letter.is_ascii_alphanumeric() {
            if let Some(word) = words.last_mut() {
                word.push(letter.to_ascii_lowercase());
            }
        } else {
            if !letter.is_ascii() {
                words.push(format!("u{:x}", *letter as u32));
            }
            words.push(String::new());
        }
    }
    words.retain(|word| !word.is_empty());
    if words.is_empty() {
        let numbers = letters.iter().map(|letter| format!("u{:x}", *letter as u32));
        words = if letters.is_empty() { vec!["empty".to_owned()] } else { numbers.collect() };
    }
    words
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_those_that_one_would_choose() {
        let table = [
            ("new_checkout", "new_checkout", "NewCheckout"),
            ("new-checkout", "new_checkout", "NewCheckout"),
            ("newCheckout", "new_checkout", "NewCheckout"),
            ("HTTPServer", "http_server", "HttpServer"),
            ("V2Beta", "v2_beta", "V2Beta"),
            ("type", "type_", "Type"),
            ("self", "self_", "Self_"),
            ("2024 sale", "n2024_sale", "N2024Sale"),
            ("v1.0", "v1_0", "V1_0"),
            ("🔥 deal", "u1f525_deal", "U1f525Deal"),
            ("über", "ufc_ber", "UfcBer"),
            ("", "empty", "Empty"),
            ("--", "u2d_u2d", "U2dU2d"),
            ("_", "u5f", "U5f"),
        ];
        for (key, snake, pascal) in table {
            let found = names(&[key], &[]);
            assert_eq!(found, [Name { snake: snake.into(), pascal: pascal.into() }], "{key:?}");
        }
    }

    #[test]
    fn keys_that_meet_in_a_name_all_get_another_whatever_their_order() {
        let keys = ["new-checkout", "new_checkout", "plain", "variation", "a_1", "a1", "A1"];
        let found = names(&keys, &["Variation"]);
        let marked: Vec<bool> = found.iter().map(|name| name.snake.contains("_k")).collect();
        assert_eq!(marked, [true, true, false, true, true, true, true]);
        let reversed: Vec<&str> = keys.iter().rev().copied().collect();
        let mut again = names(&reversed, &["Variation"]);
        again.reverse();
        assert_eq!(found, again);
    }

    #[test]
    fn any_keys_get_distinct_legal_names() {
        let mut keys: Vec<String> =
            ["", " ", "-", "_", "a", "A", "ä", "é", "e\u{301}", "r#type", "type", "\n", "\0", "\u{202e}"]
                .map(String::from)
                .into();
        keys.extend(KEYWORDS.iter().map(|word| (*word).to_owned()));
        keys.extend(KEYWORDS.iter().map(|word| word.to_uppercase()));
        // A key that is the marked name of others.
        let marked = names(&["a-b", "a_b"], &[]);
        keys.extend(["a-b".into(), "a_b".into(), marked[0].snake.clone(), marked[1].pascal.clone()]);
        keys.sort();
        keys.dedup();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let found = names(&keys, &["variation"]);
        let all: HashSet<&str> =
            found.iter().flat_map(|name| [name.snake.as_str(), name.pascal.as_str()]).collect();
        assert_eq!(all.len(), 2 * keys.len());
        for word in all {
            let is_word = word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
            let starts = word.starts_with(|first: char| first.is_ascii_alphabetic());
            assert!(is_word && starts && !KEYWORDS.contains(&word), "{word}");
        }
    }
}
