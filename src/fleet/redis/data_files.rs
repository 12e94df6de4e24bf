//! The data file: a hash for each name, and a lease.

use std::io::{Read, Write};
use std::time::Duration;

use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::store::RedisStore;
use super::visitors::milliseconds;
use crate::error::{KameleoonError, Result};
use crate::fleet::{DataFileStore, MAX_DATA_FILE, StoreTerms, StoredDataFile};

const FILE: char = 'f';
const LEASE: char = 'l';
/// What the fields beside the text may take.
const MOST_FIELD: usize = 1_024;
/// What is old is kept for so long at least.
const SHORTEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads the hash: version, `Last-Modified`, how long it was to be kept when it was confirmed, for how
/// long it is kept still, and the text, unless the version is known. Nothing is handed over that is
/// larger than it may be.
const LOAD: &str = "
local version = redis.call('HGET', KEYS[1], 'version')
if not version then return false end
for _, field in ipairs({'version', 'modified', 'keep'}) do
  if redis.call('HSTRLEN', KEYS[1], field) > tonumber(ARGV[2]) then
    return redis.error_reply('ERR the field ' .. field .. ' is too large')
  end
end
local modified = redis.call('HGET', KEYS[1], 'modified') or ''
local keep = redis.call('HGET', KEYS[1], 'keep') or ''
local is_new = version ~= ARGV[1] and redis.call('HSTRLEN', KEYS[1], 'text') <= tonumber(ARGV[3])
local text = is_new and redis.call('HGET', KEYS[1], 'text')
return {version, modified, keep, redis.call('PTTL', KEYS[1]), text}
";
/// Writes the hash, unless another version is there than the one that may be replaced.
const SAVE: &str = "
local there = redis.call('HGET', KEYS[1], 'version')
if there and there ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'modified', ARGV[3], 'keep', ARGV[4], 'text', ARGV[6])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
";
/// Keeps it for as long as a younger one, if it is of this version and is not younger already.
const CONFIRM: &str = "
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
if redis.call('HGET', KEYS[1], 'keep') ~= ARGV[2] or redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then
  redis.call('HSET', KEYS[1], 'keep', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1
";
const TAKE_LEASE: &str = "
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
";
const GIVE_LEASE: &str = "
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
";

/// Version, `Last-Modified`, how long it was to be kept and is kept still, text.
type Fields = (Vec<u8>, Vec<u8>, Vec<u8>, i64, Option<Vec<u8>>);

fn packed(text: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text)?;
    encoder.finish()
}

/// The text, up to a byte beyond the bound, so that it shows. What cannot be unpacked is handed over as
/// it is: it is not what the version says, so it is refused and replaced.
fn unpacked(bytes: Vec<u8>) -> Vec<u8> {
    let mut text = Vec::new();
    let mut reader = MultiGzDecoder::new(&bytes[..]).take(MAX_DATA_FILE as u64 + 1);
    let read = reader.read_to_end(&mut text);
    if read.is_ok() { text } else { bytes }
}

fn stored(fields: Fields, known: Option<&str>) -> Result<StoredDataFile> {
    let (version, modified, keep, left, text) = fields;
    let version = String::from_utf8(version);
    let version = version.map_err(|_| KameleoonError::store("redis: the version is no text"))?;
    let modified = String::from_utf8(modified).ok().filter(|modified| !modified.is_empty());
    let keep = std::str::from_utf8(&keep).ok().and_then(|keep| keep.parse::<u64>().ok());
    // Both by the server's clock: those of the clients do not matter.
    let left = u64::try_from(left).ok();
    let age = keep.zip(left).map(|(keep, left)| Duration::from_millis(keep.saturating_sub(left)));
    let text = text.filter(|_| known != Some(version.as_str()));
    let file = StoredDataFile::of_version(version).with_last_modified(modified).with_age(age);
    Ok(match text {
        Some(text) => file.with_text(unpacked(text)),
        None => file,
    })
}

/// For how long a data file of this age is kept still.
fn left(age: Option<Duration>, terms: StoreTerms) -> u64 {
    milliseconds(terms.keep_for().saturating_sub(age.unwrap_or_default()).max(SHORTEST))
}

impl DataFileStore for RedisStore {
    fn load(&self, name: &str, known: Option<&str>, terms: StoreTerms) -> Result<Option<StoredDataFile>> {
        let key = self.key(FILE, name);
        let (found,): (Option<Fields>,) = self.link.query(terms.timeout(), |pipeline, _| {
            let command = pipeline.cmd("EVAL").arg(LOAD).arg(1).arg(&key);
            command.arg(known.unwrap_or_default()).arg(MOST_FIELD).arg(MAX_DATA_FILE);
        })?;
        found.map(|fields| stored(fields, known)).transpose()
    }

    fn save(&self, name: &str, file: &StoredDataFile, over: Option<&str>, terms: StoreTerms) -> Result<bool> {
        let text = file.text().ok_or_else(|| KameleoonError::store("there is no text to be saved"))?;
        let text = packed(text).map_err(|error| KameleoonError::store(format!("gzip: {error}")))?;
        let key = self.key(FILE, name);
        // Without an age nobody knows since when it is kept.
        let keep = file.age().map(|_| milliseconds(terms.keep_for()).to_string()).unwrap_or_default();
        let (saved,): (bool,) = self.link.query(terms.timeout(), |pipeline, _| {
            let command = pipeline.cmd("EVAL").arg(SAVE).arg(1).arg(&key).arg(over.unwrap_or_default());
            command.arg(file.version()).arg(file.last_modified().unwrap_or_default()).arg(&keep);
            command.arg(left(file.age(), terms)).arg(&text);
        })?;
        Ok(saved)
    }

    fn confirm(&self, name: &str, version: &str, age: Duration, terms: StoreTerms) -> Result<bool> {
        let key = self.key(FILE, name);
        let (is_there,): (bool,) = self.link.query(terms.timeout(), |pipeline, _| {
            let command = pipeline.cmd("EVAL").arg(CONFIRM).arg(1).arg(&key).arg(version);
            command.arg(milliseconds(terms.keep_for())).arg(left(Some(age), terms));
        })?;
        Ok(is_there)
    }

    fn lease(&self, name: &str, holder: &str, terms: StoreTerms) -> Result<bool> {
        let key = self.key(LEASE, name);
        let (leased,): (bool,) = self.link.query(terms.timeout(), |pipeline, _| {
            let command = pipeline.cmd("EVAL").arg(TAKE_LEASE).arg(1).arg(&key).arg(holder);
            command.arg(milliseconds(terms.keep_for()));
        })?;
        Ok(leased)
    }

    fn release(&self, name: &str, holder: &str, terms: StoreTerms) -> Result<()> {
        let key = self.key(LEASE, name);
        self.link.query(terms.timeout(), |pipeline, _| {
            pipeline.cmd("EVAL").arg(GIVE_LEASE).arg(1).arg(&key).arg(holder).ignore();
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_else_wrote_is_no_data_file_and_no_more() {
        let text = packed(b"{}").unwrap();
        let fields = |version: &[u8], keep: &[u8], left, text: &[u8]| {
            (version.to_vec(), Vec::new(), keep.to_vec(), left, Some(text.to_vec()))
        };
        let file = stored(fields(b"v", b"5000", 4_000, &text), None).unwrap();
        assert_eq!((file.text(), file.age()), (Some(&b"{}"[..]), Some(Duration::from_secs(1))));
        for (keep, left) in [(&b""[..], 4_000), (b"x", 4_000), (b"5000", -1)] {
            assert_eq!(stored(fields(b"v", keep, left, &text), None).unwrap().age(), None);
        }
        assert_eq!(stored(fields(b"v", b"", 1, b"no gzip"), Some("v")).unwrap().text(), None);
        assert!(stored(fields(b"\xff", b"", 1, &text), None).is_err());
        let bomb = packed(&vec![b' '; MAX_DATA_FILE + 10]).unwrap();
        for text in [&b"no gzip"[..], &text[..5], &bomb] {
            let file = stored(fields(b"v", b"", 1, text), None).unwrap();
            assert!(file.checked_text("a/").is_err());
        }
    }
}
