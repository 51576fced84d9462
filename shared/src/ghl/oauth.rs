//! GHL's OAuth: authorize, exchange, refresh, and a location's tokens made from its agency's.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method};
use jiff::{SignedDuration, Timestamp};
use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
    BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EndpointNotSet, EndpointSet, ExtraTokenFields, RedirectUrl, RefreshToken, RequestTokenError, Scope,
    StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::client::VERSION;
use crate::http::{BaseUrl, Request, Response, Transport, TransportError};
use crate::model::ids::{CompanyId, ConnectionId};

/// What the product asks for. The agency's two are needed where agencies install for all their locations.
pub const SCOPES: [&str; 11] = [
    "contacts.readonly",
    "contacts.write",
    "calendars.readonly",
    "calendars/events.readonly",
    "calendars/events.write",
    "locations/tasks.readonly",
    "locations.readonly",
    "locations/customFields.readonly",
    "users.readonly",
    "oauth.readonly",
    "oauth.write",
];

/// GHL lists an agency's locations in pages of this many.
const LOCATIONS_PER_PAGE: usize = 20;
/// No agency has more.
const LOCATIONS_MAX: usize = 20_000;

/// A token pair as GHL grants it.
#[derive(Clone, Debug)]
pub struct Grant {
    pub access: SecretString,
    pub refresh: Option<SecretString>,
    pub expires_at: Timestamp,
    pub user_type: UserType,
    pub company: Option<CompanyId>,
    pub location: Option<ConnectionId>,
    /// What it covers; empty where GHL does not say.
    pub scopes: BTreeSet<String>,
}

/// Whose token it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserType {
    Location,
    Company,
    /// One that GHL has added since.
    Unknown(String),
}

/// Why there is no grant.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// GHL said no: the code or token is used, revoked or wrong.
    #[error("GHL refused with status {status}")]
    Refused { status: u16 },
    /// Whether GHL did the work is unknown.
    #[error("GHL gave no answer")]
    NoAnswer(#[source] TransportError),
    #[error("GHL answered {status}, and not with tokens")]
    Unusable { status: u16 },
}

/// What GHL adds to a token response.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct GhlTokenFields {
    user_type: Option<String>,
    company_id: Option<CompanyId>,
    location_id: Option<ConnectionId>,
}

impl ExtraTokenFields for GhlTokenFields {}

type GhlTokenResponse = StandardTokenResponse<GhlTokenFields, BasicTokenType>;

type GhlOAuthClient = Client<
    BasicErrorResponse,
    GhlTokenResponse,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Our transport as the oauth2 crate calls one.
struct TokenTransport(Arc<dyn Transport>);

impl<'c> AsyncHttpClient<'c> for TokenTransport {
    type Error = TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<oauth2::HttpResponse, TransportError>> + Send + 'c>>;

    fn call(&'c self, request: oauth2::HttpRequest) -> Self::Future {
        Box::pin(async move {
            let response = self.0.send(request.map(Bytes::from)).await?;
            Ok(response.map(|body| body.to_vec()))
        })
    }
}

/// The app at GHL's token endpoint.
#[derive(Clone)]
pub struct OAuth {
    transport: Arc<dyn Transport>,
    base: BaseUrl,
    client_id: String,
    client_secret: SecretString,
}

#[derive(Deserialize)]
struct InstalledLocations {
    #[serde(default)]
    locations: Vec<InstalledLocation>,
}

#[derive(Deserialize)]
struct InstalledLocation {
    #[serde(rename = "_id")]
    id: ConnectionId,
    #[serde(default = "yes", rename = "isInstalled")]
    is_installed: bool,
}

fn yes() -> bool {
    true
}

impl OAuth {
    pub fn new(
        transport: Arc<dyn Transport>,
        base: BaseUrl,
        client_id: &str,
        client_secret: &SecretString,
    ) -> Self {
        Self { transport, base, client_id: client_id.to_owned(), client_secret: client_secret.clone() }
    }

    pub fn client_secret(&self) -> &SecretString {
        &self.client_secret
    }

    /// Where a person chooses the location; GHL sends the browser back to `redirect` with a code and this state. `further`
    /// are scopes beyond those of the sync.
    pub fn authorize_url(
        &self,
        authorize: &BaseUrl,
        redirect: &str,
        state: &str,
        further: &[&str],
    ) -> url::Url {
        let client = self.client(Some(authorize), Some(redirect));
        let scopes = SCOPES.iter().chain(further).map(|scope| Scope::new((*scope).to_owned()));
        let state = state.to_owned();
        client.authorize_url(|| CsrfToken::new(state)).add_scopes(scopes).url().0
    }

    /// Exchanges the code that came with the redirect; it works once.
    pub async fn exchange_code(
        &self,
        code: &str,
        redirect: &str,
        now: Timestamp,
    ) -> Result<Grant, GrantError> {
        let client = self.client(None, Some(redirect));
        let asked = client.exchange_code(AuthorizationCode::new(code.to_owned()));
        to_grant(asked.request_async(&TokenTransport(self.transport.clone())).await, now)
    }

    /// Whether GHL knows the app's id and secret. It is asked with a code that is none: it looks at the app first.
    ///
    /// # Errors
    /// Where GHL does not answer so that one could tell.
    pub async fn is_known(&self) -> Result<bool, GrantError> {
        let client = self.client(None, None);
        let asked = client.exchange_code(AuthorizationCode::new("none".to_owned()));
        match asked.request_async(&TokenTransport(self.transport.clone())).await {
            Ok(_) => Ok(true),
            Err(RequestTokenError::ServerResponse(refusal)) => {
                let is_unknown = *refusal.error() == BasicErrorResponseType::InvalidClient;
                let says = refusal.error_description().map(String::as_str).unwrap_or_default();
                Ok(!is_unknown && !speaks_of_client(says))
            }
            Err(RequestTokenError::Parse(_, body)) if is_refusal(&body) => {
                Ok(!speaks_of_client(&String::from_utf8_lossy(&body)))
            }
            Err(error) => to_grant(Err(error), Timestamp::UNIX_EPOCH).map(|_| true),
        }
    }

    /// Uses a refresh token up.
    pub async fn refresh(&self, refresh: &SecretString, now: Timestamp) -> Result<Grant, GrantError> {
        let client = self.client(None, None);
        let token = RefreshToken::new(refresh.expose_secret().to_owned());
        let asked = client.exchange_refresh_token(&token);
        to_grant(asked.request_async(&TokenTransport(self.transport.clone())).await, now)
    }

    /// `POST /oauth/locationToken`: a location's tokens from its agency's. Scope `oauth.write`.
    pub async fn location_grant(
        &self,
        agency: &SecretString,
        company: &CompanyId,
        location: &ConnectionId,
        now: Timestamp,
    ) -> Result<Grant, GrantError> {
        let form = [("companyId", company.as_str()), ("locationId", location.as_str())];
        let body = serde_urlencoded::to_string(form).expect("two texts can be written as a form");
        let url = self.base.join("/oauth/locationToken", &[]);
        let response = self.ask(Method::POST, &url, agency, body).await?;
        let tokens: GhlTokenResponse = read(&response)?;
        Ok(from_response(&tokens, now))
    }

    /// `GET /oauth/installedLocations`: where the agency has the app installed. Scope `oauth.readonly`.
    pub async fn installed_locations(
        &self,
        agency: &SecretString,
        company: &CompanyId,
        app_id: &str,
    ) -> Result<Vec<ConnectionId>, GrantError> {
        let mut found = Vec::new();
        for skip in (0..LOCATIONS_MAX).step_by(LOCATIONS_PER_PAGE) {
            let (skip, limit) = (skip.to_string(), LOCATIONS_PER_PAGE.to_string());
            let query = [
                ("companyId", company.as_str()),
                ("appId", app_id),
                ("isInstalled", "true"),
                ("skip", &skip),
                ("limit", &limit),
            ];
            let url = self.base.join("/oauth/installedLocations", &query);
            let page: InstalledLocations = read(&self.ask(Method::GET, &url, agency, String::new()).await?)?;
            let count = page.locations.len();
            found.extend(page.locations.into_iter().filter(|one| one.is_installed).map(|one| one.id));
            if count < LOCATIONS_PER_PAGE {
                break;
            }
        }
        Ok(found)
    }

    fn client(&self, authorize: Option<&BaseUrl>, redirect: Option<&str>) -> GhlOAuthClient {
        let authorize = authorize.unwrap_or(&self.base).as_url().clone();
        let client = Client::new(ClientId::new(self.client_id.clone()))
            .set_client_secret(ClientSecret::new(self.client_secret.expose_secret().to_owned()))
            .set_auth_type(AuthType::RequestBody)
            .set_auth_uri(AuthUrl::from_url(authorize))
            .set_token_uri(TokenUrl::from_url(self.base.join("/oauth/token", &[])));
        match redirect.and_then(|redirect| RedirectUrl::new(redirect.to_owned()).ok()) {
            Some(redirect) => client.set_redirect_uri(redirect),
            None => client,
        }
    }

    async fn ask(
        &self,
        method: Method,
        url: &url::Url,
        agency: &SecretString,
        body: String,
    ) -> Result<Response, GrantError> {
        let mut request = Request::new(Bytes::from(body));
        *request.method_mut() = method;
        *request.uri_mut() = url.as_str().parse().expect("a URL is a URI");
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", agency.expose_secret()))
            .map_err(|_| GrantError::Refused { status: 401 })?;
        bearer.set_sensitive(true);
        let headers = request.headers_mut();
        headers.insert("authorization", bearer);
        headers.insert("version", HeaderValue::from_static(VERSION));
        headers.insert("accept", HeaderValue::from_static("application/json"));
        headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
        self.transport.send(request).await.map_err(GrantError::NoAnswer)
    }
}

fn read<T: serde::de::DeserializeOwned>(response: &Response) -> Result<T, GrantError> {
    let status = response.status();
    if matches!(status.as_u16(), 400 | 401 | 403) {
        return Err(GrantError::Refused { status: status.as_u16() });
    }
    let unusable = GrantError::Unusable { status: status.as_u16() };
    if !status.is_success() {
        return Err(unusable);
    }
    serde_json::from_slice(response.body()).map_err(|_| unusable)
}

type TokenResult = Result<GhlTokenResponse, RequestTokenError<TransportError, BasicErrorResponse>>;

/// Any refusal of GHL's comes with an OAuth error body, or with one of its own kind.
fn to_grant(answered: TokenResult, now: Timestamp) -> Result<Grant, GrantError> {
    match answered {
        Ok(tokens) => Ok(from_response(&tokens, now)),
        Err(RequestTokenError::ServerResponse(_)) => Err(GrantError::Refused { status: 400 }),
        Err(RequestTokenError::Request(error)) => Err(GrantError::NoAnswer(error)),
        Err(RequestTokenError::Parse(_, body)) if is_refusal(&body) => {
            Err(GrantError::Refused { status: 400 })
        }
        Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => {
            Err(GrantError::Unusable { status: 0 })
        }
    }
}

/// The documents do not say how GHL refuses an app that it does not know: it is told by its words.
fn speaks_of_client(says: &str) -> bool {
    let says = says.to_ascii_lowercase();
    says.contains("client credential") || says.contains("client id") || says.contains("client_id")
}

/// GHL's own error body has a status code in it: `{"statusCode": 400, "message": …}`.
fn is_refusal(body: &[u8]) -> bool {
    let status = serde_json::from_slice::<serde_json::Value>(body).ok();
    let status = status.and_then(|body| body.get("statusCode")?.as_u64());
    status.is_some_and(|status| matches!(status, 400 | 401 | 403))
}

fn from_response(tokens: &GhlTokenResponse, now: Timestamp) -> Grant {
    let life = tokens.expires_in().map_or(86_399, |life| life.as_secs().min(86_400));
    let extra = tokens.extra_fields();
    Grant {
        access: tokens.access_token().secret().clone().into(),
        refresh: tokens.refresh_token().map(|token| token.secret().clone().into()),
        expires_at: now + SignedDuration::from_secs(i64::try_from(life).unwrap_or(86_399)),
        user_type: match extra.user_type.as_deref() {
            Some("Company") => UserType::Company,
            Some("Location") => UserType::Location,
            other => UserType::Unknown(other.unwrap_or_default().to_owned()),
        },
        company: extra.company_id.clone(),
        location: extra.location_id.clone(),
        scopes: tokens.scopes().into_iter().flatten().map(|scope| scope.as_str().to_owned()).collect(),
    }
}
