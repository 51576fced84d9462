//! The handle on a running fake.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;

use super::location::{Location, LocationSettings};
use super::state::State;
use super::switches::Switches;
use super::webhooks::SignedWebhook;
use super::{server, shape, signing};
use crate::calls::CallLog;
use crate::faults::Faults;
use crate::time::Time;

pub(super) const APP_ID: &str = "6740f1c2a9d35b08e4c7f261";
pub(super) const VERSION_ID: &str = "6740f1c2a9d35b08e4c7f262";
pub(super) const CLIENT_ID: &str = "6740f1c2a9d35b08e4c7f261-m3x9k2ab";
pub(super) const CLIENT_SECRET: &str = "client-secret-of-the-fake-ghl";
pub(super) const SHARED_SECRET: &str = "5f3c7f60-shared-secret-of-the-fake-ghl";
/// The id of the user who installs the app everywhere.
pub(super) const INSTALLER: &str = "Rg6BRRiHh7dS9gJy3W8a";

/// How long GHL waits for the answer to a webhook. Not documented.
const WEBHOOK_PATIENCE: Duration = Duration::from_secs(10);

/// A running fake GHL. Clones share everything.
#[derive(Clone)]
pub struct FakeGhl(Arc<Inner>);

struct Inner {
    address: SocketAddr,
    calls: CallLog,
    faults: Faults,
    state: Mutex<State>,
    /// Made at the first use: most of its cost is reading the machine's TLS roots.
    http: OnceLock<reqwest::Client>,
}

/// What GHL knows the product by.
#[derive(Clone, Debug)]
pub struct AppCredentials {
    /// The app's id, a dash and a suffix.
    pub client_id: String,
    pub client_secret: String,
    /// What the context of a custom page is encrypted with.
    pub shared_secret: String,
    /// 24 hexadecimal digits; webhooks name it.
    pub app_id: String,
}

impl FakeGhl {
    /// Serves on a free port of this machine until the runtime ends.
    pub async fn start(time: Time) -> Self {
        Self::start_at("127.0.0.1:0", time).await
    }

    /// The same on this address.
    ///
    /// # Panics
    /// Where the address is taken.
    pub async fn start_at(address: &str, time: Time) -> Self {
        let listener = TcpListener::bind(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
        let address = listener.local_addr().expect("a bound listener has an address");
        let fake = Self::unserved(time, address);
        tokio::spawn(server::serve(listener, fake.clone()));
        fake
    }

    /// One that nobody reaches over the network: it is asked by [`Self::answer`], and only says that it is there.
    pub fn unserved(time: Time, address: SocketAddr) -> Self {
        Self(Arc::new(Inner {
            address,
            calls: CallLog::new(time.clone()),
            faults: Faults::default(),
            state: Mutex::new(State::new(time)),
            http: OnceLock::new(),
        }))
    }

    /// Does what a request asks, without a network and without faults.
    pub fn answer(&self, request: http::Request<bytes::Bytes>) -> http::Response<bytes::Bytes> {
        server::answered(self, request)
    }

    /// The base of the API, of the token endpoint and of the chooser.
    pub fn url(&self) -> String {
        format!("http://{}", self.0.address)
    }

    pub fn calls(&self) -> &CallLog {
        &self.0.calls
    }

    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    pub fn app(&self) -> AppCredentials {
        AppCredentials {
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            shared_secret: SHARED_SECRET.to_owned(),
            app_id: APP_ID.to_owned(),
        }
    }

    /// Changes how this GHL behaves where the real one is uncertain, from the next call on.
    pub fn set(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.state().switches);
    }

    /// Whether webhooks carry the legacy RSA signature too.
    pub fn set_legacy(&self, legacy: bool) {
        self.set(|switches| switches.legacy_signature = legacy);
    }

    /// Calls per ten seconds and per day, of each location and company.
    pub fn set_limits(&self, burst: usize, daily: usize) {
        self.state().limits.set(burst, daily);
    }

    pub fn add_company(&self, company: &str) {
        self.state().companies.insert(company.to_owned());
    }

    /// Adds a location. It fires no webhooks before the app is installed in it.
    pub fn add_location(&self, company: &str, location: &str, settings: LocationSettings) {
        let mut state = self.state();
        assert!(state.companies.contains(company), "add_company comes first");
        state.locations.insert(location.to_owned(), Location::new(company, settings));
    }

    /// Adds a custom field of contacts: `{id, name, fieldKey, dataType, picklistOptions?}`.
    pub fn add_custom_field(&self, location: &str, field: Value) {
        self.change_location(location, |location| location.custom_fields.push(field));
    }

    /// Adds a user: `{id, name, email}`.
    pub fn add_user(&self, location: &str, user: Value) {
        self.change_location(location, |location| location.users.push(user));
    }

    /// The contact as `GET` shows it; `None` where it does not exist or was deleted.
    pub fn contact(&self, location: &str, id: &str) -> Option<Value> {
        let state = self.state();
        let contact = state.locations.get(location)?.contact(id).filter(|contact| !contact.deleted)?;
        Some(shape::as_read(contact))
    }

    /// All contacts that are not deleted, oldest first, as `GET` shows them.
    pub fn contacts(&self, location: &str) -> Vec<Value> {
        let state = self.state();
        let mut contacts: Vec<_> =
            state.locations.get(location).into_iter().flat_map(Location::contacts).collect();
        contacts.sort_by_key(|contact| contact.added);
        contacts.into_iter().map(shape::as_read).collect()
    }

    /// The public key of [`Self::sign`], as SPKI PEM.
    pub fn webhook_public_key_pem(&self) -> String {
        signing::public_key_pem()
    }

    /// Signs a body as GHL does: base64 of an Ed25519 signature.
    pub fn sign(&self, body: &[u8]) -> String {
        signing::sign(body)
    }

    /// The public key of [`Self::sign_legacy`], as SPKI PEM.
    pub fn legacy_public_key_pem(&self) -> String {
        signing::legacy_public_key_pem()
    }

    /// Signs a body the old way: base64 of an RSA PKCS #1 v1.5 SHA-256 signature.
    pub fn sign_legacy(&self, body: &[u8]) -> String {
        signing::sign_legacy(body)
    }

    /// Points the app's default webhook URL at `url`.
    pub fn deliver_to(&self, url: &str) {
        self.state().webhook_url = Some(url.to_owned());
    }

    /// The webhooks that nobody has accepted or taken yet.
    pub fn webhooks_waiting(&self) -> usize {
        self.state().outbox.waiting().len()
    }

    /// How many webhooks were refused so often that GHL gave them up.
    pub fn webhooks_given_up(&self) -> usize {
        self.state().outbox.given_up()
    }

    /// Takes all waiting webhooks, so that a test can deliver, drop, repeat and reorder them.
    pub fn take_webhooks(&self) -> Vec<SignedWebhook> {
        self.state().outbox.take_all()
    }

    /// Delivers one webhook to the URL of [`Self::deliver_to`] and answers its status, 0 where there was none.
    /// Any answer but a 2xx keeps it for another try.
    pub async fn deliver(&self, hook: &SignedWebhook) -> u16 {
        let url = self.state().webhook_url.clone().expect("deliver_to comes first");
        let mut request = self.0.http.get_or_init(webhook_client).post(url).body(hook.body.clone());
        for (name, value) in &hook.headers {
            request = request.header(name, value);
        }
        let status = request.send().await.map_or(0, |response| response.status().as_u16());
        let mut state = self.state();
        if (200..300).contains(&status) {
            state.outbox.accepted(hook);
        } else {
            state.outbox.refused(hook);
        }
        status
    }

    /// Delivers each waiting webhook once, in order; answers how many were accepted.
    pub async fn deliver_all(&self) -> usize {
        let waiting: Vec<SignedWebhook> = self.state().outbox.waiting().iter().cloned().collect();
        let mut accepted = 0;
        for hook in waiting {
            accepted += usize::from((200..300).contains(&self.deliver(&hook).await));
        }
        accepted
    }

    /// A `person_…` call panics on a test's mistake while it holds the state: it has changed nothing by then.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change_location(&self, id: &str, change: impl FnOnce(&mut Location)) {
        change(self.state().locations.get_mut(id).expect("add_location comes first"));
    }
}

/// GHL's own client, which gives up on a receiver that does not answer.
fn webhook_client() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().timeout(WEBHOOK_PATIENCE);
    let client = client.redirect(reqwest::redirect::Policy::none());
    client.build().expect("a client without special TLS settings can be built")
}
