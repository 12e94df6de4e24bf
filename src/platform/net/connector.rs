//! The connections of the HTTP library, watched for how far a request has come.

use ureq::Error;
#[cfg(feature = "native-tls")]
use ureq::unversioned::transport::NativeTlsConnector;
#[cfg(feature = "rustls")]
use ureq::unversioned::transport::RustlsConnector;
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, NextTimeout, Transport,
};

use super::limit::LimitedTcp;
use super::stage::Stage;

/// From an address to a connection: through the proxy if there is one, and with TLS if need be. As the
/// library has it, with sockets of our own.
pub(super) fn connector(has_proxy: bool) -> impl Connector<(), Out = impl Transport> {
    let inner = ().chain(ConnectProxyConnector::default()).chain(LimitedTcp::default());
    #[cfg(feature = "rustls")]
    let inner = inner.chain(RustlsConnector::default());
    #[cfg(feature = "native-tls")]
    let inner = inner.chain(NativeTlsConnector::default());
    Watching { inner, has_proxy }
}

/// A connector that is watched. The library calls it for the connection to a proxy too.
#[derive(Debug)]
struct Watching<C> {
    inner: C,
    has_proxy: bool,
}

impl<C: Connector> Connector for Watching<C> {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        // The library takes the proxy out of what it hands in for the connection to that proxy.
        let is_to_proxy = self.has_proxy && details.config.proxy().is_none();
        if self.has_proxy { Stage::Proxy } else { Stage::Connection }.enter();
        let made = self.inner.connect(details, chained)?;
        if is_to_proxy {
            Stage::Tunnel.enter();
            return Ok(made.map(|inner| -> Self::Out { Box::new(inner) }));
        }
        Ok(made.map(|inner| -> Self::Out { Box::new(Watched(inner)) }))
    }
}

/// A connection that requests go over.
#[derive(Debug)]
struct Watched<T>(T);

impl<T: Transport> Transport for Watched<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        Stage::Sending.enter();
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        Stage::Answer.reach();
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}
