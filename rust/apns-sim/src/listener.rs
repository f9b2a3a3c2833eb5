use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use zpns_protocol::Environment;

use crate::SimulatorError;
use crate::connection::serve;
use crate::core::Core;

/// A pause after a failed accept, which is usually a lack of file descriptors.
const PAUSE: Duration = Duration::from_millis(10);

/// Listens on a port of 127.0.0.1.
pub(crate) async fn bind(port: u16) -> Result<(TcpListener, SocketAddr), SimulatorError> {
    let failed = |error| SimulatorError::Bind { port, error };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Takes providers' connections to one environment. When this future is dropped, so are the connections.
pub(crate) async fn listen(
    core: Arc<Core>,
    environment: Environment,
    listener: TcpListener,
    tls: TlsAcceptor,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((tcp, _)) => {
                    let (core, tls) = (core.clone(), tls.clone());
                    connections.spawn(async move {
                        let _ = tcp.set_nodelay(true);
                        if let Ok(tls) = tls.accept(tcp).await {
                            serve(core, environment, tls).await;
                        }
                    });
                }
                Err(_) => sleep(PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
