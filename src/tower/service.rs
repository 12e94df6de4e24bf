//! The service that the layer puts around another.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::{KameleoonLayer, ResponseFuture};

/// What [`KameleoonLayer`] makes of a service.
#[derive(Debug, Clone)]
pub struct KameleoonService<S> {
    layer: Arc<KameleoonLayer>,
    inner: S,
}

impl<S> Layer<S> for KameleoonLayer {
    type Service = KameleoonService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        KameleoonService { layer: Arc::new(self.clone()), inner }
    }
}

impl<S, A, B> Service<Request<A>> for KameleoonService<S>
where
    S: Service<Request<A>, Response = Response<B>>,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let visitor = self.layer.visitor(&parts);
        parts.extensions.insert(visitor.clone());
        ResponseFuture::new(self.inner.call(Request::from_parts(parts, body)), visitor)
    }
}
