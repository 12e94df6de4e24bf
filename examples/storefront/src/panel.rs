//! The panel beside each page: what the visitor gets, why, and what the platform was told.

use super::answer::escaped;
use super::simulation::previews;
use super::{Shop, Visit};

/// The flag whose explanation is unfolded.
const SHOWN: &str = "recommended_products";

pub(super) fn panel(shop: &Shop, visit: &Visit) -> String {
    let flags: String = shop.client.get_feature_list().iter().map(|key| flag(shop, visit, key)).collect();
    let consent = match (shop.needs_consent(), visit.consent) {
        (false, _) => "not needed",
        (true, None) => "not given",
        (true, Some(true)) => "given",
        (true, Some(false)) => "refused",
    };
    let code = escaped(&visit.code);
    format!(
        r#"<aside id="panel" data-visitor="{code}"><div>
<h2>Behind the counter</h2>
<dl><dt>Visitor</dt><dd><code id="visitor-code">{code}</code></dd><dt>Consent</dt><dd id="consent-state">{consent}</dd></dl>
<h3>What this visitor gets, and why</h3>
{flags}
<form method="post" action="/simulate"><button class="link" name="pick" value="">End all previews</button></form>
<h3>What the platform was told <small id="tracked-count"></small></h3>
<table id="tracked"><tbody></tbody></table>
<p class="none" id="tracked-none">Nothing so far.</p>
</div></aside>
<script>{SCRIPT}</script>"#
    )
}

fn flag(shop: &Shop, visit: &Visit, key: &str) -> String {
    // The same evaluation as the page's, with each step written down; nothing of it is tracked.
    let Ok(explanation) = shop.client.explain(&visit.code, key) else { return String::new() };
    let (badge, class) = match explanation.result() {
        Ok(variation) if variation.is_active() => (variation.key(), "on"),
        Ok(variation) => (variation.key(), ""),
        Err(_) => ("disabled", "none"),
    };
    let picked = visit.previews.pick(key);
    let options: String = previews(shop, key)
        .iter()
        .map(|(pick, label)| {
            let selected = if *pick == picked { " selected" } else { "" };
            format!(r#"<option value="{pick}"{selected}>{}</option>"#, escaped(label))
        })
        .collect();
    let open = if key == SHOWN { " open" } else { "" };
    let (key, badge) = (escaped(key), escaped(badge));
    let steps = escaped(&explanation.to_string());
    format!(
        r#"<details data-flag="{key}" data-variation="{badge}"{open}><summary>{key}<span class="{class}">{badge}</span></summary><pre>{steps}</pre>
<form method="post" action="/simulate"><input type="hidden" name="flag" value="{key}"><select name="pick" aria-label="Variation of {key}">{options}</select><button class="quiet">Preview</button></form></details>"#
    )
}

/// Asks what has arrived, and shows this visitor's part of it.
const SCRIPT: &str = r#"
(() => {
  const code = document.getElementById('panel').dataset.visitor;
  const body = document.querySelector('#tracked tbody');
  const hidden = ['nonce', 'visitorCode', 'userAgent', 'eventType'];
  const cell = (text, name) => {
    const cell = document.createElement('td');
    cell.textContent = text;
    cell.className = name;
    return cell;
  };
  const row = (line) => {
    const row = document.createElement('tr');
    const rest = Object.entries(line).filter(([key]) => !hidden.includes(key));
    row.append(cell(line.eventType, 'type'), cell(rest.map(([key, value]) => key + ' ' + value).join(', '), 'rest'));
    return row;
  };
  const show = async () => {
    const all = await (await fetch('/tracked.json')).json();
    const mine = all.lines.filter((line) => line.visitorCode === code).reverse();
    body.replaceChildren(...mine.slice(0, 20).map(row));
    document.getElementById('tracked-none').hidden = mine.length > 0;
    document.getElementById('tracked-count').textContent = mine.length + ' lines';
  };
  const again = () => show().catch(() => {}).then(() => setTimeout(again, 1000));
  again();
})();
"#;
