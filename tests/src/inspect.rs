//! `cargo sandbox inspect`: what GHL answers to the calls that read a location, by the product's own client. Asks a real
//! location where `GHL_TOKEN` is set, else a small one of the fake.

use std::io::{self, Write};
use std::sync::Arc;

use async_trait::async_trait;
use clap::{Args, ValueEnum};
use secrecy::SecretString;
use serde_json::json;
use shared::ghl::client::GhlClient;
use shared::ghl::error::Error;
use shared::http::{BaseUrl, Reqwest};
use shared::model::ids::{ConnectionId, RecordId};
use shared::tokens::access::Access;
use shared::tokens::error::Error as TokenError;

use crate::ghl::Choice;
use crate::world::{LOCATION, Options, World};

/// What to read, and of whom.
#[derive(Args, Clone, Debug)]
pub struct Inspect {
    /// The list or record to read.
    #[arg(value_enum)]
    pub what: What,
    /// The contact whose record or list it is.
    #[arg(long)]
    pub contact: Option<String>,
    /// The task or note.
    #[arg(long)]
    pub id: Option<String>,
    /// The business whose contacts are listed.
    #[arg(long)]
    pub business: Option<String>,
    /// The GHL location; the token in the variable GHL_TOKEN must be its own.
    #[arg(long, default_value = LOCATION)]
    pub location: String,
    /// Where GHL's API is reached.
    #[arg(long, default_value = "https://services.leadconnectorhq.com")]
    pub base: String,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// GET /contacts/
    Contacts,
    /// GET /contacts/business/:businessId
    Business,
    /// GET /contacts/:id
    Contact,
    /// GET /contacts/:id/tasks
    Tasks,
    /// GET /contacts/:id/tasks/:taskId
    Task,
    /// GET /contacts/:id/notes
    Notes,
    /// GET /contacts/:id/notes/:id
    Note,
    /// GET /contacts/:id/appointments
    Appointments,
}

/// A token that is given, and that nobody here can renew.
struct Given(SecretString);

#[async_trait]
impl Access for Given {
    async fn token(&self) -> Result<SecretString, TokenError> {
        Ok(self.0.clone())
    }

    async fn renew(&self, _refused: &SecretString) -> Result<SecretString, TokenError> {
        Err(TokenError::Missing)
    }
}

/// Reads and prints.
///
/// # Errors
/// What is missing in the arguments, or what GHL refused, in words.
pub async fn inspect(inspect: &Inspect, token: Option<String>, out: &mut impl Write) -> io::Result<()> {
    let (client, mut asked, _world) = match token {
        Some(token) => (client(&inspect.base, &inspect.location, token)?, inspect.clone(), None),
        None => {
            let (world, client, example) = example(inspect).await?;
            writeln!(out, "GHL_TOKEN is not set: this is a location of the fake GHL.")?;
            (client, example, Some(world))
        }
    };
    asked.what = inspect.what;
    for line in read(&client, &asked).await? {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn client(base: &str, location: &str, token: String) -> io::Result<GhlClient> {
    let base = BaseUrl::parse(base).map_err(io::Error::other)?;
    let location = ConnectionId::parse(location).map_err(io::Error::other)?;
    Ok(GhlClient::new(Arc::new(Reqwest::new()), base, Arc::new(Given(token.into())), location, None))
}

/// A small location, with a contact that has one record of each kind.
async fn example(asked: &Inspect) -> io::Result<(World, GhlClient, Inspect)> {
    let world = World::start(Options::default()).await;
    world.ghl.choose(Choice::Location(LOCATION.to_owned()));
    let token = world.ghl.install(LOCATION).access;
    world.ghl.add_calendar(LOCATION, json!({ "id": "c1", "name": "Sales" }));
    let person = json!({ "firstName": "Ann", "lastName": "Lee", "email": "ann@example.com" });
    let contact = world.ghl.person_creates_contact(LOCATION, person);
    let note = world.ghl.person_creates_note(LOCATION, &contact, "Wants a call.");
    let task = json!({ "title": "Call back", "dueDate": "2026-12-01T15:00:00Z" });
    let task = world.ghl.person_creates_task(LOCATION, &contact, task);
    let visit = json!({ "calendarId": "c1", "contactId": contact, "title": "Visit", "startTime": "2026-12-01T10:00:00-05:00" });
    world.ghl.person_books_appointment(LOCATION, visit);
    // Lists show a new contact a few seconds late.
    world.time.advance(jiff::SignedDuration::from_secs(10));
    let client = client(&world.ghl.url(), LOCATION, token)?;
    let own = if asked.what == What::Note { note } else { task };
    let contact = asked.contact.clone().or(Some(contact));
    let business = asked.business.clone().or(Some("b1".to_owned()));
    Ok((world, client, Inspect { contact, business, id: asked.id.clone().or(Some(own)), ..asked.clone() }))
}

async fn read(client: &GhlClient, asked: &Inspect) -> io::Result<Vec<String>> {
    let needed = |value: &Option<String>, name: &str| {
        value.clone().ok_or_else(|| io::Error::other(format!("give --{name}: this call needs it")))
    };
    let contact = || RecordId::parse(&needed(&asked.contact, "contact")?).map_err(io::Error::other);
    let failed = |error: Error| io::Error::other(shared::lane::edge::chain(&error));
    let ids = |ids: Vec<RecordId>| ids.iter().map(ToString::to_string).collect();
    let shown = |id: &str, text: &Option<String>| format!("{id}  {}", text.as_deref().unwrap_or_default());
    Ok(match asked.what {
        What::Contacts => ids(client.first_contacts().await.map_err(failed)?),
        What::Business => {
            ids(client.contacts_of_business(&needed(&asked.business, "business")?).await.map_err(failed)?)
        }
        What::Contact => {
            let found = client.contact(&contact()?).await.map_err(failed)?;
            found.iter().map(|one| shown(one.id.as_ref().map_or("", RecordId::as_str), &one.email)).collect()
        }
        What::Tasks => {
            let found = client.tasks(&contact()?).await.map_err(failed)?;
            found.iter().map(|one| shown(&one.id, &one.title)).collect()
        }
        What::Task => {
            let found = client.task(&contact()?, &needed(&asked.id, "id")?).await.map_err(failed)?;
            found.iter().map(|one| shown(&one.id, &one.title)).collect()
        }
        What::Notes => {
            let found = client.notes(&contact()?).await.map_err(failed)?;
            found.iter().map(|one| shown(&one.id, &one.body)).collect()
        }
        What::Note => {
            let found = client.note(&contact()?, &needed(&asked.id, "id")?).await.map_err(failed)?;
            found.iter().map(|one| shown(&one.id, &one.body)).collect()
        }
        What::Appointments => {
            let found = client.appointments_of(&contact()?).await.map_err(failed)?;
            found.iter().map(|one| shown(&one.id, &one.title)).collect()
        }
    })
}
