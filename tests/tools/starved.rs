//! Runs that are shorter than a fetch, and the kill switch.

use std::time::Duration;

use crate::Test;
use crate::late::far_away;
use crate::rig::{DUE, ENOUGH, FRESH, Run, Tool, URL, data_file, run};

pub(crate) const TESTS: &[Test] = &[("runs_shorter_than_a_fetch_see_the_kill_switch", see_the_kill_switch)];

/// Far away as another continent.
const LATENCY: Duration = Duration::from_millis(300);

fn see_the_kill_switch() {
    for (name, role, is_due, most) in [
        ("the copy first, a close with time", "decide", false, 1),
        ("the copy first, time only when due", "decide", true, 1),
        ("a bound on the age", "decide freshly", false, 0),
    ] {
        let tool = Tool::new("starved");
        let far = far_away(tool.platform.url(), LATENCY);
        // Old at once, so that each of the runs has to ask.
        let run = |close: u64| -> Run {
            let mut command = tool.command(role, close);
            command.env(URL, &far).env(FRESH, "1");
            if is_due {
                command.env(DUE, "1");
            }
            run(&mut command)
        };
        assert_eq!(run(ENOUGH).said, "on\n", "{name}");
        tool.platform.set_data_file(data_file(2, false));
        let decided: Vec<String> = (0..20).map(|_| run(ENOUGH).said.trim().to_owned()).collect();
        let stale = decided.iter().take_while(|decided| *decided == "on").count();
        println!("{name}: 20 runs after the switch, {stale} still on");
        assert!(stale <= most, "{name}: {decided:?}");
        assert!(decided[stale..].iter().all(|decided| decided == "off"), "{name}: {decided:?}");
    }
}
