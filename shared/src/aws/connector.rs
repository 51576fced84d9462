//! The SDK's way to the network: the HTTP and TLS that both CRMs are called with, so that a function links one of each.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::ErrorKind;
use bytes::Bytes;

use crate::http::{Reqwest, Transport, TransportError};

/// What the AWS clients call through.
pub fn http_client(http: &Reqwest) -> SharedHttpClient {
    SharedHttpClient::new(Connector(http.clone()))
}

#[derive(Clone, Debug)]
struct Connector(Reqwest);

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let transport = self.0.clone();
        HttpConnectorFuture::new(async move { carry(&transport, request).await })
    }
}

async fn carry(transport: &Reqwest, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    // No operation of ours streams its body.
    let request = request.map(|body| Bytes::copy_from_slice(body.bytes().unwrap_or_default()));
    let response = transport.send(request).await.map_err(to_connector_error)?;
    HttpResponse::try_from(response.map(SdkBody::from))
        .map_err(|error| ConnectorError::other(error.into(), None))
}

/// The SDK tries again what did not reach AWS, or whose answer did not reach us.
fn to_connector_error(error: TransportError) -> ConnectorError {
    match error {
        TransportError::Connect(_) | TransportError::Broken(_) => ConnectorError::io(error.into()),
        TransportError::Timeout => ConnectorError::timeout(error.into()),
        TransportError::TooLarge => ConnectorError::other(error.into(), Some(ErrorKind::ServerError)),
    }
}
