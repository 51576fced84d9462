//! Why GHL does not do what it was asked, and the bodies in which it says so.

use serde_json::{Value, json};

use super::wire::Answer;

#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// 422: one message per field that is not as the schema says.
    Unprocessable(Vec<String>),
    BadRequest(String),
    /// The location allows no second contact with this e-mail or phone.
    Duplicate {
        contact_id: String,
        contact_name: String,
        field: &'static str,
    },
    Unauthorized(&'static str),
    /// The token is good, but for another location.
    Forbidden,
    TooManyRequests,
    NoSuchPath(String),
    /// 404: there is no such note, task or appointment.
    Missing(String),
    /// The token endpoint's own shape.
    OAuth {
        status: u16,
        error: &'static str,
        description: &'static str,
    },
}

impl Refusal {
    pub const INVALID_TOKEN: Self = Self::Unauthorized("Invalid token: access token is invalid");

    pub fn one_field(message: impl Into<String>) -> Self {
        Self::Unprocessable(vec![message.into()])
    }

    /// GHL answers a contact that does not exist, or was deleted, with 400 instead of 404.
    pub fn no_such_contact(id: &str) -> Self {
        Self::BadRequest(format!("Contact with id {id} not found"))
    }

    /// A note, task or appointment that does not exist, or was deleted.
    pub fn missing(what: &str, id: &str) -> Self {
        Self::Missing(format!("{what} with id {id} not found"))
    }

    pub fn answer(&self) -> Answer {
        let (status, body) = self.status_and_body();
        Answer::json(status, body)
    }

    fn status_and_body(&self) -> (u16, Value) {
        let named = |status: u16, message: &str, error: &str| {
            (status, json!({"statusCode": status, "message": message, "error": error}))
        };
        match self {
            Self::Unprocessable(messages) => {
                let error = "Unprocessable Entity";
                (422, json!({"statusCode": 422, "message": messages, "error": error}))
            }
            Self::BadRequest(message) => (400, json!({"statusCode": 400, "message": message})),
            Self::Duplicate { contact_id, contact_name, field } => {
                let meta =
                    json!({"contactId": contact_id, "contactName": contact_name, "matchingField": field});
                let message = "This location does not allow duplicated contacts.";
                (400, json!({"statusCode": 400, "message": message, "meta": meta}))
            }
            Self::Unauthorized(message) => named(401, message, "Unauthorized"),
            Self::Forbidden => named(403, "The token does not have access to this location.", "Forbidden"),
            Self::TooManyRequests => named(429, "Too Many Requests", "Too Many Requests"),
            Self::NoSuchPath(asked) => named(404, &format!("Cannot {asked}"), "Not Found"),
            Self::Missing(message) => (404, json!({"statusCode": 404, "message": message})),
            Self::OAuth { status, error, description } => {
                (*status, json!({"error": error, "error_description": description}))
            }
        }
    }
}
