//! The file for HelloLeads' own bulk import: GHL's contacts that have no lead yet, in HelloLeads' columns.
//!
//! A small budget makes a first import through the API take days. What comes in by the file costs no call: polling sees
//! the new leads, and links them by e-mail or phone. HelloLeads' import lets whoever uploads the file say which column
//! is which; the titles are those of its own screens.

use serde_json::Value as Json;

use super::client::Body;
use super::error::Error;
use super::record::Form;
use crate::connection::mapping::mapped::{LEAD_TEXTS, Mapped};
use crate::model::record::{Field, Record};
use crate::model::side::Side;

/// HelloLeads' name of each column, and its title.
const COLUMNS: [(&str, &str); 13] = [
    ("first_name", "First Name"),
    ("last_name", "Last Name"),
    ("email", "Email"),
    ("mobile_code", "Mobile Code"),
    ("mobile", "Mobile"),
    ("company", "Company"),
    ("address_line1", "Address Line 1"),
    ("city", "City"),
    ("state", "State"),
    ("postal_code", "Postal Code"),
    ("country", "Country"),
    ("website", "Website"),
    ("tags", "Tags"),
];

/// The first line.
pub fn head(form: Form<'_>) -> Result<String, Error> {
    let custom = form.mapping.custom().filter(goes).map(Mapped::name);
    line(COLUMNS.iter().map(|(_, title)| *title).chain(custom))
}

/// A contact's line; none for one that HelloLeads would not take: without a first name, or without e-mail and phone.
pub fn row(form: Form<'_>, record: &Record) -> Result<Option<String>, Error> {
    let (body, taken) = form.to_create(record, "");
    let has = |field: &Field| taken.get(field).is_some();
    if !body.contains_key(form.names("first_name")[0]) || !(has(&Field::EMAIL) || has(&Field::PHONE)) {
        return Ok(None);
    }
    let cell = |name: &str| body.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    let custom = form.mapping.custom().filter(goes).filter_map(|pair| pair.end(Side::HelloLeads));
    let custom = custom.map(|end| custom_cell(&body, end));
    let cells: Vec<String> = COLUMNS.iter().map(|(name, _)| cell(name)).chain(custom).collect();
    line(cells.iter().map(String::as_str)).map(Some)
}

/// Whether the pair has a column of its own: some stand in a column that is there already.
fn goes(pair: &&Mapped) -> bool {
    let end = pair.end(Side::HelloLeads).filter(|end| !LEAD_TEXTS.contains(end));
    end.is_some() && pair.direction.reaches(Side::HelloLeads)
}

fn custom_cell(body: &Body, name: &str) -> String {
    let value = match name.strip_prefix("custfields.") {
        Some(id) => body.get("custfields").and_then(|fields| fields.get(id)),
        None => body.get(name),
    };
    value.and_then(Json::as_str).unwrap_or_default().to_owned()
}

/// The cells as one line of CSV, its end included.
fn line<'a>(cells: impl Iterator<Item = &'a str>) -> Result<String, Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).map_err(|_| Error::Decode { what: "line of the file" })?;
    let bytes = writer.into_inner().map_err(|_| Error::Decode { what: "line of the file" })?;
    String::from_utf8(bytes).map_err(|_| Error::Decode { what: "line of the file" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::helloleads::HelloLeadsSettings;
    use crate::connection::mapping::Mapping;
    use crate::model::record::Value;

    #[test]
    fn a_contact_is_a_line_and_its_commas_and_quotes_stay_in_their_cells() {
        let (settings, mapping) = (HelloLeadsSettings::default(), Mapping::default());
        let form = Form { settings: &settings, mapping: &mapping, region: "US" };
        let person = [
            (Field::FIRST_NAME, Value::text("Ann \"A\"")),
            (Field::LAST_NAME, Value::text("Lee, Jr.")),
            (Field::PHONE, Value::text("+14155550101")),
            (Field::tag("vip"), Value::Set),
            (Field::tag("expo 2026"), Value::Set),
        ];
        let row = row(form, &Record::from_iter(person)).unwrap().unwrap();
        assert_eq!(
            head(form).unwrap(),
            "First Name,Last Name,Email,Mobile Code,Mobile,Company,Address Line 1,City,State,Postal Code,Country,Website,Tags\n"
        );
        assert_eq!(row, "\"Ann \"\"A\"\"\",\"Lee, Jr.\",,+1,4155550101,,,,,,,,\"expo 2026,vip\"\n");
    }

    #[test]
    fn whom_helloleads_would_not_take_is_left_out() {
        let (settings, mapping) = (HelloLeadsSettings::default(), Mapping::default());
        let form = Form { settings: &settings, mapping: &mapping, region: "US" };
        for (field, text) in [(Field::FIRST_NAME, "Ann"), (Field::EMAIL, "ann@example.com")] {
            let record = Record::from_iter([(field, Value::text(text))]);
            assert_eq!(row(form, &record).unwrap(), None);
        }
    }
}
