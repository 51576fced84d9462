//! Everything about HelloLeads that nobody could confirm, as switches.

/// What a `PUT /lead/{id}` does to the fields that it does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateStyle {
    /// They stay as they are.
    Sparse,
    /// They become blank: the body is taken as the whole record.
    Whole,
}

/// How a blank field reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blank {
    /// `null`, but `""` for `tags` and `{}` for `custfields`, as in the one published sample.
    Null,
    /// `""`, and `[]` for `custfields`: an empty PHP array has no keys that would make it an object.
    Empty,
    /// Both, changing from field to field and from lead to lead.
    Mixed,
}

/// The uncertain capabilities and habits of HelloLeads and of the relay.
#[derive(Clone, Debug)]
pub struct Switches {
    /// Rows on one page of `GET /leads`.
    pub page_size: usize,
    /// `PUT /lead/{id}` exists. Where it does not, it answers 404 with an HTML page.
    pub update_works: bool,
    pub update_style: UpdateStyle,
    /// `PUT` changes `tags`. Where it does not, they are ignored without a word.
    pub tags_on_update: bool,
    /// An empty string or `null` in a `PUT` clears the field. Where it does not, it is ignored.
    pub clears_on_empty: bool,
    /// `modifiedDateTime_From` and `_To` select rows. Where they do not, every row is answered.
    pub modified_filter: bool,
    /// The `orderBy…` parameters order rows. Where they do not, the newest id comes first.
    pub order_honoured: bool,
    /// Rows say `stage`, `dealSize` and `alternatePhone` for `lead_stage`, `deal_size` and `phone`.
    pub other_spelling: bool,
    pub blank: Blank,
    /// The `hls-key` header is also accepted without `token=` before the key.
    pub bare_key: bool,
    /// The time zone (IANA name) of `created` and `modified`, and of the date filters.
    pub timezone: String,
    /// How far HelloLeads' clock is ahead of the world's; negative where it is behind.
    pub skew_seconds: i64,
    /// Calls that one key may make in any sixty minutes.
    pub per_hour: u32,
    /// A refused request is answered with HTTP 200 and an error in the body; else with 400.
    pub error_in_200: bool,
    /// A longer first name is cut to so many characters without a word.
    pub first_name_max: Option<usize>,
    /// The catch hook answers `{"lead":{"id":…}}`; else just `ok`.
    pub relay_answers_id: bool,
    /// The relay remembers the `reference` that a lead was created with, and repeats it in its webhooks.
    pub relay_keeps_reference: bool,
    /// The numbers under `paging` are strings.
    pub string_numbers: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            page_size: 25,
            update_works: true,
            update_style: UpdateStyle::Sparse,
            tags_on_update: false,
            clears_on_empty: false,
            modified_filter: true,
            order_honoured: true,
            other_spelling: false,
            blank: Blank::Null,
            bare_key: false,
            timezone: "Asia/Kolkata".to_owned(),
            skew_seconds: 0,
            per_hour: 100,
            error_in_200: true,
            first_name_max: None,
            relay_answers_id: true,
            relay_keeps_reference: true,
            string_numbers: false,
        }
    }
}
