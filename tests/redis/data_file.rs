//! A data file that fifty clients share through a real Redis.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kameleoon::emulator::{Emulator, Fault, Times};
use kameleoon::fleet::{DataFileStore, RedisStore, StoreTerms, StoredDataFile};
use kameleoon::{DataFileOrigin, EvaluationOptions, KameleoonClient, KameleoonClientConfig, RequestKind};

use crate::rig::{PATIENCE, Redis, say, wait_until};
use crate::slow::slow;

const CLIENTS: usize = 50;
const SITE: &str = "shared";
/// Under which the store has the data file of these clients.
const NAME: &str = "shared/";
const TIMEOUT: Duration = Duration::from_secs(5);
const PLATFORM: &str = "KAMELEOON_TEST_PLATFORM";
const REDIS: &str = "KAMELEOON_TEST_REDIS";
const SPREAD: Duration = Duration::from_secs(2);
/// For how long a client has the lease: a request's time and five seconds.
const LEASE: Duration = Duration::from_secs(10);

fn text(date: i64) -> String {
    format!(
        r#"{{"configuration": {{"realTimeUpdate": true}}, "dateModified": {date},
            "featureFlags": [{{"id": 1, "featureKey": "flag{date}", "environmentEnabled": true,
            "defaultVariationKey": "on", "variations": [{{"key": "on"}}], "rules": []}}]}}"#
    )
}

fn platform() -> Emulator {
    Emulator::builder().data_file(text(1)).keep_requests(10_000).start().unwrap()
}

fn client(platform: &Emulator, store: RedisStore) -> KameleoonClient {
    client_at(platform.url(), store)
}

fn client_at(platform: &str, store: RedisStore) -> KameleoonClient {
    let config = KameleoonClientConfig::new("id", "secret")
        .configuration_url(platform)
        .data_api_url(platform)
        .automation_url(platform)
        .events_url(platform)
        .default_timeout(TIMEOUT)
        .update_spread(SPREAD)
        .stream_retry_delay(Duration::from_secs(3))
        .data_file_store(store);
    KameleoonClient::new(SITE, config).unwrap()
}

/// All at once, each on a thread of its own, ready, with their streams.
fn start(platform: &Emulator, count: usize, store: &RedisStore) -> Vec<KameleoonClient> {
    let clients: Vec<_> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..count)
            .map(|_| {
                scope.spawn(|| {
                    let client = client(platform, store.clone());
                    client.wait_init(Duration::from_secs(30)).unwrap();
                    client
                })
            })
            .collect();
        starting.into_iter().map(|client| client.join().unwrap()).collect()
    });
    wait_until("all streams are open", || clients.iter().all(|client| client.health().is_streaming));
    clients
}

fn has(client: &KameleoonClient, date: i64) -> bool {
    let options = EvaluationOptions::new().track(false);
    client.is_feature_active_with("v", &format!("flag{date}"), options) == Ok(true)
}

/// Publishes a data file; returns how long it took until all had it.
fn publish(platform: &Emulator, clients: &[KameleoonClient], date: i64) -> Duration {
    platform.set_data_file(text(date));
    let begun = Instant::now();
    platform.push_update(date);
    wait_until("all have the update", || clients.iter().all(|client| has(client, date)));
    begun.elapsed()
}

fn fetches(platform: &Emulator) -> usize {
    platform.count(RequestKind::Configuration)
}

fn terms(keep_for: Duration) -> StoreTerms {
    StoreTerms::new(Duration::from_secs(5), keep_for)
}

fn date_in(store: &RedisStore) -> Option<String> {
    let found = store.load(NAME, None, terms(LEASE)).unwrap()?;
    let text = String::from_utf8(found.text()?.to_vec()).unwrap();
    Some(text.split("flag").nth(1)?.split('"').next()?.to_owned())
}

fn close(clients: Vec<KameleoonClient>) {
    std::thread::scope(|scope| {
        for client in clients {
            scope.spawn(move || drop(client));
        }
    });
}

#[test]
fn a_fleet_asks_the_platform_as_one_server_would() {
    let Some(redis) = Redis::start("a_fleet_asks_the_platform_as_one_server_would") else { return };
    let platform = platform();
    let begun = Instant::now();
    let clients = start(&platform, CLIENTS, &redis.store());
    let ready = begun.elapsed();
    let at_start = fetches(&platform);
    // Whose streams were opened after that has somebody ask once more whether an update was missed.
    std::thread::sleep(Duration::from_secs(5));
    let afterwards = fetches(&platform) - at_start;
    let before = fetches(&platform);
    let everywhere = publish(&platform, &clients, 2);
    let updates = fetches(&platform) - before;
    let taken =
        clients.iter().filter(|client| client.data_file_origin() == Some(DataFileOrigin::Store)).count();
    say(&format!(
        "{CLIENTS} clients at once with Redis: ready with streams after {ready:?}, {at_start} fetches, {afterwards} \
         more when the streams were open; an update was everywhere after {everywhere:?}, {updates} fetches"
    ));
    assert!((1..=2).contains(&at_start), "{at_start} fetches for {CLIENTS} clients that started at once");
    assert!(afterwards <= 2, "{afterwards} fetches after the start");
    assert!((1..=2).contains(&updates), "{updates} fetches for one update");
    assert!(taken >= CLIENTS - 2, "{taken} took it from the store");
    // And they come back, all at once, without each asking.
    let before = fetches(&platform);
    platform.drop_streams();
    std::thread::sleep(Duration::from_secs(10));
    wait_until("all streams are open again", || clients.iter().all(|client| client.health().is_streaming));
    let reopened = fetches(&platform) - before;
    say(&format!("{CLIENTS} streams were lost and opened again: {reopened} fetches"));
    assert!(reopened <= 6, "{reopened} fetches after all streams were lost");
    close(clients);
}

#[test]
fn a_platform_that_is_down_keeps_no_client_from_starting() {
    let Some(redis) = Redis::start("a_platform_that_is_down_keeps_no_client_from_starting") else { return };
    let platform = platform();
    close(start(&platform, 1, &redis.store()));
    platform.pause();
    let times: Vec<Duration> = (0..5)
        .map(|_| {
            let begun = Instant::now();
            let client = client(&platform, redis.store());
            client.wait_init(Duration::from_secs(30)).unwrap();
            let ready = begun.elapsed();
            assert!(has(&client, 1));
            assert_eq!(client.data_file_origin(), Some(DataFileOrigin::Store));
            ready
        })
        .collect();
    let best = times.iter().min().copied().unwrap_or_default();
    say(&format!("platform down: fresh clients were ready from Redis after {times:?}"));
    assert!(best < Duration::from_millis(100), "{times:?}");
}

/// What [`a_holder_that_is_killed_costs_its_lease`] runs in a process of its own.
#[test]
#[ignore = "the process that another test kills"]
fn the_holder() {
    let (Ok(platform), Ok(redis)) = (std::env::var(PLATFORM), std::env::var(REDIS)) else { return };
    let _client = client_at(&platform, RedisStore::new(&redis).unwrap());
    loop {
        std::thread::park();
    }
}

#[test]
fn a_holder_that_is_killed_costs_its_lease() {
    let Some(redis) = Redis::start("a_holder_that_is_killed_costs_its_lease") else { return };
    let platform = platform();
    let (clients, store) = (start(&platform, 10, &redis.store()), redis.store());
    // Younger, the data file would need no confirmation.
    let age = || store.load(NAME, None, terms(LEASE)).unwrap().and_then(|file| file.age());
    wait_until("it is a while old", || age().is_some_and(|age| age > Duration::from_secs(2)));
    // It asks once its stream is open, and waits for the answer when it is killed.
    platform.fail(RequestKind::Configuration, Fault::NeverAnswer, Times::Once);
    let before = fetches(&platform);
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "data_file::the_holder", "--ignored"])
        .env(PLATFORM, platform.url())
        .env(REDIS, format!("redis://127.0.0.1:{}", redis.port()))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let asks = platform.wait_until(PATIENCE, |log| log.count(RequestKind::Configuration) > before);
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert!(asks, "it asks");
    assert_eq!(store.lease(NAME, "somebody", terms(LEASE)), Ok(false), "it has the lease");
    let before = fetches(&platform);
    let everywhere = publish(&platform, &clients, 2);
    let fetches = fetches(&platform) - before;
    say(&format!("the holder was killed: an update was everywhere after {everywhere:?}, {fetches} fetches"));
    // The lease, the spread, two looks of two seconds, and what a busy machine adds.
    assert!(everywhere < LEASE + SPREAD + Duration::from_secs(6), "{everywhere:?}");
    assert!(fetches <= 2, "{fetches} fetches");
    close(clients);
}

#[test]
fn whatever_becomes_of_redis_everybody_gets_updates_and_nobody_waits() {
    let test = "whatever_becomes_of_redis_everybody_gets_updates_and_nobody_waits";
    let Some(mut redis) = Redis::start(test) else { return };
    let platform = platform();
    let far =
        RedisStore::new(&format!("redis://127.0.0.1:{}", slow(redis.port(), Duration::from_millis(50))));
    let (near, far) = (start(&platform, 5, &redis.store()), start(&platform, 5, &far.unwrap()));
    let clients: Vec<KameleoonClient> = near.into_iter().chain(far).collect();
    let mut told = vec![format!("as usual, half of them 50 ms away {:?}", publish(&platform, &clients, 2))];
    assert!(clients.iter().all(|client| client.data_file_store_stats().unwrap().failed == 0));

    assert!(redis.command("FLUSHALL").starts_with("+OK"));
    let before = fetches(&platform);
    told.push(format!("emptied {:?}", publish(&platform, &clients, 3)));
    told.push(format!("({} fetches)", fetches(&platform) - before));
    wait_until("it is filled again", || date_in(&redis.store()).as_deref() == Some("3"));

    redis.signal("STOP");
    told.push(format!("stopped {:?}", publish(&platform, &clients, 4)));
    redis.signal("CONT");
    redis.kill();
    let begun = Instant::now();
    told.push(format!("killed {:?}", publish(&platform, &clients, 5)));
    let mut slowest = Duration::ZERO;
    while begun.elapsed() < Duration::from_secs(2) {
        let asked = Instant::now();
        assert!(clients.iter().all(|client| has(client, 5)), "the answers stay");
        slowest = slowest.max(asked.elapsed());
    }
    assert!(clients.iter().all(|client| client.data_file_store_stats().unwrap().failed > 0));
    assert!(slowest < Duration::from_millis(500), "ten answers took {slowest:?}");
    redis.start_again();
    told.push(format!("started anew {:?}", publish(&platform, &clients, 6)));
    wait_until("it is filled again", || date_in(&redis.store()).as_deref() == Some("6"));
    say(&format!("an update was everywhere after: {}", told.join(", ")));
    close(clients);
}

#[test]
fn what_is_kept_there_is_what_was_put_there() {
    let Some(redis) = Redis::start("what_is_kept_there_is_what_was_put_there") else { return };
    let store = redis.store();
    let (month, hour) = (Duration::from_secs(30 * 24 * 60 * 60), Duration::from_secs(3_600));
    assert_eq!(store.load(NAME, None, terms(month)), Ok(None));
    let file =
        |date: i64| StoredDataFile::new(NAME, text(date)).with_last_modified(Some(format!("day {date}")));
    let age = || {
        let found = store.load(NAME, None, terms(month)).unwrap().unwrap();
        assert_eq!(found.clone().with_age(None), file(1));
        found.age()
    };
    assert_eq!(store.save(NAME, &file(1), None, terms(month)), Ok(true));
    assert_eq!(age(), None, "nobody said how old it is");
    assert_eq!(store.save(NAME, &file(2), None, terms(month)), Ok(false), "another one is there");
    assert_eq!(store.save(NAME, &file(2), Some("x"), terms(month)), Ok(false));
    for (confirmed, expected) in [(2 * hour, 2), (hour, 1), (3 * hour, 1)] {
        assert_eq!(store.confirm(NAME, file(1).version(), confirmed, terms(month)), Ok(true));
        assert_eq!(age().map(|age| age.as_secs() / 3_600), Some(expected));
    }
    assert_eq!(store.confirm(NAME, file(2).version(), hour, terms(month)), Ok(false));
    let known = store.load(NAME, Some(file(1).version()), terms(month)).unwrap().unwrap();
    assert_eq!((known.text(), known.version()), (None, file(1).version()));
    assert_eq!(store.load("shared/staging", None, terms(month)), Ok(None));
    // Compressed, so that thousands may read it.
    let large = StoredDataFile::new(NAME, format!("{}{}", text(3), " ".repeat(1_000_000)));
    assert_eq!(store.save(NAME, &large, Some(file(1).version()), terms(month)), Ok(true));
    let length = redis.command(&format!("HSTRLEN kameleoon:f:{NAME} text"));
    assert!(length.trim_start_matches(':').trim().parse::<usize>().unwrap() < 20_000, "{length}");
    // What is no data file is an error, or none.
    redis.command(&format!("HSET kameleoon:f:{NAME} text nonsense"));
    let found = store.load(NAME, None, terms(month)).unwrap().unwrap();
    assert_eq!(found.text(), Some(&b"nonsense"[..]));
    redis.command(&format!("SET kameleoon:f:{NAME} text"));
    assert!(store.load(NAME, None, terms(month)).is_err());

    assert_eq!(store.lease(NAME, "one", terms(hour)), Ok(true));
    assert_eq!(store.lease(NAME, "other", terms(hour)), Ok(false));
    store.release(NAME, "other", terms(hour)).unwrap();
    assert_eq!(store.lease(NAME, "other", terms(hour)), Ok(false), "it was not the other's to give");
    assert_eq!(store.lease(NAME, "one", terms(Duration::from_millis(50))), Ok(true), "once more");
    wait_until("it runs out", || store.lease(NAME, "other", terms(hour)) == Ok(true));
    store.release(NAME, "other", terms(hour)).unwrap();
    assert_eq!(store.lease(NAME, "one", terms(hour)), Ok(true));
}
