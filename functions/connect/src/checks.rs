//! What is entered is checked by real calls, and what is wrong is named: a token, a scope, a key, a list, a calendar.

use maud::{Markup, html};
use shared::connection::Connection;
use shared::connection::helloleads::{PollMode, Profile};
use shared::connection::mapping::catalogue::{Catalogue, Known};
use shared::ghl::client::GhlClient;
use shared::ghl::error::Error as GhlError;
use shared::ghl::oauth::SCOPES;
use shared::helloleads::error::Error as HelloLeadsError;
use shared::helloleads::wall_time::zone;
use shared::lane::work::Failure;
use shared::model::ids::RecordId;
use shared::model::side::{Kind, PerSide, Side};
use shared::store::identity::Identity;
use shared::store::links::Links;
use shared::vault::connection_secrets::HelloLeadsKey;

use crate::connect::Connect;
use crate::entry::{Problem, SetUp};

/// The scopes that a location's sync needs; the rest is for agencies.
const NEEDED: usize = 9;

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    what: String,
    verdict: Verdict,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    Bad(Problem),
    /// Nothing but a write would show it, and GHL did not say.
    Unknown,
}

/// The list of what was looked at.
pub(crate) fn list_of(checks: &[Check]) -> Markup {
    html! {
        ul.checks {
            @for check in checks {
                @match &check.verdict {
                    Verdict::Good => li { span { (check.what) } },
                    Verdict::Bad(problem) => li.bad { span { strong { (check.what) } ": " (problem) } },
                    Verdict::Unknown => li.unknown { span { (check.what) ": GHL does not say; the first write shows it." } },
                }
            }
        }
    }
}

pub(crate) fn are_good(checks: &[Check]) -> bool {
    checks.iter().all(|check| !matches!(check.verdict, Verdict::Bad(_)))
}

impl Connect {
    /// Asks GHL with this connection's token for all that the sync will need.
    pub(crate) async fn ghl_checks(&self, connection: &Connection) -> Result<Vec<Check>, Failure> {
        let client = self.engines.ghl_client(connection);
        let mut asked = vec![
            ("contacts.readonly", client.count_contacts().await.err()),
            ("locations/customFields.readonly", client.custom_fields().await.err()),
            ("calendars.readonly", client.calendars().await.err()),
            ("locations/tasks.readonly", client.search_tasks(0, true).await.err()),
        ];
        if let Some(company) = &connection.company {
            asked.push(("users.readonly", client.users(company).await.err()));
        }
        if asked.iter().all(|(_, error)| error.as_ref().is_some_and(is_refusal)) {
            let problem = "GHL no longer accepts this connection's token. Connect GHL again.".to_owned();
            return Ok(vec![Check { what: "GHL token".to_owned(), verdict: Verdict::Bad(problem) }]);
        }
        let token = Check { what: "GHL token".to_owned(), verdict: Verdict::Good };
        let scopes = SCOPES[..NEEDED].iter().map(|scope| {
            let answered = asked.iter().find(|(one, _)| one == scope).map(|(_, error)| error.as_ref());
            Check { what: format!("Scope {scope}"), verdict: verdict(scope, answered, connection) }
        });
        Ok([token].into_iter().chain(scopes).collect())
    }

    /// The mapping's GHL fields must exist, and the token's scopes must suffice.
    pub(crate) async fn check_ghl(&self, connection: &Connection) -> Result<Result<(), Problem>, Failure> {
        let client = self.engines.ghl_client(connection);
        let fields = match client.custom_fields().await {
            Ok(fields) => fields,
            Err(error) => return ghl_problem("locations/customFields.readonly", error),
        };
        let known = fields.into_iter().map(Known::from).collect();
        let catalogue = Catalogue(PerSide::new(None, Some(known)));
        if let Err(error) = crate::catalogue::check(&catalogue, &connection.mapping, connection) {
            return Ok(Err(format!("The mapping cannot be used: {error}.")));
        }
        if let Err(wrong) = check_calendar(&client, connection).await? {
            return Ok(Err(wrong));
        }
        if let Some(company) = &connection.company
            && let Err(error) = client.users(company).await
        {
            return ghl_problem("users.readonly", error);
        }
        Ok(Ok(()))
    }

    pub(crate) async fn check_helloleads(
        &self,
        form: &SetUp,
        connection: &mut Connection,
        key: &HelloLeadsKey,
    ) -> Result<Result<(), Problem>, Failure> {
        if let Err(error) = zone(&connection.helloleads) {
            return Ok(Err(format!("{error}, such as Asia/Kolkata: HelloLeads' times carry no zone.")));
        }
        if connection.helloleads.profile == Profile::V1 && connection.helloleads.organisation.is_none() {
            return Ok(Err("The newer API needs the id of the organisation in HelloLeads.".to_owned()));
        }
        let client = self.engines.helloleads_client(connection, key.clone());
        let lists = match client.lists().await {
            Ok(lists) => lists,
            Err(error) => return helloleads_problem(error),
        };
        let wrong = connection.helloleads.lists.iter().find(|key| lists.iter().all(|list| list.key != **key));
        if let Some(wrong) = wrong {
            let known: Vec<String> =
                lists.iter().map(|list| format!("{} ({})", list.key, list.name.trim())).collect();
            return Ok(Err(format!(
                "HelloLeads has no list with the key \"{wrong}\". It has: {}.",
                known.join(", ")
            )));
        }
        if form.probe.is_empty() || connection.helloleads.profile == Profile::V1 {
            return Ok(Ok(()));
        }
        let Some(list) = connection.helloleads.lists.first().or(lists.first().map(|list| &list.key)).cloned()
        else {
            return Ok(Err("HelloLeads has no list that a test lead could go to.".to_owned()));
        };
        match client.probe(&list, self.engines.clock.now()).await {
            Ok(verdict) => self.take_verdict(connection, verdict).await.map(Ok),
            Err(error) => helloleads_problem(error),
        }
    }

    /// What the probe found out becomes the connection's settings, and its lead is never synced.
    async fn take_verdict(
        &self,
        connection: &mut Connection,
        verdict: shared::connection::helloleads::ProbeVerdict,
    ) -> Result<(), Failure> {
        if let Ok(lead) = RecordId::parse(&verdict.scratch_lead) {
            let links = Links::new(self.engines.table.clone(), connection.id.clone());
            let ignored =
                links.ignore(Identity { kind: Kind::Contact, side: Side::HelloLeads, id: &lead }).await;
            ignored.map_err(|error| Failure::new(error.disposition(), error))?;
        }
        let settings = &mut connection.helloleads;
        settings.update = verdict.update.clone();
        settings.poll.mode =
            if verdict.modified_filter_works { PollMode::Modified } else { PollMode::NewestFirst };
        settings.probe = Some(verdict);
        Ok(())
    }
}

/// Whether GHL's answer means that the token, or its scope, is not accepted.
fn is_refusal(error: &GhlError) -> bool {
    matches!(error, GhlError::Unauthorized { .. } | GhlError::Forbidden { .. } | GhlError::Token(_))
}

/// What GHL answered about a scope; where it was not asked, what it said when it granted the token.
fn verdict(scope: &str, answered: Option<Option<&GhlError>>, connection: &Connection) -> Verdict {
    let missing = || {
        Verdict::Bad(format!(
            "it is missing. Add {scope} to the app's scopes in GHL, then connect GHL again."
        ))
    };
    match answered {
        Some(None) => Verdict::Good,
        Some(Some(error)) if is_refusal(error) => missing(),
        Some(Some(error)) => Verdict::Bad(format!("{error}. Try again in a minute.")),
        None if connection.granted.is_empty() => Verdict::Unknown,
        None if connection.granted.contains(scope) => Verdict::Good,
        None => missing(),
    }
}

/// The calendar must be one of the location's.
async fn check_calendar(client: &GhlClient, connection: &Connection) -> Result<Result<(), Problem>, Failure> {
    let Some(chosen) = connection.calendar.as_ref().filter(|_| connection.kinds.contains(&Kind::Appointment))
    else {
        return Ok(Ok(()));
    };
    let calendars = match client.calendars().await {
        Ok(calendars) => calendars,
        Err(error) => return ghl_problem("calendars.readonly", error),
    };
    if calendars.iter().any(|calendar| calendar.id == *chosen) {
        return Ok(Ok(()));
    }
    let known: Vec<String> =
        calendars.iter().map(|calendar| format!("{} ({})", calendar.id, calendar.name.trim())).collect();
    Ok(Err(format!("GHL has no calendar \"{chosen}\" in this location. It has: {}.", known.join(", "))))
}

fn ghl_problem<T>(scope: &str, error: GhlError) -> Result<Result<T, Problem>, Failure> {
    match error {
        GhlError::Unauthorized { .. } | GhlError::Forbidden { .. } => Ok(Err(format!(
            "GHL does not let this connection use the scope {scope}. Connect GHL again and grant it."
        ))),
        GhlError::Token(error) => Ok(Err(format!("{error}. Connect GHL again."))),
        error => Err(Failure::new(error.disposition(), error)),
    }
}

fn helloleads_problem<T>(error: HelloLeadsError) -> Result<Result<T, Problem>, Failure> {
    match error {
        HelloLeadsError::KeyRefused { .. } => Ok(Err(
            "HelloLeads refuses the API key or its e-mail address. The e-mail must be the key owner's."
                .to_owned(),
        )),
        HelloLeadsError::Refused { .. }
        | HelloLeadsError::Decode { .. }
        | HelloLeadsError::NotJson { .. } => Ok(Err(format!("{error}. Check the base address and the key."))),
        error => Err(Failure::new(error.disposition(), error)),
    }
}
