//! The same patterns and texts for Python's `re`, where there is a Python 3.11 or later.

use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::process::{Command, Stdio};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::Pattern;
use super::cases::{others, with_others};

const SCRIPT: &str = r#"
import json, re, sys, warnings
warnings.simplefilter("ignore")
if sys.version_info < (3, 11):
    sys.exit("too old")
for line in sys.stdin:
    pattern, texts = json.loads(line)
    try:
        compiled = re.compile(pattern)
    except Exception as error:
        print(json.dumps(str(error)))
        continue
    print(json.dumps([compiled.fullmatch(text) is not None for text in texts]))
"#;

const ATOMS: &[&str] = &[
    "a", "b", "k", "S", "é", "ß", " ", "-", "#", "&", "<", "]", "}", "1", "_", ".", r"\w", r"\W", r"\d",
    r"\D", r"\s", r"\S", r"\.", r"\<", r"\-", r"\n", r"\x41", r"\u00e9", r"\0", r"\101", "[ab]", "[^ab]",
    "[a-k]", r"[\w-]", "[[]", "[^[]", "[]a]", "[a&&b]", "[a||b]", "[a~~b]", r"[\w[\]]", r"[\d\s]",
    r"[^\W\d]", r"[\]\\-]", "[ #]", "[é-ü]", "[K]", "[^k]",
];
const ASSERTIONS: &[&str] = &["^", "$", r"\A", r"\Z", r"\b", r"\B"];
const REPEATS: &[&str] =
    &["*", "+", "?", "{2}", "{,2}", "{1,3}", "{2,}", "*?", "+?", "??", "{1,2}?", "{", "{x}", "{}"];
const FLAGS: &[&str] = &["(?i)", "(?m)", "(?s)", "(?x)", "(?ix)", "(?ms)", "(?im)"];
const CHARACTERS: &[char] = &[
    'a', 'b', 'k', 'K', 's', 'S', 'ſ', '\u{212a}', 'é', 'É', 'ß', 'ẞ', ' ', '-', '#', '&', '<', '[', ']',
    '}', '{', '1', '²', '_', '.', '\n', '\u{1c}', '\u{85}', '\u{301}', '\u{203f}', 'A', '\0', '|', '~', '٣',
    'Ⅷ', 'x', ',', 'ü',
];

fn pick(random: &mut StdRng, list: &[&'static str]) -> &'static str {
    list.choose(random).copied().unwrap_or_default()
}

fn pattern(random: &mut StdRng, depth: u32) -> String {
    let mut text = String::new();
    for _ in 0..random.random_range(1..4) {
        match random.random_range(0..12) {
            0..=6 => text += pick(random, ATOMS),
            7 => text += pick(random, ASSERTIONS),
            8 if depth > 0 => {
                let inner = pattern(random, depth - 1);
                text += &format!(
                    "{}{inner})",
                    pick(random, &["(", "(?:", "(?i:", "(?-i:", "(?s:", "(?P<n>", "(?>"])
                );
            }
            9 if depth > 0 => {
                let inner = pattern(random, depth - 1);
                text += &format!("{}{inner})", pick(random, &["(?=", "(?!", "(?<=", "(?<!"]));
                // A quantifier of these is one of the differences that are written down.
                continue;
            }
            10 if depth > 0 => {
                let (one, other) = (pattern(random, depth - 1), pattern(random, depth - 1));
                text += &format!("(?:{one}|{other})");
            }
            11 if depth == 2 => text += pick(random, &[r"\1", r"\2", "(?(1)a|b)", "(?#x)", "(?P=n)"]),
            _ => text += pick(random, ATOMS),
        }
        if random.random_ratio(1, 3) {
            text += pick(random, REPEATS);
            if random.random_ratio(1, 12) {
                text += "+";
            }
        }
    }
    text
}

/// A text that is likely to match something: made of what the pattern is made of.
fn text(random: &mut StdRng, pattern: &str) -> String {
    let own: Vec<char> = pattern.chars().filter(|character| !"()?*\\:".contains(*character)).collect();
    let length = random.random_range(0..7);
    let character = |random: &mut StdRng| match own.choose(random) {
        Some(own) if random.random_bool(0.5) => *own,
        _ => CHARACTERS.choose(random).copied().unwrap_or('a'),
    };
    (0..length).map(|_| character(random)).collect()
}

/// The lines of JSON that a script of Python prints. None when there is no Python, or none that it
/// takes.
fn answers(script: &str, input: String) -> Option<Vec<Value>> {
    let mut child = Command::new("python3")
        .args(["-c", script])
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().ok()?;
    let _written = writer.join();
    let lines = std::str::from_utf8(&output.stdout).ok()?.lines();
    output.status.success().then(|| lines.filter_map(|line| serde_json::from_str(line).ok()).collect())
}

const CASES: &str = r#"
import json, re, sys, unicodedata
if unicodedata.unidata_version != "14.0.0":
    sys.exit("other letters")
every = [chr(code) for code in range(0x110000) if not 0xd800 <= code < 0xe000]
cased = "".join(c for c in every if {c.lower(), c.upper(), c.casefold(), c.title()} != {c})
for c in cased:
    print(json.dumps(re.findall("(?i)" + re.escape(c), cased)))
"#;

#[test]
fn every_letter_has_the_other_cases_that_it_has_in_python() {
    let Some(circles) = answers(CASES, String::new()) else {
        println!("there is no Python with Unicode 14 to compare with");
        return;
    };
    let mut same = HashMap::new();
    for circle in circles {
        let circle: BTreeSet<char> = circle.as_array().unwrap().iter().map(the_character).collect();
        same.extend(circle.iter().map(|letter| (*letter, circle.clone())));
    }
    let circles = same.values().filter(|circle| circle.len() > 1).count();
    assert!(circles > 2_000, "{circles} letters with another case");
    for letter in '\0'..=char::MAX {
        let alone = BTreeSet::from([letter]);
        let own: BTreeSet<char> = others(letter).chain([letter]).collect();
        assert_eq!(&own, same.get(&letter).unwrap_or(&alone), "{letter:?}");
    }
}

fn the_character(text: &Value) -> char {
    text.as_str().and_then(|text| text.chars().next()).unwrap()
}

/// With one end of a range moved on, what is added to it has to stay what its letters are.
#[test]
fn ranges_have_the_other_cases_of_their_letters() {
    let mut random = StdRng::seed_from_u64(14);
    let cased: Vec<char> = ('\0'..=char::MAX).filter(|letter| others(*letter).next().is_some()).collect();
    for _ in 0..3_000 {
        let ranges: Vec<(char, char)> = (0..random.random_range(1..4))
            .map(|_| {
                let from = random.random_range(0..cased.len());
                (cased[from], cased[(from + random.random_range(0..30)).min(cased.len() - 1)])
            })
            .collect();
        let letters = ranges.iter().flat_map(|(from, to)| *from..=*to);
        let expected: BTreeSet<char> = letters.flat_map(|letter| others(letter).chain([letter])).collect();
        let own: Vec<char> =
            with_others(ranges.clone()).into_iter().flat_map(|(from, to)| from..=to).collect();
        assert_eq!(own, expected.into_iter().collect::<Vec<char>>(), "{ranges:?}");
    }
}

#[test]
fn generated_patterns_mean_what_they_mean_in_python() {
    let seed = std::env::var("KAMELEOON_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_125);
    let mut random = StdRng::seed_from_u64(seed);
    let cases: Vec<(String, Vec<String>)> = (0..6_000)
        .map(|_| {
            let flags = if random.random_ratio(1, 4) { pick(&mut random, FLAGS) } else { "" };
            let pattern = flags.to_owned() + &pattern(&mut random, 2);
            let texts = (0..12).map(|_| text(&mut random, &pattern)).collect();
            (pattern, texts)
        })
        .collect();
    let input = cases.iter().map(|case| json!(case).to_string() + "\n").collect();
    let Some(answers) = answers(SCRIPT, input) else {
        println!("there is no Python 3.11 to compare with");
        return;
    };
    assert_eq!(answers.len(), cases.len());
    let (mut compared, mut matched, mut different) = (0, 0, Vec::new());
    for ((pattern, texts), answer) in cases.iter().zip(answers) {
        let own = Pattern::new(pattern);
        let Value::Array(expected) = answer else {
            // Python refuses it; the others may not.
            continue;
        };
        for (text, expected) in texts.iter().zip(expected) {
            let got = own.as_ref().map(|own| own.matches(text));
            compared += 1;
            matched += usize::from(expected == true);
            if got.as_ref().ok() != expected.as_bool().as_ref() {
                different.push(format!("{pattern:?} on {text:?}: {got:?}, Python says {expected}"));
            }
        }
    }
    println!("seed {seed}: {compared} compared, {matched} of them match");
    assert!(
        different.is_empty(),
        "{} differ, such as\n{}",
        different.len(),
        different[..different.len().min(25)].join("\n")
    );
    assert!(compared > 20_000 && matched > 1_000, "{compared} compared, {matched} matched");
}
