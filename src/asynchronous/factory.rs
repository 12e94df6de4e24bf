//! Releasing a client, as a future.

use crate::client::KameleoonClientFactory;
use crate::platform::tracking::FlushReport;

impl KameleoonClientFactory {
    /// [`forget`](Self::forget) as a future: releases the clients of a site and closes them,
    /// without blocking the executor.
    ///
    /// Once begun, a close goes on when the future is dropped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use kameleoon::KameleoonClientFactory;
    ///
    /// assert!(KameleoonClientFactory::forget_async("no such site").await.is_none());
    /// # }
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "async")))]
    pub async fn forget_async(site_code: &str) -> Option<FlushReport> {
        let mut report: Option<FlushReport> = None;
        for client in Self::release(site_code) {
            let one = client.close_async(client.close_timeout()).await;
            report = Some(report.unwrap_or_default().and(one));
        }
        report
    }
}
