//! Help, wrong arguments, colours.

use super::run::{SHOP, run};

const COMMANDS: [&str; 7] = ["get", "explain", "diff", "check", "generate", "serve", "drain"];

#[test]
fn every_command_has_help_with_examples() {
    let help = run(&["--help"]);
    assert_eq!(help.code, 0);
    for command in COMMANDS {
        assert!(help.out.contains(&format!("  {command} ")), "{command} is listed");
        let own = run(&[command, "--help"]);
        assert_eq!(own.code, 0);
        assert!(own.out.contains("Examples:"), "{command}");
        assert!(own.out.contains(&format!("  kameleoon {command} ")), "{command}");
        assert!(own.out.lines().all(|line| line.chars().count() <= 100), "{command}");
    }
}

#[test]
fn wrong_arguments_are_told_and_give_2() {
    let table: &[(&[&str], &str)] = &[
        (&[], "Usage"),
        (&["genrate", SHOP], "generate"),
        (&["get", "no-such-file.json", "anna"], "`no-such-file.json` cannot be read"),
        (&["get", SHOP, ""], "visitor code"),
        (&["get", SHOP, "anna", "new_chekout"], "is `new_checkout` meant?"),
        (&["get", SHOP, "anna", "--data", "gold"], "NAME=VALUE"),
        (&["get", SHOP, "anna", "--data", "plann=gold"], "is `plan` meant?"),
        (&["diff", SHOP, SHOP, "--data", "plann=gold"], "is `plan` meant?"),
        (&["get", SHOP, "anna", "--browser", "Netscape"], "`Netscape`"),
        (&["get", SHOP, "anna", "--device", "fridge"], "PHONE, TABLET or DESKTOP"),
        (&["get", "@", "anna"], "--site-code"),
        (&["check"], "--site-code"),
        (&["check", SHOP, "--allow", "everything"], "unknown-key"),
        (&["check", SHOP, "--src", "no-such-folder"], "no-such-folder"),
        (&["diff", SHOP, SHOP, "--max-moved", "some"], "1%"),
        (&["diff", "-", "-"], "once"),
        (&["generate", SHOP, "--goal", "purchase"], "NAME=ID"),
        (&["generate", SHOP, "--check", "no-such-module.rs"], "no-such-module.rs"),
        (&["get", "@", "anna", "--site-code", "x", "--config", "no-such.yaml"], "no-such.yaml"),
    ];
    for (arguments, told) in table {
        let ran = run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(told), "{arguments:?}: {}", ran.err);
        assert!(ran.out.is_empty(), "{arguments:?}: {}", ran.out);
    }
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    // The output of a test is a pipe.
    for arguments in [&["get", SHOP, "anna"][..], &["check", SHOP], &["explain", SHOP, "anna"]] {
        let plain = run(arguments);
        assert!(!plain.out.contains('\u{1b}'), "{arguments:?}");
        let coloured = run(&[arguments, &["--color", "always"]].concat());
        assert!(coloured.out.contains("\u{1b}["), "{arguments:?}");
    }
}
