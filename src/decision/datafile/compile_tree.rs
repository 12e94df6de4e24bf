//! From the segments of the data file to those that evaluation reads.

use super::condition::{Condition, Test};
use super::kinds::Kinds;
use super::operators::Operators;
use super::tree::{Operated, Reference, Segment, Tree};
use super::wire::{ConditionListWire, SegmentWire, TreeWire};
use crate::decision::lenient::{Object, Read, Reader, Stopped, Wrong};
use crate::logging::log_warning;

/// A segment of the file's list, compiled as it is read.
#[derive(Debug, Default)]
pub(super) struct SegmentDraft(pub(super) Segment);

impl<'de> Read<'de> for SegmentDraft {
    fn read(&mut self, reader: &mut Reader<'de>) -> Result<(), Stopped> {
        let mut wire = Object::<SegmentWire<'de>>::None;
        wire.read(reader)?;
        self.0 = segment(wire, &"a segment");
        Ok(())
    }
}

/// Compiles a segment. One that cannot be read stays, as one that never holds: it must not open
/// its rule to everybody.
pub(super) fn segment(wire: Object<SegmentWire<'_>>, place: &dyn std::fmt::Display) -> Segment {
    let wire = match wire {
        Object::Is(wire) => wire,
        _ => {
            log_warning!("data file: {place} is no object; it will never hold");
            return Segment::default();
        }
    };
    let id = wire.id.integer("id").ok().flatten().unwrap_or(0);
    let audience_tracking =
        wire.audience_tracking.boolean("audienceTracking").ok().flatten().unwrap_or(false);
    let (tree, kinds) = match tree(wire.conditions_data) {
        Ok((tree, kinds)) => (Some(tree), kinds),
        Err(wrong) => {
            log_warning!("data file: {place} (id {id}) cannot be read and will never hold: {wrong}");
            (None, Kinds::default())
        }
    };
    Segment { id, audience_tracking, tree, reference: Reference::Single, kinds }
}

fn tree(wire: Object<TreeWire<'_>>) -> Result<(Tree, Kinds), Wrong> {
    let wire = match wire {
        Object::None => {
            let empty = Operated { items: Box::default(), operators: Operators::default() };
            return Ok((empty, Kinds::default()));
        }
        Object::Wrong => return Err(Wrong { field: "conditionsData", expected: "an object" }),
        Object::Is(wire) => wire,
    };
    let lists = wire.first_level.into_items("firstLevel")?;
    let mut items = Vec::with_capacity(lists.len());
    let mut all_kinds = Kinds::default();
    for wire in lists {
        let (list, kinds) = list(wire)?;
        items.push(list);
        all_kinds = all_kinds.and(kinds);
    }
    let operators = wire.first_level_or_operators.into_items("firstLevelOrOperators")?;
    Ok((Operated { items: items.into_boxed_slice(), operators }, all_kinds))
}

fn list(wire: Object<ConditionListWire<'_>>) -> Result<(Operated<Condition>, Kinds), Wrong> {
    let Object::Is(wire) = wire else {
        return Err(Wrong { field: "firstLevel", expected: "an array of objects" });
    };
    let conditions = wire.conditions.into_items("conditions")?;
    let operators = wire.or_operators.into_items("orOperators")?;
    Ok((Operated { items: conditions.list.into_boxed_slice(), operators }, conditions.kinds))
}

/// The conditions of a segment.
pub(super) fn conditions(segment: &Segment) -> impl Iterator<Item = &Condition> {
    segment.tree.iter().flat_map(|tree| &tree.items).flat_map(|list| &list.items)
}

/// The tests of the segments that have some of a kind, to be completed.
pub(super) fn tests_mut(segments: &mut [Segment], kind: Kinds) -> impl Iterator<Item = &mut Test> {
    segments
        .iter_mut()
        .filter(move |segment| segment.kinds.has(kind))
        .filter_map(|segment| segment.tree.as_mut())
        .flat_map(|tree| &mut tree.items)
        .flat_map(|list| &mut list.items)
        .map(|condition| &mut condition.test)
}
