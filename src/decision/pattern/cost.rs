//! Patterns that cost too much, here or in the platform's other SDKs.

use super::parse::parse;
use super::tree::Node;

/// More states than this, counted repetitions multiplied out, take too much memory and time.
const MOST_STATES: u64 = 20_000;

/// Why a pattern costs too much; none when it does not.
pub(crate) fn cost(pattern: &str) -> Option<String> {
    let root = parse(pattern).ok()?.root;
    let states = states(&root);
    if states > MOST_STATES {
        return Some(format!("its repetitions multiply to some {states} states"));
    }
    is_ambiguous(&root).then(|| {
        "a repetition within a repetition can divide one text in many ways; SDKs that try them all take \
         exponential time over a text that does not match"
            .to_owned()
    })
}

fn children(node: &Node) -> Vec<&Node> {
    match node {
        Node::Empty | Node::Set(_) | Node::Assert(_) | Node::Back { .. } => Vec::new(),
        Node::Concat(nodes) | Node::Alternate(nodes) => nodes.iter().collect(),
        Node::Repeat { node, .. } | Node::Group(_, node) | Node::Atomic(node) => vec![node],
        Node::Look(look) => vec![&look.node],
        Node::Condition(_, yes, no) => vec![yes, no],
    }
}

/// How large the pattern gets when counted repetitions are written out.
fn states(node: &Node) -> u64 {
    match node {
        Node::Repeat { node, least, most, .. } => {
            states(node).saturating_mul(u64::from(most.unwrap_or((*least).max(1))))
        }
        _ => children(node).into_iter().map(states).fold(1, u64::saturating_add),
    }
}

/// Whether somewhere an unbounded repetition repeats something that can itself be longer or shorter
/// with nothing in between that says where it ends.
fn is_ambiguous(node: &Node) -> bool {
    let here = matches!(node, Node::Repeat { node, most: None, .. } if is_elastic(node));
    here || children(node).into_iter().any(is_ambiguous)
}

fn is_elastic(node: &Node) -> bool {
    match node {
        Node::Group(_, node) => is_elastic(node),
        Node::Repeat { node, least, most, .. } => {
            let is_long = most.is_none_or(|most| most > (*least).max(1));
            (is_long && !node.may_be_empty()) || is_elastic(node)
        }
        Node::Alternate(nodes) => nodes.iter().any(is_elastic),
        Node::Concat(nodes) => {
            let elastic = |place: usize| {
                let others = nodes.iter().enumerate().filter(|(other, _)| *other != place);
                is_elastic(&nodes[place]) && others.map(|(_, node)| node).all(Node::may_be_empty)
            };
            (0..nodes.len()).any(elastic)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::cost;

    #[test]
    fn costly_patterns_are_told_from_usual_ones() {
        for costly in
            ["(a+)+", "(a*)*b", r"(\w+\s?)+", "(a|b+)+$", "x(?:[a-z]+)*y", "(a{1,9})+", "(a{500}){500}"]
        {
            assert!(cost(costly).is_some(), "{costly}");
        }
        let usual = [
            "ab+",
            ".*",
            r"https://shop\.example/products/.+",
            "staff-[0-9]+",
            r"(\d+,)*\d+",
            "(a|b)+",
            r"^.*/(home|cart)(\?.*)?$",
            "(abc)+",
            "(ab?c)+",
            "[a-z]{1,100}",
            r"(/[^/]+)+",
            r"(\w)\1",
        ];
        for usual in usual {
            assert_eq!(cost(usual), None, "{usual}");
        }
    }
}
