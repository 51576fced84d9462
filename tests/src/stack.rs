//! `cargo sandbox stack`: deploys the template to an AWS that is none, and shows the deployed stack at work between the
//! two fake CRMs. Only the HTTP API stands in here: see `aws/gateway/deployed.rs`.

mod person;

use std::io::{self, Write};
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};
use shared::connection::State;
use shared::model::ids::ConnectionId;
use shared::store::table::Table;
use shared::store::told::ToldOf;

use self::person::Person;
use crate::aws::clients::{Clients, Endpoints};
use crate::aws::counting::Operations;
use crate::aws::gateway::deployed;
use crate::aws::lambda::DeployedFunctions;
use crate::aws::template::Template;
use crate::ghl::{Choice, FakeGhl, LocationSettings};
use crate::helloleads::FakeHelloLeads;
use crate::time::Time;
use crate::world::{ACCOUNT, API_KEY, COMPANY, LIST, LOCATION};

/// How long anything that is waited for may take: the schedule fires every two minutes.
const PATIENCE: Duration = Duration::from_secs(240);
const PULSE: Duration = Duration::from_millis(200);

/// As often as the template allows.
const LOOK_EVERY_MINUTES: &str = "2";

#[derive(Args, Clone, Debug)]
pub struct Stack {
    /// Where the AWS services are reached.
    #[arg(long)]
    endpoint: String,
    #[arg(long, default_value = "helloleads-ghl-sync")]
    stack_name: String,
    /// The architecture that the functions were built for.
    #[arg(long, default_value = "x86_64")]
    architecture: String,
    /// The command that deploys, such as `sam deploy`; the parameters come on top.
    #[arg(last = true, required = true)]
    deploy: Vec<String>,
}

/// A deployed stack between the two CRMs.
struct Deployment<W> {
    ghl: FakeGhl,
    helloleads: FakeHelloLeads,
    functions: DeployedFunctions,
    clients: Clients,
    out: W,
    begun: Instant,
}

/// Deploys, and tells what came of each step.
///
/// # Errors
/// Where the stack could not be deployed, or does not do what it should.
pub async fn stack(asked: &Stack, out: impl Write) -> io::Result<bool> {
    let (ghl, helloleads) = crms().await;
    deploy(asked, &ghl).await?;
    let template = Template::load();
    let functions = DeployedFunctions::find(&asked.endpoint, &asked.stack_name, &template).await?;
    let url = deployed::start(&template, functions.clone()).await;
    ghl.deliver_to(&format!("{url}/webhooks/ghl"));
    let endpoints = Endpoints::all_at(&asked.endpoint);
    let clients = Clients::new(&endpoints, Operations::default().of("sandbox", None)).await;
    let mut deployment = Deployment { ghl, helloleads, functions, clients, out, begun: Instant::now() };
    deployment.connect(&url).await?;
    deployment.bury_what_is_unreadable().await?;
    deployment.bring_a_contact_over().await?;
    deployment.bring_a_lead_over().await?;
    deployment.says("the deployed stack does what it should")?;
    Ok(true)
}

async fn crms() -> (FakeGhl, FakeHelloLeads) {
    let ghl = FakeGhl::start(Time::Real).await;
    ghl.add_company(COMPANY);
    ghl.add_location(COMPANY, LOCATION, LocationSettings::default());
    let helloleads = FakeHelloLeads::start(Time::Real).await;
    helloleads.add_account(API_KEY, ACCOUNT);
    helloleads.add_list(Some(LIST), "Website enquiries");
    (ghl, helloleads)
}

/// Runs the command with what the fake GHL makes of the template's parameters.
async fn deploy(asked: &Stack, ghl: &FakeGhl) -> io::Result<()> {
    let app = ghl.app();
    let key = ghl.webhook_public_key_pem();
    let key: String = key.lines().filter(|line| !line.starts_with("-----")).collect();
    let parameters = [
        ("GhlClientId", app.client_id),
        ("GhlClientSecret", app.client_secret),
        ("GhlAppId", app.app_id),
        ("GhlBaseUrl", ghl.url()),
        ("GhlAuthorizeUrl", format!("{}/v2/oauth/chooselocation", ghl.url())),
        ("GhlWebhookPublicKey", key),
        ("LookEveryMinutes", LOOK_EVERY_MINUTES.to_owned()),
        ("AwsEndpointUrl", asked.endpoint.clone()),
        ("Architecture", asked.architecture.clone()),
    ];
    let (program, arguments) = asked.deploy.split_first().expect("clap asks for at least one word");
    let mut command = std::process::Command::new(program);
    command.args(arguments).args(["--stack-name", &asked.stack_name, "--parameter-overrides"]);
    command.args(parameters.map(|(name, value)| format!("{name}=\"{value}\"")));
    let status = tokio::task::spawn_blocking(move || command.status()).await.map_err(io::Error::other)??;
    status.success().then_some(()).ok_or_else(|| io::Error::other(format!("the deployment failed: {status}")))
}

impl<W: Write> Deployment<W> {
    fn says(&mut self, what: &str) -> io::Result<()> {
        let seconds = self.begun.elapsed().as_secs();
        writeln!(self.out, "{seconds:>4} s  {what}")?;
        self.out.flush()
    }

    /// Connects both sides in the browser, by the deployed `connect`.
    async fn connect(&mut self, url: &str) -> io::Result<()> {
        let person = Person::by_link(url, &self.link(url).await?).await?;
        self.says("the function gave out a link, and the link signed in")?;
        self.ghl.choose(Choice::Location(LOCATION.to_owned()));
        person.install().await?;
        self.says("GHL is installed: the callback ended on the connection's page")?;
        person.enter_helloleads(&self.helloleads.url()).await?;
        self.says("the HelloLeads key was checked and kept")?;
        let secret = self.functions.variable("ConnectFunction", "CONNECTION_SECRET_PREFIX")?;
        let secret = format!("{secret}location/{LOCATION}");
        let kept = self.clients.secrets.get_secret_value().secret_id(&secret).send().await;
        let kept = kept.map_err(io::Error::other)?.secret_string.unwrap_or_default();
        assert!(kept.contains("refresh") && kept.contains(API_KEY), "tokens and key stand in {secret}");
        self.says("tokens and key stand in the connection's secret")
    }

    /// A link to the pages, as the output `SignInCommand` asks for one.
    async fn link(&self, url: &str) -> io::Result<String> {
        let answer = self.functions.call("ConnectFunction", &json!({ "sign_in_at": url })).await?;
        answer["link"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| io::Error::other(format!("no link: {answer}")))
    }

    async fn bury_what_is_unreadable(&mut self) -> io::Result<()> {
        let queue = self.functions.variable("ContactSyncFunction", "CONTACT_QUEUE_URL")?.to_owned();
        let dead = self.functions.variable("ContactSyncFunction", "CONTACT_DEAD_LETTERS_URL")?.to_owned();
        let send = self.clients.sqs.send_message().queue_url(queue).message_body("nothing of ours");
        let sent = send.message_group_id("a").message_deduplication_id("unreadable").send().await;
        sent.map_err(io::Error::other)?;
        let sqs = self.clients.sqs.clone();
        let letter = self
            .wait_for("the unparsable message in the dead letters", async |_| {
                let receive = sqs.receive_message().queue_url(&dead).message_attribute_names("All");
                let received = receive.send().await.map_err(io::Error::other)?;
                Ok(received.messages().first().cloned())
            })
            .await?;
        let said = letter.message_attributes.as_ref().and_then(|said| said.get("code")?.string_value());
        assert_eq!((letter.body(), said), (Some("nothing of ours"), Some("unreadable_message")));
        self.says("an unparsable message stands in the dead letters as it came, with its reason")
    }

    /// By its webhook, and then an edit of it.
    async fn bring_a_contact_over(&mut self) -> io::Result<()> {
        let ann = json!({ "firstName": "Ann", "lastName": "Lee", "email": "ann@example.com" });
        let contact = self.ghl.person_creates_contact(LOCATION, ann);
        self.wait_for_lead("email", "ann@example.com").await?;
        self.says("a contact made in GHL is a lead in HelloLeads")?;
        self.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Leeds" }));
        self.wait_for_lead("city", "Leeds").await?;
        self.says("its edit in GHL arrived too")
    }

    /// HelloLeads sends no webhooks: the schedule starts the look that finds it.
    async fn bring_a_lead_over(&mut self) -> io::Result<()> {
        let bo = json!({ "list_key": LIST, "first_name": "Bo", "email": "bo@example.com" });
        self.helloleads.person_creates_lead(bo);
        self.says("a lead is made in HelloLeads; the schedule must find it")?;
        self.wait_for_contact("email", "bo@example.com").await?;
        self.says("a lead made in HelloLeads is a contact in GHL")?;
        self.schedule_has_fired().await?;
        let lead = self.wait_for_lead("email", "bo@example.com").await?;
        let id = lead["id"].as_str().unwrap_or_default();
        self.helloleads.person_edits_lead(id, json!({ "city": "York" }));
        self.wait_for_contact("city", "York").await?;
        self.says("its edit in HelloLeads arrived too")
    }

    /// Only the schedule tells the bus, and notes what it has told.
    async fn schedule_has_fired(&mut self) -> io::Result<()> {
        let table = self.functions.variable("ReconcileFunction", "TABLE_NAME")?.to_owned();
        let connection = ConnectionId::parse(LOCATION).map_err(io::Error::other)?;
        let row = ToldOf::new(Table::new(self.clients.dynamodb.clone(), table), &connection);
        self.wait_for("the schedule's word to the event bus", async |_| {
            let told = row.get().await.map_err(io::Error::other)?;
            Ok((told.state == Some(State::Live)).then_some(()))
        })
        .await?;
        self.says("the schedule has called reconcile, which told the event bus that the connection is live")
    }

    async fn wait_for_lead(&mut self, field: &str, value: &str) -> io::Result<Value> {
        self.wait_for("the change in HelloLeads", async |deployment| {
            Ok(deployment.helloleads.leads().into_iter().find(|lead| lead[field] == value))
        })
        .await
    }

    async fn wait_for_contact(&mut self, field: &str, value: &str) -> io::Result<Value> {
        self.wait_for("the change in GHL", async |deployment| {
            Ok(deployment.ghl.contacts(LOCATION).into_iter().find(|contact| contact[field] == value))
        })
        .await
    }

    /// Delivers webhooks until there is what is waited for.
    async fn wait_for<T>(
        &mut self,
        what: &str,
        look: impl AsyncFn(&Self) -> io::Result<Option<T>>,
    ) -> io::Result<T> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            self.ghl.deliver_all().await;
            if let Some(found) = look(self).await? {
                return Ok(found);
            }
            tokio::time::sleep(PULSE).await;
        }
        Err(io::Error::other(format!("waited for {what} in vain")))
    }
}
