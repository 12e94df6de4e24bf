//! Faults while the first data file is fetched.

use kameleoon::{KameleoonError, RequestKind};

use crate::rig::{FLAG, PATIENCE, Repeats, Rig, SLACK, TIMEOUT, data_file, platform, timed};
use crate::table;

#[test]
fn a_client_says_why_it_has_no_data_file_and_begins_when_it_can() {
    table::for_each(|case| {
        let platform = platform().data_file(data_file(1, false)).start().unwrap();
        case.begin(&platform, &[RequestKind::Configuration]);
        let mut rig = Rig::create(platform, "start", |config| config);
        // As long as a request of it may take, and a bit: the first failure is known then.
        let given = TIMEOUT + SLACK;
        let (outcome, took) = timed(|| rig.client.wait_init(given));
        case.check_error(&outcome.unwrap_err());
        assert!(took >= given && took < given + SLACK, "{}: {took:?}", case.name);
        case.check_error(&rig.client.last_error().unwrap());
        assert!(!rig.client.is_ready() && rig.client.last_success().is_none(), "{}", case.name);
        let unknown = rig.client.get_variation("early", FLAG);
        assert!(matches!(unknown, Err(KameleoonError::FeatureNotFound { .. })), "{unknown:?}");
        // Data are taken all the same.
        rig.client.track_conversion("visitor-0", 83).unwrap();
        rig.client.flush_instant("visitor-0").unwrap();
        let report = rig.client.flush_and_wait(SLACK / 10);
        assert_eq!((report.delivered, report.withheld), (0, 1), "{}: {report:?}", case.name);
        assert_eq!(rig.platform.count(RequestKind::Tracking), 0, "{}: nothing before the file", case.name);

        case.end(&rig.platform);
        rig.wait_for("the client becomes ready by itself", |rig| rig.client.last_success().is_some());
        assert!(rig.client.is_ready() && rig.client.last_error().is_some());
        assert_eq!(rig.date(), Some(1));
        assert_eq!(rig.client.wait_init(PATIENCE), Ok(()));
        rig.client.get_variation("visitor-0", FLAG).unwrap();
        rig.deliver_all();
        rig.know("visitor-0");
        rig.check_arrived(Repeats::None);
        assert_eq!(rig.check_counters().pending, 0, "{}", case.name);
    });
}
