//! The comparison as a page for a browser: one file, nothing fetched, no script.

use std::fmt::Write;

use kameleoon::{DataFileDiff, FlagDiff, Flow};

const STYLE: &str = include_str!("report.css");
/// The drawing of a flag: its width and height, the width of its bars, and what parts them.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 180.0;
const BAR: f64 = 14.0;
const GAP: f64 = 16.0;
/// The colours of variations, in the order in which they come.
const COLOURS: [&str; 8] =
    ["#2f6fde", "#d9822b", "#2e9e6b", "#a24bb5", "#c73d5a", "#3aa6b9", "#8a7a2c", "#5b6b86"];

/// The page.
pub(super) fn page(diff: &DataFileDiff, old: &str, new: &str) -> String {
    let mut html = String::new();
    let (old, new) = (escaped(old), escaped(new));
    let (changed, same): (Vec<&FlagDiff>, Vec<&FlagDiff>) =
        diff.flags().iter().partition(|flag| !flag.is_empty());
    let _ = write!(
        html,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{old} → {new}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header>\n<p class=\"files\"><code>{old}</code> → <code>{new}</code></p>\n\
         <h1>{} of {} visitors get something else</h1>\n<p class=\"meter\" role=\"img\" aria-label=\"{}\">\
         <span style=\"width: {:.3}%\"></span></p>\n\
         <p>{}; {} flags change, {} stay as they are.</p>\n</header>\n",
        grouped(diff.moved()),
        grouped(diff.visitors()),
        percent(diff.moved_share()),
        diff.moved_share() * 100.0,
        percent(diff.moved_share()),
        changed.len(),
        same.len(),
    );
    if changed.len() > 1 {
        html.push_str("<nav aria-label=\"Flags\">\n<ul>\n");
        for (place, flag) in changed.iter().enumerate() {
            let _ = writeln!(
                html,
                "<li><a href=\"#flag-{place}\">{}</a> <span>{}</span></li>",
                escaped(flag.feature_key()),
                grouped(flag.moved()),
            );
        }
        html.push_str("</ul>\n</nav>\n");
    }
    for (place, flag) in changed.iter().enumerate() {
        section(&mut html, place, flag, diff.visitors());
    }
    if !same.is_empty() {
        let names: Vec<String> =
            same.iter().map(|flag| format!("<code>{}</code>", escaped(flag.feature_key()))).collect();
        let _ = writeln!(
            html,
            "<section class=\"same\">\n<h2>Unchanged</h2>\n<p>{}</p>\n</section>",
            names.join(" ")
        );
    }
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

fn section(html: &mut String, place: usize, flag: &FlagDiff, visitors: u64) {
    let share = flag.moved() as f64 / visitors.max(1) as f64;
    let _ = write!(
        html,
        "<section class=\"flag\" id=\"flag-{place}\">\n<h2><code>{}</code> <small>{} move ({})</small></h2>\n",
        escaped(flag.feature_key()),
        grouped(flag.moved()),
        percent(share),
    );
    if !flag.changes().is_empty() {
        html.push_str("<ul class=\"changes\">\n");
        for change in flag.changes() {
            let text = escaped(&change.text).replace("-&gt;", "→");
            let _ = writeln!(html, "<li>{text}</li>");
        }
        html.push_str("</ul>\n");
    }
    if flag.reassigned() > 0 {
        let count = grouped(flag.reassigned());
        let _ = writeln!(html, "<p>{count} keep their variation, but another experiment assigns it.</p>");
    }
    if !flag.flows().is_empty() {
        drawing(html, flag);
        table(html, flag);
    }
    html.push_str("</section>\n");
}

/// The flows: bars of the old variations on the left, of the new ones on the right, bands between.
fn drawing(html: &mut String, flag: &FlagDiff) {
    let left = ends(flag, |flow| &flow.from);
    let right = ends(flag, |flow| &flow.to);
    let label = format!("Visitors of {} from variation to variation", flag.feature_key());
    let height = HEIGHT + GAP * left.len().max(right.len()) as f64;
    let _ = writeln!(
        html,
        "<div class=\"scroll\"><svg viewBox=\"-210 -8 {} {height}\" role=\"img\" aria-label=\"{}\">",
        WIDTH + 420.0,
        escaped(&label),
    );
    // Where the next band begins at each bar.
    let (mut from_at, mut to_at) = (starts(&left), starts(&right));
    for flow in flag.flows() {
        let thick = flow.share * HEIGHT;
        let (Some(from), Some(to)) = (place(&left, &flow.from), place(&right, &flow.to)) else { continue };
        let (y1, y2) = (from_at[from], to_at[to]);
        from_at[from] += thick;
        to_at[to] += thick;
        let class = if flow.is_move() { "moves" } else { "stays" };
        let (x1, x2, middle) = (BAR, WIDTH - BAR, WIDTH / 2.0);
        let _ = writeln!(
            html,
            "<path class=\"{class}\" fill=\"{}\" d=\"M{x1} {y1:.2}C{middle} {y1:.2} {middle} {y2:.2} {x2} {y2:.2}\
             V{:.2}C{middle} {:.2} {middle} {:.2} {x1} {:.2}Z\"><title>{} → {}: {} ({})</title></path>",
            colour(flag, &flow.from),
            y2 + thick,
            y2 + thick,
            y1 + thick,
            y1 + thick,
            escaped(named(&flow.from)),
            escaped(named(&flow.to)),
            grouped(flow.visitors),
            percent(flow.share),
        );
    }
    for (ends, x, text_x, anchor) in [(&left, 0.0, -8.0, "end"), (&right, WIDTH - BAR, WIDTH + 8.0, "start")]
    {
        for ((key, share), y) in ends.iter().zip(starts(ends)) {
            let thick = (share * HEIGHT).max(1.0);
            let _ = writeln!(
                html,
                "<rect x=\"{x}\" y=\"{y:.2}\" width=\"{BAR}\" height=\"{thick:.2}\" fill=\"{}\"/>\
                 <text x=\"{text_x}\" y=\"{:.2}\" text-anchor=\"{anchor}\">{} {}</text>",
                colour(flag, key),
                y + thick / 2.0 + 4.0,
                escaped(&cut(named(key))),
                percent(*share),
            );
        }
    }
    html.push_str("</svg></div>\n");
}

fn table(html: &mut String, flag: &FlagDiff) {
    html.push_str(
        "<div class=\"scroll\"><table>\n<thead><tr><th>from</th><th>to</th><th class=\"number\">visitors</th>\
         <th class=\"number\">share</th><th class=\"why\">why</th></tr></thead>\n<tbody>\n",
    );
    for flow in flag.flows() {
        let causes: Vec<String> = flow
            .causes
            .iter()
            .map(|(cause, count)| format!("{} ({})", escaped(&cause.to_string()), grouped(*count)))
            .collect();
        let class = if flow.is_move() { "moves" } else { "stays" };
        let _ = writeln!(
            html,
            "<tr class=\"{class}\"><td>{}</td><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>\
             <td>{}</td></tr>",
            escaped(named(&flow.from)),
            escaped(named(&flow.to)),
            grouped(flow.visitors),
            percent(flow.share),
            causes.join("<br>"),
        );
    }
    html.push_str("</tbody>\n</table></div>\n");
}

/// An end of the flows with its share of the visitors.
type End = (Option<String>, f64);

fn ends(flag: &FlagDiff, end: fn(&Flow) -> &Option<String>) -> Vec<End> {
    let mut list: Vec<End> = Vec::new();
    for flow in flag.flows() {
        match list.iter_mut().find(|(key, _)| key == end(flow)) {
            Some((_, share)) => *share += flow.share,
            None => list.push((end(flow).clone(), flow.share)),
        }
    }
    list
}

fn place(ends: &[End], key: &Option<String>) -> Option<usize> {
    ends.iter().position(|(known, _)| known == key)
}

fn starts(ends: &[End]) -> Vec<f64> {
    let mut next = 0.0;
    let start = |(_, share): &End| {
        let start = next;
        next += share * HEIGHT + GAP;
        start
    };
    ends.iter().map(start).collect()
}

/// A variation has one colour on both sides; none is grey.
fn colour(flag: &FlagDiff, key: &Option<String>) -> &'static str {
    let Some(key) = key else { return "#9aa3ad" };
    let mut keys: Vec<&String> = Vec::new();
    for key in flag.flows().iter().flat_map(|flow| [&flow.from, &flow.to]).flatten() {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let place = keys.iter().position(|known| *known == key).unwrap_or(0);
    COLOURS[place % COLOURS.len()]
}

fn named(key: &Option<String>) -> &str {
    key.as_deref().unwrap_or("(none)")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(14) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

/// A share for people; a few visitors are never nobody.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        0.0 => "0 %".to_owned(),
        percent if percent < 0.01 => "< 0.01 %".to_owned(),
        percent if percent > 99.99 && percent < 100.0 => "> 99.99 %".to_owned(),
        100.0 => "100 %".to_owned(),
        percent => format!("{percent:.2} %"),
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_for_people() {
        let shares = [0.0, 0.00001, 0.1, 0.12345, 0.999999, 1.0].map(percent);
        assert_eq!(shares, ["0 %", "< 0.01 %", "10.00 %", "12.35 %", "> 99.99 %", "100 %"]);
        assert_eq!([0, 999, 1000, 1234567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
