//! What keeps rules from going round in circles: how far each action reached, and how much each rule wrote in an hour.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::rules::pk;
use super::table::{If, Key, Table, to_dynamo, to_item};
use crate::model::ids::{ConnectionId, RecordId, RuleId};
use crate::rule::reach::Touch;

/// How long an action may be behind an event: HelloLeads is looked at once an hour where it is looked at least.
const REACH: SignedDuration = SignedDuration::from_hours(1);

/// Counted together.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[derive(Serialize, Deserialize)]
struct Reached {
    depth: u8,
    /// Exactly: `expires_at` is for DynamoDB, which is late.
    until: Timestamp,
    expires_at: i64,
}

#[derive(Serialize, Deserialize)]
struct Noted {
    expires_at: i64,
}

/// The caps of one connection.
#[derive(Clone, Debug)]
pub struct RuleCaps {
    table: Table,
    pk: String,
}

impl RuleCaps {
    pub fn new(table: Table, connection: &ConnectionId) -> Self {
        Self { table, pk: pk(connection) }
    }

    /// Notes that an action with so many rules behind it touches these records.
    pub async fn reach(
        &self,
        ids: &BTreeSet<RecordId>,
        touches: &[Touch],
        depth: u8,
        now: Timestamp,
    ) -> Result<(), Error> {
        let until = now + REACH;
        let row = Reached { depth, until, expires_at: until.as_second() };
        let all = ids.iter().flat_map(|id| touches.iter().map(move |touch| self.reach_key(id, *touch)));
        let rows = all.map(|key| to_item(&key, &row, "note how far a rule reaches"));
        self.table.put_many(rows.collect::<Result<_, _>>()?, "note how far a rule reaches").await
    }

    /// The most rules that stand behind an event about any of these.
    pub async fn depth(&self, traces: &BTreeSet<(RecordId, Touch)>, now: Timestamp) -> Result<u8, Error> {
        if traces.is_empty() {
            return Ok(0);
        }
        let keys: Vec<Key> = traces.iter().map(|(id, touch)| self.reach_key(id, *touch)).collect();
        let reached: Vec<Reached> = self.table.get_many(&keys, "read how far rules reach").await?;
        Ok(reached.into_iter().filter(|row| row.until > now).map(|row| row.depth).max().unwrap_or_default())
    }

    /// Counts writes that a rule asks for, and answers how many there are in this hour with them.
    pub async fn count(
        &self,
        rule: &RuleId,
        record: &str,
        writes: u32,
        now: Timestamp,
    ) -> Result<u32, Error> {
        const DOING: &str = "count what a rule writes";
        let number = |number: i64| AttributeValue::N(number.to_string());
        let counted = self
            .table
            .client()
            .update_item()
            .table_name(self.table.name())
            .set_key(Some(self.key_of_hour("count", rule, record, now).to_item()))
            .update_expression("SET expires_at = :until ADD writes :writes")
            .expression_attribute_values(":writes", number(writes.into()))
            .expression_attribute_values(":until", number((now + HOUR + HOUR).as_second()))
            .return_values(ReturnValue::UpdatedNew);
        let answer = counted.send().await.map_err(|error| to_dynamo(DOING, error))?;
        let all = answer.attributes.and_then(|row| row.get("writes")?.as_n().ok()?.parse().ok());
        Ok(all.unwrap_or(u32::MAX))
    }

    /// Whether this was said of a rule and a record in this hour already.
    pub async fn is_said(
        &self,
        what: &str,
        rule: &RuleId,
        record: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let key = self.key_of_hour(what, rule, record, now);
        let row: Option<Noted> = self.table.get(&key, "read what was said of a rule").await?;
        Ok(row.is_some())
    }

    pub async fn note_said(
        &self,
        what: &str,
        rule: &RuleId,
        record: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let key = self.key_of_hour(what, rule, record, now);
        let row = Noted { expires_at: (now + HOUR + HOUR).as_second() };
        self.table.put(&key, &row, If::Always, "note what was said of a rule").await.map(|_| ())
    }

    fn reach_key(&self, id: &RecordId, touch: Touch) -> Key {
        Key::new(self.pk.clone(), format!("reach#{id}#{}", touch.as_str()))
    }

    fn key_of_hour(&self, what: &str, rule: &RuleId, record: &str, now: Timestamp) -> Key {
        let hour = now.as_second().div_euclid(HOUR.as_secs());
        Key::new(self.pk.clone(), format!("{what}#{rule}#{record}#{hour}"))
    }
}
