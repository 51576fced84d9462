//! One operation of GHL's API as plain data: its name, its scope, what it takes, and the call that it makes. The sync's
//! own calls are made of the same data, so that each operation stands in one place.

use http::Method;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};

use super::client::{Answer, Call, GhlClient};
use super::error::Error;
use super::{
    appointment_notes, appointments, blocked_slots, businesses, calendar_groups, calendar_resources,
    calendars, campaigns, contact_list, contacts, custom_fields, custom_values, followers, location,
    location_tags, notes, schedules, search, tags, tasks, users,
};
use crate::action::input::{BadInput, Input};
use crate::action::{About, Effect};
use crate::model::ids::{CompanyId, ConnectionId, RecordId};

/// The scopes that operations need.
pub mod scope {
    pub const CONTACTS_READ: &str = "contacts.readonly";
    pub const CONTACTS_WRITE: &str = "contacts.write";
    pub const CALENDARS_READ: &str = "calendars.readonly";
    pub const CALENDARS_WRITE: &str = "calendars.write";
    pub const GROUPS_READ: &str = "calendars/groups.readonly";
    pub const GROUPS_WRITE: &str = "calendars/groups.write";
    pub const RESOURCES_READ: &str = "calendars/resources.readonly";
    pub const RESOURCES_WRITE: &str = "calendars/resources.write";
    pub const EVENTS_READ: &str = "calendars/events.readonly";
    pub const EVENTS_WRITE: &str = "calendars/events.write";
    pub const LOCATION_READ: &str = "locations.readonly";
    pub const TASKS_READ: &str = "locations/tasks.readonly";
    pub const TAGS_READ: &str = "locations/tags.readonly";
    pub const TAGS_WRITE: &str = "locations/tags.write";
    pub const FIELDS_READ: &str = "locations/customFields.readonly";
    pub const FIELDS_WRITE: &str = "locations/customFields.write";
    pub const VALUES_READ: &str = "locations/customValues.readonly";
    pub const VALUES_WRITE: &str = "locations/customValues.write";
    pub const USERS_READ: &str = "users.readonly";
    pub const BUSINESSES_READ: &str = "businesses.readonly";
    pub const BUSINESSES_WRITE: &str = "businesses.write";
}

/// Where a call names the location, or the agency, beside its token and its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Nowhere,
    Query,
    Body,
}

/// Where a call goes. The sync's own calls need no more of an operation, so that a function which only syncs holds neither
/// schemas nor what reads inputs.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    pub method: &'static str,
    /// The path, in which `{…}` stands for an id.
    pub path: &'static str,
    location: Place,
}

/// One operation.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    pub about: About,
    pub scope: &'static str,
    pub endpoint: Endpoint,
    company: Place,
    sends_body: bool,
}

/// Whose calls are made.
#[derive(Clone, Copy, Debug)]
pub struct Whose<'a> {
    pub location: &'a ConnectionId,
    pub company: Option<&'a CompanyId>,
}

/// Why an operation was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error(transparent)]
    Input(#[from] BadInput),
    #[error(transparent)]
    Ghl(#[from] Error),
}

impl Endpoint {
    fn method(&self) -> Method {
        self.method.parse().expect("an operation's method is one of HTTP's")
    }

    /// The call for these ids, which stand for the path's in order. The location's own place is filled by itself.
    pub fn call(&self, location: &ConnectionId, ids: &[&str]) -> Call {
        let mut ids = ids.iter();
        let filled = self.path.split('/').map(|part| match name_of(part) {
            None => part.to_owned(),
            Some("locationId") => location.to_string(),
            Some(_) => ids.next().copied().unwrap_or_default().to_owned(),
        });
        let call = Call::new(self.method(), filled.collect::<Vec<_>>().join("/"));
        if self.location == Place::Query { call.query("locationId", location.as_str()) } else { call }
    }
}

impl Operation {
    const fn new<I: DeserializeOwned + JsonSchema>(
        method: &'static str,
        name: &'static str,
        scope: &'static str,
        path: &'static str,
        effect: Effect,
        sends_body: bool,
    ) -> Self {
        let about = About { name, says: "", input: Input::of::<I>(), example: "{}", effect };
        let endpoint = Endpoint { method, path, location: Place::Nowhere };
        Self { about, scope, endpoint, company: Place::Nowhere, sends_body }
    }

    /// One that reads.
    pub const fn get<I: DeserializeOwned + JsonSchema>(
        name: &'static str,
        scope: &'static str,
        path: &'static str,
    ) -> Self {
        Self::new::<I>("GET", name, scope, path, Effect::Reads, false)
    }

    /// One that makes something each time.
    pub const fn post<I: DeserializeOwned + JsonSchema>(
        name: &'static str,
        scope: &'static str,
        path: &'static str,
    ) -> Self {
        Self::new::<I>("POST", name, scope, path, Effect::Once, true)
    }

    pub const fn put<I: DeserializeOwned + JsonSchema>(
        name: &'static str,
        scope: &'static str,
        path: &'static str,
    ) -> Self {
        Self::new::<I>("PUT", name, scope, path, Effect::Repeats, true)
    }

    pub const fn delete<I: DeserializeOwned + JsonSchema>(
        name: &'static str,
        scope: &'static str,
        path: &'static str,
    ) -> Self {
        Self::new::<I>("DELETE", name, scope, path, Effect::Repeats, false)
    }

    /// What it says of itself, and an input.
    pub const fn says(mut self, says: &'static str, example: &'static str) -> Self {
        self.about.says = says;
        self.about.example = example;
        self
    }

    /// A POST that reads.
    pub const fn reading(mut self) -> Self {
        self.about.effect = Effect::Reads;
        self
    }

    /// A POST that comes to the same when it is done twice.
    pub const fn repeatable(mut self) -> Self {
        self.about.effect = Effect::Repeats;
        self
    }

    /// A DELETE that has a body.
    pub const fn with_body(mut self) -> Self {
        self.sends_body = true;
        self
    }

    pub const fn location_in_query(mut self) -> Self {
        self.endpoint.location = Place::Query;
        self
    }

    pub const fn location_in_body(mut self) -> Self {
        self.endpoint.location = Place::Body;
        self
    }

    pub const fn company_in_query(mut self) -> Self {
        self.company = Place::Query;
        self
    }

    pub const fn company_in_body(mut self) -> Self {
        self.company = Place::Body;
        self
    }

    /// The call that this input asks for.
    ///
    /// # Errors
    /// [`BadInput`] where the input is not as the schema says.
    pub fn call_of(&self, whose: Whose<'_>, input: &Json) -> Result<Call, BadInput> {
        self.about.input.check(input)?;
        let mut fields = input.as_object().cloned().unwrap_or_default();
        let ids = self.ids(&mut fields)?;
        let ids: Vec<&str> = ids.iter().map(RecordId::as_str).collect();
        let mut call = self.endpoint.call(whose.location, &ids);
        if self.endpoint.location == Place::Body {
            fields.insert("locationId".to_owned(), json!(whose.location));
        }
        if self.company != Place::Nowhere {
            let company =
                whose.company.ok_or_else(|| BadInput::at("", "this connection does not know its agency"))?;
            match self.company {
                Place::Query => call = call.query("companyId", company.as_str()),
                _ => drop(fields.insert("companyId".to_owned(), json!(company))),
            }
        }
        if self.sends_body { Ok(call.body(Json::Object(fields))) } else { self.asked(call, &fields) }
    }

    /// Takes the ids of the path out of the input.
    fn ids(&self, fields: &mut Map<String, Json>) -> Result<Vec<RecordId>, BadInput> {
        let names = self.endpoint.path.split('/').filter_map(name_of).filter(|name| *name != "locationId");
        names
            .map(|name| {
                let id = fields.remove(name).and_then(|id| RecordId::parse(id.as_str()?).ok());
                id.ok_or_else(|| BadInput::at(name, "must be an id"))
            })
            .collect()
    }

    /// Puts what is left of the input into the query.
    fn asked(&self, mut call: Call, fields: &Map<String, Json>) -> Result<Call, BadInput> {
        for (name, value) in fields {
            let text = match value {
                Json::Null => continue,
                Json::String(text) => text.clone(),
                Json::Number(_) | Json::Bool(_) => value.to_string(),
                Json::Array(_) | Json::Object(_) => {
                    return Err(BadInput::at(name, "must be a text, a number or a truth value"));
                }
            };
            call = call.query(name.clone(), text);
        }
        Ok(call)
    }
}

/// The name in a part of a path that stands for an id.
fn name_of(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

impl GhlClient {
    /// Carries out an operation that is asked for by its input; answers what GHL does.
    pub async fn perform(
        &self,
        operation: &Operation,
        company: Option<&CompanyId>,
        input: &Json,
    ) -> Result<Answer<Json>, Failed> {
        let call = operation.call_of(Whose { location: self.location(), company }, input)?;
        Ok(self.ask(&call).await?)
    }
}

/// Every operation, by resource.
pub fn all() -> impl Iterator<Item = &'static Operation> {
    let of_contacts = [
        contacts::OPERATIONS,
        contact_list::OPERATIONS,
        search::OPERATIONS,
        tags::OPERATIONS,
        followers::OPERATIONS,
        campaigns::OPERATIONS,
        tasks::OPERATIONS,
        notes::OPERATIONS,
    ];
    let of_calendars = [
        appointments::OPERATIONS,
        appointment_notes::OPERATIONS,
        calendars::OPERATIONS,
        calendar_groups::OPERATIONS,
        calendar_resources::OPERATIONS,
        schedules::OPERATIONS,
        blocked_slots::OPERATIONS,
    ];
    let of_the_location = [
        location::OPERATIONS,
        location_tags::OPERATIONS,
        custom_fields::OPERATIONS,
        custom_values::OPERATIONS,
        users::OPERATIONS,
        businesses::OPERATIONS,
    ];
    of_contacts.into_iter().chain(of_calendars).chain(of_the_location).flatten().copied()
}
