//! Files of the spool: whatever lies there.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    kameleoon_fuzz::quiet();
    if let Some(lines) = kameleoon::fuzzing::spool_lines(bytes) {
        assert!(lines <= bytes.len());
    }
});
