//! What the system says of this process, and tests that need one of their own.

use std::process::Command;

/// Runs a test in a process of its own, where no other test has threads, sockets or a logger.
/// `name` is the test's full name.
pub(crate) fn alone(name: &str, test: impl FnOnce()) {
    const CHILD: &str = "KAMELEOON_TEST_ALONE";
    if std::env::var_os(CHILD).is_some_and(|value| value == name) {
        return test();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .env(CHILD, name)
        // What glibc keeps for each thread that ever freed something is not what the process needs.
        .env("MALLOC_ARENA_MAX", "1")
        .args(["--exact", name, "--nocapture", "--include-ignored"])
        .output()
        .unwrap();
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    print!("{said}");
    assert!(output.status.success() && said.contains("1 passed"), "{said}\n{complained}");
}

/// The names of the process's threads that belong to a client (the emulator's do not).
#[cfg(target_os = "linux")]
pub(crate) fn client_threads() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let mut names: Vec<String> = tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| name.starts_with("kameleoon-") && !name.starts_with("kameleoon-emula"))
        .collect();
    names.sort();
    names
}

/// How many descriptors are open.
#[cfg(target_os = "linux")]
pub(crate) fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// The memory that is in use, in KiB.
#[cfg(target_os = "linux")]
pub(crate) fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
