//! Where the exporter listens, by its flags or by systemd, and who may ask there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;

use super::{Failure, systemd};
use crate::cli::{ListenHost, Web};
use crate::exposition::own::OwnMetrics;
use crate::server::{self, Address};

/// Begins to listen.
pub(super) async fn open(web: &Web) -> Result<Vec<TcpListener>, Failure> {
    if let Some(listeners) = systemd::sockets(web)? {
        return Ok(listeners);
    }
    let bound = server::bind(&addresses(web)).await;
    bound.map_err(|error| Failure::failed(error.to_string()))
}

/// The addresses that are listened on.
pub(super) fn bound(listeners: &[TcpListener]) -> Vec<SocketAddr> {
    let addresses = listeners.iter().filter_map(|listener| listener.local_addr().ok());
    addresses.collect()
}

/// Who may ask, by the file that the flags name.
pub(super) fn protection(web: &Web, own: &OwnMetrics) -> Result<Option<Arc<server::Web>>, Failure> {
    let Some(path) = &web.config_file else { return Ok(None) };
    let own = own.clone();
    let opened = server::Web::open(path, move |ok| own.web_config_loaded(ok));
    opened
        .map(|opened| Some(Arc::new(opened)))
        .map_err(|errors| Failure::unusable(errors.to_string()))
}

fn addresses(web: &Web) -> Vec<Address> {
    let addresses = web.listen_addresses.iter().map(|address| match &address.host {
        ListenHost::All => Address::AllInterfaces(address.port),
        ListenHost::Ip(ip) => Address::Socket(SocketAddr::new(*ip, address.port)),
        ListenHost::Name(name) => Address::Host(name.clone(), address.port),
    });
    addresses.collect()
}

/// An address that one can connect to: who listens on all interfaces is reached by loopback.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
