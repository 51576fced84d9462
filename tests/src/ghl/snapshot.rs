//! All that a location holds, for whoever wants to see what a call has done.

use serde_json::{Value, json};

use super::fake::FakeGhl;
use super::{appointments, notes, shape, tasks};

impl FakeGhl {
    /// Everything, by kind; what belongs to contacts by their ids.
    ///
    /// # Panics
    /// Where there is no such location.
    pub fn snapshot(&self, location: &str) -> Value {
        let state = self.state();
        let here = state.location(location).expect("add_location comes first");
        let (mut contacts, mut of_contacts) = (json!({}), json!({}));
        for contact in here.contacts() {
            let mut shown = shape::as_read(contact);
            shown["followers"] = json!(contact.followers);
            contacts[&contact.id] = shown;
            let notes = notes::all(&state, location, &contact.id).unwrap_or_default();
            let tasks = tasks::all(&state, location, &contact.id).unwrap_or_default();
            of_contacts[&contact.id] = json!({ "notes": notes, "tasks": tasks });
        }
        let zone = here.zone();
        let appointments: Vec<Value> = appointments::visible(&state, location)
            .into_iter()
            .flatten()
            .map(|one| one.as_read(&zone))
            .collect();
        json!({
            "contacts": contacts,
            "of_contacts": of_contacts,
            "appointments": appointments,
            "appointment_notes": here.appointment_notes,
            "blocked": here.blocked,
            "tags": here.tags,
            "custom_fields": here.custom_fields,
            "custom_values": here.custom_values,
            "groups": here.groups,
            "resources": here.resources,
            "schedules": here.schedules,
            "businesses": here.businesses,
            "calendars": here.calendars,
            "in_campaigns": here.in_campaigns,
            "in_workflows": here.in_workflows,
        })
    }

    /// Adds a campaign and a workflow that contacts can be put into.
    ///
    /// # Panics
    /// Where there is no such location.
    pub fn add_campaign_and_workflow(&self, location: &str, campaign: &str, workflow: &str) {
        let mut state = self.state();
        let here = state.location_mut(location).expect("add_location comes first");
        here.campaigns.insert(campaign.to_owned());
        here.workflows.insert(workflow.to_owned());
    }
}
