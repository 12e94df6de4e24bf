//! Random numbers of the operating system.
//!
//! A generator in the process is copied by a fork, and is gone while a thread ends; the system's is
//! neither. Visitor codes come from here, so that no two people ever get the same.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use rand::TryRng;
use rand::rngs::SysRng;

use crate::atomic64::AtomicU64;

/// 64 bits that nobody can guess. Never fails, on whatever thread: a system without randomness gets
/// bits that differ by process, time and call.
pub(crate) fn bits() -> u64 {
    SysRng.try_next_u64().unwrap_or_else(|_| makeshift())
}

fn makeshift() -> u64 {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    // Seeded by the standard library, once a thread.
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.write_u64(CALLS.fetch_add(1, Ordering::Relaxed));
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    hasher.write_u128(since.as_nanos());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_calls_give_the_same() {
        let all: HashSet<u64> = (0..1_000).map(|_| bits()).collect();
        let makeshift: HashSet<u64> = (0..1_000).map(|_| makeshift()).collect();
        assert_eq!((all.len(), makeshift.len()), (1_000, 1_000));
    }

    #[test]
    fn a_thread_that_ends_has_them_too() {
        struct Last(std::sync::mpsc::Sender<u64>);
        impl Drop for Last {
            fn drop(&mut self) {
                let _ = self.0.send(bits());
            }
        }
        thread_local!(static LAST: std::cell::RefCell<Option<Last>> = const { std::cell::RefCell::new(None) });
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || LAST.with_borrow_mut(|last| *last = Some(Last(sender)))).join().unwrap();
        assert!(receiver.recv().is_ok());
    }
}
