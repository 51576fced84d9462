//! What is uncertain about the real GHL, or differs between its deliveries.

/// Each switch's default is the reading that is documented, or else the one that is harder to live with.
#[derive(Clone, Debug)]
pub struct Switches {
    /// Whether webhooks also carry the legacy `X-WH-Signature`. Its announced end has moved more than once.
    pub legacy_signature: bool,
    /// Whether `POST` and `DELETE .../tags` answer all tags of the contact; else only those named in the call.
    pub tag_answers_are_whole: bool,
    /// Whether `country: ""` clears the country; else it is refused as not being a country.
    pub empty_country_clears: bool,
    /// Whether a change of tags fires `ContactUpdate` as well as `ContactTagUpdate`.
    pub tags_fire_update: bool,
    /// Whether restoring a deleted contact fires `ContactCreate`; else it fires nothing.
    pub restore_fires_create: bool,
    /// Whether `TaskCreate` lacks the task's contact and body, as real ones were seen to.
    pub task_create_is_bare: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            legacy_signature: false,
            tag_answers_are_whole: true,
            empty_country_clears: true,
            tags_fire_update: false,
            restore_fires_create: true,
            task_create_is_bare: true,
        }
    }
}
