//! A mapping as a person fills it in: texts, right or wrong, so that a page can show again what was entered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};
use shared::connection::mapping::Mapping;
use shared::connection::mapping::catalogue::Catalogue;
use shared::connection::mapping::filter::FilterText;
use shared::connection::mapping::mapped::{CONTACT_CUSTOM, LEAD_CUSTOM, Mapped, TAGS};
use shared::connection::mapping::problem::BadMapping;
use shared::connection::mapping::stored::VERSION;
use shared::connection::mapping::transform::Transform;
use shared::model::record::Field;
use shared::model::side::{PerSide, Side};

/// Blank rows that a page offers for further pairs, and for further tests.
pub(crate) const BLANK_PAIRS: usize = 2;
pub(crate) const TESTS: usize = 6;

/// The most rows of a form; a longer one is nobody's.
const ROWS_MAX: usize = 200;

/// The choices of a filter.
pub(crate) const EVERY: &str = "every";
pub(crate) const ALL: &str = "all";
pub(crate) const ANY: &str = "any";
pub(crate) const CEL: &str = "cel";

/// What was entered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) standard: Vec<Row>,
    pub(crate) pairs: Vec<Row>,
    pub(crate) filter: FilterDraft,
}

/// One field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) used: bool,
    pub(crate) ends: PerSide<String>,
    pub(crate) direction: String,
    pub(crate) transform: String,
    pub(crate) dates: PerSide<String>,
    /// A line for each pair of options, `HelloLeads = GHL`.
    pub(crate) options: String,
    pub(crate) constant: String,
    pub(crate) default: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FilterDraft {
    pub(crate) mode: String,
    /// What is looked at, how, and for what.
    pub(crate) tests: Vec<[String; 3]>,
    pub(crate) cel: String,
}

impl Draft {
    /// The mapping as the form shows it.
    pub(crate) fn of(mapping: &Mapping) -> Self {
        let standard = Field::STANDARD.into_iter().chain([TAGS]);
        let standard = standard.map(|field| match mapping.of(&field) {
            Some(mapped) => Row { used: true, ..Row::of(mapped) },
            None => Row { used: false, ..Row::of(&Mapped::standard(field)) },
        });
        let pairs = mapping.custom().map(|mapped| Row { used: true, ..Row::of(mapped) });
        let filter = FilterDraft::of(mapping.filter().map(|filter| filter.text()));
        Self { standard: standard.collect(), pairs: pairs.collect(), filter }
    }

    /// What a form says.
    pub(crate) fn of_form(form: &[(String, String)]) -> Self {
        let entered: BTreeMap<&str, &str> =
            form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let text = |name: String| entered.get(name.as_str()).copied().unwrap_or_default().trim().to_owned();
        let row = |kind: &str, at: usize| {
            let of = |what: &str| text(format!("{kind}.{at}.{what}"));
            let end = |listed: &str, typed: &str, custom: &str| match (of(listed), of(typed)) {
                (listed, typed) if listed.is_empty() && !typed.is_empty() => format!("{custom}{typed}"),
                (listed, _) => listed,
            };
            Row {
                name: of("name"),
                used: !of("used").is_empty(),
                ends: PerSide::new(
                    end("helloleads", "helloleads_id", LEAD_CUSTOM),
                    end("ghl", "ghl_id", CONTACT_CUSTOM),
                ),
                direction: of("direction"),
                transform: of("transform"),
                dates: PerSide::new(of("date_helloleads"), of("date_ghl")),
                options: of("options"),
                constant: of("constant"),
                default: of("default"),
            }
        };
        let rows = |kind: &'static str| {
            (0..ROWS_MAX)
                .take_while(|at| entered.contains_key(format!("{kind}.{at}.direction").as_str()))
                .map(|at| row(kind, at))
                .collect::<Vec<_>>()
        };
        let mut pairs = rows("pair");
        pairs.retain(|row| row.used && !row.is_blank());
        let test = |at: usize| ["what", "is", "value"].map(|part| text(format!("test.{at}.{part}")));
        let tests = (0..TESTS).map(test).filter(|test| !test[0].is_empty()).collect();
        let filter = FilterDraft { mode: text("filter".into()), tests, cel: text("cel".into()) };
        Self { standard: rows("standard"), pairs, filter }
    }

    /// Gives a name to pairs that have none: the name of one of their fields, as far as it is known.
    pub(crate) fn name_pairs(&mut self, catalogue: &Catalogue) {
        let mut taken: BTreeSet<String> = self.pairs.iter().map(|row| row.name.clone()).collect();
        taken.extend(Field::STANDARD.map(|field| field.to_string()).into_iter().chain([TAGS.to_string()]));
        for row in self.pairs.iter_mut().filter(|row| row.name.is_empty()) {
            let plain =
                [Side::Ghl, Side::HelloLeads].iter().map(|side| label(catalogue, *side, row.ends.of(*side)));
            let plain = plain.map(|label| to_name(&label)).find(|name| !name.is_empty());
            let plain = plain.unwrap_or_else(|| "field".to_owned());
            let numbered = (2..).map(|number| format!("{plain}_{number}"));
            let free = std::iter::once(plain.clone()).chain(numbered).find(|name| !taken.contains(name));
            row.name = free.expect("there are more numbers than names");
            taken.insert(row.name.clone());
        }
    }

    /// The mapping that was meant.
    ///
    /// # Errors
    /// [`BadMapping`] says of each field what is wrong with it.
    pub(crate) fn to_mapping(&self) -> Result<Mapping, BadMapping> {
        let rows = self.standard.iter().filter(|row| row.used).map(|row| row.to_json(false));
        let pairs = self.pairs.iter().map(|row| row.to_json(true));
        let mut whole = json!({ "version": VERSION, "fields": rows.chain(pairs).collect::<Vec<Json>>() });
        if let Some(filter) = self.filter.to_json() {
            whole["filter"] = filter;
        }
        Mapping::try_from(whole)
    }
}

impl Row {
    fn of(mapped: &Mapped) -> Self {
        let mut row = Self {
            name: mapped.name().to_owned(),
            ends: PerSide::from_fn(|side| mapped.end(side).unwrap_or_default().to_owned()),
            direction: mapped.direction.as_str().to_owned(),
            transform: mapped.transform.name().to_owned(),
            default: mapped.default.clone().unwrap_or_default(),
            ..Self::default()
        };
        match &mapped.transform {
            Transform::Date { helloleads, ghl } => {
                row.dates = PerSide::new(helloleads.as_str().to_owned(), ghl.as_str().to_owned());
            }
            Transform::Options { options } => {
                let lines = options.iter().map(|pair| format!("{} = {}", pair.helloleads, pair.ghl));
                row.options = lines.collect::<Vec<_>>().join("\n");
            }
            Transform::Constant { value } => row.constant.clone_from(value),
            _ => {}
        }
        row
    }

    fn is_blank(&self) -> bool {
        self.ends.helloleads.is_empty() && self.ends.ghl.is_empty() && self.name.is_empty()
    }

    fn to_json(&self, is_pair: bool) -> Json {
        let mut row = Map::new();
        row.insert("field".into(), json!(self.name));
        let mut put = |name: &str, text: &str| {
            if !text.is_empty() {
                row.insert(name.into(), json!(text));
            }
        };
        put("direction", &self.direction);
        put("default", &self.default);
        if is_pair {
            let is_constant = self.transform == "constant";
            // A constant needs no source; anything else names both fields, be it by a blank.
            let needed = |source_of: &str| !(is_constant && self.direction == source_of);
            let ends =
                [("helloleads", &self.ends.helloleads, "to_ghl"), ("ghl", &self.ends.ghl, "to_helloleads")];
            for (name, end, source_of) in ends {
                if needed(source_of) {
                    row.insert(name.into(), json!(end));
                }
            }
        }
        let mut transform = Map::new();
        transform
            .insert("as".into(), json!(if self.transform.is_empty() { "trim" } else { &self.transform }));
        match self.transform.as_str() {
            "date" => {
                transform.insert("helloleads".into(), json!(or_iso(&self.dates.helloleads)));
                transform.insert("ghl".into(), json!(or_iso(&self.dates.ghl)));
            }
            "options" => {
                transform.insert("options".into(), self.options_json());
            }
            "constant" => {
                transform.insert("value".into(), json!(self.constant));
            }
            _ => {}
        }
        row.insert("transform".into(), Json::Object(transform));
        Json::Object(row)
    }

    fn options_json(&self) -> Json {
        let lines = self.options.lines().map(str::trim).filter(|line| !line.is_empty());
        let pair = |line: &str| {
            let (helloleads, ghl) = line.split_once('=').unwrap_or((line, ""));
            json!({ "helloleads": helloleads.trim(), "ghl": ghl.trim() })
        };
        lines.map(pair).collect()
    }
}

impl FilterDraft {
    fn of(text: Option<&FilterText>) -> Self {
        let (mode, tests, cel) = match text {
            None => (EVERY, &[][..], ""),
            Some(FilterText::All(tests)) => (ALL, &tests[..], ""),
            Some(FilterText::Any(tests)) => (ANY, &tests[..], ""),
            Some(FilterText::Cel(expression)) => (CEL, &[][..], expression.as_str()),
        };
        let tests =
            tests.iter().map(|test| [test.what.clone(), test.is.as_str().to_owned(), test.value.clone()]);
        Self { mode: mode.to_owned(), tests: tests.collect(), cel: cel.to_owned() }
    }

    fn to_json(&self) -> Option<Json> {
        let test = |[what, is, value]: &[String; 3]| json!({ "what": what, "is": is, "value": value });
        match self.mode.as_str() {
            CEL => Some(json!({ "cel": self.cel })),
            mode @ (ALL | ANY) => Some(json!({ mode: self.tests.iter().map(test).collect::<Vec<_>>() })),
            _ => None,
        }
    }
}

fn or_iso(form: &str) -> &str {
    if form.is_empty() { "YYYY-MM-DD" } else { form }
}

/// What a person calls the field of a side.
pub(crate) fn label(catalogue: &Catalogue, side: Side, end: &str) -> String {
    let known = catalogue.0.of(side).iter().flatten().find(|known| known.end == end);
    known.map_or_else(|| end.split_once('.').map_or(end, |(_, id)| id).to_owned(), |known| known.name.clone())
}

fn to_name(label: &str) -> String {
    let words: Vec<String> = label
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_form_shows_is_what_it_is_read_as() {
        let pairs = json!([
            // In the form's own order.
            { "field": "first_name", "direction": "to_ghl", "transform": { "as": "upper" }, "default": "n/a" }, { "field": "email" },
            { "field": "born", "helloleads": "custfields.7", "ghl": "customFields.b", "transform": { "as": "date", "helloleads": "DD/MM/YYYY", "ghl": "YYYY-MM-DD" } },
            { "field": "heat", "helloleads": "potential", "ghl": "customFields.h", "transform": { "as": "options", "options": [{ "helloleads": "High", "ghl": "Hot" }, { "helloleads": "Low", "ghl": "Cold" }] } },
            { "field": "from", "ghl": "customFields.c", "direction": "to_ghl", "transform": { "as": "constant", "value": "HelloLeads" } },
        ]);
        for filter in [
            json!({ "cel": "size(tags) > 0" }),
            json!({ "any": [{ "what": "tag", "is": "is", "value": "vip" }] }),
        ] {
            let json = json!({ "version": 2, "fields": pairs, "filter": filter });
            let mapping = Mapping::try_from(json).unwrap();
            assert_eq!(Draft::of(&mapping).to_mapping(), Ok(mapping));
        }
        assert_eq!(Draft::of(&Mapping::default()).to_mapping(), Ok(Mapping::default()));
    }

    #[test]
    fn a_pair_without_a_name_gets_one_that_nobody_has() {
        let row = |ghl: &str| Row { ends: PerSide::new("deal_size".into(), ghl.into()), ..Row::default() };
        let mut draft = Draft {
            pairs: vec![row("customFields.Tags"), row("customFields.a-B"), row("customFields.a-B")],
            ..Draft::default()
        };
        draft.name_pairs(&Catalogue::default());
        let names: Vec<&str> = draft.pairs.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["tags_2", "a_b", "a_b_2"]);
    }
}
