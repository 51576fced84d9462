//! What is done with contacts besides reading and writing one: upsert, followers, campaigns, workflows, and calls about
//! several at once.

use serde_json::{Map, Value, json};

use super::body::{self, Takes};
use super::contact::Contact;
use super::refusal::Refusal;
use super::shelves::BUSINESSES;
use super::state::State;
use super::webhooks::Event;
use super::wire::{Answer, Asked};
use super::{contacts, gate, shape, validate, value};

/// By e-mail first, then by phone. A phone that another contact holds is passed over without a word.
pub(super) fn upsert(state: &mut State, asked: &Asked, own: &str, _: [&str; 2]) -> Result<Answer, Refusal> {
    let mut fields = asked.object()?;
    let anew = fields.remove("createNewIfDuplicateAllowed") == Some(json!(true));
    validate::create(&fields)?;
    gate::same_location(own, fields["locationId"].as_str().unwrap_or_default())?;
    let here = state.location(own)?;
    let may_be_anew = anew && here.settings.allow_duplicates;
    let known = if may_be_anew { None } else { holder(state, own, &fields)? };
    let Some(before) = known else {
        let contact = contacts::drafted(state, own, &fields)?;
        let shown = shape::as_created(&contact);
        state.put(contact, &[Event::Create]);
        return Ok(Answer::json(200, json!({ "new": true, "contact": shown })));
    };
    let phone =
        body::text(&fields, "phone").map(|text| value::phone(text, here.settings.country)).transpose()?;
    let others =
        phone.and_then(|phone| state.location(own).ok()?.holder_of("phone", &phone)?.id.clone().into());
    if others.is_some_and(|other: String| other != before.id) {
        fields.remove("phone");
    }
    contacts::edited(state, &before, &fields)?;
    let shown = shape::as_read(state.contact(own, &before.id)?);
    Ok(Answer::json(200, json!({ "new": false, "contact": shown })))
}

fn holder(state: &State, own: &str, fields: &Map<String, Value>) -> Result<Option<Contact>, Refusal> {
    let here = state.location(own)?;
    let email = body::text(fields, "email").map(value::email).transpose()?;
    let phone =
        body::text(fields, "phone").map(|text| value::phone(text, here.settings.country)).transpose()?;
    let by_email = email.and_then(|email| here.holder_of("email", &email));
    Ok(by_email.or_else(|| here.holder_of("phone", &phone?)).cloned())
}

pub(super) fn follow(
    state: &mut State,
    asked: &Asked,
    own: &str,
    [id, _]: [&str; 2],
) -> Result<Answer, Refusal> {
    let (before, named) = (state.contact(own, id)?.clone(), followers(state, asked, own)?);
    let mut followers = before.followers.clone();
    let added: Vec<String> = named.into_iter().filter(|user| !followers.contains(user)).collect();
    followers.extend(added.iter().cloned());
    state.put(Contact { followers: followers.clone(), ..before }, &[]);
    Ok(Answer::json(201, json!({ "followers": followers, "followersAdded": added })))
}

pub(super) fn unfollow(
    state: &mut State,
    asked: &Asked,
    own: &str,
    [id, _]: [&str; 2],
) -> Result<Answer, Refusal> {
    let (before, named) = (state.contact(own, id)?.clone(), followers(state, asked, own)?);
    let (removed, followers): (Vec<String>, Vec<String>) =
        before.followers.iter().cloned().partition(|user| named.contains(user));
    state.put(Contact { followers: followers.clone(), ..before }, &[]);
    Ok(Answer::json(200, json!({ "followers": followers, "followersRemoved": removed })))
}

/// Followers are users of the location.
fn followers(state: &State, asked: &Asked, own: &str) -> Result<Vec<String>, Refusal> {
    let sent = asked.object()?;
    body::check(&sent, &[("followers", Takes::Texts)], &["followers"])?;
    let named: Vec<String> = validate::texts(&sent["followers"]).into_iter().map(str::to_owned).collect();
    let users = &state.location(own)?.users;
    match named.iter().find(|named| users.iter().all(|user| user["id"] != named.as_str())) {
        Some(_) => Err(Refusal::one_field("followers must be users of the location")),
        None => Ok(named),
    }
}

pub(super) fn enter_campaign(
    state: &mut State,
    _: &Asked,
    own: &str,
    [contact, campaign]: [&str; 2],
) -> Result<Answer, Refusal> {
    state.contact(own, contact)?;
    let here = state.location_mut(own)?;
    if !here.campaigns.contains(campaign) {
        return Err(Refusal::missing("Campaign", campaign));
    }
    here.in_campaigns.insert((contact.to_owned(), campaign.to_owned()));
    Ok(Answer::json(201, json!({ "succeded": true })))
}

pub(super) fn leave_campaign(
    state: &mut State,
    _: &Asked,
    own: &str,
    [contact, campaign]: [&str; 2],
) -> Result<Answer, Refusal> {
    state.contact(own, contact)?;
    let here = state.location_mut(own)?;
    // `removeAll` stands in a campaign's place.
    let leaves =
        |known: &(String, String)| known.0 == contact && (campaign.is_empty() || known.1 == campaign);
    here.in_campaigns.retain(|known| !leaves(known));
    Ok(Answer::json(200, json!({ "succeded": true })))
}

/// Each time begins the workflow once more.
pub(super) fn start_workflow(
    state: &mut State,
    asked: &Asked,
    own: &str,
    ids: [&str; 2],
) -> Result<Answer, Refusal> {
    let (contact, workflow) = workflow(state, asked, own, ids)?;
    state.location_mut(own)?.in_workflows.push((contact, workflow));
    Ok(Answer::json(200, json!({ "succeded": true })))
}

pub(super) fn stop_workflow(
    state: &mut State,
    asked: &Asked,
    own: &str,
    ids: [&str; 2],
) -> Result<Answer, Refusal> {
    let stopped = workflow(state, asked, own, ids)?;
    state.location_mut(own)?.in_workflows.retain(|known| *known != stopped);
    Ok(Answer::json(200, json!({ "succeded": true })))
}

fn workflow(
    state: &State,
    asked: &Asked,
    own: &str,
    [contact, workflow]: [&str; 2],
) -> Result<(String, String), Refusal> {
    body::check(&asked.object()?, &[("eventStartTime", Takes::Instant)], &[])?;
    state.contact(own, contact)?;
    if !state.location(own)?.workflows.contains(workflow) {
        return Err(Refusal::missing("Workflow", workflow));
    }
    Ok((contact.to_owned(), workflow.to_owned()))
}

pub(super) fn tag_many(
    state: &mut State,
    asked: &Asked,
    own: &str,
    [how, _]: [&str; 2],
) -> Result<Answer, Refusal> {
    let sent = asked.object()?;
    let schema: &body::Schema = &[
        ("contacts", Takes::Texts),
        ("tags", Takes::Texts),
        ("locationId", Takes::SomeText),
        ("removeAllTags", Takes::Bool),
    ];
    body::check(&sent, schema, &["contacts", "tags", "locationId"])?;
    gate::same_location(own, body::text(&sent, "locationId").unwrap_or_default())?;
    let named = value::tags(validate::texts(&sent["tags"]));
    let all = sent.get("removeAllTags") == Some(&json!(true));
    let (mut responses, mut errors) = (Vec::new(), 0);
    for id in validate::texts(&sent["contacts"]) {
        let Ok(before) = state.contact(own, id).cloned() else {
            errors += 1;
            responses.push("contact is deleted".to_owned());
            continue;
        };
        let mut tags = before.tags.clone();
        match how {
            "add" => tags.extend(named.iter().filter(|tag| !before.tags.contains(tag)).cloned()),
            "remove" => tags.retain(|tag| !all && !named.contains(tag)),
            _ => return Err(Refusal::one_field("type must be add or remove")),
        }
        contacts::retagged(state, &before, tags);
        responses.push(id.to_owned());
    }
    Ok(Answer::json(201, json!({ "succeded": true, "errorCount": errors, "responses": responses })))
}

/// `null` takes the contacts out of their business.
pub(super) fn set_business(
    state: &mut State,
    asked: &Asked,
    own: &str,
    _: [&str; 2],
) -> Result<Answer, Refusal> {
    let sent = asked.object()?;
    let mut filled = sent.clone();
    filled.retain(|_, value| !value.is_null());
    let schema: &body::Schema =
        &[("locationId", Takes::SomeText), ("ids", Takes::Texts), ("businessId", Takes::SomeText)];
    body::check(&filled, schema, &["locationId", "ids"])?;
    gate::same_location(own, body::text(&sent, "locationId").unwrap_or_default())?;
    let business = match sent.get("businessId") {
        None => return Err(Refusal::one_field("businessId should not be empty")),
        Some(Value::String(id)) => {
            BUSINESSES.found(state, own, id)?;
            id.clone()
        }
        Some(_) => String::new(),
    };
    let ids: Vec<&str> = validate::texts(&sent["ids"]);
    for id in &ids {
        let mut contact = state.contact(own, id)?.clone();
        contact.set_text("businessId", &business);
        state.put(contact, &[Event::Update]);
    }
    Ok(Answer::json(200, json!({ "success": true, "ids": ids })))
}
