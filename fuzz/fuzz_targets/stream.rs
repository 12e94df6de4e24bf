//! Bytes of an event stream: the same events come whatever the portions.
#![no_main]

use kameleoon_fuzz::Bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (sizes, stream) = bytes.split_at(bytes.len().min(8));
    let whole = kameleoon::fuzzing::stream(stream, || usize::MAX);
    assert_eq!(kameleoon::fuzzing::stream(stream, || 1), whole, "byte by byte");
    let mut at = 0;
    let next = || {
        at += 1;
        usize::from(Bytes(&sizes[at % sizes.len().max(1)..]).byte())
    };
    assert_eq!(kameleoon::fuzzing::stream(stream, next), whole, "in portions of {sizes:?}");
});
