//! The form of a mapping: each field with its direction and form, and what is wrong with it beside it.

use maud::{Markup, html};
use shared::connection::mapping::catalogue::Known;
use shared::connection::mapping::direction::Direction;
use shared::connection::mapping::filter::{Compare, FACTS, TAG};
use shared::connection::mapping::mapped::{CONTACT_TEXTS, LEAD_EXTRAS, LEAD_TEXTS, TAGS, WHOLE_NAME};
use shared::connection::mapping::problem::{FILTER, Problem, WHOLE};
use shared::connection::mapping::transform::{DateForm, Transform};
use shared::model::ids::ConnectionId;
use shared::model::record::Field;
use shared::model::side::{PerSide, Side};

use crate::catalogue::Asked;
use crate::mapping_draft::{ALL, ANY, BLANK_PAIRS, CEL, Draft, EVERY, FilterDraft, Row, TESTS, label};
use crate::session::Visitor;

/// Everything that the page of a mapping shows.
pub(crate) struct Shown<'a> {
    pub(crate) id: &'a ConnectionId,
    pub(crate) visitor: &'a Visitor,
    pub(crate) draft: &'a Draft,
    pub(crate) asked: &'a Asked,
    pub(crate) problems: &'a [Problem],
    pub(crate) saved: bool,
}

/// Standard fields whose values may take another form.
const TEXTS: [Field; 4] = [Field::FIRST_NAME, Field::LAST_NAME, Field::COMPANY, Field::WEBSITE];

impl Shown<'_> {
    pub(crate) fn page(&self) -> Markup {
        let at = |what: &str| format!("/connections/{}/{what}", self.id);
        html! {
            @if self.saved { p.note.good role="status" { "Saved. What it changes is looked for now." } }
            (self.summary())
            @for side in Side::BOTH { @if let Some(why) = self.asked.silent.of(side) { p.note { (why) "." } } }
            form method="post" action=(at("mapping")) {
                (self.visitor.token())
                h2 { "Standard fields" }
                p { "What both sides have. A field that goes one way never changes the side that it comes from." }
                @for (place, row) in self.draft.standard.iter().enumerate() { (self.standard(place, row)) }
                h2 { "Your own pairs" }
                p { "One field of each side that hold the same thing. Custom fields are listed as both accounts have them now." }
                @for place in 0..self.draft.pairs.len() + BLANK_PAIRS {
                    (self.pair(place, self.draft.pairs.get(place)))
                }
                (self.filter(&self.draft.filter))
                button { "Check and save" }
                " " button name="more" value="yes" formnovalidate { "More rows" }
            }
            h2 { "Keep it elsewhere" }
            p { a href=(at("mapping.json")) download={ "mapping-" (self.id) ".json" } { "Export as JSON" } " – for version control, or for another connection." }
            form method="post" action=(at("mapping")) {
                (self.visitor.token())
                label for="import" { "Import" small { "Paste an exported mapping. It replaces this one if nothing is wrong with it." } }
                textarea id="import" name="import" rows="4" required {}
                button { "Import" }
            }
        }
    }

    fn summary(&self) -> Markup {
        let whole = self.problems.iter().filter(|problem| problem.of == WHOLE);
        html! {
            @if !self.problems.is_empty() {
                div.note role="alert" {
                    p { strong { "Nothing is saved yet: " (self.problems.len()) " to correct." } }
                    ul { @for problem in self.problems { li { @if problem.of == WHOLE { (problem.text) } @else { a href={ "#of-" (problem.of) } { (problem.of) } ": " (problem.text) } } } }
                }
            }
            @for _ in whole { span id={ "of-" (WHOLE) } {} }
        }
    }

    /// What is wrong with this field.
    fn errors(&self, name: &str) -> Markup {
        let wrong = self.problems.iter().filter(|problem| problem.of == name && !name.is_empty());
        html! { @for (number, problem) in wrong.enumerate() { p.error id={ "error-" (name) "-" (number) } { "⚠ " (problem.text) "." } } }
    }

    fn first_error(&self, name: &str) -> Option<String> {
        self.is_wrong(name).then(|| format!("error-{name}-0"))
    }

    fn is_wrong(&self, name: &str) -> bool {
        self.problems.iter().any(|problem| problem.of == name)
    }

    fn standard(&self, place: usize, row: &Row) -> Markup {
        let name = |what: &str| format!("standard.{place}.{what}");
        let is_text = TEXTS.iter().any(|field| field.as_str() == row.name);
        html! {
            fieldset.field.wrong[self.is_wrong(&row.name)] id={ "of-" (row.name) } aria-describedby=[self.first_error(&row.name)] {
                legend {
                    label { input type="checkbox" name=(name("used")) value="yes" checked[row.used]; " " (words_of(&row.name)) }
                }
                input type="hidden" name=(name("name")) value=(row.name);
                div.cells {
                    (self.direction(&name("direction"), row))
                    @if is_text { (self.transform(&name("transform"), row, false)) }
                }
                @if is_text { (self.more(&|what| name(what), row, false)) }
                (self.errors(&row.name))
            }
        }
    }

    fn pair(&self, place: usize, row: Option<&Row>) -> Markup {
        let name = |what: &str| format!("pair.{place}.{what}");
        let is_new = row.is_none();
        let blank = Row::default();
        let row = row.unwrap_or(&blank);
        let titles = PerSide::from_fn(|side| label(&self.asked.catalogue, side, row.ends.of(side)));
        html! {
            fieldset.field.wrong[self.is_wrong(&row.name)] id={ "of-" @if is_new { "new-" (place) } @else { (row.name) } } aria-describedby=[self.first_error(&row.name)] {
                legend { @if is_new { "Another pair" } @else { (titles.helloleads) " " (arrow(&row.direction)) " " (titles.ghl) } }
                div.cells {
                    (self.end(Side::HelloLeads, place, row))
                    (self.direction(&name("direction"), row))
                    (self.end(Side::Ghl, place, row))
                    (self.transform(&name("transform"), row, true))
                }
                (self.more(&|what| name(what), row, true))
                div.cells {
                    div {
                        label for=(name("name")) { "Name" small { "a-z, 0-9 and _; blank: made from the fields" } }
                        input id=(name("name")) name=(name("name")) value=(row.name) autocomplete="off";
                    }
                }
                @if is_new { input type="hidden" name=(name("used")) value="yes"; }
                @else { label.tick { input type="checkbox" name=(name("used")) value="yes" checked; " keep this pair" } }
                (self.errors(&row.name))
            }
        }
    }

    fn end(&self, side: Side, place: usize, row: &Row) -> Markup {
        let key = format!("pair.{place}.{}", side.as_str());
        let chosen = row.ends.of(side);
        let fixed: Vec<(&str, String)> = match side {
            Side::HelloLeads => {
                LEAD_EXTRAS.iter().chain(&LEAD_TEXTS).map(|end| (*end, words_of_end(end))).collect()
            }
            Side::Ghl => CONTACT_TEXTS.iter().map(|end| (*end, words_of_end(end))).collect(),
        };
        let custom: &[Known] = self.asked.catalogue.0.of(side).as_deref().unwrap_or_default();
        let is_listed = chosen.is_empty()
            || fixed.iter().any(|(end, _)| end == chosen)
            || custom.iter().any(|known| known.end == *chosen);
        html! {
            div {
                label for=(key) { (side) " field" }
                select id=(key) name=(key) {
                    option value="" { "– choose –" }
                    @if !is_listed { option value=(chosen) selected { (chosen) " (not in the list)" } }
                    @if !custom.is_empty() {
                        optgroup label="Custom fields" {
                            @for known in custom { option value=(known.end) selected[known.end == *chosen] { (described(known)) } }
                        }
                    }
                    optgroup label="Other fields" { @for (end, words) in &fixed { option value=(end) selected[end == chosen] { (words) } } }
                }
                @if self.asked.catalogue.0.of(side).is_none() {
                    label for={ (key) "_id" } { small { "or the id of a custom field" } }
                    input id={ (key) "_id" } name={ (key) "_id" } autocomplete="off";
                }
            }
        }
    }

    fn direction(&self, name: &str, row: &Row) -> Markup {
        let choices = Direction::ALL.map(|one| (one.as_str(), one.words()));
        html! { div { label for=(name) { "Goes" } (select(name, &choices, &row.direction)) } }
    }

    fn transform(&self, name: &str, row: &Row, is_pair: bool) -> Markup {
        let every = every_transform();
        let offered = every.iter().filter(|one| {
            is_pair || !matches!(one, Transform::Phone | Transform::Date { .. } | Transform::Number)
        });
        let choices: Vec<(&str, &str)> = offered.map(|one| (one.name(), one.words())).collect();
        html! { div { label for=(name) { "Form" } (select(name, &choices, &row.transform)) } }
    }

    /// What only some forms need.
    fn more(&self, name: &dyn Fn(&str) -> String, row: &Row, is_pair: bool) -> Markup {
        let is_open =
            ["date", "options", "constant"].contains(&row.transform.as_str()) || !row.default.is_empty();
        let dates = DateForm::ALL.map(|form| (form.as_str(), form.as_str()));
        html! {
            details open[is_open] {
                summary { @if is_pair { "Dates, options, constant, default" } @else { "Options, constant, default" } }
                div.cells {
                    @for side in Side::BOTH.into_iter().filter(|_| is_pair) {
                        @let key = name(&format!("date_{}", side.as_str()));
                        div { label for=(key) { "Dates in " (side) " are" } (select(&key, &dates, row.dates.of(side))) }
                    }
                    div {
                        label for=(name("constant")) { "Constant text" }
                        input id=(name("constant")) name=(name("constant")) value=(row.constant);
                    }
                    div {
                        label for=(name("default")) { "Where the source is blank" small { "one way only" } }
                        input id=(name("default")) name=(name("default")) value=(row.default);
                    }
                }
                label for=(name("options")) { "Options" small { "One pair a line: HelloLeads = GHL" } }
                textarea id=(name("options")) name=(name("options")) rows="3" { (row.options) }
            }
        }
    }

    fn filter(&self, filter: &FilterDraft) -> Markup {
        let modes = [
            (EVERY, "every contact"),
            (ALL, "contacts for which all of these hold"),
            (ANY, "contacts for which one of these holds"),
            (CEL, "contacts for which this expression holds"),
        ];
        let compares = Compare::ALL.map(|one| (one.as_str(), one.words()));
        html! {
            h2 { "Which contacts" }
            fieldset.field.wrong[self.is_wrong(FILTER)] id={ "of-" (FILTER) } aria-describedby=[self.first_error(FILTER)] {
                legend { "Filter" }
                p { "A contact that the filter leaves out is listed, and neither written nor deleted. One that it lets in later is synced then." }
                label for="filter" { "Sync" }
                (select("filter", &modes, &filter.mode))
                @for place in 0..TESTS {
                    @let test = filter.tests.get(place);
                    @let part = |at: usize| test.map(|test| test[at].as_str()).unwrap_or_default();
                    div.cells.test role="group" aria-label={ "Test " (place + 1) } {
                        (self.tested(place, part(0)))
                        div { label for={ "test." (place) ".is" } { "Test" } (select(&format!("test.{place}.is"), &compares, part(1))) }
                        div {
                            label for={ "test." (place) ".value" } { "Value" }
                            input id={ "test." (place) ".value" } name={ "test." (place) ".value" } value=(part(2));
                        }
                    }
                }
                details open[filter.mode == CEL] {
                    summary { "Expression" }
                    label for="cel" { "Expression" small { "The Common Expression Language, such as \"vip\" in tags && stage != \"Lost\". It may name the standard fields, street, city, state, postal_code, tags, custom.<name>, list and stage." } }
                    textarea id="cel" name="cel" rows="3" { (filter.cel) }
                }
                (self.errors(FILTER))
            }
        }
    }

    /// What a test may look at: a tag, a fact of HelloLeads, a standard field, a pair.
    fn tested(&self, place: usize, chosen: &str) -> Markup {
        let key = format!("test.{place}.what");
        let fields = Field::STANDARD.into_iter().filter(|field| *field != Field::ADDRESS);
        let mut choices = vec![(String::new(), "–".to_owned()), (TAG.to_owned(), "tag".to_owned())];
        choices.extend(FACTS.iter().filter_map(|fact| {
            Some((fact.as_fact()?.to_owned(), format!("HelloLeads {}", fact.as_fact()?)))
        }));
        choices.extend(fields.map(|field| (field.to_string(), words_of(field.as_str()))));
        choices
            .extend(["street", "city", "state", "postal_code"].map(|line| (line.to_owned(), words_of(line))));
        choices.extend(self.draft.pairs.iter().map(|row| (row.name.clone(), row.name.clone())));
        let choices: Vec<(&str, &str)> =
            choices.iter().map(|(one, words)| (one.as_str(), words.as_str())).collect();
        html! { div { label for=(key) { "What" } (select(&key, &choices, chosen)) } }
    }
}

fn every_transform() -> Vec<Transform> {
    let iso = DateForm::Iso;
    vec![
        Transform::Trim,
        Transform::Upper,
        Transform::Lower,
        Transform::Phone,
        Transform::Date { helloleads: iso, ghl: iso },
        Transform::Number,
        Transform::Options { options: Vec::new() },
        Transform::Constant { value: String::new() },
    ]
}

fn select(name: &str, choices: &[(&str, &str)], chosen: &str) -> Markup {
    html! { select id=(name) name=(name) { @for (value, words) in choices { option value=(value) selected[*value == chosen] { (words) } } } }
}

fn arrow(direction: &str) -> &'static str {
    Direction::ALL.into_iter().find(|one| one.as_str() == direction).map_or("↔", Direction::arrow)
}

/// A field's name for people.
pub(crate) fn words_of(name: &str) -> String {
    match name {
        "email" => "e-mail".to_owned(),
        _ if name == TAGS.as_str() => "tags".to_owned(),
        _ => name.replace('_', " "),
    }
}

fn words_of_end(end: &str) -> String {
    match end {
        WHOLE_NAME => "whole name (first and last, joined and split)".to_owned(),
        "phone" => "second phone".to_owned(),
        "firstName" => "first name".to_owned(),
        "lastName" => "last name".to_owned(),
        "companyName" => "company".to_owned(),
        _ => words_of(end),
    }
}

fn described(known: &Known) -> String {
    let options =
        if known.options.is_empty() { String::new() } else { format!(": {}", known.options.join(", ")) };
    format!("{} ({}{options})", known.name, known.takes.words())
}

#[cfg(test)]
mod tests {
    use shared::connection::mapping::catalogue::Catalogue;

    use super::*;

    #[test]
    fn every_choice_of_a_form_has_its_own_name() {
        let names: std::collections::BTreeSet<&str> = every_transform().iter().map(Transform::name).collect();
        assert_eq!(names.len(), every_transform().len());
        let catalogue = Catalogue::default();
        assert_eq!(label(&catalogue, Side::Ghl, "customFields.x"), "x");
    }
}
