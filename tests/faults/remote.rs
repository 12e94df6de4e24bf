//! Faults while the platform's data are read.

use std::time::Duration;

use kameleoon::{RemoteDataOptions, RemoteVisitorDataOptions, RequestKind, WarehouseAudienceOptions};

use crate::rig::{Repeats, Rig, SLACK, timed};
use crate::table;

/// Shorter than the client's default, so that it is this one that counts.
const LIMIT: Duration = Duration::from_millis(1_500);

#[test]
fn a_call_fails_within_its_time_and_changes_nothing() {
    table::for_each(|case| {
        let mut rig = Rig::ready("remote");
        rig.platform.set_map("key", r#"{"warehouseAudiences": {"gold": 1}}"#);
        let visitor_data = r#"{"currentVisit": {"customDataEvents":
            [{"time": 5, "data": {"index": 3, "valuesCountMap": {"here": 1}}}]}}"#;
        rig.platform.set_visitor_data("visitor", visitor_data);
        rig.visit("visitor");
        rig.deliver_all(); // the token is there from now on
        let accepted = rig.client.tracking_stats().accepted;
        case.begin(&rig.platform, &[RequestKind::VisitorData, RequestKind::DataMap]);
        let client = &rig.client;
        let outcomes = [
            ("data", {
                let options = RemoteDataOptions::new().timeout(LIMIT);
                timed(|| client.get_remote_data_with("key", options).map(drop))
            }),
            ("visitor", {
                let options = RemoteVisitorDataOptions::new().timeout(LIMIT);
                timed(|| client.get_remote_visitor_data_with("visitor", options).map(drop))
            }),
            ("audience", {
                let options = WarehouseAudienceOptions::new().warehouse_key("key").timeout(LIMIT);
                timed(|| client.get_visitor_warehouse_audience_with("visitor", 4, options).map(drop))
            }),
        ];
        for (name, (outcome, took)) in outcomes {
            assert!(took < LIMIT + SLACK, "{} {name}: {took:?}", case.name);
            // JSON of another shape is a value for one who asks for any JSON, and an answer
            // without audiences for one who asks for those.
            let is_any_json = case.name == "JSON of another shape" && name != "visitor";
            match outcome {
                Ok(()) if is_any_json => {}
                Ok(()) => panic!("{} {name}: no error", case.name),
                Err(error) => case.check_error(&error),
            }
        }
        rig.look("visitor");
        let expected = if case.name == "JSON of another shape" { accepted + 1 } else { accepted };
        assert_eq!(client.tracking_stats().accepted, expected, "{}: a failure left something", case.name);

        case.end(&rig.platform);
        assert_eq!(client.get_remote_data("key").unwrap()["warehouseAudiences"]["gold"], 1, "{}", case.name);
        assert_eq!(client.get_remote_visitor_data("visitor").unwrap().len(), 1, "{}", case.name);
        if expected == accepted {
            rig.deliver_all();
            rig.check_arrived(Repeats::None);
        }
    });
}
