//! What a person enters for a connection: the form, and how it is put into the settings.

use serde::Deserialize;
use shared::connection::Connection;
use shared::connection::helloleads::{HelloLeadsSettings, Profile};
use shared::connection::mapping::Mapping;
use shared::connection::policy::{ConflictRule, DeleteRule, Policy};
use shared::http::BaseUrl;
use shared::model::side::{Kind, PerSide};

/// What is wrong with what was entered, in words for the person who entered it.
pub(crate) type Problem = String;

/// The form, as the browser sends it. A blank field leaves what is set.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SetUp {
    pub profile: Option<Profile>,
    pub api_key: String,
    pub email: String,
    pub time_zone: String,
    pub lists: String,
    pub region: String,
    pub base_url: String,
    pub catch_hook: String,
    pub conflict: Option<ConflictRule>,
    pub on_delete: Option<DeleteRule>,
    pub delete_mark: String,
    pub tasks: String,
    pub notes: String,
    pub appointments: String,
    pub calendar: String,
    pub read_comments: String,
    pub follow_up: String,
    pub changed_notes: String,
    pub on_delete_related: Option<DeleteRule>,
    pub organisation: String,
    pub mapping: String,
    pub advanced: String,
    pub probe: String,
}

/// What was entered in a field, if anything was.
pub(crate) fn filled(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Puts what was entered into the connection.
pub(crate) fn enter(form: &SetUp, connection: &mut Connection) -> Result<(), Problem> {
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
