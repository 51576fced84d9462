//! What we wrote to a record that webhooks tell of: one that left before our write must not take it back.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::record::{Field, Record, Value};

/// The fields of a record that we wrote, until a webhook has told of a later state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OurWrites(BTreeMap<Field, OurWrite>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct OurWrite {
    /// When it was done.
    at: Timestamp,
    /// What stood there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    was: Option<Value>,
}

impl OurWrites {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes that the record was turned from `before` into `after`, and brings `shown` up to date with it. A field that
    /// shows neither was told of meanwhile, and stays.
    pub fn note(&mut self, shown: &mut Record, before: &Record, after: &Record, at: Timestamp) {
        let fields: Vec<Field> = before.fields().chain(after.fields()).cloned().collect();
        for field in fields {
            let (was, written) = (before.get(&field), after.get(&field));
            if was == written {
                continue;
            }
            if shown.get(&field) == was {
                shown.put(field.clone(), written.cloned());
            }
            self.0.insert(field, OurWrite { at, was: was.cloned() });
        }
    }

    /// Keeps our writes in what a webhook `told` as of a time: where it shows what stood there before our later write,
    /// `known` still holds. Where it shows what we wrote, it tells by the other side's clock when that was: a clock that is
    /// behind ours must not make later edits look older than our write.
    pub fn outlast(&mut self, told: &mut Record, known: &Record, as_of: Timestamp) {
        self.0.retain(|field, write| {
            let later = as_of <= write.at;
            if later && told.get(field) == write.was.as_ref() {
                told.put(field.clone(), known.get(field).cloned());
            } else if later && told.get(field) == known.get(field) {
                write.at = as_of;
            }
            later
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(city: &str, website: &str) -> Record {
        Record::from_iter([(Field::ADDRESS, Value::text(city)), (Field::WEBSITE, Value::text(website))])
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_webhook_from_before_our_write_does_not_take_it_back() {
        let (before, after) = (record("Pune", "old"), record("Pune", "ours"));
        let (mut ours, mut row) = (OurWrites::default(), before.clone());
        ours.note(&mut row, &before, &after, second(10));
        assert_eq!(row, after);

        let mut told = record("Delhi", "old");
        ours.outlast(&mut told, &row, second(9));
        assert_eq!(told, record("Delhi", "ours"));

        let mut told = record("Delhi", "old");
        ours.outlast(&mut told, &row, second(11));
        assert_eq!(told, record("Delhi", "old"), "a person put the old value back after our write");
        assert!(ours.is_empty());
    }

    #[test]
    fn an_edit_after_our_write_is_seen_though_the_other_sides_clock_is_behind() {
        let (before, after) = (record("Pune", "old"), record("Pune", "ours"));
        let (mut ours, mut row) = (OurWrites::default(), before.clone());
        ours.note(&mut row, &before, &after, second(100));
        let mut echo = after.clone();
        ours.outlast(&mut echo, &row, second(40));
        let mut told = record("Pune", "old");
        ours.outlast(&mut told, &row, second(41));
        assert_eq!(told, record("Pune", "old"), "somebody put the old value back, a second after our write");
    }

    #[test]
    fn what_was_told_between_our_reading_and_our_writing_stays() {
        let (before, after) = (record("Pune", "old"), record("Pune", "ours"));
        let (mut ours, mut row) = (OurWrites::default(), record("Delhi", "theirs"));
        ours.note(&mut row, &before, &after, second(10));
        assert_eq!(row, record("Delhi", "theirs"));
    }
}
