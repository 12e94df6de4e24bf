//! The response, once the inner service has it.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;

use super::RequestVisitor;

/// The future of a [`KameleoonService`](super::KameleoonService).
pub struct ResponseFuture<F> {
    // On the heap: a future in place could only be polled with unsafe code.
    inner: Pin<Box<F>>,
    /// None: the response needs no cookie of this layer.
    visitor: Option<RequestVisitor>,
    keep_private: bool,
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, visitor: Option<RequestVisitor>, keep_private: bool) -> Self {
        Self { inner: Box::pin(inner), visitor, keep_private }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut answered = ready!(self.inner.as_mut().poll(context));
        if let (Ok(response), Some(visitor)) = (&mut answered, &self.visitor) {
            visitor.write_cookies(response.headers_mut(), self.keep_private);
        }
        Poll::Ready(answered)
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
