//! 64-bit atomics, also for processors that have none: there each is a number behind a lock.

#[cfg(target_has_atomic = "64")]
pub(crate) use std::sync::atomic::{AtomicI64, AtomicU64};

#[cfg(not(target_has_atomic = "64"))]
pub(crate) use self::locked::{AtomicI64, AtomicU64};

/// What stands in for them: the part of their interface that the crate uses. Compiled for tests
/// everywhere.
#[cfg(any(test, not(target_has_atomic = "64")))]
mod locked {
    use std::sync::atomic::Ordering;

    use parking_lot::Mutex;

    macro_rules! locked {
        ($name:ident, $number:ty) => {
            #[derive(Debug, Default)]
            pub(crate) struct $name(Mutex<$number>);

            #[allow(dead_code, reason = "both have all of it, whichever the crate calls")]
            impl $name {
                pub(crate) const fn new(value: $number) -> Self {
                    Self(Mutex::new(value))
                }

                pub(crate) fn load(&self, _: Ordering) -> $number {
                    *self.0.lock()
                }

                pub(crate) fn store(&self, value: $number, _: Ordering) {
                    *self.0.lock() = value;
                }

                pub(crate) fn swap(&self, value: $number, _: Ordering) -> $number {
                    std::mem::replace(&mut *self.0.lock(), value)
                }

                pub(crate) fn fetch_add(&self, value: $number, _: Ordering) -> $number {
                    let mut number = self.0.lock();
                    let before = *number;
                    *number = before.wrapping_add(value);
                    before
                }

                pub(crate) fn fetch_sub(&self, value: $number, _: Ordering) -> $number {
                    let mut number = self.0.lock();
                    let before = *number;
                    *number = before.wrapping_sub(value);
                    before
                }

                pub(crate) fn fetch_max(&self, value: $number, _: Ordering) -> $number {
                    let mut number = self.0.lock();
                    let before = *number;
                    *number = before.max(value);
                    before
                }

                pub(crate) fn compare_exchange(
                    &self,
                    expected: $number,
                    new: $number,
                    _: Ordering,
                    _: Ordering,
                ) -> Result<$number, $number> {
                    let mut number = self.0.lock();
                    let before = *number;
                    if before != expected {
                        return Err(before);
                    }
                    *number = new;
                    Ok(before)
                }
            }
        };
    }

    locked!(AtomicU64, u64);
    locked!(AtomicI64, i64);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;

    /// The same calls on both, so that what one lacks does not compile.
    macro_rules! results {
        ($type:ty) => {{
            let number = <$type>::new(5);
            let mut seen = vec![number.fetch_add(3, Relaxed), number.fetch_sub(1, Relaxed)];
            seen.push(number.swap(2, Relaxed));
            seen.push(number.fetch_max(9, Relaxed));
            seen.push(number.compare_exchange(9, 4, Relaxed, Relaxed).unwrap());
            seen.push(number.compare_exchange(9, 1, Relaxed, Relaxed).unwrap_err());
            number.store(<$type>::default().load(Relaxed).wrapping_sub(1), Relaxed);
            seen.push(number.fetch_add(2, Relaxed));
            seen.push(number.load(Relaxed));
            seen
        }};
    }

    #[test]
    fn what_stands_in_does_the_same() {
        assert_eq!(results!(super::locked::AtomicU64), results!(super::AtomicU64));
        assert_eq!(results!(super::locked::AtomicI64), results!(super::AtomicI64));
    }
}
