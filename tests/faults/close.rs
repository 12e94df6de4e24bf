//! Faults while a client is being closed.

use std::time::Duration;

use kameleoon::emulator::{Fault, Times};
use kameleoon::{KameleoonClientConfig, RequestKind};

use crate::rig::{FLAG, Rig, SLACK, data_file, platform, timed};
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

/// A client with ten visitors in a request that nobody answers. Later ones are refused for a while.
fn unanswered(
    name: &str,
    requests: usize,
    change: impl FnOnce(KameleoonClientConfig) -> KameleoonClientConfig,
) -> Rig {
    let platform = platform().data_file(data_file(1, false)).start().unwrap();
    let mut rig = Rig::create(platform, name, |config| {
        change(config.default_timeout(Duration::from_millis(300)).tracking_interval_millisecond(1_000))
    });
    rig.client.wait_init(BOUND * 5).unwrap();
    rig.platform.fail(RequestKind::Tracking, Fault::NeverAnswer, Times::Count(requests));
    let later = Fault::status_with(503, [("Retry-After", "300")]);
    rig.platform.fail(RequestKind::Tracking, later, Times::Always);
    rig.visit_many("visitor", 10);
    rig.wait_for("failures", |rig| rig.client.tracking_stats().requests_failed >= requests as u64);
    rig
}

#[test]
fn what_the_platform_may_have_is_counted_though_its_request_is_over() {
    // The request and its repetition: all is back where it was.
    let mut rig = unanswered("unanswered", 2, |config| config);
    let asked = rig.pieces();
    rig.visit_many("late", 3);
    let report = rig.client.close(BOUND);
    assert_eq!((report.given_up, report.unanswered), (rig.pieces(), asked), "{report:?}");
    rig.check_counters();
}

#[test]
fn what_is_on_its_way_for_somebody_who_left_the_store_is_counted_at_a_close() {
    // The repetition is still to come.
    let rig = unanswered("gone", 1, |config| config.tracking_retry_delay(30 * BOUND).max_visitors(1_000));
    // They take the room of those whom the request is about.
    for number in 0..20_000 {
        let _ = rig.client.get_variation(&format!("other-{number}"), FLAG);
    }
    // No time for a repetition.
    let _unfinished = rig.client.close(Duration::ZERO);
    rig.wait_for("the end", |rig| rig.client.tracking_stats().pending == 0);
    rig.check_balance();
}

#[test]
#[cfg(feature = "rustls")]
fn what_was_never_sent_is_nothing_that_the_platform_may_have() {
    // It takes connections and says nothing: no handshake comes to its end, and no tunnel.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let rig = unanswered("unsent", 1, |config| config.data_api_url(format!("https://{address}")));
    let report = rig.client.close(BOUND);
    assert_eq!((report.given_up, report.unanswered), (rig.pieces(), 0), "{report:?}");
    rig.check_counters();
}
