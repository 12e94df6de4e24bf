//! What the shop sells.

use super::drawing::Shape;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    Pots,
    Cups,
    Tea,
    Tools,
}

impl Category {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pots => "Pots & kettles",
            Self::Cups => "Cups & bowls",
            Self::Tea => "Tea",
            Self::Tools => "Tools",
        }
    }
}

/// A product. Money is in cents.
pub(super) struct Product {
    pub(super) id: u32,
    pub(super) name: &'static str,
    pub(super) category: Category,
    pub(super) about: &'static str,
    pub(super) price: u32,
    /// What it cost before.
    pub(super) before: u32,
    /// Price per unit, and the unit.
    pub(super) unit: (u32, &'static str),
    pub(super) shape: Shape,
    pub(super) color: &'static str,
    pub(super) badge: Option<&'static str>,
}

/// Best sellers first.
pub(super) const GOODS: &[Product] = &[
    product(1, "Tetsubin, cast iron", Category::Pots, Shape::Pot, "#3f4a4f")
        .about("Keeps a litre hot for an hour, and heavy enough to be left alone.")
        .price(6490, 7900, (6490, "litre")),
    product(2, "Kyoto sencha", Category::Tea, Shape::Tin, "#5b8c5a")
        .about("First harvest, steamed briefly: grass, sea, and a little sweetness.")
        .price(1490, 1690, (14900, "kg")),
    product(3, "Porcelain cup, pair", Category::Cups, Shape::Cup, "#4f7cac")
        .about("Thin rims, a blue that took three firings.")
        .price(2850, 3400, (1425, "piece")),
    product(4, "Gooseneck kettle", Category::Pots, Shape::Kettle, "#b5651d")
        .about("Pours a line instead of a splash. Copper outside, steel inside.")
        .price(8900, 9900, (8900, "piece")),
    product(5, "Bamboo whisk", Category::Tools, Shape::Whisk, "#c9a45c")
        .about("One hundred tines, cut by hand from one piece.")
        .price(1950, 2200, (1950, "piece"))
        .badge("new"),
    product(6, "Assam, second flush", Category::Tea, Shape::Tin, "#a23e2b")
        .about("Malt and dark honey. Takes milk and does not mind.")
        .price(1190, 1290, (11900, "kg"))
        .badge("sale"),
    product(7, "Matcha bowl", Category::Cups, Shape::Bowl, "#7a6a53")
        .about("Thrown wide for whisking; every glaze runs its own way.")
        .price(3600, 4200, (3600, "piece")),
    product(8, "Glass pot with sieve", Category::Pots, Shape::Pot, "#86a8a1")
        .about("For blossoms and fruit: half of the pleasure is to watch.")
        .price(3290, 3590, (4387, "litre"))
        .badge("new"),
    product(9, "Tea scoop, maple", Category::Tools, Shape::Scoop, "#a9744f")
        .about("Measures two grams of leaves, or three of courage.")
        .price(890, 990, (890, "piece")),
    product(10, "Lapsang souchong", Category::Tea, Shape::Tin, "#4a4238")
        .about("Dried over pine fires. You know already whether you like it.")
        .price(1390, 1590, (13900, "kg"))
        .badge("sale"),
    product(11, "Travel mug, enamel", Category::Cups, Shape::Cup, "#c65d3b")
        .about("Has fallen off two mountains in testing.")
        .price(1790, 1990, (1790, "piece")),
    product(12, "Warmer with candle", Category::Tools, Shape::Bowl, "#b08968")
        .about("Four hours of warm tea for one small flame.")
        .price(2250, 2500, (2250, "piece")),
];

const fn product(
    id: u32,
    name: &'static str,
    category: Category,
    shape: Shape,
    color: &'static str,
) -> Product {
    let (about, price, before, unit, badge) = ("", 0, 0, (0, ""), None);
    Product { id, name, category, about, price, before, unit, shape, color, badge }
}

impl Product {
    const fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    const fn price(self, price: u32, before: u32, unit: (u32, &'static str)) -> Self {
        Self { price, before, unit, ..self }
    }

    const fn badge(self, badge: &'static str) -> Self {
        Self { badge: Some(badge), ..self }
    }
}

pub(super) fn find(id: u32) -> Option<&'static Product> {
    GOODS.iter().find(|product| product.id == id)
}

/// Cents as people read them.
pub(super) fn euros(cents: u32) -> String {
    format!("€ {}.{:02}", cents / 100, cents % 100)
}
