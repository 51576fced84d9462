//! `/businesses`: the companies that contacts can belong to.

use schemars::JsonSchema;
use serde::Deserialize;

use super::operation::Operation;
use super::operation::scope::{BUSINESSES_READ, BUSINESSES_WRITE, CONTACTS_WRITE};
use crate::action::input::SomeText;
use crate::model::ids::RecordId;

pub const OPERATIONS: &[&Operation] = &[&LIST, &READ, &CREATE, &UPDATE, &DELETE, &SET_OF_CONTACTS];

pub const LIST: Operation = Operation::get::<Listed>("ghl.business.list", BUSINESSES_READ, "/businesses/")
    .location_in_query()
    .says("Lists the businesses of the location.", r#"{"limit": "20", "skip": "0"}"#);

pub const READ: Operation =
    Operation::get::<OfBusiness>("ghl.business.read", BUSINESSES_READ, "/businesses/{businessId}")
        .says("Reads a business.", r#"{"businessId": "641c094001436dbc2081e642"}"#);

pub const CREATE: Operation =
    Operation::post::<NewBusiness>("ghl.business.create", BUSINESSES_WRITE, "/businesses/")
        .location_in_body()
        .says(
            "Creates a business.",
            r#"{"name": "Lee & Sons", "city": "Leeds", "website": "https://example.com"}"#,
        );

pub const UPDATE: Operation =
    Operation::put::<ChangedBusiness>("ghl.business.update", BUSINESSES_WRITE, "/businesses/{businessId}")
        .says("Changes a business.", r#"{"businessId": "641c094001436dbc2081e642", "city": "York"}"#);

pub const DELETE: Operation =
    Operation::delete::<OfBusiness>("ghl.business.delete", BUSINESSES_WRITE, "/businesses/{businessId}")
        .says("Deletes a business; its contacts stay.", r#"{"businessId": "641c094001436dbc2081e642"}"#);

/// The published file lists no scope for it.
pub const SET_OF_CONTACTS: Operation =
    Operation::post::<Members>("ghl.contacts.set_business", CONTACTS_WRITE, "/contacts/bulk/business")
        .location_in_body()
        .repeatable()
        .says(
            "Puts several contacts into a business, or with null into none.",
            r#"{"ids": ["seD4PfOuKoVMLkEZqohJ"], "businessId": "641c094001436dbc2081e642"}"#,
        );

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct Listed {
    limit: Option<String>,
    skip: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct OfBusiness {
    business_id: RecordId,
}

/// The inputs that hold a business's fields: those that all of them have, and what comes to them.
macro_rules! of_business {
    ($name:ident { $($field:ident: $type:ty,)* }) => {
        #[derive(Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
        struct $name {
            phone: Option<String>,
            email: Option<String>,
            website: Option<String>,
            address: Option<String>,
            city: Option<String>,
            postal_code: Option<String>,
            state: Option<String>,
            country: Option<String>,
            description: Option<String>,
            $($field: $type,)*
        }
    };
}

of_business! { NewBusiness { name: SomeText, } }
of_business! { ChangedBusiness { business_id: RecordId, name: Option<SomeText>, } }

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its form is checked, and the input is sent as it is")]
struct Members {
    /// The ids of contacts.
    ids: Vec<RecordId>,
    #[serde(deserialize_with = "Option::deserialize")]
    business_id: Option<RecordId>,
}
