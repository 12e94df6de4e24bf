//! Reads what other servers know of a request's visitor before the request goes on.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Request;
use tower_layer::Layer;
use tower_service::Service;

use super::RequestVisitor;
use crate::logging::{Voice, log_rarely};

static FAILED: Voice = Voice::new();

/// Reads what other servers know of a request's visitor, and lets the request go on when it is
/// there, or the time is over: [`load_visitor`](crate::KameleoonClient::load_visitor) for each
/// request. It stands inside of [`KameleoonLayer`](super::KameleoonLayer), which says who the visitor
/// is. Without a [visitor store](crate::KameleoonClientConfig::visitor_data_store) requests pass as
/// they are.
///
/// ```
/// # fn main() -> kameleoon::Result<()> {
/// # let client = kameleoon::KameleoonClient::offline("{}")?;
/// use std::time::Duration;
/// use kameleoon::tower::{KameleoonLayer, LoadVisitorLayer};
///
/// // With axum: `router.layer(loading).layer(layer)`; the last one is the outermost.
/// let loading = LoadVisitorLayer::new(Duration::from_millis(20));
/// let layer = KameleoonLayer::new(client);
/// # let _ = (loading, layer);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct LoadVisitorLayer {
    timeout: Duration,
}

impl LoadVisitorLayer {
    /// A layer that holds a request up for this long at most.
    pub fn new(timeout: Duration) -> Self {
        Self { timeout }
    }
}

impl<S> Layer<S> for LoadVisitorLayer {
    type Service = LoadVisitorService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        LoadVisitorService { timeout: self.timeout, inner }
    }
}

/// What [`LoadVisitorLayer`] makes of a service.
#[derive(Debug, Clone)]
pub struct LoadVisitorService<S> {
    timeout: Duration,
    inner: S,
}

impl<S, A> Service<Request<A>> for LoadVisitorService<S>
where
    S: Service<Request<A>> + Clone + Send + 'static,
    S::Future: Send,
    A: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = LoadVisitorFuture<S::Response, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        // The one that said that it is ready goes along.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let timeout = self.timeout;
        let visitor = request.extensions().get::<RequestVisitor>().cloned();
        let visitor = visitor.filter(|visitor| visitor.client().store_stats().is_some());
        LoadVisitorFuture(Box::pin(async move {
            if let Some(visitor) = visitor {
                let loaded = visitor.client().load_visitor_async(visitor.visitor_code(), timeout).await;
                if let Err(error) = loaded {
                    let _speaking = visitor.client().speaker().enter();
                    log_rarely!(FAILED, Info, "a request goes on without what other servers know: {error}");
                }
            }
            inner.call(request).await
        }))
    }
}

/// The future of a [`LoadVisitorService`].
pub struct LoadVisitorFuture<R, E>(Pin<Box<dyn Future<Output = Result<R, E>> + Send>>);

impl<R, E> Future for LoadVisitorFuture<R, E> {
    type Output = Result<R, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<R, E> fmt::Debug for LoadVisitorFuture<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadVisitorFuture").finish_non_exhaustive()
    }
}
