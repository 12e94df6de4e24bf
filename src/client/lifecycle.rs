//! From creation to close: readiness, events, the data file.

use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::RecvTimeoutError;

use super::KameleoonClient;
use super::runtime::Runtime;
use crate::clock::Clock;
use crate::config::KameleoonClientConfig;
use crate::error::{KameleoonError, Result};
use crate::platform::events::{ClientEvent, DataFileOrigin, EvaluationEvent, Subscription};
use crate::platform::tracking::FlushReport;
use crate::platform::updater::Fetched;
#[cfg(feature = "openfeature")]
use crate::platform::updater::WhenSettled;
use crate::reply::Reply;

impl KameleoonClient {
    /// A client of its own, which nobody else gets: what a library makes, or a program with several
    /// environments of one site. It ends when it is closed, or with its last handle.
    ///
    /// # Errors
    /// Those of [`KameleoonClientFactory::create`](crate::KameleoonClientFactory::create).
    ///
    /// ```no_run
    /// # fn main() -> kameleoon::Result<()> {
    /// use kameleoon::{KameleoonClient, KameleoonClientConfig};
    /// use std::time::Duration;
    ///
    /// let config = KameleoonClientConfig::new("client-id", "client-secret").environment("staging");
    /// let client = KameleoonClient::new("a8st4f59bj", config)?;
    /// let report = client.close(Duration::from_secs(2));
    /// # let _ = report;
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(site_code: &str, config: KameleoonClientConfig) -> Result<Self> {
        if site_code.is_empty() {
            return Err(KameleoonError::SiteCodeIsEmpty);
        }
        config.validate()?;
        let client = Self::start(site_code, &config)?;
        client.tell_notes(&config);
        Ok(client)
    }

    /// In which keys this configuration differs from the one that the client was made with.
    pub(crate) fn keys_that_differ(&self, config: &KameleoonClientConfig) -> Vec<&'static str> {
        self.core.settings.keys_that_differ(config.settings())
    }

    /// Tells the log what the configuration corrected. Apart from the start, during which the factory
    /// holds a lock: a logger may come back to it.
    pub(crate) fn tell_notes(&self, config: &KameleoonClientConfig) {
        let _speaking = self.core.speaker.enter();
        config.tell_notes();
    }

    /// Starts a client. The factory keeps one per site and environment.
    pub(crate) fn start(site_code: &str, config: &KameleoonClientConfig) -> Result<Self> {
        let speaker = config.speaker(site_code);
        let _speaking = speaker.enter();
        let (core, runtime) = Runtime::start(site_code, config.settings().clone(), Clock::System)?;
        Ok(Self::from_parts(core, Some(runtime)))
    }

    #[cfg(feature = "openfeature")]
    pub(crate) fn when_settled(&self, call: WhenSettled) {
        match &self.runtime {
            Some(runtime) => {
                runtime.tracker.check_process();
                runtime.readiness.when_settled(call);
            }
            None => call(Ok(())),
        }
    }

    /// Why the last fetch of the data file that failed did so; stays readable after a success.
    pub fn last_error(&self) -> Option<KameleoonError> {
        self.runtime.as_ref().and_then(|runtime| runtime.readiness.last_error())
    }

    /// Whether a fetch has failed since one succeeded.
    pub(crate) fn is_failing(&self) -> bool {
        self.runtime.as_ref().is_some_and(|runtime| runtime.readiness.is_failing())
    }

    /// When the platform last answered a fetch with a data file, or that the one in use is the
    /// newest.
    pub fn last_success(&self) -> Option<SystemTime> {
        self.runtime.as_ref().and_then(|runtime| runtime.readiness.last_success())
    }

    /// Fetches the data file now, whatever the refresh interval, and waits for the outcome. Callers
    /// who wait at the same time share a fetch, one that began after they had called.
    ///
    /// # Errors
    /// Those of the fetch, among them [`DataFileOutdated`](KameleoonError::DataFileOutdated) when the
    /// answer is older than what is in use or was announced; [`Offline`](KameleoonError::Offline) on a client without a network,
    /// [`Closed`](KameleoonError::Closed), and
    /// [`InitializationTimeout`](KameleoonError::InitializationTimeout) when the time is over.
    pub fn refresh_data_file(&self, timeout: Duration) -> Result<()> {
        let (answer, reply) = Reply::new();
        self.start_refresh(Box::new(answer))?;
        match reply.wait(timeout) {
            Ok(outcome) => outcome,
            Err(RecvTimeoutError::Timeout) => Err(self.late_refresh(timeout)),
            Err(RecvTimeoutError::Disconnected) => Err(KameleoonError::Closed),
        }
    }

    /// The error of a fetch that took too long.
    pub(crate) fn late_refresh(&self, waited: Duration) -> KameleoonError {
        KameleoonError::InitializationTimeout { waited, is_not_ready: !self.is_ready() }
    }

    /// Waits until the data file in use is younger than a bound, for this long at most: until the
    /// platform has said within that time that it is the newest. Returns at once when it has;
    /// otherwise it is asked, and asked again when that fails.
    ///
    /// For programs whose [copy](crate::KameleoonClientConfig::data_file_cache) may be old, before a
    /// decision that must not be. `Duration::ZERO` wants an answer to a request made after this call.
    ///
    /// # Errors
    /// When the time is over, the cause of the last failure, or
    /// [`InitializationTimeout`](KameleoonError::InitializationTimeout); the client goes on with what
    /// it has. [`Offline`](KameleoonError::Offline) on a client without a network,
    /// [`Closed`](KameleoonError::Closed), at once.
    ///
    /// ```no_run
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use std::time::Duration;
    ///
    /// if let Err(error) = client.wait_fresh(Duration::from_secs(60), Duration::from_secs(2)) {
    ///     eprintln!("going on with flags of {:?}: {error}", client.data_file_age());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait_fresh(&self, younger_than: Duration, timeout: Duration) -> Result<()> {
        let runtime = self.runtime.as_ref().ok_or(KameleoonError::Offline)?;
        runtime.check_network()?;
        if runtime.readiness.age().is_some_and(|age| age < younger_than) {
            return Ok(());
        }
        let start = Instant::now();
        // A fetch that is under way will do, unless the answer has to be to a later request; with a
        // store that servers share, what is under way may be no fetch.
        let is_shared = runtime.data_file_store.is_some();
        let shares = !younger_than.is_zero() && !is_shared && !runtime.readiness.rests();
        if !shares {
            // How it ends is seen below.
            self.start_refresh(Box::new(|_| ()))?;
        }
        runtime.readiness.wait_fresh(younger_than, start, shares, timeout)
    }

    /// How long ago the platform last said that the data file in use is the newest: with a data file
    /// or by saying that nothing has changed. None when there is no data file, when the age of a
    /// [copy](crate::KameleoonClientConfig::data_file_cache) is not known, and without a network.
    pub fn data_file_age(&self) -> Option<Duration> {
        self.runtime.as_ref()?.readiness.age()
    }

    /// What brought the data file in use: the copy on disk, a fetch, an event of the stream, or the
    /// store that servers share. None when there is no data file, and without a network.
    pub fn data_file_origin(&self) -> Option<DataFileOrigin> {
        self.runtime.as_ref()?.readiness.origin()
    }

    /// Begins a fetch of the data file. The call is dropped when the client is closed meanwhile.
    ///
    /// # Errors
    /// `Offline`, `Closed`.
    pub(crate) fn start_refresh(&self, done: Fetched) -> Result<()> {
        let runtime = self.runtime.as_ref().ok_or(KameleoonError::Offline)?;
        runtime.check_network()?;
        runtime.with_updater(|updater| updater.refresh(done)).ok_or(KameleoonError::Closed)
    }

    /// Calls `handler` after a data file took the place of an older one through streaming, or through
    /// a [store](crate::KameleoonClientConfig::data_file_store) that servers share. That
    /// there is a new one is never missed; several that came while a handler was busy are told once.
    ///
    /// Any number of handlers may be set; each is called until its [`Subscription`] removes it, or
    /// the client is closed. They run on a thread of their own, one after the other: one that blocks
    /// holds up the other handlers and nothing else, one that panics nobody.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// client.on_update_configuration(|| println!("the flags have changed"));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "on_datafile_update")]
    pub fn on_update_configuration(&self, handler: impl Fn() + Send + Sync + 'static) -> Subscription {
        match self.runtime.as_ref().filter(|runtime| !runtime.is_closed()) {
            Some(runtime) => {
                // Whoever waits for updates is no short program.
                let _closed = runtime.with_updater(|updater| updater.thread().wake());
                runtime.platform.events.add_update_handler(handler)
            }
            None => Subscription::none(),
        }
    }

    /// Calls `handler` for everything that happens inside the client: a data file that is in use
    /// from now on, a request that ended. When a data file is in use already, the handler is first
    /// told what brought it.
    ///
    /// Any number of handlers may be set; each is called until its [`Subscription`] removes it, or
    /// the client is closed, which lets go of them. They run on a thread of their own, one after the
    /// other: one that blocks holds up the other handlers and nothing else, one that panics nobody.
    /// Of requests, handlers that are slower than the events miss some; of data files, all but the
    /// newest. A handler may hold a handle of the client and close it.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline("{}")?;
    /// use kameleoon::ClientEvent;
    ///
    /// let subscription = client.set_event_handler(|event| {
    ///     if let ClientEvent::Request { kind, duration, .. } = event {
    ///         println!("{kind}: {} ms", duration.as_millis());
    ///     }
    /// });
    /// subscription.remove();
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_event_handler(&self, handler: impl Fn(&ClientEvent) + Send + Sync + 'static) -> Subscription {
        match self.runtime.as_ref().filter(|runtime| !runtime.is_closed()) {
            Some(runtime) => {
                // As above: a new data file is one of the events.
                let _closed = runtime.with_updater(|updater| updater.thread().wake());
                runtime.platform.events.add_event_handler(handler)
            }
            None => Subscription::none(),
        }
    }

    /// Calls `handler` for each evaluation of a flag: by `get_variation`, `is_feature_active`,
    /// `get_variations`, those with options, defaults or handles, the deprecated ones, and OpenFeature.
    /// Errors are told too: an unknown flag, a client that is not ready, an invalid visitor code.
    /// `explain` is no evaluation in this sense.
    ///
    /// It is called on the thread that evaluates, after the evaluation and before its caller has the
    /// answer: what it takes, the caller waits for, so count, send to a channel, and return. Any number
    /// of handlers may be set, also on a client without a network; each is called until its
    /// [`Subscription`] removes it, or the client is closed, which lets go of them. One that panics
    /// stays, and neither the caller nor another handler notices. What a handler evaluates itself is
    /// told to nobody. Without a handler an evaluation pays one read of an atomic number for it.
    ///
    /// `get_variations` evaluates all flags that are enabled and tells of each, of those that
    /// `only_active` leaves out as well; before there is a data file it has none to tell of.
    ///
    /// ```
    /// # fn main() -> kameleoon::Result<()> {
    /// # let client = kameleoon::KameleoonClient::offline(r#"{"featureFlags":[{"featureKey":"banner",
    /// #   "environmentEnabled":true,"defaultVariationKey":"on","variations":[{"key":"on"}]}]}"#)?;
    /// use std::collections::HashMap;
    /// use std::sync::{Arc, Mutex};
    ///
    /// // How often each variation of each flag was given, or why none was.
    /// let counts = Arc::new(Mutex::new(HashMap::new()));
    /// let counted = Arc::clone(&counts);
    /// let subscription = client.on_evaluation(move |event| {
    ///     let flag = if event.result.is_ok() { event.feature_key } else { "" };
    ///     let outcome = event.variation_key().unwrap_or(event.reason());
    ///     if let Ok(mut counts) = counted.lock() {
    ///         *counts.entry((flag.to_owned(), outcome.to_owned())).or_insert(0) += 1;
    ///     }
    /// });
    /// client.get_variation("anna", "banner")?;
    /// let _ = client.is_feature_active("anna", "baner");
    /// subscription.remove();
    /// # let counts = counts.lock().unwrap();
    /// # assert_eq!(counts[&("banner".to_owned(), "on".to_owned())], 1);
    /// # assert_eq!(counts[&(String::new(), "feature_not_found".to_owned())], 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_evaluation(
        &self,
        handler: impl Fn(&EvaluationEvent<'_>) + Send + Sync + 'static,
    ) -> Subscription {
        Subscription::to_evaluations(&self.core.evaluations, handler)
    }

    /// The configured bound of a close.
    pub(crate) fn close_timeout(&self) -> Duration {
        self.core.settings.close_timeout
    }

    /// Whether the client was closed, or is being closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.runtime.as_ref().is_some_and(|runtime| runtime.is_closed())
    }

    /// Whether the client's threads are in this process, and not in the one it was forked from.
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.runtime.as_ref().is_none_or(|runtime| runtime.is_of_this_process())
    }

    /// Ends the client: sends what is left, within `timeout`, and ends its threads. Evaluation goes
    /// on to work from memory; nothing is fetched or tracked any more.
    ///
    /// Without it, [`forget`](crate::KameleoonClientFactory::forget) does the same within the configured
    /// close timeout. Dropping your handles does not: the factory keeps one of its own until then.
    /// [`close_on_drop`](Self::close_on_drop) does not forget it, on whatever way the program ends.
    pub fn close(&self, timeout: Duration) -> FlushReport {
        self.core.evaluations.close();
        self.runtime.as_ref().map(|runtime| runtime.close(timeout)).unwrap_or_default()
    }
}
