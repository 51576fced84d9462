//! The calls on what a contact has: its notes, its tasks and its appointments, and on calendars.

use super::refusal::Refusal;
use super::state::State;
use super::wire::{Answer, Asked};
use super::{appointments, calendars, notes, task_search, tasks};

/// Does a call for the location of its token. The ids are those that the path names, in order.
type Work = fn(&mut State, &Asked, &str, [&str; 2]) -> Result<Answer, Refusal>;

/// One call. Its name is its method and the template of its path.
#[derive(Debug)]
pub(super) struct KindCall {
    pub name: &'static str,
    pub scope: &'static str,
    pub work: Work,
}

impl PartialEq for KindCall {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for KindCall {}

const fn call(name: &'static str, scope: &'static str, work: Work) -> KindCall {
    KindCall { name, scope, work }
}

const READ: &str = "contacts.readonly";
const WRITE: &str = "contacts.write";
const EVENTS_READ: &str = "calendars/events.readonly";
const EVENTS_WRITE: &str = "calendars/events.write";

static CALLS: [KindCall; 19] = [
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
    call("DELETE /calendars/events/:id", EVENTS_WRITE, appointments::delete),
    call("POST /calendars/events/appointments", EVENTS_WRITE, appointments::create),
    call("GET /calendars/events/appointments/:id", EVENTS_READ, appointments::read),
    call("PUT /calendars/events/appointments/:id", EVENTS_WRITE, appointments::update),
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
