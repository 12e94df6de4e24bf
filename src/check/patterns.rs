//! Patterns that cost too much.

use fancy_regex::Expr;

/// More states than this, counted repetitions multiplied out, take too much memory and time.
const MOST_STATES: u64 = 20_000;

/// Why a pattern costs too much; none when it does not.
pub(super) fn cost(pattern: &str) -> Option<String> {
    let tree = Expr::parse_tree(pattern).ok()?;
    let states = states(&tree.expr);
    if states > MOST_STATES {
        return Some(format!("its repetitions multiply to some {states} states"));
    }
    is_ambiguous(&tree.expr).then(|| {
        "a repetition within a repetition can divide one text in many ways; SDKs that try them all take \
         exponential time over a text that does not match"
            .to_owned()
    })
}

/// How large the pattern gets when counted repetitions are written out.
fn states(expr: &Expr) -> u64 {
    match expr {
        Expr::Repeat { child, lo, hi, .. } => {
            let times = if *hi == usize::MAX { (*lo).max(1) } else { *hi };
            states(child).saturating_mul(times as u64)
        }
        _ => expr.children_iter().map(states).fold(1, u64::saturating_add),
    }
}

/// Whether somewhere an unbounded repetition repeats something that can itself be longer or shorter
/// with nothing in between that says where it ends.
fn is_ambiguous(expr: &Expr) -> bool {
    let here = matches!(expr, Expr::Repeat { child, hi: usize::MAX, .. } if is_elastic(child));
    here || expr.children_iter().any(is_ambiguous)
}

fn is_elastic(expr: &Expr) -> bool {
    match expr {
        Expr::Group(child) => is_elastic(child),
        Expr::Repeat { child, lo, hi, .. } => {
            (*hi > (*lo).max(1) && !can_be_empty(child)) || is_elastic(child)
        }
        Expr::Alt(children) => children.iter().any(is_elastic),
        Expr::Concat(children) => {
            let elastic = |place: usize| {
                let others = children.iter().enumerate().filter(|(other, _)| *other != place);
                is_elastic(&children[place]) && others.map(|(_, child)| child).all(can_be_empty)
            };
            (0..children.len()).any(elastic)
        }
        _ => false,
    }
}

fn can_be_empty(expr: &Expr) -> bool {
    match expr {
        Expr::Empty | Expr::Assertion(_) | Expr::LookAround(..) => true,
        Expr::Repeat { child, lo, .. } => *lo == 0 || can_be_empty(child),
        Expr::Group(child) => can_be_empty(child),
        Expr::AtomicGroup(child) => can_be_empty(child),
        Expr::Concat(children) => children.iter().all(can_be_empty),
        Expr::Alt(children) => children.iter().any(can_be_empty),
        Expr::Literal { val, .. } => val.is_empty(),
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
