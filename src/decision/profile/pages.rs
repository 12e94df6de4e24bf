//! The pages that a visitor viewed.

use super::delivery::Tracked;
use crate::data::PageView;

/// A page with how often and when it was viewed.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) view: PageView,
    pub(crate) count: i64,
    /// When it was last viewed, in milliseconds since the epoch.
    pub(crate) last_viewed: i64,
    /// Tells which of two views of one millisecond came later.
    order: u32,
}

/// Pages by url, in the order in which they came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pages {
    list: Vec<Tracked<Page>>,
    views: u32,
}

impl Pages {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Tracked<Page>> {
        self.list.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Tracked<Page>> {
        self.list.iter_mut()
    }

    /// Counts a view. Returns whether a view of that page that was not sent yet was replaced.
    pub(crate) fn view(&mut self, view: PageView, now: i64, track: bool) -> bool {
        self.views = self.views.wrapping_add(1);
        let page =
            |view, count| Tracked::new(Page { view, count, last_viewed: now, order: self.views }, track);
        match self.list.iter_mut().find(|page| page.value.view.url == view.url) {
            Some(known) => {
                let replaced = known.delivery.is_due();
                *known = page(view, known.value.count.saturating_add(1));
                replaced
            }
            None => {
                let page = page(view, 1);
                super::grow(&mut self.list);
                self.list.push(page);
                false
            }
        }
    }

    /// Adds views of earlier visits: counts are added and the later time stays.
    pub(crate) fn merge(&mut self, view: PageView, count: i64, last_viewed: i64) {
        match self.list.iter_mut().find(|page| page.value.view.url == view.url) {
            Some(known) => {
                known.value.count = known.value.count.saturating_add(count);
                known.value.last_viewed = known.value.last_viewed.max(last_viewed);
            }
            None => {
                self.views = self.views.wrapping_add(1);
                let page = Page { view, count, last_viewed, order: self.views };
                self.list.push(Tracked::new(page, false));
            }
        }
    }

    /// The page that was viewed last, or the one before it, and so on.
    pub(crate) fn latest(&self, back: usize) -> Option<&PageView> {
        let mut pages: Vec<&Page> = self.list.iter().map(|page| &page.value).collect();
        pages.sort_by_key(|page| std::cmp::Reverse((page.last_viewed, page.order)));
        pages.get(back).map(|page| &page.view)
    }

    /// How many views there were of all pages.
    pub(crate) fn view_count(&self) -> i64 {
        self.list.iter().fold(0, |sum, page| sum.saturating_add(page.value.count))
    }

    /// Takes over the pages of another visitor that turned out to be the same; the own ones win.
    pub(super) fn adopt(&mut self, other: Self) {
        for page in other.list {
            if self.list.iter().all(|known| known.value.view.url != page.value.view.url) {
                self.views = self.views.wrapping_add(1);
                let order = self.views;
                self.list.push(Tracked { value: Page { order, ..page.value }, ..page });
            }
        }
    }
}
