//! How one HelloLeads account is reached. HelloLeads' API is thinly documented, so that every path, header and field
//! name is data; each default is the documented value.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::more_paths::MorePaths;
use crate::budget::ledger::Limits;
use crate::http::BaseUrl;

/// The settings of the HelloLeads side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HelloLeadsSettings {
    pub profile: Profile,
    pub base_url: BaseUrl,
    /// The IANA zone of HelloLeads' zone-less times; there is no default that could be right.
    pub time_zone: Option<String>,
    /// The lists polled, by key; new leads go to the first. Empty: all lists are polled.
    pub lists: Vec<String>,
    pub auth: Auth,
    pub paths: Paths,
    /// Our field name → HelloLeads' names, read in order, the first one written.
    pub fields: BTreeMap<String, Vec<String>>,
    pub update: UpdateSettings,
    pub poll: PollSettings,
    /// Calls allowed in an hour.
    pub calls_per_hour: u32,
    /// Whether `mobile_code` is written with its plus sign.
    pub mobile_code_plus: bool,
    /// Written as the first name of a contact that has none; without it such a contact is parked.
    pub name_stand_in: Option<String>,
    /// The most characters that a lead's notes take.
    pub notes_max: usize,
    /// What becomes of a lead's one follow-up with the `key` profile.
    pub follow_up: FollowUp,
    /// What becomes of a comment whose GHL note was changed, with the `v1` profile, which cannot change comments.
    pub changed_notes: ChangedNotes,
    /// Whether comments are read: one call more for each look.
    pub read_comments: bool,
    /// The organisation's id, which every call of `v1` names.
    pub organisation: Option<String>,
    /// How a lead is marked whose GHL contact was deleted.
    pub delete_mark: DeleteMark,
    /// Whether a lead's list and stage are read because rules look at them.
    pub read_facts: bool,
    pub hook: HookSettings,
    /// What the set-up probe found, and when.
    pub probe: Option<ProbeVerdict>,
}

impl Default for HelloLeadsSettings {
    fn default() -> Self {
        Self {
            profile: Profile::Key,
            base_url: BaseUrl::parse("https://app.helloleads.io/index.php/private/api")
                .expect("the documented address is an https URL"),
            time_zone: None,
            lists: Vec::new(),
            auth: Auth::default(),
            paths: Paths::default(),
            fields: BTreeMap::new(),
            update: UpdateSettings::default(),
            poll: PollSettings::default(),
            calls_per_hour: 90,
            mobile_code_plus: true,
            name_stand_in: None,
            notes_max: 2000,
            follow_up: FollowUp::NextTask,
            changed_notes: ChangedNotes::Append,
            read_comments: false,
            organisation: None,
            delete_mark: DeleteMark::Note,
            read_facts: false,
            hook: HookSettings::default(),
            probe: None,
        }
    }
}

/// By which door HelloLeads is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// The API key: polled, no read of one lead, no webhook, no delete.
    #[default]
    Key,
    /// The newer API with a session: polled too; comments and to-dos are written, nothing is deleted.
    V1,
    /// The user's automation tool: webhooks in, signed posts out.
    Relay,
}

/// What becomes of the one follow-up that a lead has, where GHL's tasks and appointments are many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowUp {
    /// It is the next open task or appointment.
    #[default]
    NextTask,
    /// It is left alone: tasks and appointments stand in the lead's notes only.
    Leave,
}

/// What becomes of a comment whose GHL note was changed, where comments cannot be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangedNotes {
    /// What it says now is one more comment.
    #[default]
    Append,
    /// The comment stays as it is, and the note is listed as one that differs.
    List,
}

/// The names of the credential headers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    pub key_header: String,
    pub key_prefix: String,
    pub email_header: String,
    /// Further headers that every call carries.
    pub headers: BTreeMap<String, String>,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            key_header: "hls-key".into(),
            key_prefix: "token=".into(),
            email_header: "Xemail".into(),
            headers: BTreeMap::new(),
        }
    }
}

/// The paths below the base address. `{id}` stands for the lead's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Paths {
    pub lists: String,
    pub leads: String,
    pub create: String,
    pub update: String,
    pub update_method: String,
    pub users: String,
    pub comments: String,
    /// The calls of `v1` that the key does not have.
    pub create_comment: String,
    pub to_dos: String,
    pub tags: String,
    pub custom_fields: String,
    /// What lists the account's custom fields: by the key a path of the host itself.
    pub list_custom_fields: String,
    /// One lead's history, by the key.
    pub history: String,
    /// What else `v1` has for automations.
    pub more: MorePaths,
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            lists: "/lists".into(),
            leads: "/leads".into(),
            create: "/leads".into(),
            update: "/lead/{id}".into(),
            update_method: "PUT".into(),
            users: "/users".into(),
            comments: "/allLeadActivities".into(),
            create_comment: "/leads/leadCommentCreate".into(),
            to_dos: "/todo/todo/todo".into(),
            tags: "/BulkQualifier/updateTags".into(),
            custom_fields: "/leads/infoPlus".into(),
            list_custom_fields: "/api/getCustomFields".into(),
            history: "/leadActivities".into(),
            more: MorePaths::default(),
        }
    }
}

/// What an update of a lead can do. The defaults claim least; the set-up probe finds out more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UpdateSettings {
    pub works: bool,
    pub style: UpdateStyle,
    pub clear: Clear,
    pub tags: bool,
}

impl Default for UpdateSettings {
    fn default() -> Self {
        Self { works: true, style: UpdateStyle::Sparse, clear: Clear::Never, tags: false }
    }
}

/// Whether an update names the changed fields only, or must repeat the whole lead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateStyle {
    #[default]
    Sparse,
    Whole,
}

/// How a field is blanked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clear {
    /// It cannot be: the value stays in HelloLeads, and the record is listed.
    #[default]
    Never,
    /// By an empty text.
    EmptyText,
    /// By `null`.
    Null,
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

impl HelloLeadsSettings {
    /// How a text is blanked. A relay is told of blanks by `null`: that is our own contract.
    pub fn clear(&self) -> Clear {
        match self.profile {
            Profile::Key | Profile::V1 => self.update.clear,
            Profile::Relay => Clear::Null,
        }
    }

    /// The account's calls. HelloLeads' answers do not name its limits. Whoever writes looks first: ten calls are a
    /// look and nine writes. Where nothing but a sweep finds edits, sweeps have half of them.
    pub fn limits(&self) -> Limits {
        let (calls, window) = (self.calls_per_hour.max(1), SignedDuration::from_hours(1));
        let sweeps = if self.poll.mode == PollMode::NewestFirst { 50 } else { 10 };
        Limits { calls, window, daily: None, worth: 10, sweeps }
    }

    /// The account's calls where somebody counts them: a relay's are its own affair.
    pub fn counted_limits(&self) -> Option<Limits> {
        (self.profile != Profile::Relay).then(|| self.limits())
    }

    /// The documented settings of a profile.
    pub fn of(profile: Profile) -> Self {
        match profile {
            Profile::Key | Profile::Relay => Self { profile, ..Self::default() },
            Profile::V1 => Self::v1(),
        }
    }

    fn v1() -> Self {
        Self {
            profile: Profile::V1,
            base_url: BaseUrl::parse("https://app.helloleads.io/index.php/api/mcp/v1")
                .expect("the assumed address is an https URL"),
            auth: Auth {
                key_header: "Auth".into(),
                key_prefix: String::new(),
                email_header: "Xemail".into(),
                headers: pairs(&[("ApiClient", "MCP")]),
            },
            paths: Paths {
                lists: "/org/lists".into(),
                leads: "/leads/leads".into(),
                create: "/leads/leadCreate".into(),
                update: "/leads/profile".into(),
                users: "/users/users".into(),
                comments: "/leads/leadActivities".into(),
                list_custom_fields: "/org/customFields".into(),
                ..Paths::default()
            },
            update: UpdateSettings {
                works: true,
                style: UpdateStyle::Sparse,
                clear: Clear::Null,
                tags: true,
            },
            poll: PollSettings {
                modified_from: "modified_from".into(),
                modified_to: "modified_to".into(),
                order: pairs(&[("sort_by", "modified_at"), ("sort_order", "asc")]),
                list: "list_ids".into(),
                created_from: "created_from".into(),
                created_order: BTreeMap::new(),
                iso_times: true,
                page_size: Some(("page_size".into(), 50)),
                ..PollSettings::default()
            },
            read_comments: true,
            ..Self::default()
        }
    }
}

/// How changed leads are found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PollSettings {
    pub mode: PollMode,
    /// The query names of the modified-time window and of the order.
    pub modified_from: String,
    pub modified_to: String,
    /// What asks for the longest unmodified leads first.
    pub order: BTreeMap<String, String>,
    /// The query name of the list that is read.
    pub list: String,
    /// The query name of the time since when comments are read, and what asks for the oldest comment or lead first.
    pub created_from: String,
    pub created_order: BTreeMap<String, String>,
    /// Whether times are ISO 8601 rather than the zone-less `YYYY-MM-DD HH:mm:ss`.
    pub iso_times: bool,
    /// A query name for the page size, where the account has one.
    pub page_size: Option<(String, u32)>,
    /// How far back each poll reaches behind the last change seen.
    pub overlap_seconds: u32,
    /// How often all records of both sides are gone through, for what everything else missed.
    pub sweep_hours: u32,
}

impl Default for PollSettings {
    fn default() -> Self {
        Self {
            mode: PollMode::Modified,
            modified_from: "modifiedDateTime_From".into(),
            modified_to: "modifiedDateTime_To".into(),
            order: pairs(&[("orderByModifiedDateTime", "ASC")]),
            list: "list_key".into(),
            created_from: "createdDateTime_From".into(),
            created_order: pairs(&[("orderByCreatedDateTime", "ASC")]),
            iso_times: false,
            page_size: None,
            overlap_seconds: 120,
            sweep_hours: 24,
        }
    }
}

/// Which of HelloLeads' list calls can be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PollMode {
    /// By the modified-time filter. A row outside the window proves it untrue, and polling falls back by itself.
    #[default]
    Modified,
    /// The newest leads first, until a page holds nothing new; edits are found by the sweep.
    NewestFirst,
}

/// How a lead is marked whose contact was deleted in GHL, since HelloLeads cannot delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteMark {
    /// A line in the lead's notes.
    Note,
    /// The tag `deleted in ghl`; needs `update.tags`.
    Tag,
    None,
}

/// Webhooks that the user's automation tool sends in HelloLeads' place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HookSettings {
    pub trust: Trust,
    /// Whether a bearer secret is accepted where there is no HMAC signature.
    pub bearer: bool,
    pub timestamp_header: String,
    pub signature_header: String,
    pub signature_prefix: String,
    /// JSON Pointers to the parts of a body of another shape.
    pub pointers: Pointers,
    /// Raised to replace the hook's secret; the one before stays valid until it is raised again.
    pub generation: u32,
    /// Where our changes are posted with the `relay` profile: the user's catch hook.
    pub catch_hook: Option<BaseUrl>,
}

impl Default for HookSettings {
    fn default() -> Self {
        Self {
            trust: Trust::Hint,
            bearer: false,
            timestamp_header: "X-Hls-Timestamp".into(),
            signature_header: "X-Hls-Signature".into(),
            signature_prefix: "v1=".into(),
            pointers: Pointers::default(),
            generation: 0,
            catch_hook: None,
        }
    }
}

/// What a hook's body is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// "Look at this account now": it brings the next poll forward.
    #[default]
    Hint,
    /// The lead as HelloLeads held it. Fields that are absent are unknown, not blank.
    Snapshot,
}

/// Where the parts of a hook's body stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pointers {
    pub id: String,
    pub event: String,
    pub lead: String,
    /// Where a note, task or appointment stands; absent, under its kind's name.
    pub record: Option<String>,
    pub occurred_at: String,
}

impl Default for Pointers {
    fn default() -> Self {
        Self {
            id: "/id".into(),
            event: "/event".into(),
            lead: "/lead".into(),
            record: None,
            occurred_at: "/occurred_at".into(),
        }
    }
}

/// What the set-up probe found out by writing to a scratch lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeVerdict {
    pub at: Timestamp,
    pub update: UpdateSettings,
    pub modified_filter_works: bool,
    /// What HelloLeads' clock shows against ours when read in the connection's time zone.
    pub clock_difference_seconds: i64,
    /// The scratch lead; it is never synced.
    pub scratch_lead: String,
}
