//! Faults while an access token is fetched.

use kameleoon::RequestKind;

use crate::rig::{PATIENCE, Repeats, Rig, SLACK, TIMEOUT, timed};
use crate::table;

#[test]
fn tracking_goes_on_without_a_token() {
    table::for_each(|case| {
        if case.is_refused() {
            return; // the emulator has one port for all services
        }
        let mut rig = Rig::ready("token");
        case.begin(&rig.platform, &[RequestKind::Token]);
        rig.visit_many("visitor", 5);
        let (report, took) = timed(|| rig.client.flush_and_wait(PATIENCE));
        assert!(report.is_complete(), "{}: {report:?}", case.name);
        assert!(took < 2 * TIMEOUT + SLACK, "{}: {took:?}", case.name);
        case.end(&rig.platform);
        rig.visit_many("later", 5);
        rig.deliver_all();
        rig.check_arrived(Repeats::None);
        assert_eq!(rig.check_counters().pending, 0, "{}", case.name);
        // After a failure nobody asks for a while, and a post follows no redirect.
        assert_eq!(rig.platform.count(RequestKind::Token), 1, "{}", case.name);
    });
}
