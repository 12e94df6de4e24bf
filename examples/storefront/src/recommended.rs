//! The recommendations, whose number, title, style and layout are variables of a flag.

use std::fmt::Write;

use kameleoon::Variation;
use serde::Deserialize;

use super::answer::escaped;
use super::drawing::drawing;
use super::goods::{Category, GOODS, Product, euros};
use super::{Shop, Visit};

/// The variable `layout`.
#[derive(Deserialize)]
#[serde(default)]
struct Layout {
    columns: u32,
    image: String,
    price: bool,
    badges: Vec<String>,
}

impl Default for Layout {
    fn default() -> Self {
        Self { columns: 4, image: "small".into(), price: true, badges: Vec::new() }
    }
}

/// The section, and what is in it.
pub(super) fn recommended(shop: &Shop, visit: &Visit) -> (String, Vec<u32>) {
    let variation = shop.variation(&visit.code, "recommended_products");
    let variable = |key| variation.as_ref().and_then(|variation| variation.variable(key));
    let count = variable("count").and_then(|count| count.as_i64()).unwrap_or(4);
    let title = variable("title").and_then(|title| title.as_str()).unwrap_or("Best sellers");
    let css = variable("css").and_then(|css| css.as_str()).unwrap_or_default();
    let layout: Layout = variable("layout").and_then(|layout| layout.to().ok()).unwrap_or_default();

    let key = variation.as_ref().map_or("", Variation::key);
    let mut cards = String::new();
    let mut ids = Vec::new();
    for product in chosen(key, visit).take(usize::try_from(count).unwrap_or(0)) {
        let _ = write!(cards, "{}", card(product, &layout));
        ids.push(product.id);
    }
    let section = format!(
        r#"<style>{css}</style>
<section id="recommended" data-variation="{key}" class="shelf {image}">
<h2>{title}</h2>
<div class="recommended" style="--columns: {columns}">{cards}</div>
</section>"#,
        // The style sheet comes from the platform; it still cannot leave its element.
        css = css.replace('<', r"\3c "),
        key = escaped(key),
        image = escaped(&layout.image),
        title = escaped(title),
        columns = layout.columns,
    );
    (section, ids)
}

/// Which products a variation recommends, best first.
fn chosen(key: &str, visit: &Visit) -> Box<dyn Iterator<Item = &'static Product>> {
    let viewed = visit.viewed.products().to_vec();
    match key {
        "by_category" => {
            let category = viewed.last().map_or(Category::Tea, |product| product.category);
            let same = GOODS.iter().filter(move |product| product.category == category);
            Box::new(same.chain(GOODS.iter().filter(move |product| product.category != category)))
        }
        "by_history" => {
            let known: Vec<u32> = viewed.iter().map(|product| product.id).collect();
            let others = GOODS.iter().rev().filter(move |product| !known.contains(&product.id));
            Box::new(viewed.into_iter().rev().chain(others))
        }
        _ => Box::new(GOODS.iter()),
    }
}

fn card(product: &Product, layout: &Layout) -> String {
    let price = if layout.price { euros(product.price) } else { String::new() };
    let badge = product.badge.filter(|badge| layout.badges.iter().any(|shown| shown == badge));
    card_with(product, &price, badge)
}

/// A product in a list.
pub(super) fn card_with(product: &Product, price: &str, badge: Option<&str>) -> String {
    let badge = badge.map(|badge| format!(r#"<span class="badge">{badge}</span>"#)).unwrap_or_default();
    let Product { id, name, shape, color, .. } = product;
    let picture = drawing(*shape, color);
    format!(
        r#"<a class="card" href="/products/{id}">{badge}{picture}<span class="name">{name}</span><span class="price">{price}</span></a>"#
    )
}
