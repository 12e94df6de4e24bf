//! Whatever lies in the folder of a spool, and whatever the folder is: nothing stops, and what is
//! lost is counted.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kameleoon::emulator::{Fault, Times};
use kameleoon::{KameleoonClient, KameleoonClientConfig, RequestKind};

use crate::folder::Folder;
use crate::rig::{PATIENCE, Repeats, Rig, data_file, platform, quick};

fn spooled(folder: &Folder, config: KameleoonClientConfig) -> KameleoonClientConfig {
    config.tracking_spool(&folder.0)
}

/// A client that has its data file, with a spool.
fn ready(name: &str, folder: &Folder) -> Rig {
    let platform = platform().data_file(data_file(1, false)).start().unwrap();
    let rig = Rig::create(platform, name, |config| spooled(folder, config));
    rig.client.wait_init(PATIENCE).unwrap();
    rig
}

/// A rig whose only file has the lines of so many visitors; the file's path.
fn with_a_file(name: &str, folder: &Folder, visitors: usize) -> (Rig, PathBuf) {
    let mut rig = ready(name, folder);
    rig.visit_many("visitor", visitors);
    assert_eq!(rig.client.close(Duration::ZERO).spooled, rig.pieces());
    let file = folder.files().remove(0);
    (rig, file)
}

fn again(rig: Rig, folder: &Folder) -> Rig {
    let rig = rig.again(|config| spooled(folder, config));
    rig.client.wait_init(PATIENCE).unwrap();
    rig
}

/// The name of a file of the spool, with another random part.
fn twin(file: &Path, number: usize) -> PathBuf {
    let name = file.file_name().unwrap().to_str().unwrap();
    let (head, _) = name.rsplit_once('-').unwrap();
    file.with_file_name(format!("{head}-{number:016x}.lines"))
}

#[test]
fn each_byte_changed_and_each_length_is_counted_and_the_rest_arrives() {
    let folder = Folder::new("files-damaged");
    let (rig, file) = with_a_file("files-damaged", &folder, 1);
    let bytes = fs::read(&file).unwrap();
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1 << (place % 8);
        fs::write(twin(&file, place), changed).unwrap();
        fs::write(twin(&file, bytes.len() + place), &bytes[..place]).unwrap();
    }
    let rig = again(rig, &folder);
    let report = rig.client.drain_spool(PATIENCE);
    assert_eq!((report.dropped, report.waiting), (4 * bytes.len() as u64, 0), "{report:?}");
    assert_eq!(rig.client.tracking_stats().recovered, 2);
    rig.check_arrived(Repeats::None);
    assert!(folder.files().is_empty());
}

#[cfg(unix)]
#[test]
fn links_pipes_folders_and_foreign_files_are_left_alone() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("files-foreign");
    let (rig, file) = with_a_file("files-foreign", &folder, 3);
    let elsewhere = folder.0.join("elsewhere");
    fs::copy(&file, &elsewhere).unwrap();
    symlink(&elsewhere, twin(&file, 1)).unwrap();
    symlink("/dev/zero", twin(&file, 2)).unwrap();
    symlink(folder.0.join("nowhere"), twin(&file, 3)).unwrap();
    fs::create_dir(twin(&file, 4)).unwrap();
    let pipe =
        |path: &Path| assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    pipe(&twin(&file, 5));
    let (owner, _) = file.file_name().unwrap().to_str().unwrap().split_once('-').unwrap();
    pipe(&folder.0.join(format!("{owner}-not-before")));
    fs::write(folder.0.join(".lines"), "mine").unwrap();
    fs::write(folder.0.join(format!("{owner}-x-y-z.lines")), "mine").unwrap();
    let before = folder.files().len();
    let mut rig = again(rig, &folder);
    let report = rig.client.drain_spool(PATIENCE);
    assert_eq!((report.recovered, report.dropped, report.waiting), (6, 0, 0), "{report:?}");
    rig.visit("one more");
    rig.deliver_all();
    rig.check_arrived(Repeats::None);
    assert_eq!(folder.files().len(), before - 1, "{:?}", folder.files());
}

#[test]
fn a_clock_that_was_set_back_by_a_day_keeps_nothing_from_being_sent() {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let folder = Folder::new("files-clock");
    let (rig, file) = with_a_file("files-clock", &folder, 2);
    let name = file.file_name().unwrap().to_str().unwrap();
    let parts: Vec<&str> = name.split('-').collect();
    let created: i64 = parts[1].parse().unwrap();
    // As if it were written, and claimed by a process that was killed, before the clock was set.
    let later = format!("{}-{:014}-{}-{}.{:014}", parts[0], created + DAY, parts[2], parts[3], created + DAY);
    fs::rename(&file, file.with_file_name(later)).unwrap();
    let rig = again(rig, &folder);
    let report = rig.client.drain_spool(PATIENCE);
    assert_eq!((report.recovered, report.dropped, report.waiting), (4, 0, 0), "{report:?}");
    rig.check_arrived(Repeats::None);
}

#[test]
fn of_a_hundred_who_send_each_file_has_one() {
    let folder = Folder::new("files-hundred");
    let mut rig = ready("files-hundred", &folder);
    for number in 0..30 {
        rig.visit(&format!("visitor-{number}"));
        assert_eq!(rig.client.close(Duration::ZERO).spooled, 2);
        rig = again(rig, &folder);
    }
    let clients: Vec<KameleoonClient> = (0..100)
        .map(|_| {
            KameleoonClient::new(&rig.site, spooled(&folder, quick(rig.platform.client_config()))).unwrap()
        })
        .collect();
    std::thread::scope(|scope| {
        for client in &clients {
            scope.spawn(move || {
                client.wait_init(PATIENCE).unwrap();
                let _ = client.drain_spool(PATIENCE);
            });
        }
    });
    rig.wait_for("all files", |_| folder.files().is_empty());
    let recovered: u64 = clients.iter().map(|client| client.tracking_stats().recovered).sum();
    assert_eq!(recovered + rig.client.tracking_stats().recovered, 60);
    rig.check_arrived(Repeats::None);
}

/// An outage with a folder that takes nothing: all stays in memory and arrives later.
fn stays_in_memory(name: &str, folder: &Folder) {
    let mut rig = Rig::create(platform().data_file(data_file(1, false)).start().unwrap(), name, |config| {
        spooled(folder, config).tracking_spool_before_sending(true)
    });
    rig.client.wait_init(PATIENCE).unwrap();
    rig.platform.fail(RequestKind::Tracking, Fault::status(503), Times::Always);
    rig.visit_many("visitor", 50);
    rig.wait_for("the outage", |rig| rig.client.tracking_stats().requests_failed >= 4);
    let stats = rig.check_counters();
    assert_eq!((stats.pending, stats.spooled, stats.given_up), (100, 0, 0), "{stats:?}");
    rig.platform.clear_faults();
    rig.deliver_all();
    rig.check_arrived(Repeats::None);
    // At the end there is nowhere else, and the loss is counted.
    rig.platform.fail(RequestKind::Tracking, Fault::status(503), Times::Always);
    rig.visit("last");
    let report = rig.client.close(Duration::from_millis(300));
    assert_eq!((report.spooled, report.given_up), (0, 2), "{report:?}");
    rig.check_counters();
}

#[test]
fn a_folder_that_cannot_be_made_leaves_data_in_memory() {
    let file = Folder::new("files-nowhere");
    fs::write(&file.0, "a file").unwrap();
    stays_in_memory("files-nowhere", &Folder(file.0.join("below")));
    fs::remove_file(&file.0).unwrap();
}

/// A file system of its own at a folder, if the system lets us.
#[cfg(target_os = "linux")]
struct Mount(PathBuf);

#[cfg(target_os = "linux")]
impl Mount {
    fn new(path: &Path, options: &str) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let mut mount = std::process::Command::new("mount");
        let output = mount.args(["-t", "tmpfs", "-o", options, "none"]).arg(path).output();
        if output.as_ref().is_ok_and(|output| output.status.success()) {
            return Some(Self(path.to_owned()));
        }
        println!("NOT RUN: no file system can be mounted here: {output:?}");
        None
    }
}

#[cfg(target_os = "linux")]
impl Drop for Mount {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(&self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_file_system_leaves_data_in_memory() {
    let folder = Folder::new("files-full");
    let Some(_mount) = Mount::new(&folder.0, "size=64k") else { return };
    let full = fs::write(folder.0.join("mine"), vec![0; 1 << 20]);
    assert!(full.is_err(), "the file system is full");
    stays_in_memory("files-full", &folder);
    assert_eq!(folder.files(), [folder.0.join("mine")], "nothing half written is left");
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_file_system_leaves_data_in_memory() {
    let folder = Folder::new("files-read-only");
    let Some(_mount) = Mount::new(&folder.0, "ro,size=64k") else { return };
    stays_in_memory("files-read-only", &folder);
}
