//! What the program tells about a visitor.

use super::{AddDataOptions, KameleoonClient};
use crate::data::{Data, DataList};
use crate::error::Result;

impl KameleoonClient {
    /// Adds data to a visitor, for targeting and to be sent with the visitor's next tracking
    /// request. One piece, a tuple, an array or a vector.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](crate::KameleoonError::VisitorCodeInvalid).
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use kameleoon::{Browser, BrowserType, CustomData, PageView};
    ///
    /// client.add_data("visitor", Browser::new(BrowserType::Chrome))?;
    /// client.add_data(
    ///     "visitor",
    ///     (PageView::new("https://shop.example/").with_title("Home"), CustomData::new(0, ["value"])),
    /// )?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn add_data(&self, visitor_code: &str, data: impl DataList) -> Result<()> {
        self.add_data_with(visitor_code, data, AddDataOptions::new())
    }

    /// [`add_data`](Self::add_data) with options: with `track(false)` the data are kept for
    /// targeting and never sent.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](crate::KameleoonError::VisitorCodeInvalid).
    #[doc(alias = "add_data_with_track")]
    pub fn add_data_with(
        &self,
        visitor_code: &str,
        data: impl DataList,
        options: AddDataOptions,
    ) -> Result<()> {
        let mut list: Vec<Data> = Vec::new();
        data.for_each_data(&mut |item| list.push(item));
        self.core.add_data(visitor_code, list, options.track)
    }
}
