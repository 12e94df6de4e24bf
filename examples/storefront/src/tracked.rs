//! What has arrived at the platform, for the panel and for tests.

use super::{Answer, Shop};

/// All tracking lines that the platform accepted, with their parameters by name.
pub(crate) fn tracked(shop: &Shop) -> Answer {
    let lines: Vec<_> = shop.platform.tracking_lines().iter().map(|line| line.to_map()).collect();
    let totals = shop.platform.tracking_totals();
    let json = serde_json::json!({
        "lines": lines,
        "requests": totals.accepted_requests,
        "unsent": shop.client.tracking_stats().pending,
    });
    Answer::json(json.to_string())
}
