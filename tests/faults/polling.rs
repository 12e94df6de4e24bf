//! Faults while the data file is fetched again.

use kameleoon::RequestKind;

use crate::rig::{PATIENCE, Repeats, Rig, SLACK, TIMEOUT, data_file, timed};
use crate::table::{self, Outcome};

#[test]
fn the_data_file_in_use_stays_until_there_is_a_better_one() {
    table::for_each(|case| {
        let mut rig = Rig::ready("polling");
        rig.visit_many("before", 5);
        let given = rig.look("before-0");
        rig.platform.set_data_file(data_file(2, false));
        case.begin(&rig.platform, &[RequestKind::Configuration]);
        for _ in 0..2 {
            let (outcome, took) = timed(|| rig.client.refresh_data_file(PATIENCE));
            match case.outcome {
                // The platform's word that the one in use is the newest.
                Outcome::Status(304) => assert_eq!(outcome, Ok(())),
                _ => case.check_error(&outcome.unwrap_err()),
            }
            assert!(took < TIMEOUT + SLACK, "{}: {took:?}", case.name);
            assert_eq!(rig.date(), Some(1), "{}", case.name);
            assert_eq!(rig.look("before-0"), given, "{}", case.name);
        }
        rig.visit_many("during", 5);
        case.end(&rig.platform);
        assert_eq!(rig.client.refresh_data_file(PATIENCE), Ok(()), "{}", case.name);
        assert_eq!(rig.date(), Some(2), "{}", case.name);
        rig.visit_many("after", 5);
        rig.deliver_all();
        rig.check_arrived(Repeats::None);
        assert_eq!(rig.check_counters().pending, 0, "{}", case.name);
    });
}

#[test]
fn a_fetch_that_failed_is_tried_again_without_waiting_for_the_interval() {
    let rig = Rig::ready("polling-retry");
    let case = table::cases().into_iter().find(|case| case.name == "500").unwrap();
    case.begin(&rig.platform, &[RequestKind::Configuration]);
    rig.client.refresh_data_file(PATIENCE).unwrap_err();
    rig.platform.set_data_file(data_file(2, false));
    case.end(&rig.platform);
    // The refresh interval is an hour.
    rig.wait_for("the new data file", |rig| rig.date() == Some(2));
}
