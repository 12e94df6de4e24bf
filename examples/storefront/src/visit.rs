//! One request of a visitor.

use kameleoon::{CustomData, PageView, RequestCookies, Result, UserAgent};

use super::basket::Basket;
use super::simulation::{PREVIEWS, Previews};
use super::{Answer, Shop, field};

/// The custom data of the data file that holds the value of the basket.
const BASKET_VALUE: u32 = 4;

/// What the pages know of a request and its visitor.
pub(crate) struct Visit {
    pub(crate) code: String,
    /// What the visitor said to the banner; none: nothing yet.
    pub(super) consent: Option<bool>,
    pub(super) basket: Basket,
    pub(super) viewed: Basket,
    pub(super) previews: Previews,
}

impl Visit {
    /// The visitor code is known already: from `get_visitor_code`, or from the layer.
    pub(crate) fn new(
        shop: &Shop,
        code: &str,
        cookies: &RequestCookies,
        user_agent: Option<&str>,
    ) -> Result<Self> {
        // A choice outlives the client's memory: it is told anew with each request.
        let consent = match cookies.get("shop_consent") {
            Some("yes") => Some(true),
            Some("no") => Some(false),
            _ => None,
        };
        if let Some(consent) = consent {
            shop.client.set_legal_consent(code, consent.into())?;
        }
        // With it, the platform keeps bots out of the results.
        shop.client.add_data(code, user_agent.map(UserAgent::new))?;
        let list = |name| cookies.get(name).map(Basket::read).unwrap_or_default();
        let (basket, viewed) = (list("basket"), list("viewed"));
        let previews = cookies.get(PREVIEWS).map(Previews::read).unwrap_or_default();
        if basket.total() > 0 {
            let value = f64::from(basket.total()) / 100.0;
            shop.client.add_data(code, CustomData::new(BASKET_VALUE, [value.to_string()]))?;
        }
        Ok(Self { code: code.to_owned(), consent, basket, viewed, previews })
    }

    /// Notes that the visitor sees a page.
    pub(super) fn sees(&self, shop: &Shop, path: &str, title: &str) -> Result<()> {
        let page = PageView::new(format!("https://shop.example{path}")).with_title(title);
        shop.client.add_data(&self.code, page)
    }
}

/// What the form of the banner says, and the answer to it. That the client and the cookie learn of
/// it is the server's part.
pub(crate) fn consent(form: &str) -> (bool, Answer) {
    let consent = field(form, "choice").as_deref() == Some("accept");
    (consent, Answer::see_other("/").cookie("shop_consent", if consent { "yes" } else { "no" }))
}
