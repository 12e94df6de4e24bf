//! Which audiences a visitor belongs to.

use crate::decision::datafile::DataFile;
use crate::decision::targeting::{NoTrace, Subject, Targeting, Visited};

/// The ids of the tracked segments that hold for the visitor.
pub(crate) fn audiences(file: &DataFile, subject: Subject<'_>) -> Vec<i64> {
    let visited = Visited::default();
    let targeting = Targeting { file, subject: &subject, experiment_id: None, visited: &visited };
    file.distinct_segments()
        .filter(|segment| segment.audience_tracking && targeting.holds(segment, &mut NoTrace))
        .map(|segment| segment.id)
        .collect()
}
