//! The world of one storm: both fake CRMs, the AWS stand-ins, the connections, all of it in this process.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, Region, SharedHttpClient, StalledStreamProtectionConfig,
};
use bytes::Bytes;
use dynoxide::Database;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use shared::connection::Connection;
use shared::connection::policy::Most;
use shared::helloleads::hook::live_secrets;
use shared::model::ids::ConnectionId;
use shared::store::connections::Connections;
use shared::store::table::Table;

use super::aws_wire::AwsWire;
use super::crm_wire::{Crm, CrmWire};
use super::dice::Dice;
use super::functions::Ground;
use super::model::Model;
use super::setting::{GHL_PORT, HELLOLEADS_PORTS, Setting, Way};
use super::tasks::at_once;
use super::weather::{Fault, Weather};
use crate::aws::clients::Clients;
use crate::aws::dynamodb;
use crate::aws::events::FakeEventBridge;
use crate::aws::gateway;
use crate::aws::secrets::FakeSecretsManager;
use crate::aws::sqs::FakeSqs;
use crate::aws::template::Template;
use crate::ghl::{FakeGhl, LocationSettings};
use crate::helloleads::{FakeHelloLeads, RelayAuth};
use crate::signed_in::SignedIn;
use crate::time::Time;
use crate::world::{ACCOUNT, API_KEY, COMPANY, LIST, SESSION_KEY, TIME_ZONE, deployment};

/// What all functions of all storms are called by.
const HOST: &str = "127.0.0.1:7000";

/// How many connections a storm has, each number as often as it stands here.
const CONNECTIONS: [usize; 10] = [1, 1, 1, 1, 1, 1, 1, 2, 2, 4];

/// Of an account that is reached by a session.
const SESSION: &str = "session-of-the-storm";
const USER: &str = "7";

/// Everything, before anything happens.
pub struct Cloud {
    pub time: Time,
    pub weather: Weather,
    pub model: Model,
    pub ghl: FakeGhl,
    pub helloleads: Vec<FakeHelloLeads>,
    pub sqs: FakeSqs,
    pub secrets: FakeSecretsManager,
    pub bus: FakeEventBridge,
    pub database: Database,
    pub settings: Vec<Setting>,
    pub ground: Ground,
    /// Every call that put messages into a queue, as JSON.
    pub accepted: Arc<Mutex<Vec<String>>>,
}

impl Cloud {
    /// The world that the seed decides, connected and at rest.
    pub fn of_seed(seed: u64) -> Self {
        let begin: Timestamp = "2026-11-23T10:00:00Z".parse().expect("a constant time");
        let time = Time::starting_at(begin);
        Self::in_weather(seed, Weather::new(seed, time))
    }

    /// The same, in a weather of one's own.
    pub fn in_weather(seed: u64, weather: Weather) -> Self {
        let time = weather.time.clone();
        let mut dice = Dice::new(seed ^ 0xC0FF_EE00);
        let connections = dice.pick(&CONNECTIONS).copied().unwrap_or(1);
        let settings: Vec<Setting> = (0..connections).map(|place| Setting::drawn(&mut dice, place)).collect();
        let ghl = FakeGhl::unserved(time.clone(), address(GHL_PORT));
        ghl.add_company(COMPANY);
        for setting in &settings {
            let (allow_duplicates, index_lag_ms) = (setting.allow_duplicates, setting.index_lag_ms);
            let location = LocationSettings { allow_duplicates, index_lag_ms, ..LocationSettings::default() };
            ghl.add_location(COMPANY, &setting.location, location);
            ghl.add_calendar(&setting.location, json!({ "id": calendar(setting), "name": "Sales" }));
        }
        let helloleads = settings.iter().map(|setting| account(setting, &time, &weather)).collect::<Vec<_>>();
        let (sqs, secrets) = (FakeSqs::unserved(time.clone()), FakeSecretsManager::unserved());
        let bus = FakeEventBridge::unserved();
        let database = Database::memory().expect("a database in memory can be opened");
        let values = deployment::values(template(), &ghl, &sqs, &[]);
        let environment = deployment::together(&deployment::variables(&values, template()));
        deployment::put_secrets(&secrets, &ghl);
        let model = Model::new(time.clone());
        let accepted: Arc<Mutex<Vec<String>>> = Arc::default();
        let wire = AwsWire {
            database: database.clone(),
            sqs: sqs.clone(),
            secrets: secrets.clone(),
            bus: bus.clone(),
            weather: weather.clone(),
            accepted: accepted.clone(),
        };
        let clients = clients(&wire);
        let name = environment.require("TABLE_NAME").expect("the table is named").to_owned();
        at_once(dynamodb::create_table(&clients.dynamodb, template(), &name, false));
        let transport = Arc::new(CrmWire {
            ghl: ghl.clone(),
            locations: settings.iter().map(|setting| setting.location.clone()).collect(),
            polled: settings
                .iter()
                .filter(|setting| setting.way != Way::Relay)
                .map(|setting| Crm::HelloLeads(setting.place))
                .collect(),
            helloleads: helloleads.clone(),
            weather: weather.clone(),
            model: model.clone(),
        });
        let ground = Ground { environment, clients, transport, naps: weather.naps.clone() };
        Self {
            time,
            weather,
            model,
            ghl,
            helloleads,
            sqs,
            secrets,
            bus,
            database,
            settings,
            ground,
            accepted,
        }
    }

    /// Runs work to its end, moving time on where it waits.
    pub fn finish<O>(&self, work: impl Future<Output = O>) -> O {
        let mut work = std::pin::pin!(work);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        loop {
            if let std::task::Poll::Ready(output) = work.as_mut().poll(&mut context) {
                return output;
            }
            let next = self.weather.naps.next_at().expect("whoever waits is asleep");
            let wait = (next - self.time.now().as_millisecond()).max(0);
            self.time.advance(jiff::SignedDuration::from_millis(wait));
        }
    }

    /// Asks a page of ours, whatever it answers.
    pub fn ask(&self, request: http::Request<Bytes>) -> u16 {
        let connect = self.ground.connect();
        let answer = self.finish(connect.handle(gateway::to_request(request)));
        answer.expect("a page never fails as a whole").status().as_u16()
    }

    pub fn table(&self) -> Table {
        let name = self.ground.environment.require("TABLE_NAME").expect("the table is named").to_owned();
        Table::new(self.ground.clients.dynamodb.clone(), name)
    }

    pub fn connection(&self, place: usize) -> ConnectionId {
        ConnectionId::parse(&self.settings[place].location).expect("a location's id is plain")
    }

    /// Connects the GHL location, as a person who comes back from GHL with a code. In calm weather.
    pub fn install(&self, place: usize) {
        let code = self.ghl.install_from_marketplace(&self.settings[place].location);
        let status = self.visit(http::Method::GET, &format!("/oauth/callback?code={code}"), &[]);
        assert_eq!(status, 303, "an install in calm weather succeeds");
    }

    /// Whether Secrets Manager holds this token.
    pub fn keeps(&self, token: &str) -> bool {
        let mut values = self.secrets.names().into_iter().filter_map(|name| self.secrets.value(&name));
        values.any(|value| value.contains(token))
    }

    /// Enters the HelloLeads settings as a person does. In calm weather.
    pub fn enter(&self, place: usize) {
        let (setting, fake) = (&self.settings[place], &self.helloleads[place]);
        let (base, hook, session) = (fake.url(), fake.catch_hook_url(), fake.v1_url());
        let calendar = calendar(setting);
        let mut form = vec![
            ("time_zone", TIME_ZONE),
            ("lists", LIST),
            ("conflict", setting.conflict),
            ("on_delete", setting.on_delete_name()),
            ("calendar", calendar.as_str()),
        ];
        match setting.way {
            Way::Key => form.extend([
                ("api_key", API_KEY),
                ("email", ACCOUNT),
                ("base_url", base.as_str()),
                ("probe", "yes"),
                ("advanced", r#"{"calls_per_hour":900,"poll":{"sweep_hours":1}}"#),
            ]),
            Way::V1 => form.extend([
                ("profile", "v1"),
                ("api_key", SESSION),
                ("email", USER),
                ("base_url", session.as_str()),
                ("organisation", "org-1"),
                ("probe", "yes"),
                ("advanced", r#"{"calls_per_hour":900,"poll":{"sweep_hours":1}}"#),
            ]),
            Way::Relay => form.extend([
                ("profile", "relay"),
                ("catch_hook", hook.as_str()),
                ("advanced", r#"{"hook":{"trust":"snapshot"},"poll":{"sweep_hours":1}}"#),
            ]),
        }
        if setting.related {
            form.extend([("tasks", "yes"), ("notes", "yes"), ("appointments", "yes")]);
        }
        let status = self.visit(http::Method::POST, &format!("/connections/{}", setting.location), &form);
        assert_eq!(status, 303, "settings entered in calm weather are taken");
        let connections = Connections::new(self.table());
        let braked = |connection: &mut Connection| {
            connection.policy.brake.deletes = Most { records: setting.brake as u64, percent: 0 };
        };
        at_once(connections.change(&self.connection(place), braked))
            .expect("the table answers in calm weather");
        let start = format!("/connections/{}/set-up/start", setting.location);
        assert_eq!(self.visit(http::Method::POST, &start, &[]), 303, "what is set up can be started");
    }

    /// Releases the brake on deletions, as a person does. In calm weather.
    pub fn release(&self, place: usize) {
        let path = format!("/connections/{}/release-delete", self.settings[place].location);
        assert_eq!(self.visit(http::Method::POST, &path, &[]), 303, "a brake can be released");
    }

    /// Asks for a page, or sends a form.
    fn visit(&self, method: http::Method, path: &str, fields: &[(&str, &str)]) -> u16 {
        let signed_in = SignedIn::with_key(SESSION_KEY, self.time.now());
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("host", HOST)
            .header("cookie", signed_in.cookie.as_str())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(signed_in.form(fields)))
            .expect("constant headers make a request");
        let connect = self.ground.connect();
        let answer = at_once(connect.handle(gateway::to_request(request)));
        answer.expect("a page never fails as a whole").status().as_u16()
    }
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

pub fn calendar(setting: &Setting) -> String {
    format!("CaLeNdArOfStorm{:05}", setting.place)
}

/// The template, read once.
fn template() -> &'static Template {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    TEMPLATE.get_or_init(Template::load)
}

/// One HelloLeads account.
fn account(setting: &Setting, time: &Time, weather: &Weather) -> FakeHelloLeads {
    let fake = FakeHelloLeads::unserved(time.clone(), address(HELLOLEADS_PORTS[setting.place]));
    fake.add_account(API_KEY, ACCOUNT);
    fake.add_session(SESSION, USER);
    fake.add_list(Some(LIST), "Website enquiries");
    weather.set_calm(false);
    let skew = if weather.strikes(Fault::ClockSkew) { weather.draw(|dice| dice.between(-90, 90)) } else { 0 };
    weather.set_calm(true);
    fake.set(|switches| {
        switches.tags_on_update = setting.tags_on_update;
        switches.clears_on_empty = setting.clears_on_empty;
        switches.modified_filter = setting.modified_filter;
        switches.other_spelling = setting.other_spelling;
        switches.string_numbers = setting.string_numbers;
        switches.relay_keeps_reference = setting.keeps_reference;
        switches.relay_answers_id = setting.answers_id;
        switches.per_hour = 1000;
        switches.page_size = setting.page_size;
        switches.order_honoured = setting.order_honoured;
        switches.blank = setting.blank;
        switches.error_in_200 = setting.error_in_200;
        switches.skew_seconds = skew;
    });
    if setting.way == Way::Relay {
        let connection = ConnectionId::parse(&setting.location).expect("a location's id is plain");
        let secret = live_secrets(b"webhook-keys-of-the-sandbox", &connection, 0).swap_remove(0);
        let secret = secret.expose_secret().to_owned();
        fake.set_catch_secret(&secret);
        let hook = format!("http://{HOST}/hooks/helloleads/{}", setting.location);
        fake.relay_to(&hook, RelayAuth::Hmac { secret });
    }
    fake
}

/// The SDK's clients over the wire, with their own retries in virtual time.
fn clients(wire: &AwsWire) -> Clients {
    let http = SharedHttpClient::new(wire.clone());
    let naps = wire.weather.naps.clone();
    macro_rules! config {
        ($sdk:ident) => {
            $sdk::Client::from_conf(
                $sdk::Config::builder()
                    .behavior_version(BehaviorVersion::latest())
                    .region(Region::new("us-east-1"))
                    .credentials_provider(Credentials::new("storm", "storm", None, None, "storm"))
                    .endpoint_url("http://127.0.0.1:7020")
                    .http_client(http.clone())
                    .sleep_impl(naps.clone())
                    .time_source(naps.clone())
                    .retry_config(RetryConfig::standard())
                    // The SDK's own one is shared by the whole process: one storm's failures would tire another's tries.
                    .retry_partition(
                        $sdk::config::retry::RetryPartition::custom("storm")
                            .token_bucket($sdk::config::retry::TokenBucket::default())
                            .build(),
                    )
                    .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
                    .build(),
            )
        };
    }
    Clients {
        dynamodb: config!(aws_sdk_dynamodb),
        secrets: config!(aws_sdk_secretsmanager),
        sqs: config!(aws_sdk_sqs),
        events: config!(aws_sdk_eventbridge),
    }
}

/// The leads of an account, the test lead left out.
pub fn leads(fake: &FakeHelloLeads) -> Vec<Value> {
    fake.leads().into_iter().filter(|lead| lead["first_name"] != "Sync test lead").collect()
}
