//! The end of a client, whatever is under way and from wherever it is called.
#![cfg(target_os = "linux")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_channel::{bounded, unbounded};
use kameleoon::emulator::{Fault, Times};
use kameleoon::{
    FlushReport, KameleoonClientFactory, KameleoonError, KameleoonLogger, LogLevel, Logger, RequestKind,
};

use crate::process::{alone, client_threads, descriptors};
use crate::rig::{PATIENCE, Repeats, Rig, data_file, platform, timed, wait_until};

/// The default of `close_timeout`.
const BOUND: Duration = Duration::from_secs(2);
/// A busy machine may take a little longer.
const LATE: Duration = Duration::from_millis(500);

/// A client with a silent stream, a tracking request without an answer, and a call that hangs.
/// Every request may take as long as a minute.
fn hanging(name: &str) -> (Rig, std::thread::JoinHandle<Result<(), KameleoonError>>) {
    let platform = platform().data_file(data_file(1, true)).start().unwrap();
    platform.fail(RequestKind::Stream, Fault::StreamStalls, Times::Always);
    platform.fail(RequestKind::Tracking, Fault::NeverAnswer, Times::Always);
    platform.fail(RequestKind::DataMap, Fault::NeverAnswer, Times::Always);
    let mut rig = Rig::create(platform, name, |config| {
        config.default_timeout(Duration::from_secs(60)).stream_idle_timeout(Duration::from_secs(60))
    });
    rig.client.wait_init(PATIENCE).unwrap();
    rig.visit_many("visitor", 10);
    let client = rig.client.clone();
    let call = std::thread::spawn(move || client.get_remote_data("key").map(drop));
    let arrived = |kind| move |log: &kameleoon::emulator::Log| log.count(kind) > 0;
    assert!(rig.platform.wait_until(PATIENCE, |log| log.open_streams() == 1));
    assert!(rig.platform.wait_until(PATIENCE, arrived(RequestKind::Tracking)));
    assert!(rig.platform.wait_until(PATIENCE, arrived(RequestKind::DataMap)));
    (rig, call)
}

fn check_gone() {
    wait_until(&format!("no thread is left of {:?}", client_threads()), || client_threads().is_empty());
}

#[test]
fn nothing_that_hangs_holds_up_the_end() {
    alone("stop::nothing_that_hangs_holds_up_the_end", || {
        let mut usual = None;
        for round in 0..4 {
            let (rig, call) = hanging("hanging");
            assert!(client_threads().len() >= 2, "{:?}", client_threads());
            let (report, took) = match round % 2 {
                0 => timed(|| rig.client.close(BOUND)),
                _ => timed(|| KameleoonClientFactory::forget(&rig.site).unwrap()),
            };
            assert!(took < BOUND + LATE, "round {round}: {took:?}");
            assert_eq!((report.delivered, report.given_up), (0, rig.pieces()), "{report:?}");
            let (outcome, took) = timed(|| call.join().unwrap());
            assert_eq!(outcome, Err(KameleoonError::Closed));
            assert!(took < LATE, "the call of another thread ends with the client: {took:?}");
            drop(rig);
            check_gone();
            // The first round opens what stays open in every process.
            let now = || descriptors();
            let usual = *usual.get_or_insert_with(now);
            wait_until("no descriptor is left", || descriptors() <= usual);
        }
    });
}

#[test]
fn a_close_without_time_ends_at_once() {
    alone("stop::a_close_without_time_ends_at_once", || {
        let (rig, call) = hanging("no-time");
        let (report, took) = timed(|| rig.client.close(Duration::ZERO));
        assert!(took < LATE, "{took:?}");
        assert!(!report.is_complete(), "{report:?}");
        call.join().unwrap().unwrap_err();
        check_gone();
        rig.wait_for("what is lost is counted", |rig| rig.client.tracking_stats().given_up == rig.pieces());
    });
}

#[test]
fn two_closes_at_once_tell_the_same() {
    alone("stop::two_closes_at_once_tell_the_same", || {
        for _ in 0..20 {
            let mut rig = Rig::ready("two");
            rig.visit_many("visitor", 10);
            let closes: Vec<FlushReport> = std::thread::scope(|scope| {
                let closes: Vec<_> = (0..4).map(|_| scope.spawn(|| rig.client.close(PATIENCE))).collect();
                closes.into_iter().map(|close| close.join().unwrap()).collect()
            });
            assert!(closes.iter().all(|report| *report == closes[0]), "{closes:?}");
            assert!(closes[0].is_complete(), "{closes:?}");
            rig.check_arrived(Repeats::None);
            check_gone();
        }
    });
}

#[test]
fn a_later_close_has_a_bound_of_its_own() {
    alone("stop::a_later_close_has_a_bound_of_its_own", || {
        let (rig, call) = hanging("later");
        let client = rig.client.clone();
        let first = std::thread::spawn(move || client.close(BOUND));
        // It refuses what comes later from its first moment on.
        wait_until("the first close is at it", || {
            rig.client.refresh_data_file(Duration::ZERO) == Err(KameleoonError::Closed)
        });
        let (report, took) = timed(|| rig.client.close(Duration::from_millis(100)));
        assert!(took < Duration::from_millis(100) + LATE && report.timed_out, "{took:?} {report:?}");
        assert_eq!(first.join().unwrap().given_up, rig.pieces());
        call.join().unwrap().unwrap_err();
        check_gone();
    });
}

#[test]
fn a_handler_may_end_the_client_that_it_holds() {
    alone("stop::a_handler_may_end_the_client_that_it_holds", || {
        for forget in [false, true] {
            let mut rig = Rig::ready("handler");
            rig.visit_many("visitor", 10);
            let (sender, reports) = unbounded();
            let (client, site) = (rig.client.clone(), rig.site.clone());
            rig.client.set_event_handler(move |_| {
                let (report, took) = timed(|| match forget {
                    false => Some(client.close(BOUND)),
                    true => KameleoonClientFactory::forget(&site),
                });
                sender.send((report, took)).unwrap();
            });
            let (report, took) = reports.recv_timeout(PATIENCE).unwrap();
            assert!(took < BOUND + LATE, "{took:?}");
            assert!(report.unwrap().is_complete(), "{report:?}");
            rig.check_arrived(Repeats::None);
            // The handler and the handle in it go with the thread.
            wait_until("the handler is dropped", || {
                reports.try_recv() == Err(crossbeam_channel::TryRecvError::Disconnected)
            });
            check_gone();
        }
    });
}

#[test]
fn a_handler_that_blocks_or_panics_holds_nothing_up() {
    alone("stop::a_handler_that_blocks_or_panics_holds_nothing_up", || {
        let mut rig = Rig::ready("blocking");
        let (release, released) = bounded::<()>(0);
        let calls = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&calls);
        rig.client.set_event_handler(move |_| match seen.fetch_add(1, Ordering::SeqCst) {
            0 => panic!("a handler that panics, on purpose"),
            _ => drop(released.recv()),
        });
        rig.visit_many("visitor", 10);
        rig.platform.set_data_file(data_file(2, false));
        rig.client.refresh_data_file(PATIENCE).unwrap();
        assert!(rig.client.flush_and_wait(PATIENCE).is_complete());
        rig.wait_for("the call that blocks", |_| calls.load(Ordering::SeqCst) == 2);
        assert_eq!(rig.date(), Some(2));
        let (report, took) = timed(|| rig.client.close(BOUND));
        assert!(report.is_complete() && took < BOUND, "{report:?} {took:?}");
        // A thread that has ended is listed by the system for a moment more.
        wait_until("only the thread that is stuck in the handler is there", || {
            client_threads() == ["kameleoon-event"]
        });
        drop(release);
        check_gone();
    });
}

/// Ends a client from inside of its threads: a logger is called there.
struct Ending {
    site: String,
    thread: &'static str,
    has_ended: Arc<AtomicBool>,
}

impl Logger for Ending {
    fn log(&self, _level: LogLevel, message: &str) {
        let is_here = std::thread::current().name() == Some(self.thread);
        if is_here
            && message.contains(if self.thread == "kameleoon-tracking" { "tracking" } else { "data file" })
        {
            let (report, took) = timed(|| KameleoonClientFactory::forget(&self.site));
            if let Some(report) = report {
                assert!(took < BOUND + LATE, "{took:?}");
                // The tracking thread cannot wait for itself.
                assert_eq!(report.timed_out, self.thread == "kameleoon-tracking", "{report:?}");
                self.has_ended.store(true, Ordering::SeqCst);
            }
        }
    }
}

#[test]
fn a_logger_may_end_the_client_on_its_own_threads() {
    alone("stop::a_logger_may_end_the_client_on_its_own_threads", || {
        for thread in ["kameleoon-tracking", "kameleoon-config"] {
            let mut rig = Rig::ready("logger");
            let has_ended = Arc::new(AtomicBool::new(false));
            KameleoonLogger::set_logger(Ending {
                site: rig.site.clone(),
                thread,
                has_ended: Arc::clone(&has_ended),
            });
            if thread == "kameleoon-tracking" {
                // A request and its repetition; then the logger is told.
                rig.platform.fail(RequestKind::Tracking, Fault::status(500), Times::Count(2));
                rig.visit_many("visitor", 10);
            } else {
                rig.visit_many("visitor", 10);
                rig.platform.fail(RequestKind::Configuration, Fault::status(500), Times::Once);
                rig.client.refresh_data_file(BOUND + LATE).unwrap_err();
            }
            rig.wait_for("the logger ends the client", |_| has_ended.load(Ordering::SeqCst));
            check_gone();
            // What is left goes out nevertheless.
            let stats = rig.check_counters();
            assert_eq!((stats.sent, stats.given_up), (rig.pieces(), 0), "{stats:?}");
            rig.check_arrived(Repeats::None);
        }
    });
}
