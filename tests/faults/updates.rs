//! Updates that the stream announces: none is missed, none is a storm, none goes back in time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kameleoon::emulator::{Fault, Request, Times};
use kameleoon::{ClientEvent, KameleoonError, RequestKind};

use crate::rig::{PATIENCE, Rig, data_file, platform, wait_until};

const HOUR: Duration = Duration::from_secs(3_600);

fn streaming(date: i64) -> Rig {
    let platform = platform().data_file(data_file(date, true)).start().unwrap();
    let rig = Rig::create(platform, "updates", |config| config.refresh_interval(HOUR));
    rig.client.wait_init(PATIENCE).unwrap();
    rig.wait_for("the stream", |rig| rig.platform.open_streams() == 1);
    // The fetch that may follow the opening is over.
    rig.client.refresh_data_file(PATIENCE).unwrap();
    rig
}

fn fetches(rig: &Rig) -> Vec<Arc<Request>> {
    let mut requests = rig.platform.requests();
    requests.retain(|request| request.kind == Some(RequestKind::Configuration));
    requests
}

#[test]
fn an_update_is_asked_for_by_its_time_until_it_is_there() {
    let rig = streaming(1_000);
    rig.platform.clear_requests();
    // The fetch of the event fails, and a cache answers the next with what was there before.
    rig.platform.fail(RequestKind::Configuration, Fault::status(503), Times::Once);
    rig.platform.fail(RequestKind::Configuration, Fault::status(304), Times::Once);
    rig.platform.fail(RequestKind::Configuration, Fault::Json(data_file(1_000, true)), Times::Once);
    rig.platform.set_data_file(data_file(2_000, true));
    let before = rig.client.last_success();
    rig.platform.push_update(2_000);
    rig.wait_for("the three answers", |rig| rig.platform.count(RequestKind::Configuration) == 3);
    rig.wait_for("the last one is told", |rig| {
        matches!(rig.client.last_error(), Some(KameleoonError::DataFileOutdated { .. }))
    });
    assert_eq!(
        (rig.date(), rig.client.last_success()),
        (Some(1_000), before),
        "no success before it is there"
    );
    rig.wait_for("the update", |rig| rig.date() == Some(2_000));
    for request in fetches(&rig) {
        assert!(request.query.contains("ts=2000"), "{}", request.query);
    }
    rig.client.refresh_data_file(PATIENCE).unwrap();
    assert!(!fetches(&rig).last().unwrap().query.contains("ts="), "it is answered");
}

#[test]
fn an_older_data_file_does_not_replace_a_newer_one() {
    let rig = streaming(2_000);
    for _ in 0..3 {
        rig.platform.set_data_file(data_file(1_000, true));
        let error = rig.client.refresh_data_file(PATIENCE).unwrap_err();
        assert!(
            matches!(&error, KameleoonError::DataFileOutdated { reason, .. } if reason.contains("1000")),
            "{error}"
        );
        assert_eq!(rig.date(), Some(2_000));
        // Without a date, or with the same, nothing says that it is older.
        for date in [2_000, 0, 2_000] {
            rig.platform.set_data_file(data_file(date, true));
            rig.client.refresh_data_file(PATIENCE).unwrap();
            assert_eq!(rig.date(), Some(date));
        }
    }
    // It is asked again soon, though the refresh interval is an hour and the stream is up.
    rig.platform.set_data_file(data_file(1_000, true));
    rig.client.refresh_data_file(PATIENCE).unwrap_err();
    rig.platform.set_data_file(data_file(3_000, true));
    rig.wait_for("the newer one", |rig| rig.date() == Some(3_000));
}

#[test]
#[ignore = "takes a minute: cargo test --test faults -- --ignored insists"]
fn a_platform_that_insists_on_an_older_data_file_gets_its_will() {
    let rig = streaming(2_000);
    rig.platform.set_data_file(data_file(1_000, true));
    let start = Instant::now();
    rig.client.refresh_data_file(PATIENCE).unwrap_err();
    let deadline = start + Duration::from_secs(180);
    while rig.date() != Some(1_000) {
        assert!(Instant::now() < deadline, "never taken");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(start.elapsed() >= Duration::from_secs(60), "{:?}", start.elapsed());
}

#[test]
fn a_flood_of_events_is_one_fetch_a_second() {
    let rig = streaming(1);
    rig.platform.clear_requests();
    let start = Instant::now();
    let mut ts = 1;
    while start.elapsed() < Duration::from_millis(2_500) {
        ts += 1;
        rig.platform.set_data_file(data_file(ts, true));
        rig.platform.push_update(ts);
        std::thread::sleep(Duration::from_millis(2));
    }
    rig.wait_for("the newest", |rig| rig.date() == Some(ts));
    let times: Vec<_> = fetches(&rig).iter().map(|request| request.received_at).collect();
    assert!((3..=5).contains(&times.len()), "{} fetches for {ts} events", times.len());
    assert!(times[0] - start < Duration::from_secs(1), "the first is followed at once");
    let slack = Duration::from_millis(50);
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] + slack >= Duration::from_secs(1)), "{times:?}");
}

#[test]
fn events_leave_a_platform_alone_that_asks_for_it() {
    let rig = streaming(1);
    rig.platform.clear_requests();
    let refusal = Fault::status_with(503, [("Retry-After", "60")]);
    rig.platform.fail(RequestKind::Configuration, refusal, Times::Always);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(3) {
        rig.platform.push_update(2);
        std::thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(fetches(&rig).len(), 1);
}

#[test]
fn the_servers_of_a_site_do_not_ask_in_the_same_instant() {
    let platform = platform().data_file(data_file(1, true)).start().unwrap();
    let spread = Duration::from_millis(1_500);
    let rigs: Vec<_> = (0..12)
        .map(|_| {
            let config = crate::rig::quick(platform.client_config()).update_spread(spread);
            let site = crate::rig::new_site("spread");
            (kameleoon::KameleoonClientFactory::create(&site, config).unwrap(), site)
        })
        .collect();
    for (client, _) in &rigs {
        client.wait_init(PATIENCE).unwrap();
    }
    wait_until("the streams", || platform.open_streams() == rigs.len());
    rigs.iter().for_each(|(client, _)| client.refresh_data_file(PATIENCE).unwrap());
    platform.set_data_file(data_file(2, true));
    platform.clear_requests();
    let start = Instant::now();
    platform.push_update(2);
    assert!(platform.wait_until(PATIENCE, |log| log.count(RequestKind::Configuration) >= rigs.len()));
    let mut times: Vec<_> = platform
        .requests()
        .iter()
        .filter(|request| request.kind == Some(RequestKind::Configuration))
        .map(|request| request.received_at - start)
        .collect();
    times.sort();
    let apart = times[times.len() - 1] - times[0];
    assert!(apart > spread / 4, "all within {apart:?}");
    let distinct = times.windows(2).filter(|pair| pair[1] - pair[0] > Duration::from_millis(3)).count();
    assert!(distinct >= 5, "they come in steps: {times:?}");
    for (_, site) in &rigs {
        kameleoon::KameleoonClientFactory::forget(site);
    }
}

#[test]
fn refreshes_at_the_same_time_share_a_fetch_that_began_after_them() {
    let platform = platform().data_file(data_file(1, false)).start().unwrap();
    let rig = Rig::create(platform, "shared", |config| config.default_timeout(PATIENCE));
    rig.client.wait_init(PATIENCE).unwrap();
    rig.platform.clear_requests();
    rig.platform.fail(RequestKind::Configuration, Fault::slow_bytes(Duration::from_millis(1)), Times::Once);
    std::thread::scope(|scope| {
        scope.spawn(|| rig.client.refresh_data_file(PATIENCE).unwrap());
        assert!(rig.platform.wait_until(PATIENCE, |log| log.count(RequestKind::Configuration) == 1));
        // The fetch under way began before these.
        rig.platform.set_data_file(data_file(7, false));
        for _ in 0..40 {
            scope.spawn(|| {
                rig.client.refresh_data_file(PATIENCE).unwrap();
                assert_eq!(rig.date(), Some(7));
            });
        }
    });
    let fetches = fetches(&rig).len();
    assert!((2..=5).contains(&fetches), "{fetches} fetches for 41 callers");
}

#[test]
fn an_update_is_told_though_a_thousand_requests_were_not() {
    let rig = streaming(1);
    let (entered, release) = (crossbeam_channel::bounded(1), crossbeam_channel::bounded::<()>(1));
    let (sender, receiver) = (entered.0, release.1);
    // This one hears of every request, and is stuck.
    rig.client.set_event_handler(move |_| {
        let _ = sender.try_send(());
        let _ = receiver.recv();
    });
    let (first, second) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (first_there, second_there) = (Arc::clone(&first), Arc::clone(&second));
    rig.client.on_update_configuration(move || _ = first_there.fetch_add(1, Ordering::SeqCst));
    let removed = rig.client.on_update_configuration(move || _ = second_there.fetch_add(1, Ordering::SeqCst));
    entered.1.recv_timeout(PATIENCE).unwrap();
    for _ in 0..1_100 {
        let _ = rig.client.get_remote_data_with(
            "key",
            kameleoon::RemoteDataOptions::new().timeout(Duration::from_millis(500)),
        );
    }
    rig.platform.set_data_file(data_file(2, true));
    rig.platform.push_update(2);
    rig.wait_for("the update", |rig| rig.date() == Some(2));
    assert_eq!(first.load(Ordering::SeqCst), 0, "the other handler holds it up");
    drop(release.0);
    wait_until("it is told", || first.load(Ordering::SeqCst) == 1 && second.load(Ordering::SeqCst) == 1);
    removed.remove();
    rig.platform.set_data_file(data_file(3, true));
    rig.platform.push_update(3);
    wait_until("the next is told", || first.load(Ordering::SeqCst) == 2);
    assert_eq!(second.load(Ordering::SeqCst), 1, "it was removed");
}

#[test]
fn several_handlers_hear_of_everything_until_they_are_removed() {
    let rig = Rig::ready("several");
    let (sender, receiver) = crossbeam_channel::unbounded();
    let other = sender.clone();
    let held = Arc::new(());
    let seen = Arc::clone(&held);
    let first = rig.client.set_event_handler(move |event| {
        let _ = (&seen, matches!(event, ClientEvent::Request { .. }).then(|| sender.send(1)));
    });
    rig.client.set_event_handler(move |event| {
        let _ = matches!(event, ClientEvent::Request { .. }).then(|| other.send(2));
    });
    rig.client.refresh_data_file(PATIENCE).unwrap();
    let told = [receiver.recv_timeout(PATIENCE).unwrap(), receiver.recv_timeout(PATIENCE).unwrap()];
    assert_eq!(told, [1, 2], "in the order in which they were set");
    first.remove();
    wait_until("what it held is dropped", || Arc::strong_count(&held) == 1);
    rig.client.refresh_data_file(PATIENCE).unwrap();
    assert_eq!(receiver.recv_timeout(PATIENCE), Ok(2));
}
