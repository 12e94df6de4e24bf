//! The service that the layer puts around another.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Method, Request, Response};
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
        // A layer further out may have seen to the request: then its code and its cookie stand.
        let visitor = self.layer.new_visitor(&parts).inspect(|visitor| {
            parts.extensions.insert(visitor.clone());
        });
        // Browsers ask with it by themselves before they make a request, and take no cookie.
        let visitor = visitor.filter(|_| parts.method != Method::OPTIONS);
        let keep_private = self.layer.keeps_private();
        ResponseFuture::new(self.inner.call(Request::from_parts(parts, body)), visitor, keep_private)
    }
}
