//! What became of each visitor's pieces, in a fixed amount of memory.

use std::sync::Mutex;

/// The pieces of a visitor, as bits.
pub(crate) const DATA: u8 = 1;
pub(crate) const GOAL: u8 = 2;
pub(crate) const EXPOSURE: u8 = 4;
const PIECES: [u8; 3] = [DATA, GOAL, EXPOSURE];
/// So many visitors are looked after at once: those of many minutes.
const PAGES: usize = 1 << 16;

/// A visitor's page of the book.
#[derive(Debug, Clone, Copy)]
struct Page {
    visitor: u64,
    /// The nonce under which each piece arrived; zero: it has not.
    nonces: [u64; 3],
    /// The pieces that need not arrive.
    excused: u8,
}

/// What the book says in the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Pieces that arrived, each counted once.
    pub(crate) arrived: u64,
    /// How often one came again, under the nonce that it had.
    pub(crate) repeated: u64,
    /// Pieces that did not arrive and need not.
    pub(crate) excused: u64,
    /// Pieces that should have arrived.
    pub(crate) missing: u64,
    /// Lines of nobody, and pieces that came under two nonces.
    pub(crate) wrong: u64,
}

pub(crate) struct Book(Mutex<(Vec<Page>, Sums)>);

fn value<'a>(line: &'a str, name: &str) -> &'a str {
    let mut pairs = line.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map_or("", |(_, value)| value)
}

impl Page {
    fn close(&self, sums: &mut Sums) {
        for (piece, nonce) in PIECES.iter().zip(self.nonces) {
            match nonce {
                0 if self.excused & piece != 0 => sums.excused += 1,
                0 => sums.missing += 1,
                _ => {}
            }
        }
    }
}

impl Book {
    pub(crate) fn new() -> Self {
        // Written to, so that the memory is there from the beginning.
        let nobody = Page { visitor: u64::MAX, nonces: [1; 3], excused: 0 };
        Self(Mutex::new((vec![nobody; PAGES], Sums::default())))
    }

    fn with<R>(&self, visitor: u64, change: impl FnOnce(&mut Page, &mut Sums) -> R) -> R {
        let mut book = self.0.lock().unwrap();
        let (pages, sums) = &mut *book;
        change(&mut pages[visitor as usize % PAGES], sums)
    }

    /// Begins a visitor's page; the one that was there before is over.
    pub(crate) fn open(&self, visitor: u64) {
        self.with(visitor, |page, sums| {
            page.close(sums);
            *page = Page { visitor, nonces: [0; 3], excused: 0 };
        });
    }

    pub(crate) fn excuse(&self, visitor: u64, pieces: u8) {
        self.with(visitor, |page, _| page.excused |= pieces);
    }

    /// A line that the platform accepted.
    pub(crate) fn arrived(&self, line: &str) {
        let place = match value(line, "eventType") {
            "activity" => return,
            "customData" => 0,
            "conversion" => 1,
            "experiment" => 2,
            _ => usize::MAX,
        };
        let visitor = value(line, "visitorCode").rsplit('-').next().and_then(|number| number.parse().ok());
        let nonce = u64::from_str_radix(value(line, "nonce"), 16).unwrap_or(0);
        self.with(visitor.unwrap_or(0), |page, sums| {
            let known = (visitor == Some(page.visitor)).then_some(page.nonces.get_mut(place)).flatten();
            match known {
                Some(known) if *known == 0 && nonce != 0 => {
                    *known = nonce;
                    sums.arrived += 1;
                }
                Some(known) if *known == nonce && nonce != 0 => sums.repeated += 1,
                _ => sums.wrong += 1,
            }
        });
    }

    /// Ends all pages.
    pub(crate) fn sums(&self) -> Sums {
        let mut book = self.0.lock().unwrap();
        let (pages, sums) = &mut *book;
        pages.iter_mut().for_each(|page| {
            page.close(sums);
            page.nonces = [1; 3];
        });
        *sums
    }
}

#[test]
fn a_book_says_what_is_missing_and_what_is_wrong() {
    let book = Book::new();
    (0..3).for_each(|visitor| book.open(visitor));
    book.excuse(2, DATA | EXPOSURE);
    let line = |event: &str, visitor: &str, nonce: &str| {
        book.arrived(&format!("nonce={nonce}&eventType={event}&visitorCode={visitor}"));
    };
    for event in ["customData", "conversion", "experiment", "activity"] {
        line(event, "visitor-0", "a");
    }
    line("conversion", "visitor-1", "b");
    line("conversion", "visitor-1", "b");
    line("conversion", "visitor-1", "c");
    line("conversion", "visitor-7", "d");
    line("page", "visitor-2", "e");
    let expected = Sums { arrived: 4, repeated: 1, excused: 2, missing: 3, wrong: 3 };
    assert_eq!(book.sums(), expected);
    assert_eq!(book.sums(), expected, "once is enough");
}
