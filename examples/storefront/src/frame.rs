//! What is around the content of each page.

use kameleoon::Result;

use super::answer::escaped;
use super::panel::panel;
use super::{Answer, Shop, Visit};

/// A page. Its content has been made already, so all its flags have been asked for.
pub(super) fn frame(shop: &Shop, visit: &Visit, title: &str, content: &str) -> Result<Answer> {
    // Hybrid mode: the engine in the page learns which variations the server chose. The element
    // that loads the engine itself, with the site's own address, would follow.
    let engine_code = shop.client.get_engine_tracking_code(&visit.code);
    let count = visit.basket.products().len();
    let banner = banner(shop, visit);
    let privacy = privacy(shop, visit);
    let panel = panel(shop, visit);
    let title = escaped(title);
    Ok(Answer::html(format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Leaf &amp; Kettle</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header class="top">
  <a class="brand" href="/">Leaf <i>&amp;</i> Kettle</a>
  <nav aria-label="Shop"><a href="/">Shop</a><a class="basket" href="/checkout">Basket <b id="basket-count">{count}</b></a></nav>
</header>
{banner}
<div class="columns">
<main>
{content}
<footer>{privacy}<p>A demo of the crate kameleoon. Nothing is for sale, and nothing leaves this machine.</p></footer>
</main>
{panel}
</div>
<script id="engine-code">{engine_code}</script>
</body>
</html>
"#
    )))
}

/// A page for an address that is none.
pub(crate) fn missing(shop: &Shop, visit: &Visit) -> Result<Answer> {
    let content = r#"<section class="hero" id="missing"><h1>There is no such page.</h1>
<p>The address may be mistyped, or what was here is no longer sold.</p>
<p><a class="button" href="/">Back to the shop</a></p></section>"#;
    Ok(Answer { status: 404, ..frame(shop, visit, "Not found", content)? })
}

/// Above the page's content, and never over it.
fn banner(shop: &Shop, visit: &Visit) -> String {
    if visit.consent.is_some() || !shop.needs_consent() {
        return String::new();
    }
    r#"<form class="consent" id="consent" method="post" action="/consent" aria-label="Privacy">
  <p><b>May we learn from your visit?</b> We compare versions of this shop, and would like to measure
  which one serves you better. Buying works either way.</p>
  <div><button name="choice" value="refuse" class="quiet">No, thank you</button>
  <button name="choice" value="accept">Yes, you may</button></div>
</form>"#
        .to_owned()
}

/// What was chosen can be chosen anew.
fn privacy(shop: &Shop, visit: &Visit) -> String {
    let Some(consent) = visit.consent.filter(|_| shop.needs_consent()) else { return String::new() };
    let (said, choice, label) = match consent {
        true => ("You let us measure your visit.", "withdraw", "Withdraw consent"),
        false => ("Your visit is not measured.", "accept", "Allow it"),
    };
    format!(
        r#"<form id="privacy" method="post" action="/consent"><p>{said} <button class="link" name="choice" value="{choice}">{label}</button></p></form>"#
    )
}
