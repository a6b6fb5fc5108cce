//! Listening sockets.
//!
//! Owns: how an address becomes sockets. Knows nothing of what is served there.

use std::fmt;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, lookup_host};

/// Connections that the system holds until they are accepted.
const BACKLOG: i32 = 1024;

/// Where Linux begins if nobody has set it otherwise.
const USUAL_FIRST_FREE_PORT: u16 = 1024;

/// Where to listen. Port 0 lets the system choose one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Every interface of the machine, IPv6 and IPv4.
    AllInterfaces(u16),
    /// One address.
    Socket(SocketAddr),
    /// The first address of a name that can be listened on.
    Host(String, u16),
}

impl Address {
    fn port(&self) -> u16 {
        match self {
            Self::AllInterfaces(port) | Self::Host(_, port) => *port,
            Self::Socket(address) => address.port(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AllInterfaces(port) => write!(f, ":{port}"),
            Self::Socket(address) => write!(f, "{address}"),
            Self::Host(name, port) => write!(f, "{name}:{port}"),
        }
    }
}

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Something else listens there.
    #[error("{0} is in use by another program; stop that one or listen elsewhere with --web.listen-address")]
    InUse(Address),
    /// The port is for privileged programs only.
    #[error(
        "{address} may not be listened on: permission denied; choose a port from {first_free} on with \
         --web.listen-address, or give the program the capability CAP_NET_BIND_SERVICE, or let systemd open the socket"
    )]
    NotAllowed {
        /// What was to be listened on.
        address: Address,
        /// The first port that any program may have.
        first_free: u16,
    },
    /// The port is for everybody, but something forbids it to this program.
    #[error(
        "{0} may not be listened on: permission denied, although any program may have that port; a security policy \
         (SELinux, AppArmor, SocketBindDeny= of systemd) forbids it to this one"
    )]
    Forbidden(Address),
    /// The name has no address.
    #[error("cannot find the address of {address}: {source}")]
    Unknown {
        /// What was to be listened on.
        address: Address,
        /// What the resolver said.
        source: io::Error,
    },
    /// The system refused.
    #[error("cannot listen on {address}: {source}")]
    Refused {
        /// What was to be listened on.
        address: Address,
        /// What the system said.
        source: io::Error,
    },
}

/// Listens on all `addresses`; one socket for each.
///
/// # Errors
/// When one of them cannot be listened on; none is listened on then.
pub async fn bind(addresses: &[Address]) -> Result<Vec<TcpListener>, BindError> {
    let mut listeners = Vec::with_capacity(addresses.len());
    for address in addresses {
        let bound = match address {
            Address::AllInterfaces(port) => listen_everywhere(*port),
            Address::Socket(socket) => listen(*socket),
            Address::Host(name, port) => {
                let found = lookup_host((name.as_str(), *port)).await;
                let sockets = found.map_err(|source| BindError::Unknown {
                    address: address.clone(),
                    source,
                })?;
                listen_on_first(sockets)
            }
        };
        listeners.push(bound.map_err(|source| refusal(address, source))?);
    }
    Ok(listeners)
}

fn refusal(address: &Address, source: io::Error) -> BindError {
    match source.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse(address.clone()),
        io::ErrorKind::PermissionDenied => not_allowed(address.clone(), first_free_port()),
        _ => BindError::Refused {
            address: address.clone(),
            source,
        },
    }
}

fn not_allowed(address: Address, first_free: u16) -> BindError {
    // One that the system chooses is free for all.
    if (1..first_free).contains(&address.port()) {
        BindError::NotAllowed { address, first_free }
    } else {
        BindError::Forbidden(address)
    }
}

/// Ports below need a right. It holds for both protocols, in spite of its name.
fn first_free_port() -> u16 {
    let set = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    set.ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(USUAL_FIRST_FREE_PORT)
}

/// One socket for both protocols or, on a machine without IPv6, for IPv4.
fn listen_everywhere(port: u16) -> io::Result<TcpListener> {
    let both = listen((Ipv6Addr::UNSPECIFIED, port).into());
    match both.as_ref().map_err(io::Error::kind) {
        // These are about the port, not about IPv6: half of the interfaces would be a bad surprise.
        Ok(_) | Err(io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied) => both,
        Err(_) => listen((Ipv4Addr::UNSPECIFIED, port).into()),
    }
}

fn listen_on_first(addresses: impl Iterator<Item = SocketAddr>) -> io::Result<TcpListener> {
    let mut outcome = Err(io::ErrorKind::AddrNotAvailable.into());
    for address in addresses {
        outcome = listen(address);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.ip() == Ipv6Addr::UNSPECIFIED {
        // The system's default differs from machine to machine.
        socket.set_only_v6(false)?;
    }
    // A restart must not wait for the connections of the process before.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpStream;

    fn local(port: u16) -> Address {
        Address::Socket((Ipv4Addr::LOCALHOST, port).into())
    }

    #[tokio::test]
    async fn an_address_in_use_is_named() {
        let taken = bind(&[local(0)]).await.unwrap().remove(0);
        let address = local(taken.local_addr().unwrap().port());
        let error = bind(&[local(0), address.clone()]).await.unwrap_err();
        assert!(matches!(&error, BindError::InUse(_)), "{error:?}");
        assert!(error.to_string().starts_with(&address.to_string()), "{error}");
        let everywhere = Address::AllInterfaces(taken.local_addr().unwrap().port());
        assert!(matches!(bind(&[everywhere]).await, Err(BindError::InUse(_))));
    }

    #[test]
    fn a_port_that_is_refused_tells_which_of_two_causes_it_is() {
        let told = |port, first_free| not_allowed(local(port), first_free).to_string();
        assert!(
            told(80, 1024).contains("127.0.0.1:80 may not be listened on: permission denied; choose a port from 1024")
        );
        assert!(told(1023, 8000).contains("from 8000 on"));
        for text in [told(1024, 1024), told(80, 0)] {
            assert!(text.contains("SELinux") && !text.contains("CAP_NET"), "{text}");
        }
        let refused = refusal(&local(u16::MAX), io::ErrorKind::PermissionDenied.into());
        assert!(matches!(refused, BindError::Forbidden(_)), "{refused}");
    }

    #[tokio::test]
    async fn all_interfaces_are_reached_by_ipv4() {
        let listener = bind(&[Address::AllInterfaces(0)]).await.unwrap().remove(0);
        let port = listener.local_addr().unwrap().port();
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        if listener.local_addr().unwrap().is_ipv6() {
            TcpStream::connect((Ipv6Addr::LOCALHOST, port)).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_name_is_looked_up() {
        let listener = bind(&[Address::Host("localhost".to_owned(), 0)])
            .await
            .unwrap()
            .remove(0);
        assert!(listener.local_addr().unwrap().ip().is_loopback());
        let error = bind(&[Address::Host("no such host".to_owned(), 1)]).await.unwrap_err();
        assert!(matches!(&error, BindError::Unknown { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn an_address_of_another_machine_is_refused_by_name() {
        // 192.0.2.0/24 is for documentation (RFC 5737), so no machine has it.
        let error = bind(&[Address::Socket(([192, 0, 2, 1], 0).into())]).await.unwrap_err();
        assert!(
            error.to_string().starts_with("cannot listen on 192.0.2.1:0: "),
            "{error}"
        );
    }
}
