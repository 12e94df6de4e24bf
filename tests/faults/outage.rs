//! An outage in front of a busy program.

use std::time::{Duration, Instant};

use kameleoon::RequestKind;
use kameleoon::emulator::{Fault, Times};

use crate::process::alone;
use crate::rig::{FLAG, PATIENCE, Rig, data_file, new_site, platform, quick, wait_until};

const VISITORS: usize = 100_000;
/// Twice what a visitor with an exposure and a conversion may take, with its place on the list.
#[cfg(target_os = "linux")]
const MOST_KIB: usize = VISITORS * 2 * 1024 / 1024;

#[test]
fn an_outage_loses_nothing_and_memory_is_bounded() {
    alone("outage::an_outage_loses_nothing_and_memory_is_bounded", || {
        let platform = platform().data_file(data_file(1, false)).record_bodies(false).start().unwrap();
        let site = new_site("outage");
        let config = quick(platform.client_config()).default_timeout(Duration::from_secs(10));
        let client = kameleoon::KameleoonClientFactory::create(&site, config).unwrap();
        client.wait_init(PATIENCE).unwrap();
        client.get_variation("first", FLAG).unwrap();
        assert!(client.flush_and_wait(PATIENCE).is_complete());
        let before = platform.tracking_totals();
        #[cfg(target_os = "linux")]
        let memory = crate::process::resident_kib();

        platform.pause();
        for number in 0..VISITORS {
            let visitor = format!("visitor-{number}");
            client.get_variation(&visitor, FLAG).unwrap();
            client.track_conversion(&visitor, 83).unwrap();
        }
        wait_until("the outage is noticed", || client.tracking_stats().requests_failed >= 4);
        let stats = client.tracking_stats();
        let pieces = 2 * VISITORS as u64;
        assert_eq!((stats.accepted, stats.sent, stats.pending), (pieces + 1, 1, pieces), "{stats:?}");
        assert_eq!(client.visitor_count(), VISITORS + 1);
        #[cfg(target_os = "linux")]
        {
            let grown = crate::process::resident_kib().saturating_sub(memory);
            println!("memory during the outage: {grown} KiB more for {VISITORS} visitors");
            assert!(grown < MOST_KIB, "{grown} KiB");
        }

        platform.resume().unwrap();
        let start = Instant::now();
        wait_until("everything is sent", || client.tracking_stats().pending == 0);
        let totals = platform.tracking_totals();
        println!("delivered in {:?}: {totals:?}", start.elapsed());
        let stats = client.tracking_stats();
        assert_eq!((stats.sent, stats.replaced, stats.given_up), (pieces + 1, 0, 0), "{stats:?}");
        assert_eq!(totals.repeated_nonces, 0, "{totals:?}");
        assert_eq!(totals.visitors, VISITORS + 1, "{totals:?}");
        // Each piece is a line of its own, and every visitor has both.
        let lines = (totals.lines - before.lines) as u64;
        assert_eq!(lines, pieces, "{totals:?}");
        assert!(totals.accepted_requests - before.accepted_requests < 40, "{totals:?}");
        assert!(kameleoon::KameleoonClientFactory::forget(&site).unwrap().is_complete());
    });
}

#[test]
fn during_an_outage_one_visitor_knocks_at_a_time_and_less_and_less_often() {
    let mut rig = Rig::ready("knock");
    rig.platform.fail(RequestKind::Tracking, Fault::status(503), Times::Always);
    rig.visit_many("visitor", 50);
    let count = |rig: &Rig| rig.platform.count(RequestKind::Tracking);
    // The full request and its repetition, then probes, each with a repetition.
    rig.wait_for("the probes", |rig| count(rig) >= 10);
    rig.platform.clear_faults();
    rig.wait_for("everything is sent", |rig| rig.client.tracking_stats().pending == 0);
    let requests = rig.platform.requests();
    let tries: Vec<_> =
        requests.iter().filter(|request| request.kind == Some(RequestKind::Tracking)).collect();
    let visitors = |body: &str| {
        let codes = body.lines().filter_map(|line| line.split("visitorCode=").nth(1));
        codes
            .map(|rest| rest.split('&').next().unwrap_or_default().to_owned())
            .collect::<std::collections::BTreeSet<_>>()
            .len()
    };
    let carried: Vec<usize> = tries.iter().map(|request| visitors(&request.body_text())).collect();
    let accepted = tries.iter().position(|request| request.is_accepted()).unwrap();
    // Whoever is listed by the end of the first interval is in the first request.
    let first_probe = carried.iter().position(|count| *count == 1).unwrap();
    assert!(first_probe <= 2, "{carried:?}");
    assert!(carried[first_probe..=accepted].iter().all(|count| *count == 1), "{carried:?}");
    assert!(carried[accepted + 1] >= 40, "the rest goes out at once: {carried:?}");
    // A try is a request and its repetition: the time between the tries counts.
    let starts: Vec<_> = tries[..accepted].iter().step_by(2).map(|request| request.received_at).collect();
    let pauses: Vec<Duration> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.last().unwrap() > &(pauses[0] * 2), "{pauses:?}");
    rig.check_arrived(crate::rig::Repeats::None);
}
