//! The front page.

use kameleoon::Result;

use super::frame::frame;
use super::goods::{GOODS, euros};
use super::recommended::{card_with, recommended};
use super::{Answer, Shop, Visit};

pub(crate) fn home(shop: &Shop, visit: &Visit) -> Result<Answer> {
    visit.sees(shop, "/", "Leaf & Kettle")?;
    let welcome = welcome(shop, visit);
    let (recommended, shown) = recommended(shop, visit);
    let others = GOODS.iter().filter(|product| !shown.contains(&product.id));
    let goods: String = others.map(|product| card_with(product, &euros(product.price), None)).collect();
    let content = format!(
        r#"<section class="hero"><h1>Water, leaves,<br>a little patience.</h1>
<p>Pots, cups and teas that we use ourselves. Sent from Lyon within two days.</p></section>
{welcome}
{recommended}
<section class="shelf"><h2>Everything else</h2><div class="goods">{goods}</div></section>"#
    );
    frame(shop, visit, "Tea and what it takes", &content)
}

/// A banner whose style and script are variables.
fn welcome(shop: &Shop, visit: &Visit) -> String {
    let Some(variation) = shop.variation(&visit.code, "welcome_banner") else { return String::new() };
    let text = |key| variation.variable(key).and_then(|variable| variable.as_str());
    let (Some(css), Some(script)) = (text("css"), text("script")) else { return String::new() };
    let (css, script) = (css.replace('<', r"\3c "), script.replace("</", r"<\/"));
    format!(
        r#"<style>{css}</style><p id="welcome" hidden>New here? The first parcel travels free: the code is <b>STEEP</b>.</p><script>{script}</script>"#
    )
}
