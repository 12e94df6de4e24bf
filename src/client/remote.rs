//! Reading what the platform holds: a visitor's earlier visits, remote data, warehouse audiences.

use std::sync::Arc;

use serde_json::Value;

use super::KameleoonClient;
use super::core::{Core, check_code};
use crate::data::{CustomData, CustomDataKey, Data};
use crate::error::{KameleoonError, RequestFailure, RequestKind, Result};
use crate::platform::access::Platform;
use crate::platform::net::VisitorKey;
use crate::platform::remote::{self, RemoteDataOptions, RemoteVisitorDataOptions, WarehouseAudienceOptions};
use crate::visitor::Moment;

impl KameleoonClient {
    /// Fetches what the platform knows of a visitor from other visits and devices, and adds it to
    /// the visitor: by default the custom data of the current visit and the one before it. Waits
    /// for the answer.
    ///
    /// What is known here already is not overwritten. The visitor code of the most recent visit
    /// decides from now on which variations the visitor gets, so that they are the same on all
    /// devices. For a visitor marked as a
    /// [unique identifier](crate::UniqueIdentifier), the data of whoever carries that identifier
    /// are fetched.
    ///
    /// Returns the data: custom data, pages, device, browser, operating system, geolocation,
    /// conversions, in that order, newest first.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](KameleoonError::VisitorCodeInvalid),
    /// [`Request`](KameleoonError::Request) when the request fails or takes longer than it may,
    /// [`Offline`](KameleoonError::Offline) on a client without a network,
    /// [`Closed`](KameleoonError::Closed). The visitor is unchanged then.
    ///
    /// ```
    /// # fn example(client: &kameleoon::KameleoonClient) -> kameleoon::Result<()> {
    /// if let Err(error) = client.get_remote_visitor_data("visitor") {
    ///     eprintln!("going on with what is known here: {error}");
    /// }
    /// let variation = client.get_variation("visitor", "new_checkout")?;
    /// # let _ = variation;
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_remote_visitor_data(&self, visitor_code: &str) -> Result<Vec<Data>> {
        self.get_remote_visitor_data_with(visitor_code, RemoteVisitorDataOptions::new())
    }

    /// [`get_remote_visitor_data`](Self::get_remote_visitor_data) with options: which data are
    /// asked for, whether they are added to the visitor, how long the call may take.
    ///
    /// # Errors
    /// Those of [`get_remote_visitor_data`](Self::get_remote_visitor_data).
    ///
    /// ```
    /// # fn example(client: &kameleoon::KameleoonClient) -> kameleoon::Result<()> {
    /// use std::time::Duration;
    /// use kameleoon::{Data, RemoteVisitorDataFilter, RemoteVisitorDataOptions};
    ///
    /// let filter = RemoteVisitorDataFilter::new()
    ///     .previous_visit_amount(25)
    ///     .custom_data(false)
    ///     .conversions(true);
    /// let options = RemoteVisitorDataOptions::new()
    ///     .add_data(false)
    ///     .filter(filter)
    ///     .timeout(Duration::from_secs(1));
    /// for data in client.get_remote_visitor_data_with("visitor", options)? {
    ///     if let Data::Conversion(conversion) = data {
    ///         println!("goal {} is reached", conversion.goal_id());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_remote_visitor_data_with(
        &self,
        visitor_code: &str,
        options: RemoteVisitorDataOptions,
    ) -> Result<Vec<Data>> {
        check_code(visitor_code)?;
        self.mark_unique(visitor_code, options.unique)?;
        self.remote()?.visitor_data(visitor_code, &options)
    }

    /// Fetches the JSON that is stored on the platform under a key. Waits for the answer.
    ///
    /// # Errors
    /// [`Request`](KameleoonError::Request) when the request fails or takes longer than it may,
    /// with status 404 when there is nothing under the key;
    /// [`Offline`](KameleoonError::Offline) on a client without a network,
    /// [`Closed`](KameleoonError::Closed).
    ///
    /// ```
    /// # fn example(client: &kameleoon::KameleoonClient) -> kameleoon::Result<()> {
    /// let prices = client.get_remote_data("prices")?;
    /// println!("a ticket is {}", prices["ticket"]);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "retrieve_data_from_remote_source")]
    pub fn get_remote_data(&self, key: &str) -> Result<Value> {
        self.get_remote_data_with(key, RemoteDataOptions::new())
    }

    /// [`get_remote_data`](Self::get_remote_data) with a timeout of its own.
    ///
    /// # Errors
    /// Those of [`get_remote_data`](Self::get_remote_data).
    pub fn get_remote_data_with(&self, key: &str, options: RemoteDataOptions) -> Result<Value> {
        self.remote()?.data(key, &options)
    }

    /// Fetches the audiences that a visitor belongs to in the data warehouse, and adds them to the
    /// visitor as the values of a custom data, which is tracked. Waits for the answer. Returns the
    /// custom data; a visitor without audiences has one without values.
    ///
    /// The visitor code is the key of the warehouse; see
    /// [`get_visitor_warehouse_audience_with`](Self::get_visitor_warehouse_audience_with) for
    /// another one.
    ///
    /// # Errors
    /// [`VisitorCodeInvalid`](KameleoonError::VisitorCodeInvalid),
    /// [`Request`](KameleoonError::Request) when the request fails or takes longer than it may,
    /// [`Offline`](KameleoonError::Offline) on a client without a network,
    /// [`Closed`](KameleoonError::Closed). The visitor is unchanged then.
    ///
    /// ```
    /// # fn example(client: &kameleoon::KameleoonClient) -> kameleoon::Result<()> {
    /// let audiences = client.get_visitor_warehouse_audience("visitor", 8)?;
    /// println!("{:?}", audiences.values().collect::<Vec<_>>());
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_visitor_warehouse_audience(
        &self,
        visitor_code: &str,
        custom_data_index: u32,
    ) -> Result<CustomData> {
        let options = WarehouseAudienceOptions::new();
        self.get_visitor_warehouse_audience_with(visitor_code, custom_data_index, options)
    }

    /// [`get_visitor_warehouse_audience`](Self::get_visitor_warehouse_audience) with the key under
    /// which the warehouse knows the visitor, or a timeout of its own.
    ///
    /// # Errors
    /// Those of [`get_visitor_warehouse_audience`](Self::get_visitor_warehouse_audience).
    ///
    /// ```
    /// # fn example(client: &kameleoon::KameleoonClient) -> kameleoon::Result<()> {
    /// use kameleoon::WarehouseAudienceOptions;
    ///
    /// let options = WarehouseAudienceOptions::new().warehouse_key("user-4711");
    /// client.get_visitor_warehouse_audience_with("visitor", 8, options)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_visitor_warehouse_audience_with(
        &self,
        visitor_code: &str,
        custom_data_index: u32,
        options: WarehouseAudienceOptions,
    ) -> Result<CustomData> {
        check_code(visitor_code)?;
        self.remote()?.warehouse_audience(visitor_code, custom_data_index, &options)
    }

    /// What calls to the data API need.
    ///
    /// # Errors
    /// `Offline`, `Closed`.
    pub(crate) fn remote(&self) -> Result<Remote> {
        let runtime = self.runtime.as_ref().ok_or(KameleoonError::Offline)?;
        runtime.check_network()?;
        if runtime.is_closed() {
            return Err(KameleoonError::Closed);
        }
        Ok(Remote { core: Arc::clone(&self.core), platform: Arc::clone(&runtime.platform) })
    }
}

/// Calls to the data API, on whatever thread they are made: each waits for its answer. Keeps what
/// it needs of the client alive, but not the client's threads.
#[derive(Clone)]
pub(crate) struct Remote {
    core: Arc<Core>,
    platform: Arc<Platform>,
}

impl Remote {
    /// The error of a request that failed.
    #[cfg(feature = "async")]
    pub(crate) fn failed(&self, kind: RequestKind, failure: RequestFailure) -> KameleoonError {
        remote::failed(&self.platform, kind, failure)
    }

    /// The visitor code is valid.
    pub(crate) fn visitor_data(&self, code: &str, options: &RemoteVisitorDataOptions) -> Result<Vec<Data>> {
        let _speaking = self.core.speaker.enter();
        let core = &self.core;
        let known = core.visitors.snapshot(code, core.clock.now());
        let key = match known.is_some_and(|known| known.visitor.is_unique()) {
            true => VisitorKey::MappingValue(code),
            false => VisitorKey::VisitorCode(code),
        };
        let body = remote::fetch_visitor_data(&self.platform, key, &options.filter, options.timeout)?;
        core.take_reply(code, &body, options)
            .map_err(|failure| remote::failed(&self.platform, RequestKind::VisitorData, failure))
    }

    pub(crate) fn data(&self, key: &str, options: &RemoteDataOptions) -> Result<Value> {
        let _speaking = self.core.speaker.enter();
        remote::fetch_data_map(&self.platform, key, options.timeout)
    }

    /// The visitor code is valid.
    pub(crate) fn warehouse_audience(
        &self,
        code: &str,
        custom_data_index: u32,
        options: &WarehouseAudienceOptions,
    ) -> Result<CustomData> {
        let _speaking = self.core.speaker.enter();
        let key = options.warehouse_key.as_deref().filter(|key| !key.is_empty()).unwrap_or(code);
        let values = remote::fetch_warehouse_audience(&self.platform, key, options.timeout)?;
        let key = CustomDataKey::Index(custom_data_index);
        let custom_data = CustomData { key, values, overwrite: true };
        self.core.add_data(code, vec![custom_data.clone().into()], true)?;
        Ok(custom_data)
    }
}

impl Core {
    /// Takes what the platform says of a visitor, as far as it is wanted.
    pub(crate) fn take_reply(
        &self,
        code: &str,
        body: &[u8],
        options: &RemoteVisitorDataOptions,
    ) -> std::result::Result<Vec<Data>, RequestFailure> {
        let now = self.clock.now();
        let mut remembered = remote::read(body, &options.filter, now)?;
        let data = remote::data_of(&remembered);
        let identifier = remembered.visitor_code.take();
        if !options.add_data && identifier.is_none() {
            return Ok(data);
        }
        let track = self.tracks(true);
        self.visitors.change(code, None, now, |known| {
            if let Some(identifier) = identifier {
                known.map_to(&identifier, now);
            }
            if options.add_data {
                let file = self.file.load_for_change();
                known.merge(remembered, Moment { file: file.as_deref(), now, track });
            }
        });
        Ok(data)
    }
}
