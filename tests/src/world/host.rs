//! The name by which a container reaches this machine, which this machine itself may not know.

use async_trait::async_trait;
use shared::http::{Request, Reqwest, Response, Transport, TransportError};

/// Docker's name for the machine that a container runs on.
pub const HOST_OF_CONTAINERS: &str = "host.docker.internal";

/// Calls to [`HOST_OF_CONTAINERS`] stay on this machine; all else goes out as it is. So one address is right for a
/// function in a container and for one in here.
#[derive(Clone, Debug, Default)]
pub(super) struct FromInside(Reqwest);

#[async_trait]
impl Transport for FromInside {
    async fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        let address = request.uri().to_string();
        let named = format!("http://{HOST_OF_CONTAINERS}:");
        if let Some(rest) = address.strip_prefix(&named) {
            let here = format!("http://127.0.0.1:{rest}");
            *request.uri_mut() = here.parse().expect("another host makes no bad address of a good one");
        }
        self.0.send(request).await
    }
}
