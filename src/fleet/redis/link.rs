//! Connections to the server.

use std::time::{Duration, Instant};

use ::redis::{Client, Connection, FromRedisValue, Pipeline, RedisError};
use parking_lot::Mutex;

use crate::error::{KameleoonError, Result};

/// Merges fields into a hash: of two values of a field the one with the higher rank stands, of two of
/// the same rank the greater one, byte by byte. A value is a rank, a space and a text; what has no rank
/// that the crate could read gives way, whatever Lua would take for a number. The server runs it as one
/// step, so nothing is read here to be written back.
const MERGE: &str = "
local function rank(value, space)
  local text = space and string.match(string.sub(value, 1, space - 1), '^%-?%d+$')
  local number = text and tonumber(text)
  return number and math.abs(number) <= 2^63 and number
end
local function over(new, old)
  local s, t = string.find(new, ' ', 1, true), string.find(old, ' ', 1, true)
  local x, y = rank(new, s), rank(old, t)
  if not y then return true end
  if not x then return false end
  if x ~= y then return x > y end
  local a, b = #new - s, #old - t
  for i = 1, math.min(a, b) do
    local p, q = string.byte(new, s + i), string.byte(old, t + i)
    if p ~= q then return p > q end
  end
  return a > b
end
for i = 2, #ARGV, 2 do
  local old = redis.call('HGET', KEYS[1], ARGV[i])
  if not old or (old ~= ARGV[i + 1] and over(ARGV[i + 1], old)) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
";
/// A connection is never given less, so that a call that has little time left does not count as a
/// server that is away.
const LEAST: Duration = Duration::from_millis(1);

/// One connection that is ready, with the name under which the server knows the script.
struct Ready {
    connection: Connection,
    script: String,
}

/// The connections to one server. Three threads of each client call at most, so there are few.
pub(super) struct Link {
    client: Client,
    idle: Mutex<Vec<Ready>>,
}

/// What failed, as an error of the crate. The texts of the crate `redis` hold no URL.
fn failed(error: RedisError) -> KameleoonError {
    if error.is_timeout() {
        return KameleoonError::store("redis: no answer in time");
    }
    let whole = error.to_string();
    // Of all that failed in a round trip the first, without its place: it is the same the next time.
    let first =
        error.into_server_errors().and_then(|errors| errors.first().map(|(_, error)| error.to_string()));
    KameleoonError::store(format!("redis: {}", first.unwrap_or(whole)))
}

impl Link {
    pub(super) fn new(url: &str) -> Result<Self> {
        let client = Client::open(url).map_err(|error| {
            // The reason alone: what stands beside it may be a part of the URL.
            KameleoonError::config_invalid("redis", format!("the URL cannot be used ({:?})", error.kind()))
        })?;
        Ok(Self { client, idle: Mutex::new(Vec::new()) })
    }

    /// Sends what `write` puts into a pipeline, with the name of the script, and reads the answers,
    /// all within `timeout`. A connection that lay idle may be dead: then a new one is made, once.
    pub(super) fn query<R: FromRedisValue>(
        &self,
        timeout: Duration,
        write: impl Fn(&mut Pipeline, &str),
    ) -> Result<R> {
        let deadline = Instant::now() + timeout;
        let idle = self.idle.lock().pop();
        if let Some(mut ready) = idle {
            match Self::run(&mut ready, deadline, &write) {
                Ok(answer) => {
                    self.idle.lock().push(ready);
                    return Ok(answer);
                }
                Err(error) if error.is_timeout() => return Err(failed(error)),
                // The others are as old.
                Err(_) => self.idle.lock().clear(),
            }
        }
        let mut ready = self.connect(deadline).map_err(failed)?;
        let answer = Self::run(&mut ready, deadline, &write).map_err(failed)?;
        self.idle.lock().push(ready);
        Ok(answer)
    }

    fn left(deadline: Instant) -> Duration {
        deadline.saturating_duration_since(Instant::now()).max(LEAST)
    }

    fn connect(&self, deadline: Instant) -> std::result::Result<Ready, RedisError> {
        let mut connection = self.client.get_connection_with_timeout(Self::left(deadline))?;
        connection.set_read_timeout(Some(Self::left(deadline)))?;
        connection.set_write_timeout(Some(Self::left(deadline)))?;
        let script = ::redis::cmd("SCRIPT").arg("LOAD").arg(MERGE).query(&mut connection)?;
        Ok(Ready { connection, script })
    }

    fn run<R: FromRedisValue>(
        ready: &mut Ready,
        deadline: Instant,
        write: impl Fn(&mut Pipeline, &str),
    ) -> std::result::Result<R, RedisError> {
        ready.connection.set_read_timeout(Some(Self::left(deadline)))?;
        ready.connection.set_write_timeout(Some(Self::left(deadline)))?;
        let mut pipeline = ::redis::pipe();
        write(&mut pipeline, &ready.script);
        pipeline.query(&mut ready.connection)
    }
}
