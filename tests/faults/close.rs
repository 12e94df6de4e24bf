//! Faults while a client is being closed.

use std::time::Duration;

use kameleoon::RequestKind;

use crate::rig::{Rig, SLACK, data_file, platform, timed};
use crate::table::{self, Lines};

/// The default of `close_timeout`.
const BOUND: Duration = Duration::from_secs(2);

#[test]
fn a_close_keeps_to_its_time_and_says_what_is_lost() {
    table::for_each(|case| {
        let platform = platform().data_file(data_file(1, true)).start().unwrap();
        let mut rig = Rig::create(platform, "close", |config| config.tracking_interval_millisecond(1_000));
        rig.client.wait_init(BOUND * 5).unwrap();
        rig.wait_for("the stream", |rig| rig.platform.open_streams() == 1);
        let kinds =
            [RequestKind::Tracking, RequestKind::Token, RequestKind::Configuration, RequestKind::Stream];
        case.begin(&rig.platform, &kinds);
        rig.visit_many("visitor", 10);
        rig.platform.push_update(5);
        rig.platform.drop_streams();
        let (report, took) = timed(|| rig.client.close(BOUND));
        assert!(took < BOUND + SLACK / 3, "{}: {took:?}", case.name);
        assert_eq!(report.pending, 0, "{}: {report:?}", case.name);
        let stats = rig.check_counters();
        assert_eq!(stats.pending, 0, "{}: {stats:?}", case.name);
        assert_eq!(stats.sent + stats.given_up + stats.refused, rig.pieces(), "{}: {stats:?}", case.name);
        match case.lines {
            Lines::Unknown => {}
            Lines::Refused => assert_eq!((stats.sent, rig.arrived()), (0, 0), "{}: {stats:?}", case.name),
            Lines::Taken => assert_eq!(stats.sent, rig.arrived(), "{}: {stats:?}", case.name),
        }
        assert_eq!(report.is_complete(), stats.sent == rig.pieces(), "{}: {report:?} {stats:?}", case.name);
        // What is closed stays closed, and still evaluates.
        assert_eq!(rig.client.close(BOUND), report, "{}", case.name);
        case.end(&rig.platform);
        rig.look("visitor-0");
        let lines = rig.platform.tracking_lines().len();
        rig.client.track_conversion("visitor-0", 83).unwrap();
        rig.client.flush_instant("visitor-0").unwrap();
        assert!(rig.client.flush_and_wait(Duration::from_millis(50)).delivered == 0);
        assert_eq!(rig.platform.tracking_lines().len(), lines, "{}", case.name);
        assert_eq!(rig.check_counters(), stats, "{}", case.name);
    });
}
