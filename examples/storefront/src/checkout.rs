//! The checkout: on one page or in four steps, as a flag says; and the purchase, a conversion.

use kameleoon::{Conversion, Result};

use super::answer::escaped;
use super::frame::frame;
use super::goods::{Product, euros};
use super::{Answer, Shop, Visit, field};

/// The platform's goal for a purchase.
const PURCHASE: i64 = 901;
const DELIVERY: u32 = 590;

const STEPS: [(&str, &str); 4] = [
    (
        "Address",
        r#"<label>Name<input value="Ada Example"></label><label>Street<input value="1 Steep Hill"></label>"#,
    ),
    (
        "Delivery",
        r#"<label><input type="radio" name="d" checked> Within two days</label><label><input type="radio" name="d"> On Saturday</label>"#,
    ),
    ("Payment", r#"<label>Card<input value="4242 4242 4242 4242"></label>"#),
    ("Review", "<p>Everything right? Then it is yours.</p>"),
];

pub(crate) fn checkout(shop: &Shop, visit: &Visit, query: &str) -> Result<Answer> {
    visit.sees(shop, "/checkout", "Checkout")?;
    if visit.basket.products().is_empty() {
        return frame(
            shop,
            visit,
            "Basket",
            r#"<h1>Your basket is empty.</h1><p><a class="button" href="/">To the shop</a></p>"#,
        );
    }
    let lines: String = visit.basket.lines().iter().map(|(product, count)| line(product, *count)).collect();
    let (delivery, note) = delivery(shop, visit);
    let total = euros(visit.basket.total() + delivery);
    let delivery = if delivery == 0 { "free".to_owned() } else { euros(delivery) };
    let new = shop.variation(&visit.code, "new_checkout").is_some_and(|variation| variation.is_active());
    let form = if new { one_page() } else { step(query) };
    let content = format!(
        r#"<h1>Checkout</h1><div class="checkout"><table>{lines}
<tr><td>Delivery{note}</td><td>{delivery}</td></tr><tr class="total"><td>Total</td><td>{total}</td></tr></table>
{form}</div>"#
    );
    frame(shop, visit, "Checkout", &content)
}

/// A product in the basket: how many, what they cost, and how to change that.
fn line(product: &Product, count: u32) -> String {
    let Product { id, name, price, .. } = product;
    let price = euros(price * count);
    format!(
        r#"<tr data-product="{id}"><td><a href="/products/{id}">{name}</a>
<form class="quantity" method="post" action="/basket"><input type="hidden" name="product" value="{id}">
<button class="quiet" name="change" value="less" aria-label="One {name} less">−</button><output aria-label="Quantity of {name}">{count}</output>
<button class="quiet" name="change" value="more" aria-label="One {name} more">+</button>
<button class="link" name="change" value="remove" aria-label="Remove {name}">Remove</button></form></td><td>{price}</td></tr>"#
    )
}

/// What delivery costs, and a remark on it.
fn delivery(shop: &Shop, visit: &Visit) -> (u32, String) {
    let variation = shop.variation(&visit.code, "free_shipping");
    let variable = |key| variation.as_ref().and_then(|variation| variation.variable(key));
    let threshold = variable("threshold").and_then(|threshold| threshold.as_f64()).unwrap_or(60.0);
    let missing = threshold - f64::from(visit.basket.total()) / 100.0;
    match missing <= 0.0 {
        true => (0, String::new()),
        false => (DELIVERY, format!(" <small>free with € {missing:.2} more</small>")),
    }
}

fn one_page() -> String {
    let fields: String =
        STEPS.map(|(name, fields)| format!("<fieldset><legend>{name}</legend>{fields}</fieldset>")).concat();
    format!(
        r#"<form id="checkout" data-variation="on" method="post" action="/orders">{fields}<button>Buy</button></form>"#
    )
}

fn step(query: &str) -> String {
    let now: usize =
        field(query, "step").and_then(|step| step.parse().ok()).unwrap_or(1).clamp(1, STEPS.len());
    let (name, fields) = STEPS[now - 1];
    let markers: String = STEPS
        .iter()
        .enumerate()
        .map(|(place, (name, _))| {
            let class = if place < now { "done" } else { "" };
            format!(r#"<li class="{class}">{name}</li>"#)
        })
        .collect();
    let (method, action, label) = match now == STEPS.len() {
        true => ("post", "/orders", "Buy"),
        false => ("get", "/checkout", "Continue"),
    };
    let next = now + 1;
    format!(
        r#"<form id="checkout" data-variation="off" method="{method}" action="{action}"><ol class="steps">{markers}</ol>
<fieldset><legend>{name}</legend>{fields}</fieldset><input type="hidden" name="step" value="{next}"><button>{label}</button></form>"#
    )
}

/// Answers the form of the checkout: the purchase.
pub(crate) fn buy(shop: &Shop, visit: &Visit) -> Result<Answer> {
    let total = visit.basket.total();
    if total == 0 {
        return Ok(Answer::see_other("/checkout"));
    }
    let revenue = f64::from(total) / 100.0;
    shop.client.track_conversion_with(&visit.code, Conversion::new(PURCHASE).with_revenue(revenue))?;
    Ok(Answer::see_other(format!("/thanks?paid={total}")).cookie("basket", ""))
}

pub(crate) fn thanks(shop: &Shop, visit: &Visit, query: &str) -> Result<Answer> {
    visit.sees(shop, "/thanks", "Thank you")?;
    let paid: u32 = field(query, "paid").and_then(|paid| paid.parse().ok()).unwrap_or(0);
    let survey = survey(shop, visit);
    let content = format!(
        r#"<section class="hero" id="thanks"><h1>Thank you.</h1><p>We have your order over {}. The kettle is on.</p>{survey}<p><a class="button" href="/">Back to the shop</a></p></section>"#,
        euros(paid)
    );
    frame(shop, visit, "Thank you", &content)
}

/// Question and answers are variables.
fn survey(shop: &Shop, visit: &Visit) -> String {
    let variation = shop.variation(&visit.code, "order_survey").filter(|variation| variation.is_active());
    let variable = |key| variation.as_ref().and_then(|variation| variation.variable(key));
    let question = variable("question").and_then(|question| question.as_str());
    let answers: Option<Vec<String>> = variable("answers").and_then(|answers| answers.to().ok());
    let (Some(question), Some(answers)) = (question, answers) else { return String::new() };
    let links: Vec<String> =
        answers.iter().map(|answer| format!(r#"<a href="/">{}</a>"#, escaped(answer))).collect();
    format!(r#"<p class="survey">{} {}</p>"#, escaped(question), links.join(" · "))
}
