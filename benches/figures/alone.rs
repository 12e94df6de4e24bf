//! Figures of memory, each in a process of its own: what was used before would be used again.

use std::process::Command;

/// Runs this program again with an argument and a value, and returns what it prints, line by line.
pub fn run(argument: &str, value: &str) -> Vec<String> {
    let program = std::env::current_exe().expect("the program has a path");
    let output = Command::new(program).args([argument, value]).output().expect("it can be run");
    assert!(output.status.success(), "{argument}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// Resident memory of this process in bytes; 0 where the system does not tell.
pub fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) * 1024.0
}

/// The number in the last line of what was printed.
pub fn number(lines: &[String]) -> f64 {
    lines.last().and_then(|line| line.trim().parse().ok()).expect("the last line is a number")
}
