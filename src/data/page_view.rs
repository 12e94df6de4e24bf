//! A page that the visitor viewed.

use std::sync::Arc;

/// A view of a page. Pages are kept by url: viewing a known one again replaces it and counts up.
///
/// ```
/// use kameleoon::PageView;
///
/// let view = PageView::new("https://shop.example/basket").with_title("Basket").with_referrers([3]);
/// assert_eq!(view.url(), "https://shop.example/basket");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageView {
    pub(crate) url: Arc<str>,
    pub(crate) title: Option<Arc<str>>,
    pub(crate) referrers: Option<Box<[i64]>>,
}

impl PageView {
    /// A view of the page at `url`. An empty url is ignored when the view is added.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into().into(), title: None, referrers: None }
    }

    /// Sets the page's title.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into().into());
        self
    }

    /// Sets the indices of the acquisition channels that led to the page; the first channel of a
    /// site has index 0.
    #[must_use]
    pub fn with_referrers(mut self, referrers: impl IntoIterator<Item = i64>) -> Self {
        self.referrers = Some(referrers.into_iter().collect());
        self
    }

    /// The page's url.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The page's title, when it was given.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The indices of the referrers, when they were given.
    pub fn referrers(&self) -> Option<&[i64]> {
        self.referrers.as_deref()
    }
}
