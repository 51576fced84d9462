//! HTTP as a parameter: the same client code runs on reqwest in production and anywhere else in tests.

use std::error::Error as StdError;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

pub type Request = http::Request<Bytes>;
pub type Response = http::Response<Bytes>;

/// The longest that one call may take, connecting included, and the longest for connecting alone.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The largest answer that is read; both APIs answer pages of well under a megabyte.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What broke a call, as the transport tells it.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// A call without an answer. Whether the other side did the work is unknown.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    #[error("no connection could be made")]
    Connect(#[source] Cause),
    #[error("no answer came within the time limit")]
    Timeout,
    #[error("the connection broke before the answer was whole")]
    Broken(#[source] Cause),
    #[error("the answer is larger than {ANSWER_BYTES_MAX} bytes")]
    TooLarge,
}

/// Request in, response out, whatever its status.
#[async_trait]
pub trait Transport: Send + Sync {
    async fn send(&self, request: Request) -> Result<Response, TransportError>;
}

/// Chooses what TLS encrypts with in this process, before its first client is made. Where it was chosen before, that stays.
pub fn choose_cryptography() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client that trusts Mozilla's certificate authorities as they were when the program was built: to read the machine's
/// takes a thousand looks at files, which would be most of a function's start. Redirects are not followed.
pub fn client_builder() -> reqwest::ClientBuilder {
    trusting(rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
}

fn trusting(roots: rustls::RootCertStore) -> reqwest::ClientBuilder {
    choose_cryptography();
    let tls = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(CALL_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("helloleads-ghl-sync/", env!("CARGO_PKG_VERSION")))
}

/// The real thing. One per container; it keeps its connections open between invocations. It is made with its first call.
/// Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Reqwest(Arc<OnceLock<reqwest::Client>>);

impl Reqwest {
    pub fn new() -> Self {
        Self::default()
    }

    fn client(&self) -> &reqwest::Client {
        self.0.get_or_init(|| client_builder().build().expect("nothing of the machine is asked for a client"))
    }
}

#[async_trait]
impl Transport for Reqwest {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let request =
            reqwest::Request::try_from(request).map_err(|error| TransportError::Connect(error.into()))?;
        let mut answer = self.client().execute(request).await.map_err(to_transport_error)?;
        let mut response = http::Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            std::mem::swap(headers, answer.headers_mut());
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(to_transport_error)? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(TransportError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(response.body(Bytes::from(body)).expect("status and headers come from a valid answer"))
    }
}

/// The address is left out of the error: it can hold an e-mail address or a phone number.
fn to_transport_error(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    if error.is_timeout() {
        TransportError::Timeout
    } else if error.is_connect() {
        TransportError::Connect(error.into())
    } else {
        TransportError::Broken(error.into())
    }
}

/// A base address that calls may go to: https, or plain http on this very machine (the sandbox).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BaseUrl(url::Url);

/// An address that calls may not go to.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadBaseUrl {
    #[error("the address is not a URL such as https://services.example.com")]
    NotAUrl,
    #[error("the address must begin with https:// (plain http is for this machine only)")]
    NotHttps,
}

impl BaseUrl {
    pub fn parse(text: &str) -> Result<Self, BadBaseUrl> {
        let mut url = url::Url::parse(text.trim()).map_err(|_| BadBaseUrl::NotAUrl)?;
        if url.cannot_be_a_base() || !url.username().is_empty() {
            return Err(BadBaseUrl::NotAUrl);
        }
        if url.scheme() != "https" && !(url.scheme() == "http" && is_this_machine(&url)) {
            return Err(BadBaseUrl::NotHttps);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The address of `path` (which begins with a slash) below this one, with a query.
    pub fn join(&self, path: &str, query: &[(&str, &str)]) -> url::Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// The address of `path` below the host alone, with a query.
    pub fn join_host(&self, path: &str, query: &[(&str, &str)]) -> url::Url {
        let mut host = self.0.clone();
        host.set_path("");
        Self(host).join(path, query)
    }

    pub fn as_url(&self) -> &url::Url {
        &self.0
    }
}

fn is_this_machine(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name == "host.docker.internal",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = BadBaseUrl;
    fn try_from(text: String) -> Result<Self, BadBaseUrl> {
        Self::parse(&text)
    }
}

impl From<BaseUrl> for String {
    fn from(url: BaseUrl) -> Self {
        url.0.into()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

    use super::*;

    /// A certificate that `localhost` signed itself, and its key; made for this test, and used nowhere else.
    const CERTIFICATE: &str = "MIIBUjCCAQSgAwIBAgIUcI9pkxTVhfBaLbWJdv2xIwVraNEwBQYDK2VwMBQxEjAQBgNVBAMMCWxv\
        Y2FsaG9zdDAgFw0yNjExMjYxNTI4NTFaGA8yMTI2MTEwMjE1Mjg1MVowFDESMBAGA1UEAwwJbG9jYWxob3N0MCowBQYDK2VwAyEAwLNU\
        RIeJbkQzzua1DDq9ZmV1Qeo3e7YRYv2OF1NPleujZjBkMB0GA1UdDgQWBBTe/dRImAe1DfI25Jh/8NvU+p+fBDAfBgNVHSMEGDAWgBTe\
        /dRImAe1DfI25Jh/8NvU+p+fBDAMBgNVHRMBAf8EAjAAMBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAFBgMrZXADQQAuPVcJs0cTPbGjraBr\
        BjmoB5mFTPHxln4QEuC4mVdjmvBQZx7LHRErUObXV0V1P1oXiQxAsk/kXSZX/9MOCGQC";
    const KEY: &str = "MC4CAQAwBQYDK2VwBCIEIGdi7Q4bSZsxdHfRzLwsv4l0UPeE+7dknig3la8b/B7/";

    fn certificate() -> CertificateDer<'static> {
        CertificateDer::from(STANDARD.decode(CERTIFICATE).unwrap())
    }

    /// Answers whoever accepts its certificate with 200; tells its address.
    fn serve() -> String {
        choose_cryptography();
        let key = PrivatePkcs8KeyDer::from(STANDARD.decode(KEY).unwrap());
        let config = rustls::ServerConfig::builder().with_no_client_auth();
        let config = Arc::new(config.with_single_cert(vec![certificate()], key.into()).unwrap());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                let tls = rustls::ServerConnection::new(config.clone()).unwrap();
                let mut stream = rustls::StreamOwned::new(tls, socket.unwrap());
                if stream.read(&mut [0; 4_096]).is_ok() {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
                }
            }
        });
        format!("https://localhost:{port}/")
    }

    #[tokio::test]
    async fn a_server_whose_certificate_nobody_vouches_for_is_not_called() {
        let url = serve();
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = url.parse().unwrap();
        let refused = Reqwest::new().send(request).await;
        assert!(matches!(refused, Err(TransportError::Connect(_))), "{refused:?}");
        // The server is a good one to those who know it.
        let mut roots = rustls::RootCertStore::empty();
        roots.add(certificate()).unwrap();
        let answer = trusting(roots).build().unwrap().get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }

    #[test]
    fn only_https_or_this_machine_may_be_called() {
        assert!(BaseUrl::parse("https://services.leadconnectorhq.com").is_ok());
        assert!(BaseUrl::parse("http://127.0.0.1:4000/api").is_ok());
        assert_eq!(BaseUrl::parse("http://services.leadconnectorhq.com"), Err(BadBaseUrl::NotHttps));
        assert_eq!(BaseUrl::parse("ftp://127.0.0.1"), Err(BadBaseUrl::NotHttps));
        assert_eq!(BaseUrl::parse("nonsense"), Err(BadBaseUrl::NotAUrl));
    }

    #[test]
    fn a_path_is_put_below_the_base_and_the_query_is_encoded() {
        let base = BaseUrl::parse("https://app.helloleads.io/index.php/private/api/").unwrap();
        let url = base.join("/leads", &[("from", "2026-11-22 10:00:00"), ("to", "+1")]);
        assert_eq!(
            url.as_str(),
            "https://app.helloleads.io/index.php/private/api/leads?from=2026-11-22+10%3A00%3A00&to=%2B1"
        );
    }
}
