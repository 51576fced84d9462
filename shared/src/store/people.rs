//! The users of both accounts, so that work assigned to somebody on one side is assigned to the same person across.
//! They are matched by e-mail address, and read once a day.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{If, Key, Table};
use crate::model::ids::ConnectionId;

/// How long the lists are good for.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);

/// A user of the GHL location.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GhlUser {
    pub id: String,
    pub email: Option<String>,
    pub name: Option<String>,
}

/// Names and addresses are people's data: a debug print shows the id only.
impl std::fmt::Debug for GhlUser {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "GhlUser({})", self.id)
    }
}

/// Both lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    pub ghl: Vec<GhlUser>,
    /// The e-mail addresses of HelloLeads' users; none where HelloLeads does not list them, and anybody will do.
    pub helloleads: Option<Vec<String>>,
    pub read_at: Timestamp,
}

impl People {
    /// The e-mail address of a GHL user whom HelloLeads knows too.
    pub fn email_of(&self, ghl_id: &str) -> Option<String> {
        let user = self.ghl.iter().find(|user| user.id == ghl_id)?;
        user.email.clone().filter(|email| self.is_in_helloleads(email))
    }

    /// The address of a HelloLeads user whom GHL knows too.
    pub fn known(&self, email: &str) -> Option<String> {
        let email = crate::normalise::email::normalise(email)?;
        self.ghl_id(&email).map(|_| email.clone())
    }

    /// The GHL user with this address.
    pub fn ghl_id(&self, email: &str) -> Option<&str> {
        self.ghl.iter().find(|user| user.email.as_deref() == Some(email)).map(|user| user.id.as_str())
    }

    pub fn name_of(&self, ghl_id: &str) -> Option<String> {
        self.ghl.iter().find(|user| user.id == ghl_id)?.name.clone()
    }

    /// How many users of each list nobody is across: HelloLeads' first.
    pub fn unmatched(&self) -> (usize, usize) {
        let helloleads =
            self.helloleads.iter().flatten().filter(|email| self.ghl_id(email).is_none()).count();
        let alone = |user: &&GhlUser| user.email.as_deref().is_none_or(|email| !self.is_in_helloleads(email));
        (helloleads, self.ghl.iter().filter(alone).count())
    }

    pub fn is_good(&self, now: Timestamp) -> bool {
        now.duration_since(self.read_at) < GOOD_FOR
    }

    fn is_in_helloleads(&self, email: &str) -> bool {
        self.helloleads.as_ref().is_none_or(|known| known.iter().any(|one| one == email))
    }
}

fn key(connection: &ConnectionId) -> Key {
    Key::new(format!("PEOPLE#{connection}"), "people")
}

/// The lists as they were last read.
pub async fn read(table: &Table, connection: &ConnectionId) -> Result<Option<People>, Error> {
    table.get(&key(connection), "read the users of both sides").await
}

pub async fn keep(table: &Table, connection: &ConnectionId, people: &People) -> Result<(), Error> {
    table.put(&key(connection), people, If::Always, "keep the users of both sides").await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_who_is_on_one_side_only_is_matched_with_nobody_and_counted() {
        let user = |id: &str, email: Option<&str>| GhlUser {
            id: id.into(),
            email: email.map(str::to_owned),
            name: None,
        };
        let people = People {
            ghl: vec![
                user("u1", Some("asha@example.com")),
                user("u2", Some("bob@example.com")),
                user("u3", None),
            ],
            helloleads: Some(vec!["asha@example.com".into(), "chen@example.com".into()]),
            read_at: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(people.email_of("u1").as_deref(), Some("asha@example.com"));
        assert_eq!((people.email_of("u2"), people.email_of("u3")), (None, None));
        assert_eq!(people.known(" Asha@Example.com "), Some("asha@example.com".into()));
        assert_eq!(people.known("chen@example.com"), None);
        assert_eq!(people.unmatched(), (1, 2));
    }
}
