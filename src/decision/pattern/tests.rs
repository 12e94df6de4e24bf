use std::time::{Duration, Instant};

use super::Pattern;

#[test]
fn patterns_match_whole_texts_as_in_python() {
    let table = [
        ("ab+", "abbb", true),
        ("ab+", "xab", false),
        ("a|ab", "ab", true),
        ("(?<=a)b", "ab", false),
        ("a(?=b)b", "ab", true),
        (r"(\w)\1", "oo", true),
        (r"(\w)\1", "ox", false),
        ("a$", "a\n", false),
        ("a$\n", "a\n", true),
        (r"a\Z\n?", "a\n", false),
        (".*", "", true),
        (".*", "a\nb", false),
        ("(?s).*", "a\nb", true),
        (r"[\w.+-]{1,64}@[\w-]{1,255}\.[a-z]{2,24}", "jean-paul+x@example.com", true),
        (r"\w{1,255}", &"é".repeat(255), true),
        (r"\w{1,255}", &"é".repeat(256), false),
        ("[^[]+", "abc", true),
        ("[^[]+", "a[c", false),
        ("[[]", "[", true),
        (r"[\w[\]]+", "a[b]", true),
        ("[a&&b]+", "a&b", true),
        ("[]a]+", "]a", true),
        ("(?x) a b # end", "ab", true),
        ("(?x) a b # end", "a b", false),
        (r"(?x) a\ b [ ] # end", "a b ", true),
        (r"\<b\>", "<b>", true),
        (r"\w+", "e\u{301}", false),
        (r"\w+", "\u{b2}", true),
        (r"\w+", "नमस्ते", false),
        (r"\s", "\u{1c}", true),
        (r"[\w-]+", "jean\u{203f}paul", false),
        ("(?i)straße", "STRAßE", true),
        ("(?i)k", "\u{212a}", true),
        ("(?i)[^k]", "K", false),
        ("(?i)i+", "iIİı", true),
        ("(?i)[ǆ]+", "ǆǅǄ", true),
        ("(?i)[à-þ]+", "ÀÖØÞ", true),
        ("(?i)[à-þ]+", "÷×", false),
        ("(?i)[ĉ-ē]+", "ĈĉĒē", true),
        ("(?i)[ĉ-ē]+", "ć", false),
        (r"(?i)(i)\1\1", "iİI", true),
        (r"(?i)(s)\1", "sſ", false),
        ("(?ai)[k-l]+", "kKlL", true),
        ("(?ai)[k-l]+", "\u{212a}", false),
        (r"(?ai)(é)\1", "éÉ", false),
        (r"(?ai)(e)\1", "eE", true),
        ("(?i:A)b", "ab", true),
        ("(?i:A)b", "aB", false),
        ("a{,2}", "aa", true),
        ("a{,2}", "aaa", false),
        ("a{", "a{", true),
        ("a{}", "a{}", true),
        ("a{1,x}", "a{1,x}", true),
        ("(?:a?){3}b", "aab", true),
        ("(a*)*b", "aab", true),
        ("(a|b)*?c", "abac", true),
        // Loops that may match nothing keep book of it beside the groups.
        (r"(x)(?:a?)*\1", "xaax", true),
        (r"(x)(?:a?)*(?:b?)*(y)\1\2", "xaabyxy", true),
        ("(?>a+)ab", "aaab", false),
        ("a++b", "aab", true),
        // No turn of a possessive repetition gives anything back to the next one.
        ("a++a", "aa", false),
        ("(?:a|ab){2}+c", "abac", false),
        ("(?:ab|a){2}+c", "abac", true),
        ("(?:a+){2}+b?", "aa", false),
        ("(?:a+){1}+b?", "aa", true),
        ("(a)?(?(1)b|c)", "ab", true),
        ("(a)?(?(1)b|c)", "c", true),
        ("(?P<x>a)(?P=x)", "aa", true),
        // What Python refuses, and Java and JavaScript agree on.
        (r"\p{L}+", "né", true),
        (r"\P{L}+", "né", false),
        (r"[\p{Lu}\d]+", "A1", true),
        (r"\p{ASCII}+", "aZ~", true),
        (r"\p{ASCII}+", "né", false),
        (r"\P{ASCII}+", "né", false),
        (r"\P{ASCII}+", "éß", true),
        (r"(?i)\p{Lu}+", "aÉ", true),
        (r"(?ai)\p{Lu}+", "a", true),
        (r"(?ai)\p{Lu}+", "é", false),
        (r"\p{N}[^\p{LC}\p{Zs}]", "²ʰ", true),
        (r"\p{sc=Grek}\p{Script=Cyrl}", "αж", true),
        (r"\p{gc=Lu}\p{General_Category=Ll}", "Aa", true),
        (r"\p{sc=Greek}+\P{Script=Greek}", "αβb", true),
        (r"\p{Script=Greek}", "b", false),
        (r"(?<x>a)\k<x>", "aa", true),
        (r"(?<=a+)b|ab(?<=a.*)", "ab", true),
        (r"[\w-.]+", "a-.", true),
        (r"\bfoo\b.*", "foo bar", true),
        (r"\B", "", false),
        (r"\101\x41\u0041\0", "AAA\0", true),
        ("(?m)^a$\n^b$", "a\nb", true),
    ];
    for (pattern, text, expected) in table {
        let compiled = Pattern::new(pattern).unwrap_or_else(|wrong| panic!("{wrong}"));
        assert_eq!(compiled.matches(text), expected, "{pattern} on {text:?}");
    }
}

#[test]
fn what_is_no_pattern_is_refused() {
    let table = [
        "*bad",
        "a)(?:b",
        "[a",
        "(a",
        "a**",
        "a{2}{3}",
        "[b-a]",
        r"\",
        r"\q",
        r"\1",
        r"(a\1)",
        "(?<=",
        "(?P<1>a)",
        "(?P<a>x)(?P<a>y)",
        "a{3,2}",
        "(?(1)a|b)",
        "(?z)",
        "^*",
        r"[a-\d]",
        r"\x4",
        r"\N{DASH}",
        "(?#",
        r"\p{Foo}",
        r"\p{lu}",
        r"\p{Script=greek}",
        r"\p{Block=Greek}",
        r"\p{L",
        "(?(0)a)",
        "(?P=x)",
        "a{99999999999}",
    ];
    for broken in table {
        assert!(Pattern::new(broken).is_err(), "{broken}");
    }
}

#[test]
fn building_is_bounded() {
    let start = Instant::now();
    let long = "(".repeat(90_000);
    let patterns = [
        r"(\w{1,1000}){1,1000}",
        "((((a{1,100}){1,100}){1,100}){1,100}){1,100}",
        "(?:(?:){4000000000}){4000000000}",
        r"(?=(?:\w{1,999}){1,999})a",
        long.as_str(),
    ];
    for pattern in patterns {
        assert!(Pattern::new(pattern).is_err(), "{pattern:.60}");
    }
    assert!(Pattern::new(&"a".repeat(100_001)).is_err());
    let sets = ["[\0-\u{10ffff}]", "[b-\u{1e900}]", "[^a-z]", r"\p{L}", "é"];
    for set in sets {
        let pattern = format!("(?i){}", set.repeat(20_000 / set.len()));
        assert!(Pattern::new(&pattern).is_ok(), "{set}");
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn matching_takes_time_in_line_with_the_text() {
    let start = Instant::now();
    let url = format!("https://shop.example/{}q", "x".repeat(16_000));
    let letters = "a".repeat(100_000);
    assert!(Pattern::new("(?:(?!.*evil).)*q").unwrap().matches(&url));
    assert!(!Pattern::new("(?:(?!.*xq).)*q").unwrap().matches(&url));
    assert!(!Pattern::new("(?:a(?=.*z)|a)*b").unwrap().matches(&letters));
    assert!(Pattern::new("(?:a(?=.*z)|a)*").unwrap().matches(&letters));
    assert!(!Pattern::new("(a+)+b").unwrap().matches(&letters));
    assert!(!Pattern::new(r"(a|aa|a*?)*\d").unwrap().matches(&letters));
    // With a memory: given up.
    assert!(!Pattern::new(r"(a+)+\1b").unwrap().matches(&"a".repeat(5_000)));
    assert!(!Pattern::new(r"(a+)\1").unwrap().matches(&letters));
    assert!(!Pattern::new(r"(?<=(a+)+)(b|\1)*c").unwrap().matches(&"a".repeat(5_000)));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}
