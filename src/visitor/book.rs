//! Which pages a person viewed, and how often.

use std::collections::HashMap;

/// The urls that are remembered at most, by 24 bytes or so each.
const MOST_PAGES: usize = 8192;

/// A page under the hash of its url.
#[derive(Debug, Clone, Copy)]
struct Booked {
    order: u32,
    count: i64,
}

/// The pages of one person: how often each was viewed, and in which order they first came. What
/// conditions ask for is kept in the profile; this is what a later view, or another name of the
/// person, is compared with.
#[derive(Debug, Default)]
pub(super) struct PageBook {
    pages: HashMap<u64, Booked>,
    came: u32,
}

impl PageBook {
    pub(super) fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    pub(super) fn knows(&self, url: u64) -> bool {
        self.pages.contains_key(&url)
    }

    /// Counts views of a page. Returns the order in which it first came.
    pub(super) fn view(&mut self, url: u64, count: i64) -> u32 {
        if self.pages.len() >= MOST_PAGES && !self.pages.contains_key(&url) {
            let first_kept = self.came.saturating_sub((MOST_PAGES - MOST_PAGES / 16) as u32);
            self.pages.retain(|_, booked| booked.order >= first_kept);
        }
        let came = &mut self.came;
        let booked = self.pages.entry(url).or_insert_with(|| {
            *came = came.saturating_add(1);
            Booked { order: *came, count: 0 }
        });
        booked.count = booked.count.saturating_add(count);
        booked.order
    }

    /// How many views another person's pages had that are not known here.
    pub(super) fn unknown_views(&self, other: &Self) -> i64 {
        let unknown = other.pages.iter().filter(|(url, _)| !self.knows(**url));
        unknown.fold(0, |views, (_, booked)| views.saturating_add(booked.count))
    }

    /// Takes over the pages of another person that are not known here.
    pub(super) fn adopt(&mut self, other: &Self) {
        let mut new: Vec<(&u64, &Booked)> =
            other.pages.iter().filter(|(url, _)| !self.knows(**url)).collect();
        new.sort_by_key(|(_, booked)| booked.order);
        for (url, booked) in new {
            self.view(*url, booked.count);
        }
    }

    pub(super) fn weight(&self) -> usize {
        self.pages.capacity() * (size_of::<(u64, Booked)>() + 1)
    }
}
