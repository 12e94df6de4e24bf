//! A regular expression and a text: built and matched within the documented time.
#![no_main]

use std::time::Duration;

use kameleoon_fuzz::Bytes;
use libfuzzer_sys::fuzz_target;

/// The documented bounds are some 10 ms for building and 50 ms for matching in a release build; a
/// fuzzer's code, which counts what it passes, is many times slower, and its machine is busy.
const MOST: Duration = Duration::from_millis(2_000);

fuzz_target!(|bytes: &[u8]| {
    kameleoon_fuzz::quiet();
    let mut bytes = Bytes(bytes);
    let source = String::from_utf8_lossy(bytes.part()).into_owned();
    let text = String::from_utf8_lossy(bytes.0);
    for text in [text.to_string(), text.repeat(200_000 / text.len().max(1))] {
        let (built, matched) = kameleoon::fuzzing::pattern(&source, &text);
        assert!(built < MOST, "{built:?} to build {source:?}");
        assert!(matched < MOST, "{matched:?} for {source:?} on {} bytes", text.len());
    }
});
