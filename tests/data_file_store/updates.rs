//! Updates: by events, by whoever has the lease, and never backwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kameleoon::emulator::{Fault, Request, Times};
use kameleoon::fleet::DataFileStore;
use kameleoon::{DataFileOrigin, KameleoonClient, RequestKind};

use crate::rig::{NAME, TERMS, client, date, has, platform, ready, settled, stored, text, wait_until};
use crate::shelf::Shelf;

#[test]
fn an_update_is_asked_for_once_and_everybody_hears_of_it() {
    let (platform, store) = (platform().data_file(text(1, true)).start().unwrap(), Shelf::new());
    let clients: Vec<_> = (0..10).map(|_| settled(&platform, &store)).collect();
    // Each stream was opened after the one before it had asked; what is to follow from that has.
    wait_until("all is quiet", || {
        let before = platform.count(RequestKind::Configuration);
        std::thread::sleep(Duration::from_millis(600));
        platform.count(RequestKind::Configuration) == before
    });
    let heard = Arc::new(AtomicUsize::new(0));
    for client in &clients {
        let heard = Arc::clone(&heard);
        client.on_update_configuration(move || {
            heard.fetch_add(1, Ordering::SeqCst);
        });
    }
    let before = platform.count(RequestKind::Configuration);
    platform.set_data_file(text(2, true));
    platform.push_update(2);
    wait_until("all have it", || clients.iter().all(|client| has(client, 2)));
    assert_eq!(platform.count(RequestKind::Configuration) - before, 1);
    wait_until("all are told", || heard.load(Ordering::SeqCst) == clients.len());
    let origins = |origin| clients.iter().filter(|client| client.data_file_origin() == Some(origin)).count();
    assert_eq!((origins(DataFileOrigin::Streaming), origins(DataFileOrigin::Store)), (1, 9));
}

#[test]
fn an_event_without_a_time_is_met_by_what_was_asked_for_since() {
    let (platform, store) = (platform().data_file(text(1, true)).start().unwrap(), Shelf::new());
    let clients: Vec<_> = (0..3).map(|_| settled(&platform, &store)).collect();
    platform.set_data_file(text(2, true));
    platform.push_event("configuration-update-event", "{}");
    wait_until("all have it", || clients.iter().all(|client| has(client, 2)));
}

#[test]
fn a_holder_that_dies_costs_the_rest_of_its_lease() {
    let (platform, store) = (platform().data_file(text(1, true)).start().unwrap(), Shelf::new());
    let clients: Vec<_> = (0..3).map(|_| settled(&platform, &store)).collect();
    wait_until("nobody has it", || store.holder(NAME).is_none());
    // Three seconds of a lease are left as its holder dies.
    let left = Duration::from_secs(3);
    let terms = kameleoon::fleet::StoreTerms::new(TERMS().timeout(), left);
    wait_until("it is had", || store.lease(NAME, "dead", terms) == Ok(true));
    let begun = Instant::now();
    platform.set_data_file(text(2, true));
    platform.push_update(2);
    wait_until("all have it", || clients.iter().all(|client| has(client, 2)));
    // The rest of the lease, the spread, and two looks.
    let most = left + Duration::from_millis(200) + Duration::from_secs(4) + Duration::from_secs(2);
    assert!(begun.elapsed() < most, "{:?}", begun.elapsed());
}

#[test]
fn a_holder_that_ends_in_order_leaves_the_lease_to_the_next() {
    let (platform, store) = (platform().data_file(text(1, true)).start().unwrap(), Shelf::new());
    platform.fail(RequestKind::Configuration, Fault::NeverAnswer, Times::Once);
    let holder = client(&platform, &store);
    wait_until("it asks", || platform.count(RequestKind::Configuration) == 1);
    assert!(store.holder(NAME).is_some());
    drop(holder);
    wait_until("it is free", || store.holder(NAME).is_none());
    // Nor does one that was about to ask again, for an update that was not there yet.
    let holder = settled(&platform, &store);
    wait_until("it is free", || store.holder(NAME).is_none());
    platform.push_update(2);
    wait_until("it was asked for in vain", || holder.last_error().is_some());
    assert!(store.holder(NAME).is_some());
    drop(holder);
    wait_until("it is free", || store.holder(NAME).is_none());
}

#[test]
fn an_older_one_in_the_store_never_wins_and_is_replaced() {
    let (platform, store) = (platform().data_file(text(5, true)).start().unwrap(), Shelf::new());
    let client = settled(&platform, &store);
    wait_until("it is shared", || store.text(NAME).is_some());
    // Somebody who lags behind, or a backup that was played back.
    store.put(NAME, stored(3, Some(Duration::from_secs(3_600))));
    platform.push_update(5);
    wait_until("what is newer is there again", || store.text(NAME) == Some(text(5, true)));
    assert_eq!((date(&client), client.data_file_store_stats().unwrap().taken), (Some(5), 0));
    // One that was confirmed later than ours stays, and is not taken: the platform decides.
    store.put(NAME, stored(4, Some(Duration::ZERO)));
    let looks = client.data_file_store_stats().unwrap().looks;
    platform.push_update(5);
    wait_until("it was looked at", || client.data_file_store_stats().unwrap().looks > looks);
    assert_eq!((date(&client), has(&client, 5)), (Some(5), true));
}

#[test]
fn who_takes_over_asks_by_the_time_that_came_with_the_data_file() {
    let (platform, store) = (platform().data_file(text(1, false)).start().unwrap(), Shelf::new());
    drop(ready(&platform, &store));
    wait_until("it is shared", || store.text(NAME).is_some());
    let first = ready(&platform, &store);
    assert_eq!(first.data_file_origin(), Some(DataFileOrigin::Store));
    let before = platform.count(RequestKind::Configuration);
    first.refresh_data_file(Duration::from_secs(10)).unwrap();
    assert_eq!(platform.count(RequestKind::Configuration), before + 1);
    let requests = platform.requests();
    let is_fetch = |request: &&Arc<Request>| request.kind == Some(RequestKind::Configuration);
    let last = requests.iter().rfind(is_fetch).unwrap();
    assert_eq!((last.header("If-Modified-Since").is_some(), last.status), (true, Some(304)));
    assert_eq!((date(&first), first.data_file_origin()), (Some(1), Some(DataFileOrigin::Store)), "unchanged");
}

#[test]
fn a_store_that_was_emptied_is_filled_again_though_the_platform_is_down() {
    let (platform, store) = (platform().data_file(text(1, true)).start().unwrap(), Shelf::new());
    let client = settled(&platform, &store);
    wait_until("it is shared", || store.text(NAME).is_some());
    store.clear();
    platform.pause();
    // At the next look, half a minute and a tenth after the last one.
    let deadline = Instant::now() + Duration::from_secs(60);
    while store.text(NAME) != Some(text(1, true)) {
        assert!(Instant::now() < deadline, "it is filled again");
        std::thread::sleep(Duration::from_millis(10));
    }
    let late: KameleoonClient = ready(&platform, &store);
    assert!(has(&client, 1) && has(&late, 1));
}
