//! Calls to addresses that somebody entered: they reach the public internet and nothing else, whatever a name resolves to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::http::{Request, Response, Transport, TransportError, client_builder};

/// The address is not a public one.
#[derive(Debug, thiserror::Error)]
#[error("the address is not one of the public internet")]
pub struct NotPublic;

/// Made with its first call. Redirects are not followed, and of an answer only the status is read.
#[derive(Clone, Debug, Default)]
pub struct Outward(Arc<OnceLock<reqwest::Client>>);

impl Outward {
    fn client(&self) -> &reqwest::Client {
        self.0.get_or_init(|| {
            let client = client_builder().no_proxy().dns_resolver(Arc::new(PublicNames));
            client.build().expect("nothing of the machine is asked for a client")
        })
    }
}

#[async_trait]
impl Transport for Outward {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let host = request.uri().host().unwrap_or_default();
        // A name goes through the resolver below; an address does not.
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>()
            && !is_public(address)
        {
            return Err(TransportError::Connect(NotPublic.into()));
        }
        let request =
            reqwest::Request::try_from(request).map_err(|error| TransportError::Connect(error.into()))?;
        let answer = self.client().execute(request).await.map_err(|error| {
            let error = error.without_url();
            if error.is_timeout() { TransportError::Timeout } else { TransportError::Connect(error.into()) }
        })?;
        let response = http::Response::builder().status(answer.status()).body(Bytes::new());
        Ok(response.expect("a status that came is one"))
    }
}

/// Resolves names, and leaves out what is not public: what is checked is what is connected to.
struct PublicNames;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether anybody in the world means the same machine by it.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_public_v4(mapped),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    let is_of_protocols = (first, second, third) == (192, 0, 0);
    let is_for_benchmarks = first == 198 && (18..20).contains(&second);
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || is_shared
        || is_of_protocols
        || is_for_benchmarks
        || first == 0
        || first >= 224)
}

/// Only what is allotted to the internet, less what leads to other addresses by translation.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let is_global = parts[0] & 0xe000 == 0x2000;
    let is_translated = parts[0] == 0x2002 || (parts[0] == 0x2001 && parts[1] < 0x0200);
    is_global && !is_translated && !(parts[0] == 0x2001 && parts[1] == 0x0db8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for public in ["93.184.216.34", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for other in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(!is_public(other.parse().unwrap()), "{other}");
        }
    }

    #[tokio::test]
    async fn neither_an_address_nor_a_name_of_this_machine_is_called() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"] {
            let mut request = Request::new(Bytes::new());
            *request.uri_mut() = format!("http://{host}:{port}/").parse().unwrap();
            let error = Outward::default().send(request).await.unwrap_err();
            assert!(matches!(error, TransportError::Connect(_)), "{host}: {error}");
        }
        let nobody = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept()).await;
        assert!(nobody.is_err(), "nobody has come");
    }
}
