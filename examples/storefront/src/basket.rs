//! Lists of products as a cookie keeps them: `3.5.5`.

use super::goods::{Product, find};

/// The longest list: a cookie is what a visitor makes of it.
const LONGEST: usize = 50;

/// Products in the order in which they came, some of them several times.
#[derive(Default, Clone)]
pub(crate) struct Basket(Vec<&'static Product>);

impl Basket {
    /// Reads a list; what is no product is skipped.
    pub(super) fn read(text: &str) -> Self {
        let ids = text.split('.').filter_map(|id| id.parse().ok());
        Self(ids.filter_map(find).take(LONGEST).collect())
    }

    pub(super) fn write(&self) -> String {
        let ids: Vec<String> = self.0.iter().map(|product| product.id.to_string()).collect();
        ids.join(".")
    }

    pub(super) fn with(&self, product: &'static Product) -> Self {
        let mut list = self.0.clone();
        list.push(product);
        list.truncate(LONGEST);
        Self(list)
    }

    pub(super) fn with_one_less(&self, product: &Product) -> Self {
        let mut list = self.0.clone();
        if let Some(place) = list.iter().rposition(|known| known.id == product.id) {
            list.remove(place);
        }
        Self(list)
    }

    pub(super) fn without(&self, product: &Product) -> Self {
        Self(self.0.iter().copied().filter(|known| known.id != product.id).collect())
    }

    /// Each product once, in the order in which they came, with how many there are of it.
    pub(super) fn lines(&self) -> Vec<(&'static Product, u32)> {
        let mut lines: Vec<(&'static Product, u32)> = Vec::new();
        for product in &self.0 {
            match lines.iter_mut().find(|(known, _)| known.id == product.id) {
                Some((_, count)) => *count += 1,
                None => lines.push((product, 1)),
            }
        }
        lines
    }

    /// The list with this product at its end, and nowhere else.
    pub(super) fn with_last(&self, product: &'static Product) -> Self {
        let others = self.0.iter().filter(|known| known.id != product.id);
        Self(others.copied().chain([product]).collect())
    }

    pub(super) fn products(&self) -> &[&'static Product] {
        &self.0
    }

    pub(super) fn total(&self) -> u32 {
        self.0.iter().map(|product| product.price).sum()
    }
}
