//! Tracking lines: a reader that knows nothing of the crate gets the values back.
#![no_main]

use std::time::Duration;

use kameleoon::{Conversion, CustomData, Geolocation, PageView, UserAgent};
use kameleoon_fuzz::Bytes;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// A percent-encoded text.
fn decoded(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let digits = [bytes.next(), bytes.next()].map(|digit| digit.expect("two digits") as char);
                let digits: String = digits.iter().collect();
                u8::from_str_radix(&digits, 16).expect("hexadecimal digits")
            }
            byte => byte,
        });
    }
    String::from_utf8(out).expect("UTF-8")
}

fn value(line: &str, name: &str) -> String {
    let mut pairs = line.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| decoded(value)).unwrap_or_default()
}

fuzz_target!(|bytes: &[u8]| {
    kameleoon_fuzz::quiet();
    let mut bytes = Bytes(bytes);
    let code = bytes.text();
    let (client, bodies) = kameleoon::fuzzing::recorded("{}").expect("an empty file is good");
    let mut expected: Vec<(&str, Vec<(&str, String)>)> = Vec::new();
    let (mut pages, mut data) = (Vec::new(), Vec::new());
    let agent = bytes.text();
    let mut added = client.add_data(&code, UserAgent::new(agent.clone())).is_ok();
    while !bytes.is_empty() {
        let result = match bytes.byte() % 4 {
            0 => {
                let (url, title) = (bytes.text(), bytes.text());
                let result = client.add_data(&code, PageView::new(url.clone()).with_title(title.clone()));
                pages.push((url, title));
                result
            }
            1 => {
                let (index, values) = (u32::from(bytes.byte()), vec![bytes.text(), bytes.text()]);
                let result = client.add_data(&code, CustomData::new(index, values.clone()));
                data.push((index, values));
                result
            }
            2 => {
                let (goal, revenue) = (bytes.number(), bytes.float());
                let conversion = Conversion::new(goal).with_revenue(revenue);
                expected.push(("conversion", vec![("goalId", goal.to_string())]));
                client.track_conversion_with(&code, conversion)
            }
            _ => {
                let place =
                    Geolocation::new(bytes.text()).with_city(bytes.text()).with_latitude(bytes.float());
                client.add_data(&code, place)
            }
        };
        added &= result.is_ok();
    }
    if !added {
        // The code is none: nothing was taken.
        return;
    }
    // Of two pages with one url, and of two custom data with one index, the later is told.
    for (url, title) in &pages {
        let newest = pages.iter().rev().find(|(other, _)| other == url).expect("it is one of them");
        if newest.1 == *title && !url.is_empty() {
            expected.push(("page", vec![("href", url.clone()), ("title", title.clone())]));
        }
    }
    let report = client.close(Duration::from_secs(20));
    assert!(report.is_complete(), "{report:?}");
    let bodies = bodies.lock();
    let lines: Vec<&str> = bodies.iter().flat_map(|body| body.lines()).collect();
    for line in &lines {
        assert_eq!(value(line, "visitorCode"), code, "{line:?}");
        assert!(line.bytes().all(|byte| (b'!'..=b'~').contains(&byte)), "{line:?}");
        let nonce = value(line, "nonce");
        assert!(nonce.len() == 16 && u64::from_str_radix(&nonce, 16).is_ok(), "{line:?}");
        let agents = line.matches("&userAgent=").count();
        assert!(agents <= 1 && (agents == 0 || value(line, "userAgent") == agent), "{line:?}");
    }
    for (kind, pairs) in &expected {
        let found = lines.iter().any(|line| {
            value(line, "eventType") == *kind && pairs.iter().all(|(name, is)| value(line, name) == *is)
        });
        assert!(found, "no {kind} with {pairs:?} in {lines:#?}");
    }
    for (index, _) in &data {
        let last = data.iter().rev().find(|(other, _)| other == index).expect("it is one of them");
        let line = lines.iter().find(|line| {
            value(line, "eventType") == "customData" && value(line, "index") == index.to_string()
        });
        let line = line.unwrap_or_else(|| panic!("no custom data {index} in {lines:#?}"));
        let map: Value = serde_json::from_str(&value(line, "valuesCountMap")).expect("JSON");
        for text in &last.1 {
            assert!(map.get(text.as_str()).is_some(), "no {text:?} in {map}");
        }
    }
});
