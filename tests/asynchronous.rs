//! The calls that wait, as futures, over real sockets and on both kinds of runtime.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests count as production code

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kameleoon::emulator::{Emulator, Fault, Times};
use kameleoon::{
    Data, KameleoonClient, KameleoonClientFactory, KameleoonError, RemoteDataOptions,
    RemoteVisitorDataOptions, RequestFailure, RequestKind, WarehouseAudienceOptions,
};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};
use tokio::time;

const PATIENCE: Duration = Duration::from_secs(20);
const DATA_FILE: &str = r#"{"featureFlags":[
    {"id":1,"featureKey":"banner","environmentEnabled":true,"defaultVariationKey":"off",
     "variations":[{"key":"off"},{"key":"on"}],
     "rules":[{"id":10,"type":"EXPERIMENTATION","exposition":1,"experimentId":11,
               "variationByExposition":[{"variationKey":"off","variationId":12,"exposition":0.5},
                                        {"variationKey":"on","variationId":13,"exposition":0.5}]}]}]}"#;
const VISITOR_DATA: &str = r#"{"currentVisit":{"customDataEvents":[
    {"time":1700000000000,"data":{"index":3,"valuesCountMap":{"gold":1}}}]}}"#;

fn runtimes() -> [Runtime; 2] {
    [
        Builder::new_current_thread().enable_time().build().unwrap(),
        Builder::new_multi_thread().worker_threads(3).enable_time().build().unwrap(),
    ]
}

/// A platform with something of everything.
fn platform() -> Emulator {
    let platform = Emulator::builder().data_file(DATA_FILE).start().unwrap();
    platform.set_map("prices", r#"{"ticket": 12}"#);
    platform
}

fn site_code() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("async-{}", NEXT.fetch_add(1, Ordering::SeqCst))
}

/// Runs a test on both kinds of runtime, each with a platform and a client that is ready.
fn on_both<F: Future<Output = ()>>(test: impl Fn(Emulator, KameleoonClient) -> F) {
    for runtime in runtimes() {
        let (platform, site) = (platform(), site_code());
        let client = KameleoonClientFactory::create(&site, platform.client_config()).unwrap();
        runtime.block_on(async {
            client.wait_init_async(PATIENCE).await.unwrap();
            time::timeout(2 * PATIENCE, test(platform, client)).await.expect("the test ends");
            let _ = KameleoonClientFactory::forget_async(&site).await.expect("it is there until now");
        });
        assert!(KameleoonClientFactory::forget(&site).is_none());
    }
}

#[test]
fn every_call_gives_what_the_plain_one_gives() {
    on_both(|platform, client| async move {
        assert_eq!(client.get_remote_data_async("prices").await, Ok(json!({"ticket": 12})));
        let missing = client.get_remote_data_async("nothing").await.unwrap_err();
        assert_eq!(missing, client.get_remote_data("nothing").unwrap_err());

        platform.set_visitor_data("anna", VISITOR_DATA);
        let data = client.get_remote_visitor_data_async("anna").await.unwrap();
        assert!(matches!(&data[..], [Data::CustomData(data)] if data.index() == Some(3)), "{data:?}");
        let invalid = client.get_remote_visitor_data_async("").await.unwrap_err();
        assert!(matches!(invalid, KameleoonError::VisitorCodeInvalid { .. }), "{invalid}");

        platform.set_map("user-1", r#"{"warehouseAudiences": {"vip": 1}}"#);
        let options = WarehouseAudienceOptions::new().warehouse_key("user-1");
        let audience = client.get_visitor_warehouse_audience_async_with("anna", 8, options).await.unwrap();
        assert_eq!(audience.values().collect::<Vec<_>>(), ["vip"]);

        client.refresh_data_file_async(PATIENCE).await.unwrap();
        client.get_variation("anna", "banner").unwrap();
        assert!(client.flush_and_wait_async(PATIENCE).await.is_complete());
        assert!(platform.tracking_totals().nonces >= 2);
        let stats = client.tracking_stats();
        assert_eq!(stats.accepted, stats.sent, "{stats:?}");

        assert!(client.close_async(PATIENCE).await.is_complete());
        assert_eq!(client.get_remote_data_async("prices").await, Err(KameleoonError::Closed));
        assert_eq!(client.refresh_data_file_async(PATIENCE).await, Err(KameleoonError::Closed));
        assert_eq!(client.wait_init_async(PATIENCE).await, Ok(()));
        assert!(client.is_feature_active("anna", "banner").is_ok());
    });
}

#[test]
fn a_call_may_wait_for_ever() {
    on_both(|platform, client| async move {
        client.wait_init_async(Duration::MAX).await.unwrap();
        client.refresh_data_file_async(Duration::MAX).await.unwrap();
        client.track_conversion("visitor", 1).unwrap();
        let report = client.flush_and_wait_async(Duration::MAX).await;
        assert_eq!((report.delivered, report.timed_out), (1, false), "{report:?}");
        let report = client.close_async(Duration::MAX).await;
        assert!(report.is_complete(), "{report:?}");
        drop(platform);
    });
}

#[test]
fn a_client_without_a_network_says_so() {
    let client = KameleoonClient::offline(DATA_FILE).unwrap();
    for runtime in runtimes() {
        runtime.block_on(async {
            assert_eq!(client.wait_init_async(PATIENCE).await, Ok(()));
            assert_eq!(client.get_remote_data_async("prices").await, Err(KameleoonError::Offline));
            assert_eq!(client.refresh_data_file_async(PATIENCE).await, Err(KameleoonError::Offline));
            assert!(client.flush_and_wait_async(PATIENCE).await.is_complete());
            assert!(client.close_async(PATIENCE).await.is_complete());
        });
    }
}

#[test]
fn waiting_for_readiness_ends_with_the_cause_or_the_time() {
    for runtime in runtimes() {
        let (platform, site) = (platform(), site_code());
        platform.fail(RequestKind::Configuration, Fault::NeverAnswer, Times::Always);
        let client = KameleoonClientFactory::create(&site, platform.client_config()).unwrap();
        runtime.block_on(async {
            let short = Duration::from_millis(20);
            let late = client.wait_init_async(short).await.unwrap_err();
            assert!(
                matches!(late, KameleoonError::InitializationTimeout { waited, .. } if waited == short),
                "{late}"
            );
            // Closed while somebody waits.
            let waiting = tokio::spawn({
                let client = client.clone();
                async move { client.wait_init_async(PATIENCE).await }
            });
            tokio::task::yield_now().await;
            let _ = KameleoonClientFactory::forget_async(&site).await.unwrap();
            assert_eq!(waiting.await.unwrap(), Err(KameleoonError::Closed));
        });
    }
}

#[test]
fn calls_beyond_the_threads_wait_their_turn_within_their_time() {
    on_both(|platform, client| async move {
        platform.fail(RequestKind::DataMap, Fault::NeverAnswer, Times::Count(4));
        let call = |millis| {
            let (client, timeout) = (client.clone(), Duration::from_millis(millis));
            let options = RemoteDataOptions::new().timeout(timeout);
            tokio::spawn(async move { client.get_remote_data_async_with("prices", options).await })
        };
        let stuck: Vec<_> = (0..4).map(|_| call(1_500)).collect();
        platform_has(&platform, 4).await;
        let start = Instant::now();
        let hurried = call(100).await.unwrap().unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        let is_timeout = |error: &KameleoonError| {
            matches!(error, KameleoonError::Request { failure: RequestFailure::Timeout(_), .. })
        };
        assert!(is_timeout(&hurried), "{hurried}");
        let dropped = call(10_000);
        assert!(time::timeout(Duration::from_millis(20), dropped_half_way(&dropped)).await.is_err());
        dropped.abort();
        let patient = call(10_000);
        for call in stuck {
            let error = call.await.unwrap().unwrap_err();
            assert!(is_timeout(&error), "{error}");
        }
        assert_eq!(patient.await.unwrap(), Ok(json!({"ticket": 12})));
        assert_eq!(platform.count(RequestKind::DataMap), 5, "who had given up was not asked for");
    });
}

/// Waits for a call that does not end by itself.
async fn dropped_half_way<T>(call: &tokio::task::JoinHandle<T>) {
    while !call.is_finished() {
        time::sleep(Duration::from_millis(1)).await;
    }
}

/// Waits, without blocking the executor, until so many calls have reached the data map.
async fn platform_has(platform: &Emulator, count: usize) {
    let start = Instant::now();
    while platform.count(RequestKind::DataMap) < count {
        assert!(start.elapsed() < PATIENCE, "{} calls", platform.count(RequestKind::DataMap));
        time::sleep(Duration::from_millis(2)).await;
    }
}

#[test]
fn a_close_does_not_block_the_executor_and_ends_running_calls() {
    on_both(|platform, client| async move {
        platform.fail(RequestKind::DataMap, Fault::NeverAnswer, Times::Always);
        platform.fail(RequestKind::Tracking, Fault::NeverAnswer, Times::Always);
        let calls: Vec<_> = (0..8)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { client.get_remote_data_async("prices").await })
            })
            .collect();
        platform_has(&platform, 4).await;
        client.track_conversion("anna", 1).unwrap();
        let ticks = AtomicUsize::new(0);
        let close = client.close_async(Duration::from_millis(500));
        let ticking = async {
            loop {
                time::sleep(Duration::from_millis(5)).await;
                ticks.fetch_add(1, Ordering::Relaxed);
            }
        };
        let report = tokio::select! {
            report = close => report,
            () = ticking => unreachable!("it has no end"),
        };
        assert!(!report.is_complete(), "{report:?}");
        assert!(ticks.load(Ordering::Relaxed) > 5, "the executor was blocked");
        for call in calls {
            assert!(call.await.unwrap().is_err());
        }
    });
}

/// A small generator of numbers that look random, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn millis(&mut self, most: u64) -> Duration {
        Duration::from_micros(self.roll(most * 1000))
    }
}

/// One task of the load: calls of all kinds, many of them dropped half-way.
async fn load(client: KameleoonClient, task: u64, seed: u64) {
    let mut dice = Dice(seed ^ (task << 32));
    for turn in 0..25 {
        let visitor = format!("visitor-{task}-{turn}");
        client.get_variation(&visitor, "banner").unwrap();
        client.track_conversion(&visitor, 7).unwrap();
        let handle = client.clone();
        let limit = dice.millis(8);
        let timeout = Duration::from_millis(1 + dice.roll(100));
        let kind = dice.roll(7);
        let call = async move {
            match kind {
                0 => _ = handle.get_remote_data_async("prices").await,
                1 => {
                    let options = RemoteVisitorDataOptions::new().timeout(timeout);
                    _ = handle.get_remote_visitor_data_async_with(&visitor, options).await;
                }
                2 => _ = handle.get_visitor_warehouse_audience_async(&visitor, 8).await,
                3 => _ = handle.flush_and_wait_async(timeout).await,
                4 => _ = handle.wait_init_async(timeout).await,
                5 => _ = handle.refresh_data_file_async(timeout).await,
                _ => _ = handle.get_variations(&visitor),
            }
        };
        match dice.roll(3) {
            0 => call.await,
            1 => _ = time::timeout(limit, call).await,
            _ => {
                let task = tokio::spawn(call);
                time::sleep(limit).await;
                task.abort();
            }
        }
    }
}

#[test]
fn drops_cancellations_and_closes_at_random_moments_harm_nothing() {
    const TASKS: u64 = 12;
    for round in 0..6 {
        for (kind, runtime) in runtimes().into_iter().enumerate() {
            let seed = 0xFACE_0000 + round * 2 + kind as u64;
            let mut dice = Dice(seed);
            let (platform, site) = (platform(), site_code());
            platform.fail(RequestKind::DataMap, Fault::NeverAnswer, Times::Count(dice.roll(6) as usize));
            platform.fail(RequestKind::VisitorData, Fault::CutInBody, Times::Count(dice.roll(6) as usize));
            let config = platform.client_config().default_timeout(Duration::from_secs(1));
            let client = KameleoonClientFactory::create(&site, config).unwrap();
            let closes_under_load = round % 2 == 0;
            let whole = async {
                client.wait_init_async(PATIENCE).await.unwrap();
                let tasks: Vec<_> =
                    (0..TASKS).map(|task| tokio::spawn(load(client.clone(), task, seed))).collect();
                if closes_under_load {
                    time::sleep(dice.millis(150)).await;
                    // The close itself may be dropped half-way, too.
                    let forget = KameleoonClientFactory::forget_async(&site);
                    _ = time::timeout(dice.millis(4), forget).await;
                }
                for task in tasks {
                    task.await.expect("no task panics");
                }
                client.close_async(PATIENCE).await
            };
            let report =
                runtime.block_on(async { time::timeout(2 * PATIENCE, whole).await.expect("nothing hangs") });
            _ = KameleoonClientFactory::forget(&site);
            let stats = client.tracking_stats();
            let context = format!("seed {seed:#x}: {report:?}, {stats:?}, {:?}", platform.tracking_totals());
            assert_eq!(
                stats.accepted,
                stats.sent + stats.pending + stats.replaced + stats.given_up,
                "{context}"
            );
            // What a call began before the close and ended after it cannot be sent any more: one call
            // of a task at most, with an exposure or a conversion.
            let most_pending = if closes_under_load { TASKS } else { 0 };
            assert!(stats.pending <= most_pending, "{context}");
            if !closes_under_load {
                assert!(report.is_complete(), "{context}");
                assert_eq!(stats.given_up, 0, "{context}");
            }
            assert!(stats.sent > 0, "{context}");
            assert_eq!(platform.tracking_totals().repeated_nonces, 0, "{context}");
            assert!(platform.tracking_totals().nonces as u64 >= stats.sent, "{context}");
        }
    }
}

/// A future that nobody polls any more must not keep data from the disk for the rest of its time.
#[test]
fn a_flush_that_is_dropped_waits_for_nothing() {
    for (number, runtime) in runtimes().into_iter().enumerate() {
        let (platform, site) = (platform(), site_code());
        let folder = std::env::temp_dir().join(format!("kameleoon-{site}-{}", std::process::id()));
        let config = platform
            .client_config()
            .tracking_spool(&folder)
            .tracking_interval(Duration::from_millis(100))
            .tracking_retry_delay(Duration::from_millis(10));
        let client = KameleoonClient::new(&site, config).unwrap();
        client.wait_init(PATIENCE).unwrap();
        platform.fail(RequestKind::Tracking, Fault::status(503), Times::Always);
        for visitor in ["one", "two", "three"] {
            client.track_conversion(visitor, 1).unwrap();
        }
        runtime.block_on(async {
            let flush = client.flush_and_wait_async(Duration::from_secs(600));
            assert!(time::timeout(Duration::from_millis(200), flush).await.is_err(), "{number}");
        });
        let start = Instant::now();
        while client.tracking_stats().spooled == 0 {
            assert!(start.elapsed() < PATIENCE, "{:?}", client.tracking_stats());
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = client.close(Duration::ZERO);
        let _ = std::fs::remove_dir_all(&folder);
    }
}
