//! Plain text for a terminal.

/// How many characters a whole bar has.
const BAR: usize = 40;

/// A heading.
pub(crate) fn title(text: &str) {
    println!("\n== {text}\n");
}

/// A bar for a share from 0 to 1, with a mark where the configured share ends.
pub(crate) fn bar(share: f64, configured: Option<f64>) -> String {
    let cell = |share: f64| ((share * BAR as f64).round() as usize).min(BAR);
    let mut cells: Vec<char> = (0..BAR).map(|place| if place < cell(share) { '#' } else { '.' }).collect();
    if let Some(mark) = configured {
        cells[cell(mark).clamp(1, BAR) - 1] = '|';
    }
    cells.into_iter().collect()
}
