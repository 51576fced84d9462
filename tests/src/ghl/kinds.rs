//! The calls on what a contact has: its notes, its tasks and its appointments, and on all that a location keeps besides.

use super::refusal::Refusal;
use super::shelf::{Deed, Shelf};
use super::shelves::{BUSINESSES, CALENDARS, FIELDS, GROUPS, RESOURCES, SCHEDULES, TAGS, VALUES};
use super::state::State;
use super::wire::{Answer, Asked};
use super::{
    appointments, calendar_extras as extras, calendars, contact_acts as acts, directory, notes, shelves,
    task_search, tasks,
};

/// Does a call for the location of its token. The ids are those that the path names, in order.
type Work = fn(&mut State, &Asked, &str, [&str; 2]) -> Result<Answer, Refusal>;

/// Who does it.
enum By {
    Own(Work),
    Shelf(&'static Shelf, Deed),
}

/// One call. Its name is its method and the template of its path.
pub(super) struct KindCall {
    pub name: &'static str,
    pub scope: &'static str,
    by: By,
}

impl KindCall {
    pub fn work(
        &self,
        state: &mut State,
        asked: &Asked,
        own: &str,
        ids: [&str; 2],
    ) -> Result<Answer, Refusal> {
        match &self.by {
            By::Own(work) => work(state, asked, own, ids),
            By::Shelf(shelf, deed) => shelf.work(*deed, state, asked, own, ids),
        }
    }
}

impl std::fmt::Debug for KindCall {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

impl PartialEq for KindCall {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for KindCall {}

const fn call(name: &'static str, scope: &'static str, work: Work) -> KindCall {
    KindCall { name, scope, by: By::Own(work) }
}

const fn shelf(name: &'static str, scope: &'static str, shelf: &'static Shelf, deed: Deed) -> KindCall {
    KindCall { name, scope, by: By::Shelf(shelf, deed) }
}

const READ: &str = "contacts.readonly";
const WRITE: &str = "contacts.write";
const EVENTS_READ: &str = "calendars/events.readonly";
const EVENTS_WRITE: &str = "calendars/events.write";

const CALENDARS_READ: &str = "calendars.readonly";
const CALENDARS_WRITE: &str = "calendars.write";
const GROUPS_READ: &str = "calendars/groups.readonly";
const GROUPS_WRITE: &str = "calendars/groups.write";
const RESOURCES_READ: &str = "calendars/resources.readonly";
const RESOURCES_WRITE: &str = "calendars/resources.write";
const TAGS_READ: &str = "locations/tags.readonly";
const TAGS_WRITE: &str = "locations/tags.write";
const FIELDS_READ: &str = "locations/customFields.readonly";
const FIELDS_WRITE: &str = "locations/customFields.write";
const VALUES_READ: &str = "locations/customValues.readonly";
const VALUES_WRITE: &str = "locations/customValues.write";
const BUSINESSES_READ: &str = "businesses.readonly";
const BUSINESSES_WRITE: &str = "businesses.write";
const USERS_READ: &str = "users.readonly";

/// A path that is spelled out stands before one in which an id could be the same.
static CALLS: [KindCall; 81] = [
    call("POST /contacts/upsert", WRITE, acts::upsert),
    call("POST /contacts/bulk/business", WRITE, acts::set_business),
    call("POST /contacts/bulk/tags/update/:type", WRITE, acts::tag_many),
    call("POST /contacts/:id/followers", WRITE, acts::follow),
    call("DELETE /contacts/:id/followers", WRITE, acts::unfollow),
    call("DELETE /contacts/:id/campaigns/removeAll", WRITE, acts::leave_campaign),
    call("POST /contacts/:id/campaigns/:campaignId", WRITE, acts::enter_campaign),
    call("DELETE /contacts/:id/campaigns/:campaignId", WRITE, acts::leave_campaign),
    call("POST /contacts/:id/workflow/:workflowId", WRITE, acts::start_workflow),
    call("DELETE /contacts/:id/workflow/:workflowId", WRITE, acts::stop_workflow),
    shelf("GET /locations/:id/tags", TAGS_READ, &TAGS, Deed::List),
    shelf("POST /locations/:id/tags", TAGS_WRITE, &TAGS, Deed::Create),
    shelf("GET /locations/:id/tags/:tagId", TAGS_READ, &TAGS, Deed::Read),
    shelf("PUT /locations/:id/tags/:tagId", TAGS_WRITE, &TAGS, Deed::Change),
    shelf("DELETE /locations/:id/tags/:tagId", TAGS_WRITE, &TAGS, Deed::Delete),
    shelf("POST /locations/:id/customFields", FIELDS_WRITE, &FIELDS, Deed::Create),
    shelf("GET /locations/:id/customFields/:fieldId", FIELDS_READ, &FIELDS, Deed::Read),
    shelf("PUT /locations/:id/customFields/:fieldId", FIELDS_WRITE, &FIELDS, Deed::Change),
    shelf("DELETE /locations/:id/customFields/:fieldId", FIELDS_WRITE, &FIELDS, Deed::Delete),
    shelf("GET /locations/:id/customValues", VALUES_READ, &VALUES, Deed::List),
    shelf("POST /locations/:id/customValues", VALUES_WRITE, &VALUES, Deed::Create),
    shelf("GET /locations/:id/customValues/:valueId", VALUES_READ, &VALUES, Deed::Read),
    shelf("PUT /locations/:id/customValues/:valueId", VALUES_WRITE, &VALUES, Deed::Change),
    shelf("DELETE /locations/:id/customValues/:valueId", VALUES_WRITE, &VALUES, Deed::Delete),
    call("GET /locations/:id/timezones", "locations.readonly", directory::time_zones),
    call("POST /users/search/filter-by-email", USERS_READ, directory::users_by_email),
    call("GET /users/:id", USERS_READ, directory::user_by_id),
    shelf("GET /businesses/", BUSINESSES_READ, &BUSINESSES, Deed::List),
    shelf("POST /businesses/", BUSINESSES_WRITE, &BUSINESSES, Deed::Create),
    shelf("GET /businesses/:id", BUSINESSES_READ, &BUSINESSES, Deed::Read),
    shelf("PUT /businesses/:id", BUSINESSES_WRITE, &BUSINESSES, Deed::Change),
    shelf("DELETE /businesses/:id", BUSINESSES_WRITE, &BUSINESSES, Deed::Delete),
    shelf("GET /calendars/groups", GROUPS_READ, &GROUPS, Deed::List),
    shelf("POST /calendars/groups", GROUPS_WRITE, &GROUPS, Deed::Create),
    call("POST /calendars/groups/validate-slug", GROUPS_WRITE, shelves::check_slug),
    shelf("PUT /calendars/groups/:id", GROUPS_WRITE, &GROUPS, Deed::Change),
    call("PUT /calendars/groups/:id/status", GROUPS_WRITE, shelves::set_active),
    shelf("DELETE /calendars/groups/:id", GROUPS_WRITE, &GROUPS, Deed::Delete),
    shelf("GET /calendars/resources/:type", RESOURCES_READ, &RESOURCES, Deed::List),
    shelf("POST /calendars/resources/:type", RESOURCES_WRITE, &RESOURCES, Deed::Create),
    shelf("GET /calendars/resources/:type/:id", RESOURCES_READ, &RESOURCES, Deed::Read),
    shelf("PUT /calendars/resources/:type/:id", RESOURCES_WRITE, &RESOURCES, Deed::Change),
    shelf("DELETE /calendars/resources/:type/:id", RESOURCES_WRITE, &RESOURCES, Deed::Delete),
    shelf("GET /calendars/schedules/search", CALENDARS_READ, &SCHEDULES, Deed::List),
    shelf("POST /calendars/schedules", CALENDARS_WRITE, &SCHEDULES, Deed::Create),
    shelf("GET /calendars/schedules/:id", CALENDARS_READ, &SCHEDULES, Deed::Read),
    shelf("PUT /calendars/schedules/:id", CALENDARS_WRITE, &SCHEDULES, Deed::Change),
    shelf("DELETE /calendars/schedules/:id", CALENDARS_WRITE, &SCHEDULES, Deed::Delete),
    call("PUT /calendars/schedules/:id/associations/:calendarId", CALENDARS_WRITE, shelves::join),
    call("DELETE /calendars/schedules/:id/associations/:calendarId", CALENDARS_WRITE, shelves::leave),
    call("GET /calendars/blocked-slots", EVENTS_READ, extras::blocked),
    call("POST /calendars/events/block-slots", EVENTS_WRITE, extras::block),
    call("PUT /calendars/events/block-slots/:id", EVENTS_WRITE, extras::change_block),
    call("GET /calendars/:id/free-slots", CALENDARS_READ, extras::free),
    call("GET /calendars/appointments/:id/notes", EVENTS_READ, extras::notes),
    call("POST /calendars/appointments/:id/notes", EVENTS_WRITE, extras::add_note),
    call("PUT /calendars/appointments/:id/notes/:noteId", EVENTS_WRITE, extras::change_note),
    call("DELETE /calendars/appointments/:id/notes/:noteId", EVENTS_WRITE, extras::delete_note),
    call("GET /contacts/:id/notes", READ, notes::list),
    call("POST /contacts/:id/notes", WRITE, notes::create),
    call("GET /contacts/:id/notes/:noteId", READ, notes::read),
    call("PUT /contacts/:id/notes/:noteId", WRITE, notes::update),
    call("DELETE /contacts/:id/notes/:noteId", WRITE, notes::delete),
    call("GET /contacts/:id/tasks", READ, tasks::list),
    call("POST /contacts/:id/tasks", WRITE, tasks::create),
    call("GET /contacts/:id/tasks/:taskId", READ, tasks::read),
    call("PUT /contacts/:id/tasks/:taskId", WRITE, tasks::update),
    call("PUT /contacts/:id/tasks/:taskId/completed", WRITE, tasks::complete),
    call("DELETE /contacts/:id/tasks/:taskId", WRITE, tasks::delete),
    call("POST /locations/:id/tasks/search", "locations/tasks.readonly", task_search::search),
    call("GET /contacts/:id/appointments", READ, calendars::of_contact),
    call("GET /calendars/", "calendars.readonly", calendars::list),
    call("GET /calendars/events", EVENTS_READ, calendars::events),
    call("DELETE /calendars/events/:id", EVENTS_WRITE, extras::delete_event),
    call("POST /calendars/events/appointments", EVENTS_WRITE, appointments::create),
    call("GET /calendars/events/appointments/:id", EVENTS_READ, appointments::read),
    call("PUT /calendars/events/appointments/:id", EVENTS_WRITE, appointments::update),
    shelf("POST /calendars/", CALENDARS_WRITE, &CALENDARS, Deed::Create),
    shelf("GET /calendars/:id", CALENDARS_READ, &CALENDARS, Deed::Read),
    shelf("PUT /calendars/:id", CALENDARS_WRITE, &CALENDARS, Deed::Change),
    shelf("DELETE /calendars/:id", CALENDARS_WRITE, &CALENDARS, Deed::Delete),
];

/// The call with this method and path, and the ids that the path names.
pub(super) fn find(method: &str, segments: &[&str]) -> Option<(&'static KindCall, [String; 2])> {
    CALLS.iter().find_map(|call| {
        let (own_method, template) = call.name.split_once(' ')?;
        let ids = if own_method == method { matched(template, segments) } else { None };
        Some((call, ids?))
    })
}

fn matched(template: &str, segments: &[&str]) -> Option<[String; 2]> {
    let wanted: Vec<&str> = template.trim_matches('/').split('/').collect();
    let fits = wanted.len() == segments.len()
        && wanted.iter().zip(segments).all(|(wanted, found)| wanted.starts_with(':') || wanted == found);
    let named = wanted.iter().zip(segments).filter(|(wanted, _)| wanted.starts_with(':'));
    let mut ids = named.map(|(_, found)| (*found).to_owned());
    fits.then(|| [ids.next().unwrap_or_default(), ids.next().unwrap_or_default()])
}
