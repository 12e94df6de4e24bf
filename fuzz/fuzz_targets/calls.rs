//! Sequences of calls, held against the model of what must become of each piece.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    kameleoon_fuzz::quiet();
    if let Err(reason) = kameleoon::fuzzing::play_calls(bytes) {
        panic!("{reason}");
    }
});
