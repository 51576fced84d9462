//! `cargo sandbox serve`: what the functions need around them, for `sam local`: both CRMs, connected, and the AWS
//! stand-ins behind one address. The queues' functions run in here, since `sam local` has no queues.

mod bridge;

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value, json};
use shared::connection::helloleads::HelloLeadsSettings;

use crate::aws::front;
use crate::ghl::{Choice, SignedWebhook};
use crate::helloleads::FakeHelloLeads;
use crate::time::Time;
use crate::world::{ACCOUNT, API_KEY, HOST_OF_CONTAINERS, LOCATION, Options, World};

/// How often there is something to do, at the least.
const PULSE: Duration = Duration::from_millis(100);

/// How often the schedule fires, in pulses: once a minute.
const PULSES_PER_TICK: u64 = 600;

/// How long the first look at both sides may take.
const CONNECT_PULSES_MAX: usize = 600;

#[derive(Args, Clone, Debug)]
pub struct Serve {
    /// The first of four ports: the HTTP API without SAM, the fake GHL, the fake HelloLeads, the AWS services.
    #[arg(long, default_value_t = 14_100)]
    port: u16,
    /// Where `sam local start-api` will listen: the printed webhook goes there.
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    api: String,
    /// The address by which containers reach this machine, where there is one: that of Docker's bridge.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::new(172, 17, 0, 1)))]
    bridge: IpAddr,
    /// Where the functions' variables are written for `sam local … --env-vars`.
    #[arg(long, default_value = "target/sandbox.env.json")]
    env_file: PathBuf,
}

impl Serve {
    /// How a container reaches one of the four ports.
    fn seen_by_containers(&self, place: u16) -> String {
        format!("http://{HOST_OF_CONTAINERS}:{}", self.port + place)
    }
}

/// Serves until the process ends.
///
/// # Errors
/// Where the env file or the output cannot be written, or the two sides could not be connected.
pub async fn serve(asked: &Serve, out: &mut impl Write) -> io::Result<bool> {
    let world = start(asked).await;
    connect(&world, asked).await?;
    bridge::open(asked.bridge, asked.port..asked.port + 4).await?;
    write_variables(&world, &asked.env_file)?;
    let webhook = webhook(&world);
    let link = world.sign_in_link(asked.api.trim_end_matches('/')).await;
    tell(&world, asked, &webhook, &link, out)?;
    let mut known = leads(&world.helloleads);
    for pulse in 1_u64.. {
        world.step().await;
        if pulse % PULSES_PER_TICK == 0 {
            world.tick().await;
        }
        let now = leads(&world.helloleads);
        for lead in now.iter().filter(|lead| !known.contains(lead)) {
            writeln!(out, "HelloLeads has: {lead}")?;
        }
        known = now;
        out.flush()?;
        tokio::time::sleep(PULSE).await;
    }
    Ok(true)
}

async fn start(asked: &Serve) -> World {
    let at = |place: u16| format!("127.0.0.1:{}", asked.port + place);
    let options = Options {
        time: Time::Real,
        address: at(0),
        ghl_address: at(1),
        helloleads_address: at(2),
        parameters: vec![
            ("GhlBaseUrl".to_owned(), asked.seen_by_containers(1)),
            ("AwsEndpointUrl".to_owned(), asked.seen_by_containers(3)),
        ],
        ..Options::default()
    };
    let world = World::start(options).await;
    front::start(&at(3), world.endpoints().clone()).await;
    world
}

/// Connects both sides, and waits by the machine's clock until nothing is left to do.
async fn connect(world: &World, asked: &Serve) -> io::Result<()> {
    let refused = |what: &str, status| io::Error::other(format!("{what}: {status}"));
    let installed = world.install(Choice::Location(LOCATION.to_owned())).await.status();
    if !installed.is_redirection() {
        return Err(refused("the install was refused", installed));
    }
    let path = url::Url::parse(&world.helloleads.url()).map_err(io::Error::other)?.path().to_owned();
    let base = format!("{}{path}", asked.seen_by_containers(2));
    let settings = [("notes", "yes"), ("tasks", "yes"), ("appointments", "yes"), ("base_url", base.as_str())];
    let entered = world.enter_helloleads(&settings).await.status();
    if !entered.is_redirection() {
        return Err(refused("the HelloLeads settings were refused", entered));
    }
    for _ in 0..CONNECT_PULSES_MAX {
        if !world.step().await && world.next_visible_at().is_none() {
            return Ok(());
        }
        tokio::time::sleep(PULSE).await;
    }
    Err(io::Error::other("the first look did not come to an end"))
}

/// One object of variables for each function, as `--env-vars` takes them.
fn write_variables(world: &World, file: &Path) -> io::Result<()> {
    let functions = world.variables().iter().map(|(function, variables)| {
        let variables: Map<String, Value> =
            variables.pairs().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        (function.clone(), Value::Object(variables))
    });
    let functions = Value::Object(functions.collect());
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, format!("{functions:#}\n"))
}

/// A contact that was just made in GHL, whose webhook nobody has delivered yet.
fn webhook(world: &World) -> SignedWebhook {
    let person = json!({ "firstName": "Mira", "lastName": "Novak", "email": "mira@example.com" });
    world.ghl.person_creates_contact(LOCATION, person);
    let mut waiting = world.ghl.take_webhooks();
    waiting.pop().expect("a new contact fires a webhook")
}

fn tell(
    world: &World,
    asked: &Serve,
    webhook: &SignedWebhook,
    link: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    let auth = HelloLeadsSettings::default().auth;
    let (env_file, api) = (asked.env_file.display(), asked.api.trim_end_matches('/'));
    let (key, email) = (auth.key_header, auth.email_header);
    let prefix = auth.key_prefix;
    writeln!(
        out,
        "The sandbox runs until Ctrl-C. GHL: {}. HelloLeads: {}.\n\
         The functions' variables: {env_file}.\n\n\
         In another terminal:\n\n  sam local start-api\n\n\
         Then a webhook of GHL's, signed: somebody made the contact Mira Novak.\n\n  {}\n\n\
         It should become a lead in HelloLeads within a second; this terminal says so, and so does\n\n  \
         curl -sS -H '{key}: {prefix}{API_KEY}' -H '{email}: {ACCOUNT}' {}/leads\n\n\
         The pages, by a link that works once, within ten minutes: {link}",
        world.ghl.url(),
        world.helloleads.url(),
        curl(webhook, api),
        world.helloleads.url(),
    )?;
    out.flush()
}

/// The command that delivers a webhook, in one line.
fn curl(webhook: &SignedWebhook, api: &str) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let headers =
        webhook.headers.iter().map(|(name, value)| format!(" -H {}", quoted(&format!("{name}: {value}"))));
    let body = String::from_utf8_lossy(&webhook.body);
    format!("curl -sS{} --data-binary {} {api}/webhooks/ghl", headers.collect::<String>(), quoted(&body))
}

/// Each lead in one line.
fn leads(helloleads: &FakeHelloLeads) -> Vec<String> {
    let text = |lead: &Value, field: &str| lead[field].as_str().unwrap_or_default().to_owned();
    let leads = helloleads.leads().into_iter();
    leads
        .map(|lead| {
            ["id", "first_name", "last_name", "email", "city"].map(|field| text(&lead, field)).join(" ")
        })
        .collect()
}
