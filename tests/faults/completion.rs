//! The end of a client from the completion of a flush, which comes on the tracking thread.
#![cfg(all(feature = "async", target_os = "linux"))]

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use crossbeam_channel::{Sender, unbounded};
use kameleoon::{FlushReport, KameleoonClient};

use crate::process::{alone, client_threads};
use crate::rig::{PATIENCE, Repeats, Rig, timed, wait_until};

const BOUND: Duration = Duration::from_secs(2);

/// Closes the client as soon as the task that waits may go on, there and then.
struct Closing {
    client: KameleoonClient,
    closed: Sender<(Option<String>, FlushReport, Duration)>,
}

impl Wake for Closing {
    fn wake(self: Arc<Self>) {
        let (report, took) = timed(|| self.client.close(BOUND));
        let thread = std::thread::current().name().map(str::to_owned);
        self.closed.send((thread, report, took)).unwrap();
    }
}

#[test]
fn a_client_may_be_closed_where_a_flush_completes() {
    alone("completion::a_client_may_be_closed_where_a_flush_completes", || {
        let mut rig = Rig::ready("completion");
        rig.visit_many("visitor", 10);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _entered = runtime.enter();
        let (closed, is_closed) = unbounded();
        let waker = Arc::new(Closing { client: rig.client.clone(), closed }).into();
        let client = rig.client.clone();
        let mut flush = pin!(client.flush_and_wait_async(PATIENCE));
        assert!(flush.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        let (thread, report, took) = is_closed.recv_timeout(PATIENCE).unwrap();
        assert_eq!(thread.as_deref(), Some("kameleoon-tracking"));
        assert!(took < BOUND / 2 && report.timed_out, "it cannot wait for itself: {took:?} {report:?}");
        let Poll::Ready(report) = flush.as_mut().poll(&mut Context::from_waker(&waker)) else {
            panic!("it was woken for nothing")
        };
        assert!(report.is_complete(), "{report:?}");
        wait_until("no thread is left", || client_threads().is_empty());
        rig.check_arrived(Repeats::None);
        assert_eq!(rig.check_counters().pending, 0);
    });
}
