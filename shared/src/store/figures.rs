//! What a connection did, hour by hour: what its status page shows. One write for each batch of a lane, however many
//! records it changed.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::error::Error;
use super::table::{Key, Table, to_dynamo};
use crate::model::ids::ConnectionId;

/// The ends of the classes in which lags are counted, in seconds; what takes longer is in one more class.
pub const LAG_SECONDS: [i64; 10] = [1, 2, 5, 10, 30, 60, 120, 300, 900, 3_600];

/// Lags are counted in so many classes.
pub const LAGS: usize = LAG_SECONDS.len() + 1;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// How long an hour's figures are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(8 * 24);

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Records that were written.
    pub changes: u64,
    /// How many of them took how long, by class.
    pub lags: [u64; LAGS],
    /// When a webhook last brought one of them.
    pub webhook_at: Option<Timestamp>,
}

impl Figures {
    /// One more record was written; `lag` is how long it took since its change, where its side said when that was.
    pub fn change(&mut self, lag: Option<SignedDuration>) {
        self.changes += 1;
        if let Some(lag) = lag {
            let class = LAG_SECONDS.iter().position(|end| lag <= SignedDuration::from_secs(*end));
            self.lags[class.unwrap_or(LAGS - 1)] += 1;
        }
    }

    /// In how many seconds so many of a hundred changes arrived; the end of their class. None where nothing was
    /// measured, `i64::MAX` where it was longer than any class.
    pub fn percentile(&self, percent: u64) -> Option<i64> {
        let all: u64 = self.lags.iter().sum();
        let wanted = (all * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let place = self.lags.iter().position(|class| {
            seen += class;
            seen >= wanted
        })?;
        Some(LAG_SECONDS.get(place).copied().unwrap_or(i64::MAX))
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.changes += other.changes;
        self.lags.iter_mut().zip(other.lags).for_each(|(ours, theirs)| *ours += theirs);
        self.webhook_at = self.webhook_at.max(other.webhook_at);
        self
    }
}

/// An hour's row.
#[derive(Deserialize)]
struct Row {
    sk: String,
    #[serde(default)]
    changes: u64,
    webhook_at: Option<i64>,
    #[serde(flatten)]
    others: HashMap<String, serde_json::Value>,
}

/// The figures of one connection.
#[derive(Clone, Debug)]
pub struct FiguresOf {
    table: Table,
    pk: String,
}

impl FiguresOf {
    pub fn new(table: Table, connection: &ConnectionId) -> Self {
        Self { table, pk: format!("FIGURES#{connection}") }
    }

    /// Adds what a batch did to the hour that it was done in.
    pub async fn add(&self, figures: &Figures, now: Timestamp) -> Result<(), Error> {
        let number = |number: i64| AttributeValue::N(number.to_string());
        let count = |count: u64| AttributeValue::N(count.to_string());
        let key = Key::new(self.pk.clone(), format!("{:010}", hour_of(now)));
        let (mut set, mut add) = ("expires_at = :until".to_owned(), "changes :changes".to_owned());
        let mut update = self
            .table
            .client()
            .update_item()
            .table_name(self.table.name())
            .set_key(Some(key.to_item()))
            .expression_attribute_values(":until", number((now + KEPT).as_second()))
            .expression_attribute_values(":changes", count(figures.changes));
        if let Some(at) = figures.webhook_at {
            set.push_str(", webhook_at = :webhook");
            update = update.expression_attribute_values(":webhook", number(at.as_second()));
        }
        for (class, lags) in figures.lags.iter().enumerate().filter(|(_, lags)| **lags > 0) {
            add.push_str(&format!(", lag_{class} :lag_{class}"));
            update = update.expression_attribute_values(format!(":lag_{class}"), count(*lags));
        }
        let sent = update.update_expression(format!("SET {set} ADD {add}")).send().await;
        sent.map_err(|error| to_dynamo("count what was done", error))?;
        Ok(())
    }

    /// The hours of the day that ends now, the latest last; one for each, counted or not.
    pub async fn day(&self, now: Timestamp) -> Result<[Figures; 24], Error> {
        let last = hour_of(now);
        let after = format!("{:010}", last - 24);
        let rows: Vec<Row> = self.table.rows_after(&self.pk, Some(&after), 24, "read what was done").await?;
        let mut day: [Figures; 24] = std::array::from_fn(|_| Figures::default());
        for row in rows {
            let ago = row.sk.parse::<i64>().ok().map(|hour| last - hour);
            if let Some(place) =
                ago.and_then(|ago| usize::try_from(23 - ago).ok()).filter(|place| *place < 24)
            {
                day[place] = row.into();
            }
        }
        Ok(day)
    }
}

impl From<Row> for Figures {
    fn from(row: Row) -> Self {
        let lag = |class: usize| row.others.get(&format!("lag_{class}")).and_then(serde_json::Value::as_u64);
        Self {
            changes: row.changes,
            lags: std::array::from_fn(|class| lag(class).unwrap_or_default()),
            webhook_at: row.webhook_at.and_then(|at| Timestamp::from_second(at).ok()),
        }
    }
}

fn hour_of(now: Timestamp) -> i64 {
    now.as_second().div_euclid(HOUR.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(seconds: &[i64]) -> Figures {
        let mut figures = Figures::default();
        seconds.iter().for_each(|lag| figures.change(Some(SignedDuration::from_secs(*lag))));
        figures
    }

    #[test]
    fn a_percentile_is_the_end_of_the_class_that_it_falls_into() {
        assert_eq!(Figures::default().percentile(50), None);
        let figures = of(&[0, 1, 2, 4, 4_000]);
        assert_eq!((figures.percentile(50), figures.percentile(80)), (Some(2), Some(5)));
        assert_eq!(figures.percentile(95), Some(i64::MAX));
        assert_eq!(of(&[3_600]).percentile(1), Some(3_600));
    }

    #[test]
    fn a_change_whose_lag_nobody_knows_is_counted_all_the_same() {
        let mut figures = Figures::default();
        figures.change(None);
        assert_eq!((figures.changes, figures.percentile(50)), (1, None));
        let both = figures.and(&of(&[1, 1]));
        assert_eq!((both.changes, both.percentile(50)), (3, Some(1)));
    }
}
