//! The set-up probe: finds out on a test lead what this account's API can do. HelloLeads cannot delete, so that the
//! lead stays; its name says what it is, and it is never synced.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use super::client::{Body, HelloLeadsClient};
use super::error::Error;
use super::wall_time::{to_instant, to_wall, zone};
use super::wire::Row;
use crate::connection::helloleads::{Clear, ProbeVerdict, UpdateSettings};
use crate::model::ids::RecordId;

/// How far back the window of the modified filter's test reaches, and how far ahead of it the other one stands.
const WINDOW: SignedDuration = SignedDuration::from_hours(2);

impl HelloLeadsClient {
    /// Creates a test lead in `list`, changes it, and compares what the account then shows. About nine calls.
    ///
    /// # Errors
    /// A lead that cannot be created or found again; everything else is a verdict.
    pub async fn probe(&self, list: &str, now: Timestamp) -> Result<ProbeVerdict, Error> {
        let fields = json!({
            "list_key": list,
            "first_name": "Sync test lead",
            "last_name": "please ignore or delete",
            "email": format!("sync-test-{}@example.com", now.as_second()),
            "company": "before",
            "website": "https://example.com",
            "tags": "sync test",
        });
        let id = self.create_lead(&to_body(fields)).await?;
        let created = self.row(&id).await?;
        let clock_difference_seconds = self.clock_difference(&created, now)?;
        let update = self.probe_updates(&id).await?;
        let at = now + SignedDuration::from_secs(clock_difference_seconds);
        let modified_filter_works = self.probe_filter(&id, at).await?;
        let scratch_lead = id.to_string();
        Ok(ProbeVerdict { at: now, update, modified_filter_works, clock_difference_seconds, scratch_lead })
    }

    /// What HelloLeads' clock shows against ours, read in the connection's zone. Near a multiple of a quarter of an
    /// hour other than none, the zone is wrong.
    fn clock_difference(&self, row: &Row, now: Timestamp) -> Result<i64, Error> {
        let zone = zone(self.settings())?;
        let created = row.text(&["created"]).and_then(|text| to_instant(&text, &zone));
        Ok(created.ok_or(Error::Decode { what: "created" })?.duration_since(now).as_secs())
    }

    async fn probe_updates(&self, id: &RecordId) -> Result<UpdateSettings, Error> {
        let mut verdict = UpdateSettings { works: false, ..UpdateSettings::default() };
        if self.try_update(id, json!({ "company": "after" })).await? {
            verdict.works = self.row(id).await?.text(&["company"]).as_deref() == Some("after");
        }
        if !verdict.works {
            return Ok(verdict);
        }
        self.try_update(id, json!({ "tags": "sync test two", "website": "" })).await?;
        let row = self.row(id).await?;
        verdict.tags = row.text(&["tags"]).as_deref() == Some("sync test two");
        if row.text(&["website"]).is_none() {
            verdict.clear = Clear::EmptyText;
        } else if self.try_update(id, json!({ "website": null })).await?
            && self.row(id).await?.text(&["website"]).is_none()
        {
            verdict.clear = Clear::Null;
        }
        Ok(verdict)
    }

    /// Whether the update was accepted; trouble that passes is an error all the same.
    async fn try_update(&self, id: &RecordId, fields: Json) -> Result<bool, Error> {
        match self.update_lead(id, &to_body(fields)).await {
            Ok(()) => Ok(true),
            Err(Error::Refused { .. } | Error::NotJson { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A window around now must show the lead, and one that begins later must not.
    async fn probe_filter(&self, id: &RecordId, now: Timestamp) -> Result<bool, Error> {
        let zone = zone(self.settings())?;
        let from = &self.settings().poll.modified_from;
        let (past, future) = (to_wall(now - WINDOW, &zone), to_wall(now + WINDOW, &zone));
        let shown = async |since: &str| -> Result<bool, Error> {
            let page = self.leads(1, &[(from, since)]).await?;
            Ok(page.rows.iter().any(|row| row.text(&["id"]).as_deref() == Some(id.as_str())))
        };
        Ok(shown(&past).await? && !shown(&future).await?)
    }

    /// The lead's row: the newest leads come first.
    async fn row(&self, id: &RecordId) -> Result<Row, Error> {
        let page = self.leads(1, &[]).await?;
        let row = page.rows.into_iter().find(|row| row.text(&["id"]).as_deref() == Some(id.as_str()));
        row.ok_or(Error::Decode { what: "leads (the lead just made is not on the first page)" })
    }
}

fn to_body(fields: Json) -> Body {
    fields.as_object().cloned().unwrap_or_default()
}
