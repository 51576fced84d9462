//! On Linux, a container reaches its host by the address of Docker's bridge, where nothing of the sandbox listens:
//! what comes in there goes on to the same port of this machine. Docker Desktop needs none of it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

/// Forwards these ports; answers whether the machine has the address.
///
/// # Errors
/// Where the address is the machine's, and a port is taken.
pub(super) async fn open(address: IpAddr, ports: impl Iterator<Item = u16>) -> io::Result<bool> {
    for port in ports {
        match TcpListener::bind(SocketAddr::new(address, port)).await {
            Ok(listener) => drop(tokio::spawn(forward(listener, port))),
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

async fn forward(listener: TcpListener, port: u16) {
    while let Ok((mut incoming, _)) = listener.accept().await {
        tokio::spawn(async move {
            let here = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            if let Ok(mut outgoing) = TcpStream::connect(here).await {
                // Either end may hang up at any time; both are closed then.
                let _ = copy_bidirectional(&mut incoming, &mut outgoing).await;
            }
        });
    }
}
