//! Faults of the stream, and while an event of the stream is followed.

use std::time::Duration;

use kameleoon::emulator::{Fault, Times};
use kameleoon::{KameleoonClientFactory, RequestKind};

use crate::rig::{PATIENCE, Repeats, Rig, TIMEOUT, data_file, platform, wait_until};
use crate::table::{self, Outcome};

/// How long the tries to open a stream are watched.
const WATCH: Duration = Duration::from_millis(600);

fn streaming_rig(polling: Duration) -> Rig {
    let platform = platform().data_file(data_file(1, true)).start().unwrap();
    let rig = Rig::create(platform, "streaming", |config| config.refresh_interval(polling));
    rig.client.wait_init(PATIENCE).unwrap();
    rig.wait_for("the stream", |rig| rig.platform.open_streams() == 1);
    rig
}

#[test]
fn while_the_stream_is_down_polling_goes_on_and_the_stream_comes_back() {
    table::for_each(|case| {
        let mut rig = streaming_rig(Duration::from_millis(400));
        case.begin(&rig.platform, &[RequestKind::Stream]);
        rig.platform.drop_streams();
        let before = rig.platform.count(RequestKind::Stream);
        rig.visit_many("during", 5);
        if case.is_refused() {
            std::thread::sleep(WATCH);
        } else {
            rig.wait_for("a try", |rig| rig.platform.count(RequestKind::Stream) > before);
            rig.platform.set_data_file(data_file(2, true));
            // By polling, or by the fetch that follows a stream that opened.
            rig.wait_for("the new data file", |rig| rig.date() == Some(2));
            std::thread::sleep(WATCH);
            let requests = rig.platform.count(RequestKind::Stream) - before;
            // A try follows five redirects.
            let tries = if case.name == "301 loop" { requests.div_ceil(6) } else { requests };
            assert!(tries <= 12, "{}: {tries} tries are a loop without rest", case.name);
        }
        rig.look("during-0");
        assert!(rig.platform.open_streams() <= 1, "{}", case.name);

        case.end(&rig.platform);
        rig.platform.drop_streams();
        rig.wait_for("the stream is back", |rig| {
            // Whether it is a healthy one shows by what comes over it.
            rig.platform.set_data_file(data_file(3, true));
            rig.platform.push_update(3) == 1
        });
        rig.wait_for("the update", |rig| rig.date() == Some(3));
        rig.deliver_all();
        rig.check_arrived(Repeats::None);
        assert_eq!(rig.check_counters().pending, 0, "{}", case.name);
    });
}

#[test]
fn while_a_stream_is_being_opened_whoever_asks_gets_the_data_file_and_polling_goes_on() {
    let platform = platform().data_file(data_file(1, true)).start().unwrap();
    platform.fail(RequestKind::Stream, Fault::NeverAnswer, Times::Always);
    let rig = Rig::create(platform, "opening", |config| {
        config.default_timeout(PATIENCE).refresh_interval(Duration::from_millis(300))
    });
    rig.client.wait_init(PATIENCE).unwrap();
    rig.wait_for("a try", |rig| rig.platform.count(RequestKind::Stream) == 1);
    rig.platform.set_data_file(data_file(2, true));
    rig.client.refresh_data_file(TIMEOUT).unwrap();
    assert_eq!(rig.date(), Some(2));
    rig.platform.set_data_file(data_file(3, true));
    rig.wait_for("the next poll", |rig| rig.date() == Some(3));
    assert_eq!(rig.platform.count(RequestKind::Stream), 1, "the first try has all its time");
    assert_eq!(rig.platform.open_streams(), 0);
}

#[test]
fn an_update_whose_fetch_fails_comes_later() {
    table::for_each(|case| {
        if case.is_refused() || case.outcome == Outcome::Status(304) {
            return; // the stream itself would be down; no update after all
        }
        let mut rig = streaming_rig(Duration::from_secs(3_600));
        // The fetch that follows the opening is over.
        rig.client.refresh_data_file(PATIENCE).unwrap();
        let fetches = rig.platform.count(RequestKind::Configuration);
        case.begin(&rig.platform, &[RequestKind::Configuration]);
        rig.platform.set_data_file(data_file(2, true));
        assert_eq!(rig.platform.push_update(1_700), 1, "{}", case.name);
        rig.wait_for("the fetch", |rig| rig.platform.count(RequestKind::Configuration) > fetches);
        rig.wait_for("its failure", |rig| rig.client.last_error().is_some());
        case.check_error(&rig.client.last_error().unwrap());
        assert_eq!(rig.date(), Some(1), "{}", case.name);
        rig.visit_many("during", 5);
        case.end(&rig.platform);
        rig.wait_for("the update", |rig| rig.date() == Some(2));
        let asked = rig.platform.requests().iter().any(|request| request.query.contains("ts=1700"));
        assert!(asked, "{}", case.name);
        assert_eq!(rig.platform.open_streams(), 1, "{}", case.name);
        rig.deliver_all();
        rig.check_arrived(Repeats::None);
        assert_eq!(rig.check_counters().pending, 0, "{}", case.name);
    });
}

#[test]
fn a_silent_stream_is_given_up_and_opened_again() {
    let rig = streaming_rig(Duration::from_secs(3_600));
    let stalls = table::cases().into_iter().find(|case| case.name == "stream that stalls").unwrap();
    stalls.begin(&rig.platform, &[RequestKind::Stream]);
    let before = rig.platform.count(RequestKind::Stream);
    rig.platform.drop_streams();
    rig.wait_for("the second silent stream", |rig| rig.platform.count(RequestKind::Stream) >= before + 2);
    let requests = rig.platform.requests();
    let times: Vec<_> = requests
        .iter()
        .filter(|request| request.kind == Some(RequestKind::Stream))
        .map(|request| request.received_at)
        .collect();
    let silence = times[before + 1] - times[before];
    assert!(silence >= Duration::from_millis(1_500), "{silence:?}");
}

#[test]
fn a_data_file_may_end_the_stream_and_bring_it_back() {
    let rig = streaming_rig(Duration::from_millis(200));
    rig.platform.set_data_file(data_file(2, false));
    rig.platform.push_update(2);
    rig.wait_for("the end of the stream", |rig| rig.platform.open_streams() == 0 && rig.date() == Some(2));
    rig.platform.set_data_file(data_file(3, true));
    rig.wait_for("the stream again", |rig| rig.platform.open_streams() == 1 && rig.date() == Some(3));
    KameleoonClientFactory::forget(&rig.site);
    wait_until("the stream ends with the client", || rig.platform.open_streams() == 0);
}
