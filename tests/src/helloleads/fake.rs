//! The handle on a running fake.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;

use super::row::row;
use super::server;
use super::state::{List, State};
use super::switches::Switches;
use super::v1;
use crate::calls::CallLog;
use crate::faults::Faults;
use crate::time::Time;

/// The path before every call of the key API, as in the real one.
pub(super) const API_PREFIX: &str = "/index.php/private/api";
/// Where the relay waits for the changes that we send it.
pub(super) const CATCH_HOOK: &str = "/relay/catch-hook";
/// How long the relay waits for the answer to a webhook.
const RELAY_PATIENCE: Duration = Duration::from_secs(30);

/// A running fake HelloLeads. Clones share everything.
#[derive(Clone)]
pub struct FakeHelloLeads(Arc<Inner>);

struct Inner {
    address: SocketAddr,
    calls: CallLog,
    faults: Faults,
    state: Mutex<State>,
    /// Made at the first use: most of its cost is reading the machine's TLS roots.
    http: OnceLock<reqwest::Client>,
}

impl FakeHelloLeads {
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

    /// The base of the key API: what a connection's `base_url` is set to.
    pub fn url(&self) -> String {
        format!("{}{API_PREFIX}", self.host_url())
    }

    /// The base of the newer API.
    pub fn v1_url(&self) -> String {
        format!("{}{}", self.host_url(), v1::PREFIX)
    }

    /// Where the relay takes our changes.
    pub fn catch_hook_url(&self) -> String {
        format!("{}{CATCH_HOOK}", self.host_url())
    }

    pub fn calls(&self) -> &CallLog {
        &self.0.calls
    }

    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// Changes what this HelloLeads can do and how it behaves, from the next call on.
    pub fn set(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.state().switches);
    }

    /// Lets in whoever shows this API key together with this e-mail.
    pub fn add_account(&self, api_key: &str, email: &str) {
        self.state().accounts.insert(api_key.to_owned(), email.to_owned());
    }

    /// Every API key stops working.
    pub fn revoke_key(&self) {
        self.state().accounts.clear();
    }

    /// Adds a list. One without a key is shown by `GET /lists` with `list_key: null`.
    pub fn add_list(&self, list_key: Option<&str>, name: &str) {
        let mut state = self.state();
        let created = state.its_now();
        state.lists.push(List { key: list_key.map(str::to_owned), name: name.to_owned(), created });
    }

    /// Adds a custom field that has options.
    pub fn add_choice_field(&self, id: &str, name: &str, options: &[&str]) {
        self.add_custom_field(id, name);
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        self.state().custom_options.insert(id.to_owned(), options);
    }

    /// Adds a custom field: values sent under any other id are ignored.
    pub fn add_custom_field(&self, id: &str, name: &str) {
        self.state().custom_fields.insert(id.to_owned(), name.to_owned());
    }

    /// The lead as the API shows it; `None` where it does not exist or was deleted.
    pub fn lead(&self, id: &str) -> Option<Value> {
        let state = self.state();
        let lead = state.leads.get(id.parse().ok()?)?;
        Some(row(&state, lead))
    }

    /// All leads as the API shows them, oldest id first.
    pub fn leads(&self) -> Vec<Value> {
        let state = self.state();
        state.leads.all().map(|lead| row(&state, lead)).collect()
    }

    /// A `person_…` call panics on a test's mistake while it holds the state: it has changed nothing by then.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        self.0.http.get_or_init(webhook_client)
    }

    fn host_url(&self) -> String {
        format!("http://{}", self.0.address)
    }
}

/// The relay's own client, which gives up on a receiver that does not answer.
fn webhook_client() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().timeout(RELAY_PATIENCE);
    client.build().expect("a client without special TLS settings can be built")
}
