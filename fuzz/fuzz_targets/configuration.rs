//! A configuration file. Whatever it is, no secret of it is shown.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    kameleoon_fuzz::quiet();
    let _ = kameleoon::fuzzing::configuration(text);
    let secret = "client_secret: 5ecret5ecret\n";
    if let Some(shown) = kameleoon::fuzzing::configuration(&[secret.as_bytes(), text].concat()) {
        assert!(!shown.contains("5ecret5ecret"), "{shown}");
    }
});
