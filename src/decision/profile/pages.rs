//! The pages that a visitor viewed, as conditions read them.

use crate::data::PageView;

/// A page with when it was viewed.
#[derive(Debug, Clone)]
struct Page {
    view: PageView,
    /// When it was last viewed, in milliseconds since the epoch.
    last_viewed: i64,
}

/// How often pages were viewed, and the two viewed last: conditions ask for no more.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pages {
    views: i64,
    /// The time of the last view by the visitor here: the next one is later, whatever the clock says,
    /// so that other servers put them in the same order.
    last_local: i64,
    /// Latest first, of two urls.
    latest: [Option<Box<Page>>; 2],
}

impl Pages {
    /// Counts a view by this visitor, now. Among such views the order of arrival decides which is
    /// the latest.
    pub(crate) fn view(&mut self, view: PageView, now: i64) {
        self.views = self.views.saturating_add(1);
        self.last_local = self.last_local.saturating_add(1).max(now);
        self.insert(&view, self.last_local);
    }

    /// Adds views that the platform remembers: they are counted, and the page takes its place by its
    /// own time.
    pub(crate) fn merge(&mut self, view: &PageView, count: i64, last_viewed: i64) {
        self.views = self.views.saturating_add(count);
        let known = self.latest.iter().flatten().find(|page| page.view.url == view.url);
        match known.map(|known| (known.view.clone(), known.last_viewed)) {
            Some((_, known)) if known >= last_viewed => {}
            // What the visitor viewed here keeps its title.
            Some((view, _)) => self.insert(&view, last_viewed),
            None => self.insert(view, last_viewed),
        }
    }

    /// Puts a page in its place among the latest; an older view of the same url leaves its own.
    fn insert(&mut self, view: &PageView, last_viewed: i64) {
        let [first, second] = std::mem::take(&mut self.latest);
        let mut list: Vec<Box<Page>> = [first, second].into_iter().flatten().collect();
        list.retain(|known| known.view.url != view.url);
        let place = list.iter().take_while(|page| page.last_viewed > last_viewed).count();
        list.insert(place, Box::new(Page { view: view.clone(), last_viewed }));
        let mut list = list.into_iter();
        self.latest = [list.next(), list.next()];
    }

    /// The page that was viewed last, or the one before it.
    pub(crate) fn latest(&self, back: usize) -> Option<&PageView> {
        self.latest.get(back)?.as_ref().map(|page| &page.view)
    }

    /// How many views there were of all pages.
    pub(crate) fn view_count(&self) -> i64 {
        self.views
    }

    /// Takes over the pages of another visitor that turned out to be the same: those that this one
    /// has not viewed, with this many views.
    pub(crate) fn adopt(&mut self, other: Self, views: i64, is_known: &dyn Fn(&PageView) -> bool) {
        self.views = self.views.saturating_add(views);
        self.last_local = self.last_local.max(other.last_local);
        for page in other.latest.into_iter().flatten().rev() {
            if !is_known(&page.view) {
                self.insert(&page.view, page.last_viewed);
            }
        }
    }

    /// Adds a page that was viewed on another server, whose views are counted apart. The next view
    /// here is later, whatever the clocks say.
    pub(crate) fn merge_shared(&mut self, view: &PageView, last_viewed: i64) {
        self.merge(view, 0, last_viewed);
        self.last_local = self.last_local.max(last_viewed);
    }

    /// Counts views that other servers saw.
    pub(crate) fn count(&mut self, views: i64) {
        self.views = self.views.saturating_add(views);
    }

    /// The pages viewed last, latest first, each with when that was.
    pub(crate) fn latest_with_times(&self) -> impl Iterator<Item = (&PageView, i64)> {
        self.latest.iter().flatten().map(|page| (&page.view, page.last_viewed))
    }

    /// The bytes of what is kept.
    pub(crate) fn weight(&self) -> usize {
        self.latest.iter().flatten().map(|page| page.view.weight()).sum()
    }

    /// Cuts texts that are longer than this.
    pub(crate) fn cut(&mut self, most: usize) {
        self.latest.iter_mut().flatten().for_each(|page| page.view.cut(most));
    }

    /// Lets both pages go; that they were viewed stays known.
    pub(crate) fn forget_latest(&mut self) {
        self.latest = [None, None];
    }

    /// Lets the earlier page go.
    pub(crate) fn forget_earlier(&mut self) {
        self.latest[1] = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pages: &Pages) -> (i64, Vec<String>) {
        (
            pages.view_count(),
            (0..2).filter_map(|back| pages.latest(back)).map(|view| view.url().to_owned()).collect(),
        )
    }

    #[test]
    fn the_order_of_arrival_decides_whatever_the_clock_says() {
        let mut pages = Pages::default();
        for (url, now) in [("a", 10_000), ("b", 8_000), ("c", 9_000), ("b", 1)] {
            pages.view(PageView::new(url), now);
        }
        assert_eq!(shown(&pages), (4, vec!["b".into(), "c".into()]));
    }

    #[test]
    fn what_the_platform_remembers_takes_its_place_by_its_time() {
        let mut pages = Pages::default();
        pages.view(PageView::new("a"), 100);
        pages.merge(&PageView::new("old"), 2, 50);
        assert_eq!(shown(&pages), (3, vec!["a".into(), "old".into()]));
        pages.merge(&PageView::new("older"), 1, 10);
        pages.merge(&PageView::new("old"), 1, 200);
        assert_eq!(shown(&pages), (5, vec!["old".into(), "a".into()]));
        pages.merge(&PageView::new("new"), 1, 300);
        assert_eq!(shown(&pages), (6, vec!["new".into(), "old".into()]));
    }
}
