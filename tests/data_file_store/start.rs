//! Starts: with a data file in the store, without one, and with one that will not do.

use std::time::{Duration, Instant};

use kameleoon::emulator::{Fault, Times};
use kameleoon::fleet::{DataFileStore, StoredDataFile};
use kameleoon::{DataFileOrigin, KameleoonClient, RequestKind};

use crate::rig::{
    NAME, PATIENCE, SITE, TERMS, client, config, date, has, platform, ready, stored, text, wait_until,
};
use crate::shelf::Shelf;

#[test]
fn a_platform_that_is_down_keeps_no_client_from_starting() {
    let (platform, store) = (platform().start().unwrap(), Shelf::new());
    platform.pause();
    // As a program that deploys may do it, without a client.
    let age = Duration::from_secs(4 * 60 * 60);
    assert_eq!(store.save(NAME, &stored(1, Some(age)), None, TERMS()), Ok(true));
    let mut times = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        let client = ready(&platform, &store);
        times.push(begun.elapsed());
        assert!(has(&client, 1));
        assert_eq!(client.data_file_origin(), Some(DataFileOrigin::Store));
        assert_eq!(client.health().data_file_origin.map(DataFileOrigin::as_str), Some("store"));
        assert!(client.data_file_age().is_some_and(|known| known >= age));
        assert_eq!((client.last_success(), client.data_file_store_stats().unwrap().taken), (None, 1));
        wait_until("it asks all the same", || client.last_error().is_some());
    }
    let best = times.iter().min().copied().unwrap_or_default();
    assert!(best < Duration::from_millis(100), "{times:?}");
}

#[test]
fn of_clients_that_start_at_once_one_asks_the_platform() {
    let (platform, store) = (platform().data_file(text(1, false)).start().unwrap(), Shelf::new());
    // Longer than a start takes, so that they are all there while the first one asks.
    platform.fail(RequestKind::Configuration, Fault::late(Duration::from_millis(300)), Times::Always);
    let clients: Vec<_> = (0..10).map(|_| client(&platform, &store)).collect();
    for client in &clients {
        client.wait_init(PATIENCE).unwrap();
        assert!(has(client, 1));
    }
    let origins = |origin| clients.iter().filter(|client| client.data_file_origin() == Some(origin)).count();
    assert_eq!((origins(DataFileOrigin::Polling), origins(DataFileOrigin::Store)), (1, 9));
    assert_eq!(platform.count(RequestKind::Configuration), 1);
    let leases: u64 = clients.iter().map(|client| client.data_file_store_stats().unwrap().leases).sum();
    assert_eq!(leases, 1);
    wait_until("the lease is given back", || store.holder(NAME).is_none());
}

#[test]
fn with_nothing_in_the_store_and_a_holder_that_is_dead_a_client_asks_itself() {
    let (platform, store) = (platform().data_file(text(1, false)).start().unwrap(), Shelf::new());
    assert_eq!(store.lease(NAME, "dead", TERMS()), Ok(true));
    let begun = Instant::now();
    let client = ready(&platform, &store);
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_secs(2) && waited < Duration::from_secs(6), "{waited:?}");
    assert!(has(&client, 1));
    wait_until("it is shared", || store.text(NAME) == Some(text(1, false)));
    assert_eq!(store.holder(NAME).as_deref(), Some("dead"), "what is another's is not given back");
}

#[test]
fn what_will_not_do_is_refused_and_replaced() {
    let other = |name: &str, text: &str| StoredDataFile::new(name, text);
    let good = stored(5, Some(Duration::ZERO));
    for (what, bad) in [
        ("of another environment", other("shared/staging", &text(5, false))),
        ("of another site", other("elsewhere/", &text(5, false))),
        ("no JSON", other(NAME, "<html>")),
        ("no data file", other(NAME, r#"{"error": "later"}"#)),
        ("cut", good.clone().with_text(&good.text().unwrap()[..100])),
        ("without its text", StoredDataFile::of_version(good.version())),
        ("too large", other(NAME, &" ".repeat(64 * 1024 * 1024 + 1))),
    ] {
        let (platform, store) = (platform().data_file(text(1, false)).start().unwrap(), Shelf::new());
        store.put(NAME, bad.with_age(Some(Duration::ZERO)));
        let client = ready(&platform, &store);
        assert!(has(&client, 1), "{what}");
        assert_eq!(client.data_file_origin(), Some(DataFileOrigin::Polling), "{what}");
        let stats = client.data_file_store_stats().unwrap();
        assert_eq!((stats.refused, stats.taken), (1, 0), "{what}");
        wait_until(what, || store.text(NAME) == Some(text(1, false)));
    }
}

#[test]
fn one_that_is_older_than_allowed_is_not_started_with() {
    let (platform, store) = (platform().data_file(text(2, false)).start().unwrap(), Shelf::new());
    platform.pause();
    store.put(NAME, stored(1, Some(Duration::from_secs(7_200))));
    let config = config(&platform, &store).data_file_max_age(Duration::from_secs(3_600));
    let client = KameleoonClient::new(SITE, config).unwrap();
    wait_until("it has looked and asked", || client.last_error().is_some());
    assert_eq!(date(&client), None);
    platform.resume().unwrap();
    client.wait_init(PATIENCE).unwrap();
    assert_eq!((date(&client), client.data_file_store_stats().unwrap().taken), (Some(2), 0));
    wait_until("the newer one is shared", || store.text(NAME) == Some(text(2, false)));
}

#[test]
fn a_copy_on_disk_and_a_store_are_kept_both_and_the_newer_one_is_used() {
    let folder = std::env::temp_dir().join(format!("kameleoon-shared-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (platform, store) = (platform().data_file(text(1, false)).start().unwrap(), Shelf::new());
    let path = folder.join("data-file");
    let with_copy = || KameleoonClient::new(SITE, config(&platform, &store).data_file_cache(&path)).unwrap();
    let client = with_copy();
    client.wait_init(PATIENCE).unwrap();
    wait_until("both are written", || path.exists() && store.text(NAME).is_some());
    drop(client);
    platform.pause();
    store.put(NAME, stored(2, Some(Duration::ZERO)));
    let client = with_copy();
    wait_until("the store's is newer", || has(&client, 2));
    wait_until("and is on disk", || {
        std::fs::read(&path).is_ok_and(|copy| copy.ends_with(text(2, true).as_bytes()))
    });
    drop(client);
    store.clear();
    let client = with_copy();
    client.wait_init(PATIENCE).unwrap();
    assert!(has(&client, 2));
    assert_eq!(client.data_file_origin(), Some(DataFileOrigin::Copy));
    wait_until("the copy fills the store", || store.text(NAME) == Some(text(2, true)));
    drop(client);
    std::fs::remove_dir_all(&folder).unwrap();
}
