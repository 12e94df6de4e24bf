//! The page of one product.

use kameleoon::Result;

use super::drawing::drawing;
use super::frame::{frame, missing};
use super::goods::{Product, euros, find};
use super::{Answer, Shop, Visit, field};

pub(crate) fn product(shop: &Shop, visit: &Visit, id: &str) -> Result<Answer> {
    let Some(product) = id.parse().ok().and_then(find) else { return missing(shop, visit) };
    let Product { id, name, about, category, shape, color, .. } = product;
    visit.sees(shop, &format!("/products/{id}"), name)?;
    let price = price(shop, visit, product);
    let (picture, category) = (drawing(*shape, color), category.name());
    let content = format!(
        r#"<article class="product">{picture}<div>
<p class="crumb">{category}</p><h1>{name}</h1><p>{about}</p><p class="price" id="price">{price}</p>
<form method="post" action="/basket"><button name="product" value="{id}">Add to basket</button></form>
</div></article>"#
    );
    let answer = frame(shop, visit, name, &content)?;
    Ok(answer.cookie("viewed", &visit.viewed.with_last(product).write()))
}

/// The price in the form that a flag asks for.
fn price(shop: &Shop, visit: &Visit, product: &Product) -> String {
    let variation = shop.variation(&visit.code, "price_display");
    let template = variation.as_ref().and_then(|variation| variation.variable("template")?.as_str());
    let (unit_price, unit) = product.unit;
    template
        .unwrap_or("{price}")
        .replace("{price}", &euros(product.price))
        .replace("{saving}", &euros(product.before - product.price))
        .replace("{unit_price}", &euros(unit_price))
        .replace("{unit}", unit)
}

/// Answers the form of a product's page, and those of the basket's lines.
pub(crate) fn change_basket(visit: &Visit, form: &str) -> Answer {
    let product = field(form, "product").and_then(|id| find(id.parse().ok()?));
    let Some(product) = product else { return Answer::not_found() };
    let basket = match field(form, "change").as_deref() {
        Some("less") => visit.basket.with_one_less(product),
        Some("remove") => visit.basket.without(product),
        _ => visit.basket.with(product),
    };
    Answer::see_other("/checkout").cookie("basket", &basket.write())
}
