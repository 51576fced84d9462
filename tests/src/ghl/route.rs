//! The calls that the fake knows.

use http::Method;

use super::kinds::{self, KindCall};

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    ChooseLocation,
    Token,
    LocationToken,
    InstalledLocations,
    ReadContact(String),
    CreateContact,
    UpdateContact(String),
    DeleteContact(String),
    AddTags(String),
    RemoveTags(String),
    FindDuplicate,
    Search,
    ListContacts,
    ListOfBusiness(String),
    ReadLocation(String),
    CustomFields(String),
    Users,
    /// A call on a note, task, appointment or calendar, and the ids that its path names.
    OfKind(&'static KindCall, [String; 2]),
    Unknown,
}

impl Route {
    /// A slash at the end of a path makes no difference.
    pub fn of(method: &Method, path: &str) -> Self {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (method.as_str(), segments.as_slice()) {
            ("GET", ["v2", "oauth", "chooselocation"] | ["oauth", "chooselocation"]) => Self::ChooseLocation,
            ("POST", ["oauth", "token"]) => Self::Token,
            ("POST", ["oauth", "locationToken"]) => Self::LocationToken,
            ("GET", ["oauth", "installedLocations"]) => Self::InstalledLocations,
            ("GET", ["contacts"]) => Self::ListContacts,
            ("POST", ["contacts"]) => Self::CreateContact,
            ("POST", ["contacts", "search"]) => Self::Search,
            ("GET", ["contacts", "search", "duplicate"]) => Self::FindDuplicate,
            ("GET", ["contacts", "business", id]) => Self::ListOfBusiness((*id).to_owned()),
            ("GET", ["contacts", id]) => Self::ReadContact((*id).to_owned()),
            ("PUT", ["contacts", id]) => Self::UpdateContact((*id).to_owned()),
            ("DELETE", ["contacts", id]) => Self::DeleteContact((*id).to_owned()),
            ("POST", ["contacts", id, "tags"]) => Self::AddTags((*id).to_owned()),
            ("DELETE", ["contacts", id, "tags"]) => Self::RemoveTags((*id).to_owned()),
            ("GET", ["locations", id]) => Self::ReadLocation((*id).to_owned()),
            ("GET", ["locations", id, "customFields"]) => Self::CustomFields((*id).to_owned()),
            ("GET", ["users", "search"]) => Self::Users,
            (method, segments) => {
                kinds::find(method, segments).map_or(Self::Unknown, |(call, ids)| Self::OfKind(call, ids))
            }
        }
    }

    /// The name by which faults are planned and calls are logged.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ChooseLocation => "GET /oauth/chooselocation",
            Self::Token => "POST /oauth/token",
            Self::LocationToken => "POST /oauth/locationToken",
            Self::InstalledLocations => "GET /oauth/installedLocations",
            Self::ReadContact(_) => "GET /contacts/:id",
            Self::CreateContact => "POST /contacts/",
            Self::UpdateContact(_) => "PUT /contacts/:id",
            Self::DeleteContact(_) => "DELETE /contacts/:id",
            Self::AddTags(_) => "POST /contacts/:id/tags",
            Self::RemoveTags(_) => "DELETE /contacts/:id/tags",
            Self::FindDuplicate => "GET /contacts/search/duplicate",
            Self::Search => "POST /contacts/search",
            Self::ListContacts => "GET /contacts/",
            Self::ListOfBusiness(_) => "GET /contacts/business/:id",
            Self::ReadLocation(_) => "GET /locations/:id",
            Self::CustomFields(_) => "GET /locations/:id/customFields",
            Self::Users => "GET /users/search",
            Self::OfKind(call, _) => call.name,
            Self::Unknown => "unknown",
        }
    }

    /// The scope that the call's token must have; `None` for the calls that take no token.
    pub fn scope(&self) -> Option<&'static str> {
        match self {
            Self::ChooseLocation | Self::Token | Self::Unknown => None,
            Self::LocationToken => Some("oauth.write"),
            Self::InstalledLocations => Some("oauth.readonly"),
            Self::ReadContact(_)
            | Self::FindDuplicate
            | Self::Search
            | Self::ListContacts
            | Self::ListOfBusiness(_) => Some("contacts.readonly"),
            Self::CreateContact
            | Self::UpdateContact(_)
            | Self::DeleteContact(_)
            | Self::AddTags(_)
            | Self::RemoveTags(_) => Some("contacts.write"),
            Self::ReadLocation(_) => Some("locations.readonly"),
            Self::CustomFields(_) => Some("locations/customFields.readonly"),
            Self::Users => Some("users.readonly"),
            Self::OfKind(call, _) => Some(call.scope),
        }
    }
}
