//! The whole system on one machine: the real handlers and the real clients, between two fake CRMs and the AWS
//! stand-ins.

mod asking;
mod automations;
pub(crate) mod deployment;
mod host;
pub mod ways;

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lambda_events::event::sqs::SqsBatchResponse;
use connect::sign_in::LinkWanted;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use shared::environment::Environment;
use shared::http::Reqwest;
use shared::model::ids::ConnectionId;
use shared::store::table::Table;
use shared::sync::engines::Engines;
use tokio::sync::Mutex;

use crate::aws::clients::{Clients, Endpoints};
use crate::aws::counting::Operations;
use crate::aws::events::FakeEventBridge;
use crate::aws::gateway::{self, Handler};
use crate::aws::secrets::FakeSecretsManager;
use crate::aws::sqs::FakeSqs;
use crate::aws::stream::Stream;
use crate::aws::template::Template;
use crate::aws::{dynamodb, event_source};
use crate::ghl::{Choice, FakeGhl, LocationSettings};
use crate::helloleads::FakeHelloLeads;
use crate::signed_in::SignedIn;
use crate::time::Time;

pub use host::HOST_OF_CONTAINERS;

/// The agency, location, list and account that every world has.
pub const COMPANY: &str = "GNb7aIv4rQFVb9iwNl5K";
pub const LOCATION: &str = "ve9EPM428h8vShlRW1KT";
pub const LIST: &str = "a1b2c3";
pub const API_KEY: &str = "helloleads-key-1";
pub const ACCOUNT: &str = "owner@example.com";
pub const TIME_ZONE: &str = "Asia/Kolkata";
pub const SESSION_KEY: &str = "session-key-of-the-sandbox";

pub const CONTACTS: &str = "ContactSyncQueue.fifo";
pub const NOTES: &str = "NotesSyncQueue.fifo";
pub const APPOINTMENTS: &str = "AppointmentSyncQueue.fifo";
pub const CONTACT_DEAD_LETTERS: &str = "ContactSyncDeadLetters.fifo";
pub const ERRANDS: &str = "ReconcileQueue.fifo";
pub const JOBS: &str = "AutomationQueue.fifo";

/// No world is busy for longer than this many rounds.
const ROUNDS_MAX: usize = 5_000;

/// How a world begins.
#[derive(Clone, Debug)]
pub struct Options {
    pub time: Time,
    /// Where the HTTP API listens.
    pub address: String,
    pub location: LocationSettings,
    /// Where the two CRMs listen.
    pub ghl_address: String,
    pub helloleads_address: String,
    /// Parameters of the template that the world does not give by itself.
    pub parameters: Vec<(String, String)>,
    /// Whether the function automation is told of what changes in the table.
    pub streams: bool,
}

impl Default for Options {
    fn default() -> Self {
        let start: Timestamp = "2026-11-23T10:00:00Z".parse().expect("a constant time");
        Self {
            time: Time::starting_at(start),
            address: "127.0.0.1:0".to_owned(),
            location: LocationSettings::default(),
            ghl_address: "127.0.0.1:0".to_owned(),
            helloleads_address: "127.0.0.1:0".to_owned(),
            parameters: Vec::new(),
            streams: false,
        }
    }
}

/// Everything, running.
pub struct World {
    pub time: Time,
    pub ghl: FakeGhl,
    pub helloleads: FakeHelloLeads,
    pub sqs: FakeSqs,
    pub secrets: FakeSecretsManager,
    pub bus: FakeEventBridge,
    pub table: Table,
    /// What the table is asked.
    pub operations: Operations,
    pub environment: Environment,
    /// Where the HTTP API is reached.
    pub url: String,
    pub browser: reqwest::Client,
    /// Whoever runs the deployment, in that browser, for longer than a session of people's lasts.
    pub signed_in: SignedIn,
    clients: Clients,
    endpoints: Endpoints,
    variables: BTreeMap<String, Environment>,
    parameters: Vec<(String, String)>,
    functions: Functions,
    stream: Mutex<Option<Stream>>,
}

/// The seven functions.
struct Functions {
    intake: Arc<webhook_intake::intake::Intake>,
    connect: Arc<connect::connect::Connect>,
    contact_sync: contact_sync::contact_sync::ContactSync,
    notes_sync: notes_sync::notes_sync::NotesSync,
    appointment_sync: appointment_sync::appointment_sync::AppointmentSync,
    reconcile: reconcile::reconcile::Reconcile,
    automation: automation::automation::Automation,
}

impl Drop for World {
    /// A world in which a role allowed too little has not shown what it seems to have shown.
    fn drop(&mut self) {
        let denied = self.operations.denied();
        assert!(denied.is_empty() || std::thread::panicking(), "{denied:#?}");
    }
}

impl World {
    /// Starts everything; nothing is connected yet.
    ///
    /// # Panics
    /// Where the product does not start: nothing can be tried then.
    pub async fn start(options: Options) -> Self {
        let time = options.time.clone();
        let ghl = FakeGhl::start_at(&options.ghl_address, time.clone()).await;
        ghl.add_company(COMPANY);
        ghl.add_location(COMPANY, LOCATION, options.location.clone());
        let helloleads = FakeHelloLeads::start_at(&options.helloleads_address, time.clone()).await;
        helloleads.add_account(API_KEY, ACCOUNT);
        helloleads.add_list(Some(LIST), "Website enquiries");
        let (sqs, secrets) = (FakeSqs::start(time.clone()).await, FakeSecretsManager::start().await);
        let bus = FakeEventBridge::start().await;
        let template = Template::load();
        let parameters: Vec<(&str, &str)> =
            options.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let values = deployment::values(&template, &ghl, &sqs, &parameters);
        let variables = deployment::variables(&values, &template);
        deployment::put_secrets(&secrets, &ghl);
        let endpoints = Endpoints {
            dynamodb: dynamodb::start().await,
            secrets: secrets.url().to_owned(),
            sqs: sqs.url().to_owned(),
            events: bus.url().to_owned(),
        };
        let operations = Operations::default();
        let clients = Clients::new(&endpoints, operations.of("sandbox", None)).await;
        dynamodb::create_table(&clients.dynamodb, &template, &template.table(), options.streams).await;
        let stream = automations::stream(&options, &endpoints, &template.table()).await;
        let functions = deployment::start(&values, &template, &endpoints, &operations, &time.clock()).await;
        let url = gateway::start(&options.address, functions.routes()).await;
        ghl.deliver_to(&format!("{url}/webhooks/ghl"));
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        let browser = browser.expect("a client without TLS can be built");
        let signed_in = SignedIn::with_key(SESSION_KEY, options.time.now());
        Self {
            time,
            ghl,
            helloleads,
            sqs,
            secrets,
            bus,
            table: Table::new(clients.dynamodb.clone(), template.table()),
            operations,
            clients,
            endpoints,
            environment: deployment::together(&variables),
            variables,
            parameters: options.parameters,
            url,
            browser,
            signed_in,
            functions,
            stream: Mutex::new(stream),
        }
    }

    /// New containers for the functions that work by themselves: what the old ones held in memory is gone.
    pub async fn cold_start(&mut self) {
        let template = Template::load();
        let parameters: Vec<(&str, &str)> =
            self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let values = deployment::values(&template, &self.ghl, &self.sqs, &parameters);
        let (endpoints, operations, clock) = (&self.endpoints, &self.operations, self.time.clock());
        let new = deployment::start(&values, &template, endpoints, operations, &clock).await;
        self.functions = Functions {
            intake: self.functions.intake.clone(),
            connect: self.functions.connect.clone(),
            ..new
        };
    }

    /// The clients that the functions use.
    pub fn clients(&self) -> Clients {
        self.clients.clone()
    }

    /// Where the services are reached that the functions use.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// What the template gives to each function, by its logical id.
    pub fn variables(&self) -> &BTreeMap<String, Environment> {
        &self.variables
    }

    pub fn reconcile(&self) -> &reconcile::reconcile::Reconcile {
        &self.functions.reconcile
    }

    pub fn connect_function(&self) -> &connect::connect::Connect {
        &self.functions.connect
    }

    pub fn contact_sync(&self) -> &contact_sync::contact_sync::ContactSync {
        &self.functions.contact_sync
    }

    pub fn notes_sync(&self) -> &notes_sync::notes_sync::NotesSync {
        &self.functions.notes_sync
    }

    pub fn appointment_sync(&self) -> &appointment_sync::appointment_sync::AppointmentSync {
        &self.functions.appointment_sync
    }

    /// What the functions make their engines of.
    pub fn engines(&self) -> Engines {
        let Clients { dynamodb, secrets, sqs, .. } = self.clients();
        let transport = Arc::new(Reqwest::new());
        Engines::new(&self.environment, dynamodb, secrets, &sqs, transport, self.time.clock())
            .expect("the environment is whole")
    }

    pub fn connection(&self) -> ConnectionId {
        ConnectionId::parse(LOCATION).expect("the location's id is plain")
    }

    /// Connects the GHL location as a person does: from our page to GHL's, and back with a code.
    pub async fn install(&self, choice: Choice) -> reqwest::Response {
        self.ghl.choose(choice);
        let off = self.get("/install").await;
        let there = self.follow(off).await;
        self.follow(there).await
    }

    /// Sends the browser where a redirect says.
    pub async fn follow(&self, answer: reqwest::Response) -> reqwest::Response {
        let to = answer.headers().get("location").and_then(|value| value.to_str().ok());
        let to = to.unwrap_or_else(|| panic!("a redirect, not {}", answer.status())).to_owned();
        let to = if to.starts_with('/') { format!("{}{to}", self.url) } else { to };
        let asked = self.browser.get(to).header("cookie", &self.signed_in.cookie);
        asked.send().await.expect("both servers are on this machine")
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        let asked = self.browser.get(format!("{}{path}", self.url)).header("cookie", &self.signed_in.cookie);
        asked.send().await.expect("the API is on this machine")
    }

    /// A link to the pages at this address, as a deployment's output asks for one.
    pub async fn sign_in_link(&self, at: &str) -> String {
        self.functions.sign_in_link(at).await
    }

    /// Sends a form of a page.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> reqwest::Response {
        let asked = self
            .browser
            .post(format!("{}{path}", self.url))
            .header("cookie", &self.signed_in.cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(self.signed_in.form(form));
        asked.send().await.expect("the API is on this machine")
    }

    /// Enters the HelloLeads settings as a person does, and starts the sync; `more` comes on top of what every world needs.
    pub async fn enter_helloleads(&self, more: &[(&str, &str)]) -> reqwest::Response {
        let base = self.helloleads.url();
        let mut form = vec![
            ("api_key", API_KEY),
            ("email", ACCOUNT),
            ("time_zone", TIME_ZONE),
            ("lists", LIST),
            ("base_url", base.as_str()),
        ];
        form.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        form.extend_from_slice(more);
        let entered = self.post(&format!("/connections/{LOCATION}"), &form).await;
        if entered.status() == 303 {
            self.start_sync().await;
        }
        entered
    }

    /// Starts the sync of a connection that is set up.
    pub async fn start_sync(&self) {
        let started = self.post(&format!("/connections/{LOCATION}/set-up/start"), &[]).await;
        assert_eq!(started.status(), 303, "{}", started.text().await.unwrap_or_default());
    }

    /// Connects both sides and lets everything come to rest.
    pub async fn connect(&self, more: &[(&str, &str)]) {
        let installed = self.install(Choice::Location(LOCATION.to_owned())).await;
        assert_eq!(installed.status(), 303, "the callback leads to the connection's page");
        let entered = self.enter_helloleads(more).await;
        assert_eq!(entered.status(), 303, "{}", entered.text().await.unwrap_or_default());
        self.settle().await;
    }

    /// The schedule fires.
    pub async fn tick(&self) {
        let event = LambdaEvent::new(json!({ "source": "aws.events" }), Context::default());
        self.functions.reconcile.handle(event).await.expect("the schedule's event is handled");
    }

    /// One batch of each queue; whether there was any.
    pub async fn work(&self) -> bool {
        let contacts = self.work_contacts().await;
        let notes = self.work_notes().await;
        let appointments = self.work_appointments().await;
        let jobs = self.work_jobs().await;
        self.work_errands().await || contacts || notes || appointments || jobs
    }

    pub async fn work_notes(&self) -> bool {
        let Some(event) = event_source::receive(&self.sqs, NOTES) else { return false };
        let answer =
            self.functions.notes_sync.handle(LambdaEvent::new(event.clone(), Context::default())).await;
        event_source::settle(&self.sqs, NOTES, &event, &answer.expect("a batch never fails as a whole"));
        true
    }

    pub async fn work_appointments(&self) -> bool {
        let Some(event) = event_source::receive(&self.sqs, APPOINTMENTS) else { return false };
        let answer =
            self.functions.appointment_sync.handle(LambdaEvent::new(event.clone(), Context::default())).await;
        event_source::settle(
            &self.sqs,
            APPOINTMENTS,
            &event,
            &answer.expect("a batch never fails as a whole"),
        );
        true
    }

    pub async fn work_contacts(&self) -> bool {
        let Some(event) = event_source::receive(&self.sqs, CONTACTS) else { return false };
        let answer =
            self.functions.contact_sync.handle(LambdaEvent::new(event.clone(), Context::default())).await;
        event_source::settle(&self.sqs, CONTACTS, &event, &answer.expect("a batch never fails as a whole"));
        true
    }

    pub async fn work_errands(&self) -> bool {
        let Some(event) = event_source::receive_up_to(&self.sqs, ERRANDS, 1) else { return false };
        let payload = serde_json::to_value(&event).expect("an event can be written as JSON");
        let answer = self.functions.reconcile.handle(LambdaEvent::new(payload, Context::default())).await;
        let answer: Value = answer.expect("a batch never fails as a whole");
        let answer: SqsBatchResponse = serde_json::from_value(answer).expect("a batch's answer");
        event_source::settle(&self.sqs, ERRANDS, &event, &answer);
        true
    }

    /// Delivers webhooks and works through the queues until nothing is left, moving time on where all wait for it.
    pub async fn settle(&self) {
        for _ in 0..ROUNDS_MAX {
            if self.step().await {
                continue;
            }
            match self.next_visible_at() {
                None => return,
                Some(at) => {
                    let wait = at.duration_since(self.time.now()).max(SignedDuration::from_millis(1));
                    self.time.advance(wait);
                }
            }
        }
        panic!("the world did not come to rest: {:?}", self.sqs.messages(CONTACTS));
    }

    /// Delivers what waits to be delivered, and works on one batch of each queue; whether there was anything to do now.
    pub async fn step(&self) -> bool {
        let delivered = self.ghl.deliver_all().await + self.helloleads.deliver_relays().await;
        let delivered = delivered + self.deliver_bus().await;
        self.work().await || delivered > 0
    }

    /// A schedule period passes: the schedule fires, and everything comes to rest.
    pub async fn pass_period(&self) {
        self.time.advance(SignedDuration::from_mins(5));
        self.tick().await;
        if self.stream.lock().await.is_some() {
            self.tick_automation().await;
        }
        self.settle().await;
    }

    /// When the next message comes back, where all are being waited for.
    pub fn next_visible_at(&self) -> Option<Timestamp> {
        [CONTACTS, NOTES, APPOINTMENTS, ERRANDS, JOBS]
            .into_iter()
            .filter_map(|queue| self.sqs.next_visible_at(queue))
            .min()
    }
}

impl Functions {
    async fn sign_in_link(&self, at: &str) -> String {
        let wanted = LinkWanted { sign_in_at: at.to_owned() };
        self.connect.give_link(&wanted).await.expect("the table takes a link").link
    }

    /// Which of them answers which paths of the HTTP API.
    fn routes(&self) -> gateway::Routes {
        let (intake, connect) = (self.intake.clone(), self.connect.clone());
        let to_intake: Handler = Arc::new(move |request| {
            let intake = intake.clone();
            Box::pin(async move { intake.handle(request).await })
        });
        let to_connect: Handler = Arc::new(move |request| {
            let connect = connect.clone();
            Box::pin(async move { connect.handle(request).await })
        });
        vec![("/webhooks/", to_intake.clone()), ("/hooks/", to_intake), ("/", to_connect)]
    }
}
