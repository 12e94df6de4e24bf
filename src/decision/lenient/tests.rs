use serde_json::{Value, json};

use super::{List, Object, Pairs, Read, Reader, Scalar, Unkept, decode, read, wire};

fn value(text: &str) -> (Value, String) {
    let (value, remarks) = read(text).unwrap_or_else(|broken| panic!("{text:.80}: {broken}"));
    let remarks = remarks.to_string();
    // Looked at and not kept, it says the same.
    assert_eq!(read::<Unkept>(text).unwrap().1.to_string(), remarks, "{text:.80}");
    (value, remarks)
}

#[test]
fn values_are_those_of_serde_json() {
    let texts = [
        "null",
        " [ ] ",
        "{}",
        r#"{"a": [1, -2, 0, 2.5, -0.0, 18446744073709551615]}"#,
        r#""\u00e9\n\t\r\b\f\"\\\/ \ud83d\ude00 é""#,
        r#"[[[[true, false, null]]], {"b": {"c": {}}}]"#,
        "0.1",
    ];
    for text in texts {
        assert_eq!(value(text), (serde_json::from_str(text).unwrap(), String::new()), "{text}");
    }
    // Their form depends on the features of serde_json.
    for number in ["-0", "1e3", "1E-7", "123456789012345678901234567890", "5e-324", "1.7976931348623157e308"]
    {
        let read = value(number).0.as_f64().map(f64::to_bits);
        assert_eq!(read, number.parse().ok().map(f64::to_bits), "{number}");
    }
}

#[test]
fn what_is_no_json_is_refused_where_it_is_kept_and_where_it_is_passed_over() {
    let texts = [
        "",
        " ",
        "{",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{"a":1,}"#,
        "{a:1}",
        "[1}",
        r#"{"a":1]"#,
        "\"abc",
        r#""\x""#,
        r#""\u12""#,
        r#""\u12é""#,
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "-",
        "nul",
        "1 2",
        "{} x",
        "'a'",
    ];
    for text in texts {
        assert!(read::<Value>(text).is_err(), "{text}");
        assert!(read::<super::Ignored>(text).is_err(), "{text}");
        assert!(read::<Unkept>(text).is_err(), "{text}");
        assert!(read::<Scalar<'_>>(&format!("[{text}")).is_err(), "{text}");
    }
}

#[test]
fn flaws_cost_themselves_and_are_named() {
    let half = "half of a surrogate pair is replaced by U+FFFD";
    let cases = [
        (r#"{"a": ["x", "cut \ud83d"]}"#, json!({"a": ["x", "cut \u{fffd}"]}), format!("`a[1]`: {half}")),
        (r#"{"\udc00k": 1}"#, json!({"\u{fffd}k": 1}), format!("`\u{fffd}k`: {half}")),
        (r#"["\ud83d\ud83d\ude00"]"#, json!(["\u{fffd}\u{1f600}"]), format!("`[0]`: {half}")),
        (r#"["\ud83d\u0041"]"#, json!(["\u{fffd}A"]), format!("`[0]`: {half}")),
        (
            r#"{"a": {"b": [1, 1e999]}, "c": -1e400}"#,
            json!({"a": {"b": [1, null]}, "c": null}),
            "`a.b[1]`: a number beyond all bounds is left out; `c`: a number beyond all bounds is left out"
                .to_owned(),
        ),
        (
            "[NaN, 1, -Infinity]",
            json!([null, 1, null]),
            "`[0]`: NaN or Infinity, which JSON does not have, is left out; `[2]`: NaN or Infinity, which \
             JSON does not have, is left out"
                .to_owned(),
        ),
        (
            "{\"a\": \"x\ty\"}",
            json!({"a": "x\ty"}),
            "`a`: a control character that is not escaped is taken as it stands".to_owned(),
        ),
        (
            r#"{"a": 1, "b": 2, "a": 3}"#,
            json!({"a": 3, "b": 2}),
            "`a`: a key is there twice; the later one counts".to_owned(),
        ),
    ];
    for (text, expected, remark) in cases {
        assert_eq!(value(text), (expected, remark), "{text}");
    }
}

#[test]
fn depth_is_no_danger() {
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let (kept, remarks) = value(&nested(128));
    assert!(kept.is_array() && remarks.is_empty());
    for depth in [129, 200, 1_000_000] {
        let (kept, remarks) = value(&format!("[1, {}]", nested(depth)));
        assert_eq!(kept[0], 1);
        assert!(remarks.ends_with("a value nested more than 128 deep is left out"), "{remarks:.100}");
        let text = format!("[1, {}, 2]", nested(depth));
        let (list, _) = read::<List<Scalar<'_>>>(&text).unwrap();
        assert!(matches!(list.items("list").unwrap(), [Scalar::Int(1), Scalar::Wrong(_), Scalar::Int(2)]));
    }
    assert!(read::<Value>(&"[".repeat(1_000_000)).is_err());
    assert!(read::<Value>(&"{\"a\":".repeat(1_000_000)).is_err());
}

wire!(Fruit {
    name = "name": Scalar<'a>,
    country_of_origin = "countryOfOrigin": Scalar<'a>,
    id = "id": Scalar<'a>,
});

#[test]
fn fields_are_found_in_whatever_order_they_stand() {
    let fields = [
        r#""name": "fig""#,
        r#""countryOfOrigin":"TR""#,
        "\"id\" : 7",
        r#""unknown": {"id": 1}"#,
        r#""na\u006de": "lime""#,
        r#""names": 1"#,
        r#""name" :"plum""#,
    ];
    // Each after each other one, several times: what was expected comes and does not.
    let mut objects = Vec::new();
    let mut random = 1_u32;
    for _ in 0..2_000 {
        let mut picked = Vec::new();
        for field in 0..fields.len() {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if random >> 31 == 0 {
                picked.insert((random >> 8) as usize % (picked.len() + 1), field);
            }
        }
        objects.push(picked);
    }
    for picked in objects.chunks(100) {
        let text =
            |picked: &Vec<usize>| picked.iter().map(|field| fields[*field]).collect::<Vec<_>>().join(", ");
        let list = picked.iter().map(|picked| format!("{{{}}}", text(picked))).collect::<Vec<_>>().join(",");
        let list = format!("[{list}]");
        let (read, remarks) = read::<List<Object<Fruit<'_>>>>(&list).unwrap();
        let read = read.items("fruit").unwrap();
        assert_eq!(read.len(), picked.len());
        let mut twice = 0;
        for (fruit, picked) in read.iter().zip(picked) {
            let Object::Is(fruit) = fruit else { panic!("{picked:?}") };
            let mut names = picked.iter().filter_map(|field| {
                [(0, "fig"), (4, "lime"), (6, "plum")].iter().find(|(at, _)| at == field)
            });
            let name = names.clone().next_back().map(|(_, name)| Scalar::Text((*name).into()));
            assert_eq!(fruit.name, name.unwrap_or_default(), "{picked:?}");
            let id = if picked.contains(&2) { Scalar::Int(7) } else { Scalar::None };
            let country = if picked.contains(&1) { Scalar::Text("TR".into()) } else { Scalar::None };
            assert_eq!((&fruit.id, &fruit.country_of_origin), (&id, &country), "{picked:?}");
            twice += usize::from(names.next().is_some()) * names.count();
        }
        assert_eq!(remarks.list.len() + remarks.more, twice);
    }
}

#[test]
fn pairs_that_take_the_place_of_others_are_those_of_the_text() {
    let texts = [
        r#"{"a": 1, "b": 2}"#,
        r#"{"a": 3, "b": 4, "c": 5}"#,
        r#"{"a": 6, "a": 7, "c": 8}"#,
        r#"{"a": 9, "a": 10, "c": 11}"#,
        "{}",
        r#"{"b": 12}"#,
        r#"{"\u0062": 13, "b" : 14}"#,
        r#"{"b": 15, "ba": 16}"#,
        "null",
        r#"{"b": 17}"#,
        "7",
    ];
    let mut pairs = Pairs::<Scalar<'_>>::None;
    for first in texts {
        for text in [first].iter().chain(&texts) {
            let mut reader = Reader::new(text);
            pairs.read(&mut reader).unwrap();
            let (fresh, remarks) = read::<Pairs<'_, Scalar<'_>>>(text).unwrap();
            assert_eq!(pairs.pairs(), fresh.pairs(), "{text}");
            assert_eq!(reader.flaws.len(), remarks.list.len(), "{text}");
        }
    }
}

#[test]
fn many_flaws_are_counted() {
    let (_, remarks) = read::<Value>(&format!("[{}1]", "1e999,".repeat(30))).unwrap();
    assert_eq!((remarks.list.len(), remarks.more), (20, 10));
}

#[test]
fn bytes_that_are_no_text_are_replaced_and_the_mark_is_left_out() {
    assert_eq!(decode(b"\xef\xbb\xbf{}"), ("{}".into(), false));
    assert_eq!(decode(b"caf\xe9"), ("caf\u{fffd}".into(), true));
    assert_eq!(decode("café".as_bytes()), ("café".into(), false));
}
