//! Reading what the platform holds, as futures.
//!
//! The calls are the plain ones, made on a few threads of the client's own. A call's time runs from
//! the moment it is asked for, so waiting for a thread is part of it.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::answer::{Outcome, question};
use crate::client::{KameleoonClient, Remote, check_code};
use crate::data::{CustomData, Data};
use crate::error::{KameleoonError, RequestFailure, RequestKind, Result};
use crate::platform::remote::{RemoteDataOptions, RemoteVisitorDataOptions, WarehouseAudienceOptions};

impl KameleoonClient {
    /// [`get_remote_visitor_data`](Self::get_remote_visitor_data) as a future.
    ///
    /// The request runs on a thread of the client's own, of which there are four at most; others
    /// wait their turn within their time. A future that is dropped before its turn is not asked for
    /// any more; one that is dropped later still adds its data to the visitor.
    ///
    /// # Errors
    /// Those of [`get_remote_visitor_data`](Self::get_remote_visitor_data).
    ///
    /// ```
    /// # async fn example(client: &kameleoon::KameleoonClient) -> kameleoon::Result<()> {
    /// if let Err(error) = client.get_remote_visitor_data_async("visitor").await {
    ///     eprintln!("going on with what is known here: {error}");
    /// }
    /// let variation = client.get_variation("visitor", "new_checkout")?;
    /// # let _ = variation;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "async")))]
    pub async fn get_remote_visitor_data_async(&self, visitor_code: &str) -> Result<Vec<Data>> {
        self.get_remote_visitor_data_async_with(visitor_code, RemoteVisitorDataOptions::new()).await
    }

    /// [`get_remote_visitor_data_async`](Self::get_remote_visitor_data_async) with options.
    ///
    /// # Errors
    /// Those of [`get_remote_visitor_data`](Self::get_remote_visitor_data).
    #[cfg_attr(docsrs, doc(cfg(feature = "async")))]
    pub async fn get_remote_visitor_data_async_with(
        &self,
        visitor_code: &str,
        options: RemoteVisitorDataOptions,
    ) -> Result<Vec<Data>> {
        check_code(visitor_code)?;
        self.mark_unique(visitor_code, options.unique)?;
        let code = visitor_code.to_owned();
        self.remotely(RequestKind::VisitorData, options.timeout, move |remote, left| {
            remote.visitor_data(&code, &options.timeout(left))
        })
        .await
    }

    /// [`get_remote_data`](Self::get_remote_data) as a future.
    ///
    /// # Errors
    /// Those of [`get_remote_data`](Self::get_remote_data).
    ///
    /// ```
    /// # async fn example(client: &kameleoon::KameleoonClient) -> kameleoon::Result<()> {
    /// let prices = client.get_remote_data_async("prices").await?;
    /// println!("a ticket is {}", prices["ticket"]);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "async")))]
    pub async fn get_remote_data_async(&self, key: &str) -> Result<Value> {
        self.get_remote_data_async_with(key, RemoteDataOptions::new()).await
    }

    /// [`get_remote_data_async`](Self::get_remote_data_async) with a timeout of its own.
    ///
    /// # Errors
    /// Those of [`get_remote_data`](Self::get_remote_data).
    #[cfg_attr(docsrs, doc(cfg(feature = "async")))]
    pub async fn get_remote_data_async_with(&self, key: &str, options: RemoteDataOptions) -> Result<Value> {
        let key = key.to_owned();
        self.remotely(RequestKind::DataMap, options.timeout, move |remote, left| {
            remote.data(&key, &options.timeout(left))
        })
        .await
    }

    /// [`get_visitor_warehouse_audience`](Self::get_visitor_warehouse_audience) as a future.
    ///
    /// # Errors
    /// Those of [`get_visitor_warehouse_audience`](Self::get_visitor_warehouse_audience).
    ///
    /// ```
    /// # async fn example(client: &kameleoon::KameleoonClient) -> kameleoon::Result<()> {
    /// let audiences = client.get_visitor_warehouse_audience_async("visitor", 8).await?;
    /// println!("{:?}", audiences.values().collect::<Vec<_>>());
    /// # Ok(())
    /// # }
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "async")))]
    pub async fn get_visitor_warehouse_audience_async(
        &self,
        visitor_code: &str,
        custom_data_index: u32,
    ) -> Result<CustomData> {
        let options = WarehouseAudienceOptions::new();
        self.get_visitor_warehouse_audience_async_with(visitor_code, custom_data_index, options).await
    }

    /// [`get_visitor_warehouse_audience_async`](Self::get_visitor_warehouse_audience_async) with
    /// the warehouse's key for the visitor, or a timeout of its own.
    ///
    /// # Errors
    /// Those of [`get_visitor_warehouse_audience`](Self::get_visitor_warehouse_audience).
    #[cfg_attr(docsrs, doc(cfg(feature = "async")))]
    pub async fn get_visitor_warehouse_audience_async_with(
        &self,
        visitor_code: &str,
        custom_data_index: u32,
        options: WarehouseAudienceOptions,
    ) -> Result<CustomData> {
        check_code(visitor_code)?;
        let code = visitor_code.to_owned();
        self.remotely(RequestKind::DataMap, options.timeout, move |remote, left| {
            remote.warehouse_audience(&code, custom_data_index, &options.timeout(left))
        })
        .await
    }

    /// Makes a call on a thread of the client, with the time that is left of it then.
    async fn remotely<T: Send + 'static>(
        &self,
        kind: RequestKind,
        timeout: Option<Duration>,
        call: impl FnOnce(&Remote, Duration) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.note_async_use();
        let remote = self.remote()?;
        let timeout = self.remote_time(timeout);
        let start = Instant::now();
        let (answer, question) = question(timeout);
        self.run_remotely(Box::new(move || {
            let left = timeout.saturating_sub(start.elapsed());
            // Whoever has given up wants nothing changed any more; no time left means the same.
            if answer.is_wanted() && !left.is_zero() {
                answer.give(call(&remote, left));
            }
        }))?;
        match question.wait().await {
            Outcome::Told(result) => result,
            Outcome::Dropped if self.is_closed() => Err(KameleoonError::Closed),
            Outcome::Dropped if start.elapsed() < timeout => Err(KameleoonError::System {
                reason: "a remote call ended without a result; please report this".to_owned(),
            }),
            _ => {
                let text = format!("no answer within {} ms", timeout.as_millis());
                Err(self.remote()?.failed(kind, RequestFailure::Timeout(text)))
            }
        }
    }
}
