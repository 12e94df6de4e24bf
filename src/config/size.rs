//! The sizes of the configuration: key, default and least of each.

use super::settings;

/// What one size may be.
#[derive(Debug)]
pub(crate) struct Size {
    /// The key, as in the file.
    key: &'static str,
    default: u64,
    least: u64,
}

/// What is smaller is too small to work with.
const SMALLEST: u64 = 4096;

pub(crate) const MAX_VISITORS: Size =
    Size { key: "max_visitors", default: settings::DEFAULT_MAX_VISITORS as u64, least: 1 };
pub(crate) const MAX_VISITOR_BYTES: Size =
    Size { key: "max_visitor_bytes", default: settings::DEFAULT_MAX_VISITOR_BYTES as u64, least: SMALLEST };
pub(crate) const MAX_VISITOR_UNSENT_BYTES: Size = Size {
    key: "max_visitor_unsent_bytes",
    default: settings::DEFAULT_MAX_VISITOR_UNSENT_BYTES as u64,
    least: SMALLEST,
};
pub(crate) const MAX_STORE_BYTES: Size =
    Size { key: "max_store_bytes", default: settings::DEFAULT_MAX_STORE_BYTES as u64, least: SMALLEST };
/// A small one holds few lines, but whoever sets it may mean it.
pub(crate) const TRACKING_SPOOL_MAX_BYTES: Size =
    Size { key: "tracking_spool_max_bytes", default: settings::DEFAULT_SPOOL_BYTES, least: 1 };

impl Size {
    /// The size, and what was corrected, if anything: the default takes the place of 0.
    pub(crate) fn settle(&self, size: u64) -> (u64, Option<String>) {
        let Self { key, default, least } = self;
        let settled = match size {
            0 => *default,
            size if size < *least => *least,
            size => return (size, None),
        };
        let note = format!("configuration key `{key}`: must be at least {least}; {settled} is used");
        (settled, Some(note))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_small_is_corrected_and_told() {
        for (size, given, settled, is_told) in [
            (&MAX_VISITORS, 0, 500_000, true),
            (&MAX_VISITORS, 1, 1, false),
            (&MAX_VISITOR_BYTES, 0, 262_144, true),
            (&MAX_VISITOR_BYTES, 4_095, 4_096, true),
            (&MAX_VISITOR_BYTES, 4_096, 4_096, false),
            (&MAX_VISITOR_UNSENT_BYTES, 1, 4_096, true),
            (&MAX_STORE_BYTES, 100, 4_096, true),
            (&MAX_STORE_BYTES, u64::MAX, u64::MAX, false),
            (&TRACKING_SPOOL_MAX_BYTES, 0, 8_388_608, true),
            (&TRACKING_SPOOL_MAX_BYTES, 12, 12, false),
        ] {
            let (value, note) = size.settle(given);
            assert_eq!((value, note.is_some()), (settled, is_told), "{}: {given}", size.key);
            if let Some(note) = note {
                assert!(note.contains(size.key) && note.contains(&settled.to_string()), "{note}");
            }
        }
    }
}
