//! Ranges of characters.

/// The first and the last character of a range.
pub(super) type Range = (char, char);

/// Whether one of some ranges, which are in order, has a character.
pub(super) fn within(ranges: &[Range], character: char) -> bool {
    let after = ranges.partition_point(|(start, _)| *start <= character);
    after.checked_sub(1).is_some_and(|place| character <= ranges[place].1)
}

/// The same characters, in ranges that are in order and do not touch.
pub(super) fn in_order(mut ranges: Vec<Range>) -> Vec<Range> {
    ranges.sort_unstable();
    ranges.dedup_by(|(start, end), (_, before)| {
        let touches = u32::from(*start) <= u32::from(*before) + 1;
        if touches {
            *before = (*before).max(*end);
        }
        touches
    });
    ranges
}
