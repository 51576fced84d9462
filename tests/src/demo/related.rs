//! The second act: notes, tasks and appointments. By the key they stand in the lead's notes; by a relay they go both ways
//! in full.

use std::io::{self, Write};

use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::helloleads::hook::live_secrets;
use shared::model::ids::ConnectionId;

use super::timeline::Timeline;
use crate::helloleads::RelayAuth;
use crate::world::{LOCATION, World};

const CALENDAR: &str = "CVokAlI8fgw4WYWoCtQz";

/// People and a calendar that both accounts have.
pub fn furnish(world: &World) {
    for (id, email, name) in
        [("u1", "owner@example.com", "Olga Owner"), ("u2", "asha@example.com", "Asha Rao")]
    {
        world.ghl.add_user(LOCATION, json!({ "id": id, "email": email, "name": name }));
    }
    world.helloleads.add_user("21", "asha@example.com", "Asha Rao");
    world.ghl.add_calendar(LOCATION, json!({ "id": CALENDAR, "name": "Sales" }));
}

/// By the key: the lead's notes hold what HelloLeads has no place for.
pub async fn by_the_key(
    world: &World,
    contact: &str,
    lead: &str,
    line: &mut Timeline<'_, impl Write>,
) -> io::Result<()> {
    line.begin("In GHL: a note, a task and an appointment; in HelloLeads: a comment")?;
    world.ghl.person_creates_note(LOCATION, contact, "<p>Wants a call &amp; a quote.</p>");
    world.ghl.person_creates_task(LOCATION, contact, call_back());
    world.ghl.person_books_appointment(LOCATION, visit(contact));
    world.helloleads.person_adds_comment(lead, "asha@example.com", "Met at the fair.");
    world.settle().await;
    world.pass_period().await;
    line.says(
        "by the key, HelloLeads has one text and one follow-up for all of these. The lead's notes now:",
    )?;
    let notes = world.helloleads.lead(lead).map(|lead| lead["notes"].as_str().unwrap_or_default().to_owned());
    for text in notes.unwrap_or_default().lines() {
        line.says(&format!("  │ {text}"))?;
    }
    let follow_up = world.helloleads.follow_up(lead).unwrap_or_default();
    line.says(&format!(
        "its follow-up: {} at {}",
        text(&follow_up, "followUpNotes"),
        text(&follow_up, "followUpDateTime")
    ))?;
    for note in world.ghl.notes(LOCATION, contact) {
        line.says(&format!("GHL note: {}", text(&note, "body").replace('\n', " ")))?;
    }
    line.end()
}

/// By a relay: a world of its own, in which everything goes both ways. Whether both sides agree at its end.
pub async fn by_a_relay(world: &World, out: impl Write) -> io::Result<bool> {
    furnish(world);
    connect(world).await?;
    let mut line = Timeline::new(world, out);
    line.begin("The same by a relay (Zapier, Make, Pabbly …), which sends HelloLeads' changes as webhooks")?;
    let contact = world.ghl.person_creates_contact(
        LOCATION,
        json!({ "firstName": "Asha", "lastName": "Rao", "email": "asha.rao@example.com" }),
    );
    let note = world.ghl.person_creates_note(LOCATION, &contact, "<p>Wants a call &amp; a quote.</p>");
    world.ghl.person_creates_task(LOCATION, &contact, call_back());
    let visit = world.ghl.person_books_appointment(LOCATION, visit(&contact));
    world.settle().await;
    let lead = text(&world.helloleads.leads()[0], "id");
    line.end()?;
    line.begin("In HelloLeads: a comment, a to-do and an appointment are added")?;
    world.helloleads.person_adds_comment(&lead, "asha@example.com", "Met at the fair.");
    let to_do = json!({ "title": "Send the offer", "dueDateTime": "2026-12-02T09:00:00Z", "assignedTo": "asha@example.com" });
    let to_do = world.helloleads.person_adds_todo(&lead, to_do);
    world.helloleads.person_books_appointment(
        &lead,
        json!({ "title": "Demo call", "start": "2026-12-03T14:00:00Z", "end": "2026-12-03T15:00:00Z", "status": "scheduled" }),
    );
    world.settle().await;
    line.end()?;
    world.time.advance(SignedDuration::from_mins(1));
    line.begin("The note is edited and the visit cancelled in GHL, the to-do is done in HelloLeads")?;
    world.ghl.person_edits_note(LOCATION, &contact, &note, "Wants a visit.");
    world.ghl.person_edits_appointment(LOCATION, &visit, json!({ "appointmentStatus": "cancelled" }));
    world.helloleads.person_edits_todo(&to_do, json!({ "donePercent": 100 }));
    world.settle().await;
    line.end()?;
    let rows = rows(world, &lead, &contact);
    let agreed = rows.iter().all(|(ours, theirs)| ours == theirs);
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(["HelloLeads holds", "GHL holds", ""]);
    for (ours, theirs) in &rows {
        table.add_row([ours.as_str(), theirs, if ours == theirs { "✓" } else { "✗" }]);
    }
    writeln!(line.out(), "\n{table}")?;
    let reminders = world.ghl.reminders_sent();
    writeln!(
        line.out(),
        "{} of {} agree; {reminders} reminders sent twice.",
        rows.iter().filter(|(a, b)| a == b).count(),
        rows.len()
    )?;
    Ok(agreed && reminders == 0)
}

fn call_back() -> Value {
    json!({ "title": "Call back", "body": "About the quote", "dueDate": "2026-12-01T15:00:00Z", "assignedTo": "u2" })
}

fn visit(contact: &str) -> Value {
    json!({
        "calendarId": CALENDAR, "contactId": contact, "title": "Site visit", "appointmentStatus": "confirmed",
        "startTime": "2026-12-01T10:00:00-05:00", "endTime": "2026-12-01T11:30:00-05:00", "address": "1 Main St",
    })
}

async fn connect(world: &World) -> io::Result<()> {
    let hook = world.helloleads.catch_hook_url();
    let settings = r#"{"hook":{"trust":"snapshot"}}"#;
    let kinds = [("tasks", "yes"), ("notes", "yes"), ("appointments", "yes"), ("calendar", CALENDAR)];
    let relay = [("profile", "relay"), ("catch_hook", hook.as_str()), ("advanced", settings)];
    world.connect(&[&kinds[..], &relay[..]].concat()).await;
    let keys = world.engines().keys.get().await.map_err(io::Error::other)?.clone();
    let connection: &ConnectionId = &world.connection();
    let secret = live_secrets(keys.hook_master(), connection, 0).swap_remove(0);
    let secret = secrecy::ExposeSecret::expose_secret(&secret).to_owned();
    world.helloleads.set_catch_secret(&secret);
    let address = format!("{}/hooks/helloleads/{LOCATION}", world.url);
    world.helloleads.relay_to(&address, RelayAuth::Hmac { secret });
    Ok(())
}

/// Everything that belongs to the person, each side in one line, in the same words.
fn rows(world: &World, lead: &str, contact: &str) -> Vec<(String, String)> {
    let plain = |body: String| body.split_once("]\n").map_or(body.clone(), |(_, rest)| rest.to_owned());
    let mut ours: Vec<String> = Vec::new();
    let mut theirs: Vec<String> = Vec::new();
    ours.extend(
        world.helloleads.comments(lead).iter().map(|one| format!("note: {}", plain(text(one, "text")))),
    );
    theirs.extend(
        world.ghl.notes(LOCATION, contact).iter().map(|one| format!("note: {}", plain(text(one, "body")))),
    );
    ours.extend(world.helloleads.todos(lead).iter().map(|one| {
        let done = if one["donePercent"] == 100 { "done" } else { "open" };
        format!(
            "task: {}, {done}, due {}, {}",
            text(one, "title"),
            moment(one, "dueDateTime"),
            text(one, "assignedTo")
        )
    }));
    theirs.extend(world.ghl.tasks(LOCATION, contact).iter().map(|one| {
        let done = if one["completed"] == true { "done" } else { "open" };
        let who = if one["assignedTo"] == "u2" { "asha@example.com" } else { "" };
        format!("task: {}, {done}, due {}, {who}", text(one, "title"), moment(one, "dueDate"))
    }));
    ours.extend(world.helloleads.appointments(lead).iter().map(|one| {
        format!(
            "appointment: {}, {}, {} to {}",
            text(one, "title"),
            text(one, "status"),
            moment(one, "start"),
            moment(one, "end")
        )
    }));
    theirs.extend(world.ghl.appointments(LOCATION).iter().map(|one| {
        let status =
            shared::normalise::status::normalise(&text(one, "appointmentStatus")).unwrap_or_default();
        format!(
            "appointment: {}, {status}, {} to {}",
            text(one, "title"),
            moment(one, "startTime"),
            moment(one, "endTime")
        )
    }));
    ours.sort();
    theirs.sort();
    let most = ours.len().max(theirs.len());
    ours.resize(most, "—".to_owned());
    theirs.resize(most, "—".to_owned());
    ours.into_iter().zip(theirs).collect()
}

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}

fn moment(row: &Value, name: &str) -> String {
    let instant = row[name].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    instant.map_or_else(|| "—".to_owned(), |instant| instant.strftime("%F %H:%M UTC").to_string())
}
