//! The copy of the last good data file on disk.

use std::path::PathBuf;

use crossbeam_channel::{Receiver, unbounded};
use kameleoon::emulator::{Fault, Times};
use kameleoon::{ClientEvent, DataFileOrigin, KameleoonError, RequestFailure, RequestKind};

use crate::rig::{FLAG, PATIENCE, Rig, TIMEOUT, data_file, platform};

/// A path of its own, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("kameleoon-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.join("data-file")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

const SITE: &str = "one-site";

/// A client of always the same site, which is part of the copy; one at a time.
fn create(
    platform: kameleoon::emulator::Emulator,
    site: &str,
    place: &Place,
) -> (Rig, Receiver<ClientEvent>) {
    let rig = Rig::create_at(platform, site, |config| config.data_file_cache(place.path()));
    let (sender, receiver) = unbounded();
    rig.client.set_event_handler(move |event| {
        if let ClientEvent::DataFileUpdated { .. } = event {
            let _ = sender.send(event.clone());
        }
    });
    (rig, receiver)
}

fn origin(events: &Receiver<ClientEvent>) -> (DataFileOrigin, i64) {
    match events.recv_timeout(PATIENCE).unwrap() {
        ClientEvent::DataFileUpdated { origin, date_modified, .. } => (origin, date_modified),
        other => panic!("{other:?}"),
    }
}

fn write_copy(site: &str, place: &Place) {
    let (rig, events) = create(platform().data_file(data_file(1, false)).start().unwrap(), site, place);
    rig.client.wait_init(PATIENCE).unwrap();
    assert_eq!(origin(&events), (DataFileOrigin::Polling, 1));
    rig.client.refresh_data_file(PATIENCE).unwrap();
    assert!(place.path().exists());
}

#[test]
fn a_start_without_the_platform_serves_at_once_and_says_so() {
    let (site, place) = (format!("{SITE}-start"), Place::new("copy-start"));
    write_copy(&site, &place);
    let platform = platform().start().unwrap();
    // Each setting is a second later, and a start takes less than these.
    (0..10).for_each(|_| platform.set_data_file(data_file(2, false)));
    platform.fail(RequestKind::Configuration, Fault::NeverAnswer, Times::Always);
    let (rig, events) = create(platform, &site, &place);
    rig.client.wait_init(TIMEOUT / 2).unwrap(); // sooner than the request gives up
    assert_eq!(rig.date(), Some(1));
    rig.client.get_variation("visitor", FLAG).unwrap();
    assert_eq!(rig.client.last_success(), None);
    assert_eq!(origin(&events), (DataFileOrigin::Copy, 1));
    rig.wait_for("the failure is told", |rig| rig.client.last_error().is_some());
    rig.platform.clear_faults();
    assert_eq!(origin(&events), (DataFileOrigin::Polling, 2));
    assert_eq!(rig.date(), Some(2));
}

#[test]
fn a_copy_that_the_platform_calls_the_newest_stays_in_use() {
    let (site, place) = (format!("{SITE}-304"), Place::new("copy-304"));
    write_copy(&site, &place);
    let platform = platform().data_file(data_file(2, false)).start().unwrap();
    platform.fail(RequestKind::Configuration, Fault::status(304), Times::Once);
    let (rig, _events) = create(platform, &site, &place);
    rig.wait_for("the answer", |rig| rig.client.last_success().is_some());
    assert_eq!((rig.date(), rig.client.last_error()), (Some(1), None));
}

#[test]
fn a_damaged_copy_is_refused_and_replaced() {
    let (site, place) = (format!("{SITE}-damaged"), Place::new("copy-damaged"));
    write_copy(&site, &place);
    let whole = std::fs::read(place.path()).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for (name, damaged) in [
        ("a bit", flipped),
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("empty", Vec::new()),
        ("something else", b"{\"featureFlags\": []}".to_vec()),
    ] {
        std::fs::write(place.path(), damaged).unwrap();
        let platform = platform().data_file(data_file(2, false)).start().unwrap();
        platform.fail(RequestKind::Configuration, Fault::status(500), Times::Once);
        let (rig, events) = create(platform, &site, &place);
        assert_eq!(rig.client.wait_init(PATIENCE), Ok(()), "{name}: the next try");
        let error = rig.client.last_error();
        let status = RequestFailure::Status(500);
        assert!(
            matches!(&error, Some(KameleoonError::Request { kind: RequestKind::Configuration, failure, .. }) if *failure == status),
            "{name}: {error:?}"
        );
        assert_eq!(rig.date(), Some(2), "{name}");
        assert_eq!(origin(&events), (DataFileOrigin::Polling, 2), "{name}");
        rig.wait_for("the copy is written", |_| {
            std::fs::read(place.path()).is_ok_and(|copy| copy.ends_with(data_file(2, false).as_bytes()))
        });
    }
}

#[test]
fn a_bad_data_file_replaces_neither_the_one_in_use_nor_the_copy() {
    let (site, place) = (format!("{SITE}-bad"), Place::new("copy-bad"));
    write_copy(&site, &place);
    let whole = std::fs::read(place.path()).unwrap();
    let platform = platform().data_file(data_file(1, false)).start().unwrap();
    let (rig, _events) = create(platform, &site, &place);
    rig.client.refresh_data_file(PATIENCE).unwrap();
    for bad in [
        Fault::Html,
        Fault::EmptyBody,
        Fault::WrongShape,
        Fault::WrongGzip,
        Fault::CutInBody,
        Fault::LengthTooShort,
        Fault::Json(r#"{"message": "internal error"}"#.to_owned()),
        Fault::Json("null".to_owned()),
    ] {
        rig.platform.fail(RequestKind::Configuration, bad.clone(), Times::Once);
        assert!(rig.client.refresh_data_file(PATIENCE).is_err(), "{bad:?}");
        assert_eq!(rig.date(), Some(1), "{bad:?}");
        let copy = std::fs::read(place.path()).unwrap();
        assert!(copy == whole || copy.ends_with(data_file(1, false).as_bytes()), "{bad:?}");
    }
}

#[test]
fn an_error_message_that_comes_first_is_not_kept() {
    let (site, place) = (format!("{SITE}-first"), Place::new("copy-first"));
    let platform = platform().data_file(data_file(1, false)).start().unwrap();
    let message = Fault::Json(r#"{"message": "internal error"}"#.to_owned());
    platform.fail(RequestKind::Configuration, message, Times::Once);
    let (rig, _events) = create(platform, &site, &place);
    rig.client.wait_init(PATIENCE).unwrap();
    assert!(!place.path().exists());
    rig.client.refresh_data_file(PATIENCE).unwrap();
    assert!(place.path().exists());
}

#[test]
fn a_copy_that_cannot_be_written_keeps_nobody_from_serving() {
    let place = Place::new("copy-nowhere");
    let platform = platform().data_file(data_file(1, false)).start().unwrap();
    let nowhere = place.path().join("no").join("such");
    let rig = Rig::create(platform, "nowhere", |config| config.data_file_cache(nowhere));
    rig.client.wait_init(PATIENCE).unwrap();
    assert_eq!(rig.date(), Some(1));
}
