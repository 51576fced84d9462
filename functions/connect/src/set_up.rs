//! What a person enters for a connection: checked by real calls before it is kept.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use secrecy::SecretString;
use serde::Deserialize;
use shared::connection::helloleads::{HelloLeadsSettings, PollMode, Profile};
use shared::connection::mapping::Mapping;
use shared::connection::mapping::catalogue::{Catalogue, Known};
use shared::connection::policy::{ConflictRule, DeleteRule, Policy};
use shared::connection::{Connection, State};
use shared::errand::What;
use shared::ghl::client::GhlClient;
use shared::ghl::error::Error as GhlError;
use shared::helloleads::error::Error as HelloLeadsError;
use shared::helloleads::wall_time::zone;
use shared::http::BaseUrl;
use shared::lane::work::Failure;
use shared::model::ids::{ConnectionId, RecordId};
use shared::model::side::{Kind, PerSide, Side};
use shared::store::identity::Identity;
use shared::store::links::Links;
use shared::vault::connection_secrets::HelloLeadsKey;

use crate::connect::Connect;
use crate::page::{go_to, says};

/// The form, as the browser sends it. A blank field leaves what is set.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SetUp {
    profile: Option<Profile>,
    api_key: String,
    email: String,
    time_zone: String,
    lists: String,
    region: String,
    base_url: String,
    catch_hook: String,
    conflict: Option<ConflictRule>,
    on_delete: Option<DeleteRule>,
    delete_mark: String,
    tasks: String,
    notes: String,
    appointments: String,
    calendar: String,
    read_comments: String,
    follow_up: String,
    changed_notes: String,
    on_delete_related: Option<DeleteRule>,
    organisation: String,
    mapping: String,
    advanced: String,
    probe: String,
}

/// What is wrong with what was entered, in words for the person who entered it.
type Problem = String;

impl Connect {
    /// Checks what was entered, keeps it, and lets the connection run.
    pub(crate) async fn set_up(
        &self,
        request: &Request,
        id: &ConnectionId,
    ) -> Result<Response<Body>, Failure> {
        let store = |error: shared::store::error::Error| Failure::new(error.disposition(), error);
        let Some(known) = self.engines.connections().get(id).await.map_err(store)? else {
            return Ok(says(StatusCode::NOT_FOUND, "Not found", "Connect the GHL location first."));
        };
        let form: SetUp = match serde_urlencoded::from_bytes(request.body().as_ref()) {
            Ok(form) => form,
            Err(error) => return Ok(problem(&format!("The form cannot be read: {error}"))),
        };
        let mapping_before = known.mapping.clone();
        let mut connection = known;
        if let Err(wrong) = enter(&form, &mut connection) {
            return Ok(problem(&wrong));
        }
        let key = match self.key(&form, &connection).await? {
            Ok(key) => key,
            Err(wrong) => return Ok(problem(&wrong)),
        };
        if let Err(wrong) = self.check(&form, &mut connection, key.as_ref()).await? {
            return Ok(problem(&wrong));
        }
        if let Some(key) = key.filter(|_| !form.api_key.trim().is_empty()) {
            let keeper = self.engines.keeper(&connection).await?;
            let kept = keeper.keep_helloleads(key).await;
            connection.token_generation = kept.map_err(|error| Failure::new(error.disposition(), error))?;
        }
        let is_remapped = connection.mapping != mapping_before;
        // The checks may have renewed the tokens: what was entered is put into the row as it stands now.
        let keep = |row: &mut Connection| {
            row.state = State::Live;
            row.region.clone_from(&connection.region);
            row.helloleads.clone_from(&connection.helloleads);
            row.policy.clone_from(&connection.policy);
            row.take_mapping(connection.mapping.clone());
            row.kinds.clone_from(&connection.kinds);
            row.calendar.clone_from(&connection.calendar);
            row.token_generation = row.token_generation.max(connection.token_generation);
        };
        self.engines.connections().change(id, keep).await.map_err(store)?;
        self.send(What::Resume { connection: id.clone() }).await?;
        if is_remapped {
            self.send(What::MappingChanged { connection: id.clone() }).await?;
        }
        Ok(go_to(&format!("/connections/{id}")))
    }

    /// The key entered now, or the one that is kept.
    async fn key(
        &self,
        form: &SetUp,
        connection: &Connection,
    ) -> Result<Result<Option<HelloLeadsKey>, Problem>, Failure> {
        if connection.helloleads.profile == Profile::Relay {
            return Ok(Ok(None));
        }
        if !form.api_key.trim().is_empty() {
            let api_key: SecretString = form.api_key.trim().to_owned().into();
            return Ok(Ok(Some(HelloLeadsKey { api_key, email: form.email.trim().to_owned() })));
        }
        let holder = shared::vault::connection_secrets::Holder::Connection(connection.id.clone());
        let kept = self.engines.secrets.read(&holder).await;
        let kept = kept.map_err(|error| Failure::new(error.disposition(), error))?;
        Ok(match kept.and_then(|secret| secret.helloleads) {
            Some(key) => Ok(Some(key)),
            None => Err("Enter the HelloLeads API key and the e-mail address that belongs to it.".to_owned()),
        })
    }

    /// Real calls to both sides with what was entered.
    async fn check(
        &self,
        form: &SetUp,
        connection: &mut Connection,
        key: Option<&HelloLeadsKey>,
    ) -> Result<Result<(), Problem>, Failure> {
        if let Err(wrong) = self.check_ghl(connection).await? {
            return Ok(Err(wrong));
        }
        match key {
            Some(key) => self.check_helloleads(form, connection, key).await,
            None => Ok(Ok(())),
        }
    }

    /// The mapping's GHL fields must exist, and the token's scopes must suffice.
    async fn check_ghl(&self, connection: &Connection) -> Result<Result<(), Problem>, Failure> {
        let client = self.engines.ghl_client(connection).await?;
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

    async fn check_helloleads(
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

fn problem(text: &str) -> Response<Body> {
    says(StatusCode::UNPROCESSABLE_ENTITY, "Not saved", text)
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

/// What was entered in a field, if anything was.
fn filled(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Puts what was entered into the connection.
fn enter(form: &SetUp, connection: &mut Connection) -> Result<(), Problem> {
    if let Some(json) = filled(&form.mapping) {
        connection.mapping = serde_json::from_str::<Mapping>(&json)
            .map_err(|error| format!("The mapping cannot be used: {error}."))?;
    }
    if let Some(region) = filled(&form.region) {
        if region.len() != 2 || !region.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err("The country must be two letters (ISO 3166-1 alpha-2), such as US or IN.".to_owned());
        }
        connection.region = region.to_uppercase();
    }
    let url = |text: String, what: &str| BaseUrl::parse(&text).map_err(|error| format!("{what}: {error}."));
    connection.kinds =
        [(Kind::Task, &form.tasks), (Kind::Note, &form.notes), (Kind::Appointment, &form.appointments)]
            .into_iter()
            .filter(|(_, ticked)| !ticked.is_empty())
            .map(|(kind, _)| kind)
            .collect();
    connection.calendar = filled(&form.calendar).or(connection.calendar.take());
    enter_profile(form, &mut connection.helloleads)?;
    if let Some(json) = filled(&form.advanced) {
        connection.helloleads = parse_settings(&connection.helloleads, &json)?;
    }
    let settings = &mut connection.helloleads;
    settings.time_zone = filled(&form.time_zone).or(settings.time_zone.take());
    if let Some(lists) = filled(&form.lists) {
        settings.lists =
            lists.split(',').map(|key| key.trim().to_owned()).filter(|key| !key.is_empty()).collect();
    }
    if let Some(base) = filled(&form.base_url) {
        settings.base_url = url(base, "The HelloLeads address")?;
    }
    if let Some(hook) = filled(&form.catch_hook) {
        settings.hook.catch_hook = Some(url(hook, "The catch hook")?);
    }
    if let Some(mark) = filled(&form.delete_mark) {
        settings.delete_mark = serde_json::from_value(serde_json::json!(mark))
            .map_err(|_| "A deleted contact's lead is marked by note, tag or none.".to_owned())?;
    }
    if settings.profile == Profile::Relay && settings.hook.catch_hook.is_none() {
        return Err("A relay needs the address of its catch hook.".to_owned());
    }
    let policy = &mut connection.policy;
    *policy = Policy {
        conflict: form.conflict.unwrap_or(policy.conflict),
        on_delete: form.on_delete.map_or(policy.on_delete, |rule| PerSide::new(rule, rule)),
        on_delete_related: form.on_delete_related.unwrap_or(policy.on_delete_related),
        ..policy.clone()
    };
    Ok(())
}

/// Another profile begins with its documented settings; what is not a matter of the profile stays.
fn enter_profile(form: &SetUp, settings: &mut HelloLeadsSettings) -> Result<(), Problem> {
    if let Some(profile) = form.profile.filter(|profile| *profile != settings.profile) {
        let before = std::mem::replace(settings, HelloLeadsSettings::of(profile));
        settings.time_zone = before.time_zone;
        settings.lists = before.lists;
        settings.hook = before.hook;
        settings.name_stand_in = before.name_stand_in;
        settings.delete_mark = before.delete_mark;
    }
    if settings.profile == Profile::Key {
        settings.read_comments = !form.read_comments.is_empty();
    }
    settings.organisation = filled(&form.organisation).or(settings.organisation.take());
    if let Some(choice) = filled(&form.changed_notes) {
        settings.changed_notes = serde_json::from_value(serde_json::json!(choice))
            .map_err(|_| "A changed note is a case for append or list.".to_owned())?;
    }
    if let Some(choice) = filled(&form.follow_up) {
        settings.follow_up = serde_json::from_value(serde_json::json!(choice))
            .map_err(|_| "A lead's follow-up is next_task or leave.".to_owned())?;
    }
    Ok(())
}

/// Settings as JSON, laid over the ones that are set: only what is named changes.
fn parse_settings(before: &HelloLeadsSettings, json: &str) -> Result<HelloLeadsSettings, Problem> {
    let wrong = |error: serde_json::Error| format!("The advanced settings cannot be used: {error}.");
    let over: serde_json::Value = serde_json::from_str(json).map_err(wrong)?;
    let mut whole = serde_json::to_value(before).map_err(wrong)?;
    lay_over(&mut whole, over);
    serde_json::from_value(whole).map_err(wrong)
}

fn lay_over(under: &mut serde_json::Value, over: serde_json::Value) {
    match (under, over) {
        (serde_json::Value::Object(under), serde_json::Value::Object(over)) => {
            for (name, value) in over {
                lay_over(under.entry(name).or_insert(serde_json::Value::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}
