//! Which segments refer to each other in circles.

use super::compile_tree::{conditions, tests_mut};
use super::condition::{SegmentPlace, Test};
use super::kinds::Kinds;
use super::tree::{Reference, Segment};
use crate::decision::hashing::IdMap;

/// How deep references go at most where a segment's result is the same each time.
pub(crate) const DEEPEST_REFERENCE: usize = 64;

/// Fills in what conditions on segments refer to, and how each segment is referred to.
pub(super) fn settle(segments: &mut [Segment], by_id: &IdMap<u32>) {
    if !segments.iter().any(|segment| segment.kinds.has(Kinds::SEGMENTS)) {
        return;
    }
    for test in tests_mut(segments, Kinds::SEGMENTS) {
        if let Test::Segment { id, place } = test {
            *place = SegmentPlace::new(by_id.get(id).copied());
        }
    }
    let graph: Vec<Vec<u32>> = segments.iter().map(references).collect();
    let mut times = vec![0_usize; segments.len()];
    graph.iter().flatten().for_each(|place| times[*place as usize] += 1);
    let heights = heights(&graph);
    for ((segment, times), height) in segments.iter_mut().zip(times).zip(heights) {
        segment.reference = match height {
            Some(height) if height <= DEEPEST_REFERENCE && times > 1 => Reference::Shared,
            Some(height) if height <= DEEPEST_REFERENCE => Reference::Single,
            _ => Reference::Tangled,
        };
    }
}

/// The places of the segments that a segment refers to.
fn references(segment: &Segment) -> Vec<u32> {
    if !segment.kinds.has(Kinds::SEGMENTS) {
        return Vec::new();
    }
    conditions(segment)
        .filter_map(|condition| match &condition.test {
            Test::Segment { place, .. } => place.get(),
            _ => None,
        })
        .collect()
}

/// How far references go from each segment; none for the segments of a circle.
fn heights(graph: &[Vec<u32>]) -> Vec<Option<usize>> {
    // Kosaraju's way: segments in the order in which a search leaves them, then, against the
    // references, all that reach a segment which they are reached from.
    let mut against: Vec<Vec<u32>> = vec![Vec::new(); graph.len()];
    for (place, targets) in graph.iter().enumerate() {
        targets.iter().for_each(|target| against[*target as usize].push(place as u32));
    }
    let mut left = Vec::with_capacity(graph.len());
    let mut seen = vec![false; graph.len()];
    for start in 0..graph.len() {
        visit(start, graph, &mut seen, |place| left.push(place));
    }
    let mut circle_of = vec![0_usize; graph.len()];
    let mut circles = Vec::new();
    let mut seen = vec![false; graph.len()];
    for start in left.iter().rev() {
        let mut members = Vec::new();
        visit(*start, &against, &mut seen, |place| members.push(place));
        if !members.is_empty() {
            members.iter().for_each(|member| circle_of[*member] = circles.len());
            circles.push(members);
        }
    }
    // What is referred to comes later in that order, so its height is known first from the end.
    let mut height_of = vec![0_usize; circles.len()];
    let mut heights = vec![None; graph.len()];
    for (number, members) in circles.iter().enumerate().rev() {
        let targets = members.iter().flat_map(|member| &graph[*member]).map(|target| *target as usize);
        let (within, beyond): (Vec<usize>, Vec<usize>) =
            targets.partition(|target| circle_of[*target] == number);
        let below = beyond.iter().map(|target| height_of[circle_of[*target]] + 1).max().unwrap_or(0);
        height_of[number] = below + members.len() - 1;
        if let ([only], []) = (members.as_slice(), within.as_slice()) {
            heights[*only] = Some(below);
        }
    }
    heights
}

/// Visits all that can be reached and was not seen, deepest first, without a call for each.
fn visit(start: usize, graph: &[Vec<u32>], seen: &mut [bool], mut leave: impl FnMut(usize)) {
    if std::mem::replace(&mut seen[start], true) {
        return;
    }
    let mut way = vec![(start, 0)];
    while let Some((place, next)) = way.last_mut() {
        match graph[*place].get(*next) {
            Some(target) => {
                *next += 1;
                let target = *target as usize;
                if !std::mem::replace(&mut seen[target], true) {
                    way.push((target, 0));
                }
            }
            None => {
                leave(*place);
                way.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::heights;

    #[test]
    fn circles_are_found_and_depths_counted() {
        let chain: Vec<Vec<u32>> =
            (0..100_000).map(|place| if place < 99_999 { vec![place + 1] } else { vec![] }).collect();
        let table = [
            (Vec::<Vec<u32>>::new(), Vec::<Option<usize>>::new()),
            (vec![vec![], vec![0], vec![1, 0]], vec![Some(0), Some(1), Some(2)]),
            (vec![vec![0]], vec![None]),
            (vec![vec![1], vec![0], vec![0], vec![]], vec![None, None, Some(2), Some(0)]),
            (vec![vec![1, 1], vec![2, 2], vec![]], vec![Some(2), Some(1), Some(0)]),
            (vec![vec![1], vec![2], vec![3, 0], vec![]], vec![None, None, None, Some(0)]),
        ];
        for (graph, expected) in table {
            assert_eq!(heights(&graph), expected, "{graph:?}");
        }
        assert_eq!(heights(&chain)[0], Some(99_999));
    }
}
