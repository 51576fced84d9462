//! A lead as HelloLeads keeps it.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// The stages of every account of the fake, as id and name. A stage is written by id and read by name, and no
/// call of the key API lists them: the user copies them from the screen.
pub const STAGES: [(&str, &str); 5] =
    [("501", "New"), ("502", "Contacted"), ("503", "Qualified"), ("504", "Customer"), ("505", "Lost")];

/// The text columns that a row shows, in the order of the published sample.
pub(super) const COLUMNS: [&str; 25] = [
    "first_name",
    "last_name",
    "company",
    "designation",
    "email",
    "mobile",
    "phone",
    "fax",
    "website",
    "address_line1",
    "address_line2",
    "city",
    "state",
    "country",
    "postal_code",
    "notes",
    "interests",
    "category",
    "tags",
    "lead_stage",
    "potential",
    "deal_size",
    "deal_currency",
    "date_of_birth",
    "special_event_date",
];

/// Kept apart from `mobile`, and joined with it when the lead is read.
pub(super) const MOBILE_CODE: &str = "mobile_code";

/// One lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lead {
    pub id: u64,
    /// The place of its list among the account's lists.
    pub list: usize,
    /// What stands in each text column; a blank column is absent.
    texts: BTreeMap<&'static str, String>,
    /// Custom fields by id; a blank one is absent.
    pub custom: BTreeMap<String, String>,
    /// The name that the relay was given for this lead when it created it.
    pub reference: Option<String>,
    /// Whole seconds of HelloLeads' clock.
    pub created: Timestamp,
    pub modified: Timestamp,
}

impl Lead {
    /// A lead with nothing but the values that HelloLeads fills in by itself.
    pub fn blank(id: u64, list: usize, now: Timestamp) -> Self {
        let texts = [("lead_stage", "New"), ("potential", "Low"), ("deal_currency", "INR")];
        Self {
            id,
            list,
            texts: texts.map(|(column, text)| (column, text.to_owned())).into(),
            custom: BTreeMap::new(),
            reference: None,
            created: now,
            modified: now,
        }
    }

    /// What stands in a column; `""` where it is blank.
    pub fn text(&self, column: &str) -> &str {
        self.texts.get(column).map_or("", String::as_str)
    }

    /// Fills a column, or blanks it with `""`.
    pub fn set(&mut self, column: &'static str, text: &str) {
        if text.is_empty() {
            self.texts.remove(column);
        } else {
            self.texts.insert(column, text.to_owned());
        }
    }

    /// Fills a custom field, or blanks it with `""`.
    pub fn set_custom(&mut self, id: &str, text: &str) {
        if text.is_empty() {
            self.custom.remove(id);
        } else {
            self.custom.insert(id.to_owned(), text.to_owned());
        }
    }

    /// The mobile number as it reads back: joined with its country code, whether or not the number itself
    /// carries one already. Whoever writes back what they read, code and all, doubles the code.
    pub fn joined_mobile(&self) -> String {
        let (mobile, code) = (self.text("mobile"), self.text(MOBILE_CODE));
        if mobile.is_empty() || code.is_empty() {
            return mobile.to_owned();
        }
        format!("+{}{}", digits(code), digits(mobile))
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
