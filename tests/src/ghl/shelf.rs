//! What a location keeps in plain lists: tags, custom fields and values, groups, resources, schedules, businesses and
//! calendars. Each list has its schemas and its words; what is done with them is the same.

use serde_json::{Map, Value, json};

use super::body::{self, Fields, Schema};
use super::gate;
use super::ids::Kind;
use super::location::Location;
use super::refusal::Refusal;
use super::state::State;
use super::wire::{Answer, Asked};

/// One list.
pub(super) struct Shelf {
    /// What is in it, such as `Tag`.
    pub what: &'static str,
    /// The member that holds one of them in an answer; blank where the answer is the record itself.
    pub one: &'static str,
    /// The member that holds several; blank where the answer is the list itself.
    pub many: &'static str,
    pub kept: fn(&mut Location) -> &mut Vec<Value>,
    pub named: Named,
    pub new: &'static Schema,
    pub required: &'static [&'static str],
    pub changed: &'static Schema,
    pub still_required: &'static [&'static str],
    /// The status of a create, and what says that a delete went well.
    pub created: u16,
    pub deleted: &'static str,
    /// What the answer to a write says besides.
    pub written: &'static [&'static str],
    /// Checks and respells a record among the others.
    pub finish: fn(&mut Fields, &[Value]) -> Result<(), Refusal>,
}

/// Where a call names what it is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// The path names the location, then the record.
    InPath,
    /// The path names the record only; the query or the body names the location.
    Beside,
    /// The same, behind a type that is part of the record.
    ByType,
}

/// What is done with a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    List,
    Read,
    Create,
    Change,
    Delete,
}

impl Shelf {
    pub fn work(
        &self,
        deed: Deed,
        state: &mut State,
        asked: &Asked,
        own: &str,
        ids: [&str; 2],
    ) -> Result<Answer, Refusal> {
        if self.named == Named::InPath {
            gate::same_location(own, ids[0])?;
        }
        let id = if self.named == Named::Beside { ids[0] } else { ids[1] };
        match deed {
            Deed::List => self.list(state, asked, own, ids[0]),
            Deed::Read => self.read(state, own, id),
            Deed::Create => self.create(state, asked, own, ids[0]),
            Deed::Change => self.change(state, asked, own, id),
            Deed::Delete => self.delete(state, own, id),
        }
    }

    fn list(&self, state: &mut State, asked: &Asked, own: &str, kind: &str) -> Result<Answer, Refusal> {
        if self.named != Named::InPath {
            gate::same_location(own, asked.required_query("locationId")?)?;
        }
        let user = asked.query("userId");
        let all = (self.kept)(state.location_mut(own)?).iter();
        let fits = |record: &&Value| {
            (self.named != Named::ByType || record["resourceType"] == kind)
                && user.is_none_or(|user| record["userId"] == user)
        };
        let shown: Vec<Value> = all.filter(fits).cloned().collect();
        Ok(Answer::json(200, wrapped(self.many, json!(shown))))
    }

    fn read(&self, state: &mut State, own: &str, id: &str) -> Result<Answer, Refusal> {
        Ok(Answer::json(200, wrapped(self.one, self.found(state, own, id)?.clone())))
    }

    fn create(&self, state: &mut State, asked: &Asked, own: &str, kind: &str) -> Result<Answer, Refusal> {
        let mut fields = asked.object()?;
        body::check(&fields, self.new, self.required)?;
        if self.named != Named::InPath {
            gate::same_location(own, body::text(&fields, "locationId").unwrap_or_default())?;
        }
        (self.finish)(&mut fields, (self.kept)(state.location_mut(own)?))?;
        fields.insert("id".to_owned(), json!(state.ids.next(Kind::Shelved)));
        fields.insert("locationId".to_owned(), json!(own));
        if self.named == Named::ByType {
            fields.insert("resourceType".to_owned(), json!(kind));
            fields.insert("isActive".to_owned(), json!(true));
        }
        let made = Value::Object(fields);
        (self.kept)(state.location_mut(own)?).push(made.clone());
        Ok(self.written(self.created, made))
    }

    fn change(&self, state: &mut State, asked: &Asked, own: &str, id: &str) -> Result<Answer, Refusal> {
        let sent = asked.object()?;
        body::check(&sent, self.changed, self.still_required)?;
        let mut fields = self.found(state, own, id)?.as_object().cloned().unwrap_or_default();
        body::write(&mut fields, sent);
        let kept = (self.kept)(state.location_mut(own)?);
        let others: Vec<Value> = kept.iter().filter(|known| known["id"] != id).cloned().collect();
        (self.finish)(&mut fields, &others)?;
        let changed = Value::Object(fields);
        kept.iter_mut().filter(|known| known["id"] == id).for_each(|known| *known = changed.clone());
        Ok(self.written(200, changed))
    }

    fn delete(&self, state: &mut State, own: &str, id: &str) -> Result<Answer, Refusal> {
        self.found(state, own, id)?;
        (self.kept)(state.location_mut(own)?).retain(|known| known["id"] != id);
        Ok(Answer::json(200, json!({ (self.deleted): true })))
    }

    pub fn found<'a>(&self, state: &'a mut State, own: &str, id: &str) -> Result<&'a mut Value, Refusal> {
        let kept = (self.kept)(state.location_mut(own)?);
        let found = kept.iter_mut().find(|record| record["id"] == id);
        found.ok_or_else(|| Refusal::missing(self.what, id))
    }

    fn written(&self, status: u16, record: Value) -> Answer {
        match self.written {
            [name] => Answer::json(status, json!({ "success": true, (*name): record })),
            _ => Answer::json(status, wrapped(self.one, record)),
        }
    }
}

fn wrapped(name: &str, value: Value) -> Value {
    if name.is_empty() { value } else { Value::Object(Map::from_iter([(name.to_owned(), value)])) }
}
