//! A HelloLeads row as a record, and a record as the bodies of HelloLeads' calls.

use serde_json::{Value as Json, json};

use super::client::Body;
use super::wire::Row;
use crate::connection::helloleads::{Clear, HelloLeadsSettings, UpdateStyle};
use crate::connection::mapping::Mapping;
use crate::connection::mapping::filter::FACTS;
use crate::connection::mapping::mapped::{LEAD_CUSTOM, LEAD_TEXTS, WHOLE_NAME};
use crate::model::fingerprint::{Fingerprint, FingerprintKey};
use crate::model::record::{Address, Change, Field, Record, Value};
use crate::model::side::Side;
use crate::normalise::{address, country, date, email, phone, tag, text};

/// HelloLeads' names of the fields, the first one written and all of them read.
const NAMES: [(&str, &[&str]); 18] = [
    ("first_name", &["first_name"]),
    ("last_name", &["last_name"]),
    ("email", &["email"]),
    ("phone", &["mobile"]),
    ("company", &["company"]),
    ("country", &["country"]),
    ("website", &["website"]),
    ("date_of_birth", &["date_of_birth"]),
    ("street", &["address_line1"]),
    ("city", &["city"]),
    ("state", &["state"]),
    ("postal_code", &["postal_code"]),
    ("tags", &["tags"]),
    ("modified", &["modified"]),
    ("reference", &["reference"]),
    ("mobile_code", &["mobile_code"]),
    ("list", &["list_name"]),
    ("stage", &["lead_stage", "stage"]),
];

/// The other spelling that one of the list calls uses.
const OTHER_SPELLINGS: [(&str, &str); 2] = [("deal_size", "dealSize"), ("phone", "alternatePhone")];

/// What reads and writes a connection's rows.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    pub settings: &'a HelloLeadsSettings,
    pub mapping: &'a Mapping,
    pub region: &'a str,
}

impl<'a> Form<'a> {
    /// HelloLeads' names for ours: the connection's, or else the documented ones.
    pub fn names(&self, ours: &'a str) -> Vec<&'a str> {
        if let Some(theirs) = self.settings.fields.get(ours) {
            return theirs.iter().map(String::as_str).collect();
        }
        let known = NAMES.iter().find(|(name, _)| *name == ours);
        known.map_or_else(|| vec![ours], |(_, theirs)| theirs.to_vec())
    }

    /// The row's mapped fields.
    pub fn to_record(self, row: &Row) -> Record {
        self.merge_into(Record::default(), row)
    }

    /// The record with what the row says: a field that the row does not have stays as it was, a blank one is blank.
    pub fn merge_into(self, mut record: Record, row: &Row) -> Record {
        for field in Field::STANDARD.into_iter().filter(|field| self.mapping.has(field)) {
            if field == Field::ADDRESS {
                self.merge_address(&mut record, row);
            } else if row.has(&self.names_of(&field)) {
                let value = self.read(&field, row);
                record.put_text(field, value);
            }
        }
        for pair in self.mapping.custom().filter(|pair| self.shows(row, pair.end(Side::HelloLeads))) {
            let shown = pair.end(Side::HelloLeads).and_then(|end| self.shown(row, end));
            record.put_text(pair.field.clone(), pair.read(Side::HelloLeads, shown.as_deref(), self.region));
        }
        for fact in FACTS.into_iter().filter(|fact| self.settings.read_facts || self.mapping.looks_at(fact)) {
            let names = self.names_of(&fact);
            if row.has(&names) {
                record.put_text(fact, row.text(&names).as_deref().and_then(text::normalise));
            }
        }
        if self.mapping.has_tags() && row.has(&self.names("tags")) {
            put_tags(&mut record, &row.text(&self.names("tags")).unwrap_or_default());
        }
        record
    }

    fn names_of(&self, field: &Field) -> Vec<&'a str> {
        let name = field.as_fact().unwrap_or(field.as_str());
        let ours = NAMES.iter().find(|(ours, _)| *ours == name).map(|(ours, _)| *ours);
        ours.map_or_else(Vec::new, |ours| self.names(ours))
    }

    fn read(&self, field: &Field, row: &Row) -> Option<String> {
        let text = row.text(&self.names_of(field));
        let shown = text.and_then(|text| match field.as_str() {
            "email" => email::normalise(&text),
            "phone" => phone::normalise(&self.joined_mobile(row, text), self.region),
            "country" => country::normalise(&text),
            "date_of_birth" => date::normalise(&text),
            _ => text::normalise(&text),
        });
        self.mapping.read(Side::HelloLeads, field, shown.as_deref(), self.region)
    }

    /// Whether the row says anything of a field that a pair names; a constant needs no row.
    fn shows(self, row: &Row, end: Option<&str>) -> bool {
        match end {
            None => true,
            Some(WHOLE_NAME) => row.has(&self.names("first_name")) || row.has(&self.names("last_name")),
            Some(end) => match end.strip_prefix(LEAD_CUSTOM) {
                // An empty object or list of custom fields says that all of them are blank.
                Some(id) => row.has_custom(id) || row.has(&["custfields"]),
                None => row.has(&self.names_of_end(end)),
            },
        }
    }

    /// What the row shows there.
    fn shown(self, row: &Row, end: &str) -> Option<String> {
        if end == WHOLE_NAME {
            let names = ["first_name", "last_name"].map(|name| row.text(&self.names_of_end(name)));
            let names: Vec<String> = names.into_iter().flatten().collect();
            return (!names.is_empty()).then(|| names.join(" "));
        }
        match end.strip_prefix(LEAD_CUSTOM) {
            Some(id) => row.custom(id),
            None => row.text(&self.names_of_end(end)),
        }
    }

    /// HelloLeads' names of a field that a pair names.
    fn names_of_end<'b>(&self, end: &'b str) -> Vec<&'b str>
    where
        'a: 'b,
    {
        match LEAD_TEXTS.contains(&end) {
            true => self.names(end),
            false => spellings(end),
        }
    }

    /// `mobile` reads back with its code joined on; a relay may send the two apart.
    fn joined_mobile(&self, row: &Row, mobile: String) -> String {
        match row.text(&self.names("mobile_code")) {
            Some(code) if !mobile.starts_with('+') => format!("+{}{mobile}", code.trim_start_matches('+')),
            _ => mobile,
        }
    }

    fn merge_address(&self, record: &mut Record, row: &Row) {
        let lines = ["street", "city", "state", "postal_code"];
        if !lines.iter().any(|line| row.has(&self.names(line))) {
            return;
        }
        let before = record.get(&Field::ADDRESS).and_then(Value::as_address).cloned().unwrap_or_default();
        let read = |ours: &'static str, before: &str| match row.has(&self.names(ours)) {
            true => row.text(&self.names(ours)).unwrap_or_default(),
            false => before.to_owned(),
        };
        let address = address::normalise(
            &read("street", &before.street),
            &read("city", &before.city),
            &read("state", &before.state),
            &read("postal_code", &before.postal_code),
        );
        record.put(Field::ADDRESS, address.map(Value::Address));
    }

    /// The body of a create. Answers with it the record that it makes: a tag that HelloLeads cannot hold is left out.
    pub fn to_create(self, record: &Record, list: &str) -> (Body, Record) {
        let mut taken = self.with_a_form(&without_odd_tags(record));
        let mut body = self.to_fields(&Change::from(&taken), &Record::default());
        let first_name = self.names("first_name")[0];
        if let (None, Some(stand_in)) = (body.get(first_name), &self.settings.name_stand_in) {
            body.insert(first_name.to_owned(), json!(stand_in));
            if self.mapping.has(&Field::FIRST_NAME) {
                taken.put_text(Field::FIRST_NAME, Some(stand_in.clone()));
            }
        }
        body.insert("list_key".into(), json!(list));
        let tags: Vec<&str> = taken.tags().collect();
        if !tags.is_empty() {
            body.insert(self.names("tags")[0].to_owned(), json!(tags.join(",")));
        }
        (body, taken)
    }

    /// The body of an update, and the record as it should be afterwards.
    pub fn to_update(self, before: &Record, change: &Change) -> (Body, Record) {
        let mut after = without_odd_tags(&before.with(change));
        let blanks_tags = before.tags().next().is_some() && after.tags().next().is_none();
        let keeps_tags = blanks_tags && self.settings.clear() == Clear::Never;
        if keeps_tags {
            before.tags().for_each(|name| after.put(Field::tag(name), Some(Value::Set)));
        }
        let written = match self.settings.update.style {
            UpdateStyle::Sparse => change.clone(),
            UpdateStyle::Whole => whole(&after, change),
        };
        let mut body = self.to_fields(&written, before);
        if !keeps_tags && change.fields().any(|field| field.as_tag().is_some()) {
            let tags: Vec<&str> = after.tags().collect();
            body.insert(self.names("tags")[0].to_owned(), json!(tags.join(",")));
        }
        (body, after)
    }

    fn to_fields(self, change: &Change, before: &Record) -> Body {
        let mut body = Body::new();
        for (field, value) in change.iter().filter(|(field, _)| field.as_fact().is_none()) {
            if *field == Field::ADDRESS {
                let was = before.get(field).and_then(Value::as_address);
                self.put_address(&mut body, value.and_then(Value::as_address), was);
            } else if *field == Field::PHONE {
                self.put_phone(&mut body, value.and_then(Value::as_text));
            } else {
                let common = value.and_then(Value::as_text);
                let told = common.and_then(|common| self.mapping.write(Side::HelloLeads, field, common));
                if common.is_some() && told.is_none() {
                    continue;
                }
                self.put_told(&mut body, field, told.as_deref());
            }
        }
        body
    }

    fn put_told(&self, body: &mut Body, field: &Field, told: Option<&str>) {
        match self.mapping.of(field).and_then(|pair| pair.end(Side::HelloLeads)) {
            Some(WHOLE_NAME) => {
                let (first, last) = told.map_or((None, None), text::split_name);
                self.put(body, self.names("first_name")[0], first.as_deref());
                self.put(body, self.names("last_name")[0], last.as_deref());
            }
            Some(end) => self.put_end(body, end, told),
            None => {
                let told = if *field == Field::COUNTRY { told.map(country::name) } else { told };
                self.names_of(field).first().into_iter().for_each(|name| self.put(body, name, told));
            }
        }
    }

    /// The fields whose values have a form that HelloLeads can be told.
    fn with_a_form(self, record: &Record) -> Record {
        let told = record
            .iter()
            .filter(|(field, value)| self.mapping.can_write(Side::HelloLeads, field, Some(value)));
        told.map(|(field, value)| (field.clone(), value.clone())).collect()
    }

    /// A blank is written as the connection says that it can be; where it cannot be, it is not written.
    fn put(&self, body: &mut Body, name: &str, text: Option<&str>) {
        let value = match (text, self.settings.clear()) {
            (Some(text), _) => json!(text),
            (None, Clear::EmptyText) => json!(""),
            (None, Clear::Null) => Json::Null,
            (None, Clear::Never) => return,
        };
        body.insert(name.to_owned(), value);
    }

    /// The number is read with its code joined on, and written split: sent whole, the code would be doubled.
    fn put_phone(&self, body: &mut Body, e164: Option<&str>) {
        let mobile = self.names("phone")[0];
        match e164.and_then(phone::split) {
            Some(split) => {
                let plus = if self.settings.mobile_code_plus { "+" } else { "" };
                body.insert(mobile.to_owned(), json!(split.number));
                body.insert(self.names("mobile_code")[0].to_owned(), json!(format!("{plus}{}", split.code)));
            }
            None => self.put(body, mobile, e164),
        }
    }

    fn put_end(&self, body: &mut Body, end: &str, text: Option<&str>) {
        match end.strip_prefix(LEAD_CUSTOM) {
            None => self.names_of_end(end).first().into_iter().for_each(|name| self.put(body, name, text)),
            Some(id) => {
                let mut inner = Body::new();
                self.put(&mut inner, id, text);
                if let Json::Object(fields) = body.entry("custfields").or_insert_with(|| json!({})) {
                    fields.append(&mut inner);
                }
            }
        }
    }

    fn put_address(&self, body: &mut Body, now: Option<&Address>, was: Option<&Address>) {
        let blank = Address::default();
        let (now, was) = (now.unwrap_or(&blank), was.unwrap_or(&blank));
        let ours = ["street", "city", "state", "postal_code"];
        for ((ours, now), was) in ours.into_iter().zip(now.lines()).zip(was.lines()) {
            let is_cleared = now.is_empty() && !was.is_empty();
            if is_cleared || !now.is_empty() {
                self.put(body, self.names(ours)[0], Some(now).filter(|line| !line.is_empty()));
            }
        }
    }
}

fn spellings(name: &str) -> Vec<&str> {
    let other = OTHER_SPELLINGS.iter().find(|(ours, _)| *ours == name).map(|(_, theirs)| *theirs);
    [Some(name), other].into_iter().flatten().collect()
}

fn put_tags(record: &mut Record, csv: &str) {
    let before: Vec<Field> = record.fields().filter(|field| field.as_tag().is_some()).cloned().collect();
    for field in before {
        record.put(field, None);
    }
    for name in csv.split(',').filter_map(tag::normalise) {
        record.put(Field::tag(&name), Some(Value::Set));
    }
}

/// HelloLeads' tags take no special characters.
fn is_odd(tag: &str) -> bool {
    !tag.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
}

fn without_odd_tags(record: &Record) -> Record {
    let plain = record.iter().filter(|(field, _)| !field.as_tag().is_some_and(is_odd));
    plain.map(|(field, value)| (field.clone(), value.clone())).collect()
}

/// Every field of the record, and the blanks of the change.
fn whole(after: &Record, change: &Change) -> Change {
    let mut whole = Change::from(after);
    for (field, value) in change.iter() {
        whole.set(field.clone(), value.cloned());
    }
    whole
}

/// The fingerprint of a record.
pub fn fingerprint(record: &Record, key: &FingerprintKey) -> Fingerprint {
    let parts: Vec<(String, String)> =
        record.iter().map(|(field, value)| (field.to_string(), to_part(value))).collect();
    key.of(parts.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

fn to_part(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Address(address) => address.lines().join("\u{1f}"),
        Value::Set => String::new(),
    }
}

/// The keyed hashes by which a record is found: of its e-mail and of its phone.
pub fn match_keys(record: &Record, key: &FingerprintKey) -> Vec<Fingerprint> {
    let fields = [Field::EMAIL, Field::PHONE];
    let known = fields.iter().filter_map(|field| Some((field.as_str(), record.text(field)?)));
    known.map(|(name, value)| key.of([(name, value)])).collect()
}
