//! The mapping editor, as a person uses it: the form as the page shows it, filled in and sent.

use sandbox::world::{LOCATION, World};
use serde_json::{Value, json};
use shared::connection::mapping::Mapping;
use shared::store::connections::Connections;

use crate::contact_sync::{ann, only_lead};
use crate::mapping::{map, world_with_fields};

/// A form of a page, as a browser would send it: names and what stands in them.
#[derive(Clone, Debug)]
pub struct Form(pub Vec<(String, String)>);

impl Form {
    /// The first form of the page that posts to `action`.
    pub fn on(page: &str, action: &str) -> Self {
        let at = page.find(&format!("<form method=\"post\" action=\"{action}\"")).expect("the form is there");
        let form = &page[at..];
        let form = &form[..form.find("</form>").expect("a form ends")];
        let mut fields = Vec::new();
        for (place, tag) in form.match_indices('<') {
            let rest = &form[place..];
            let Some(end) = rest.find('>') else { continue };
            let head = &rest[..end];
            let Some(name) = attribute(head, "name") else { continue };
            if name == connect::session::CSRF {
                continue;
            }
            if head.starts_with("<input") {
                let is_box = attribute(head, "type").as_deref() == Some("checkbox");
                if !is_box || head.ends_with(" checked") {
                    fields.push((name, attribute(head, "value").unwrap_or_default()));
                }
            } else if head.starts_with("<textarea") {
                let text = &rest[end + 1..];
                fields.push((name, plain(&text[..text.find("</textarea>").unwrap()])));
            } else if head.starts_with("<select") {
                let list = &rest[..rest.find("</select>").unwrap()];
                let options: Vec<&str> = list.split("<option").skip(1).collect();
                let chosen =
                    options.iter().find(|option| option.split('>').next().unwrap().ends_with(" selected"));
                let chosen = chosen.or(options.first()).expect("a list has options");
                fields.push((name, attribute(chosen, "value").unwrap()));
            }
            let _ = tag;
        }
        Self(fields)
    }

    /// The same with something else entered.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|(one, _)| one != name);
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with a box that is not ticked.
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(one, _)| one != name);
        self
    }

    pub async fn send(&self, world: &World, path: &str) -> (u16, String) {
        let form: Vec<(&str, &str)> =
            self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = world.post(path, &form).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

fn attribute(head: &str, name: &str) -> Option<String> {
    let (_, rest) = head.split_once(&format!(" {name}=\""))?;
    Some(plain(&rest[..rest.find('"')?]))
}

fn plain(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn path() -> String {
    format!("/connections/{LOCATION}/mapping")
}

async fn editor(world: &World) -> (String, Form) {
    let answer = world.get(&path()).await;
    assert_eq!(answer.status(), 200);
    let page = answer.text().await.unwrap();
    let form = Form::on(&page, &path());
    (page, form)
}

async fn kept(world: &World) -> Mapping {
    Connections::new(world.table.clone()).get(&world.connection()).await.unwrap().unwrap().mapping
}

#[tokio::test]
async fn the_editor_shows_both_accounts_fields_with_types_and_options_and_changes_nothing_by_itself() {
    let world = world_with_fields().await;
    let (page, form) = editor(&world).await;
    for expected in [
        "Heat (one of its options: Hot, Cold)",
        "Born on (date)",
        "Deal size (number)",
        "Interests (list or file: A, B)",
        "Temperature (one of its options: High, Low, Unsure)",
        "Birthday (text)",
        "custfields.7",
        "customFields.heat",
    ] {
        assert!(page.contains(expected), "{expected} is not on the page");
    }
    let before = kept(&world).await;
    let (status, says) = form.send(&world, &path()).await;
    assert_eq!(status, 303, "{says}");
    assert_eq!(kept(&world).await, before, "what is shown is what is kept");
}

#[tokio::test]
async fn a_pair_that_is_chosen_on_the_page_is_synced() {
    let world = world_with_fields().await;
    let (_, form) = editor(&world).await;
    let form = form
        .with("pair.0.helloleads", "custfields.8")
        .with("pair.0.ghl", "customFields.heat")
        .with("pair.0.direction", "both")
        .with("pair.0.transform", "options")
        .with("pair.0.options", "High = Hot\n\n Low=Cold ")
        .with("standard.4.direction", "to_ghl")
        .without("standard.7.used");
    let (status, says) = form.send(&world, &path()).await;
    assert_eq!(status, 303, "{says}");
    world.settle().await;
    let mut contact = ann();
    contact["customFields"] = json!([{ "id": "heat", "field_value": "Cold" }]);
    contact["website"] = json!("https://example.com");
    world.ghl.person_creates_contact(LOCATION, contact);
    world.settle().await;
    let lead = only_lead(&world);
    assert_eq!(lead["custfields"]["8"], "Low");
    assert_eq!(lead["website"].as_str().unwrap_or_default(), "", "website is not synced any more");
    let (page, form) = editor(&world).await;
    assert!(page.contains("Temperature ↔ Heat"), "the pair is shown by its names");
    assert!(form.0.contains(&("pair.0.name".into(), "heat".into())), "and has got a name");
    assert!(form.0.contains(&("pair.0.options".into(), "High = Hot\nLow = Cold".into())));
    assert!(form.0.contains(&("standard.4.direction".into(), "to_ghl".into())));
    let (status, _) = form.without("pair.0.used").send(&world, &path()).await;
    assert_eq!((status, kept(&world).await.custom().count()), (303, 0), "a pair that is not kept goes");
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field_and_nothing_is_kept() {
    let world = world_with_fields().await;
    let (_, form) = editor(&world).await;
    let before = kept(&world).await;
    let pair = |helloleads: &str, ghl: &str, transform: &str| {
        let form = form.clone().with("pair.0.helloleads", helloleads).with("pair.0.ghl", ghl);
        form.with("pair.0.name", "mine").with("pair.0.direction", "both").with("pair.0.transform", transform)
    };
    let second = pair("deal_size", "customFields.from", "trim")
        .with("pair.1.name", "other")
        .with("pair.1.helloleads", "deal_size")
        .with("pair.1.ghl", "customFields.both")
        .with("pair.1.used", "yes")
        .with("pair.1.direction", "both");
    let cases = [
        (pair("deal_size", "", "trim"), "mine", "choose the field of GHL"),
        (second, "other", "stand in the same field of HelloLeads"),
        (pair("deal_size", "customFields.born", "trim"), "mine", "takes a date; let it go as a date"),
        (pair("deal_size", "customFields.size", "upper"), "mine", "takes a number; let it go as a number"),
        (pair("deal_size", "customFields.many", "trim"), "mine", "cannot be written as one text"),
        (
            pair("deal_size", "customFields.from", "constant").with("pair.0.constant", "x"),
            "mine",
            "cannot be undone",
        ),
        (
            pair("deal_size", "customFields.from", "trim").with("pair.0.default", "x"),
            "mine",
            "on the way back",
        ),
        (
            pair("custfields.8", "customFields.heat", "options").with("pair.0.options", "High = Tepid"),
            "mine",
            "&quot;Tepid&quot; is no option of GHL",
        ),
        (
            pair("custfields.8", "customFields.heat", "options")
                .with("pair.0.options", "High = Hot\nLow = Hot"),
            "mine",
            "stands in the table twice",
        ),
        (
            pair("custfields.8", "customFields.heat", "options").with("pair.0.options", "High"),
            "mine",
            "has a blank",
        ),
        (pair("custfields.99", "customFields.from", "trim"), "mine", "does not have"),
        (
            pair("deal_size", "customFields.from", "trim").with("pair.0.name", "Mine"),
            "Mine",
            "a name of its own",
        ),
        (form.clone().with("filter", "cel").with("cel", "company"), "filter", "rather than true or false"),
        (form.clone().with("filter", "cel").with("cel", "\"vip\" in"), "filter", "cannot be read at line 1"),
        (form.clone().with("filter", "all"), "filter", "at least one test"),
        (form.clone().without("standard.2.used").without("standard.3.used"), "mapping", "email or phone"),
    ];
    for (form, of, expected) in cases {
        let (status, page) = form.send(&world, &path()).await;
        assert_eq!(status, 422, "{expected}");
        assert!(page.contains("role=\"alert\""), "{expected}");
        if of != "mapping" {
            let at = page.find(&format!("id=\"of-{of}\"")).unwrap_or_else(|| panic!("{of} has a place"));
            let field = &page[at..at + page[at..].find("</fieldset>").unwrap()];
            assert!(field.contains("class=\"error\"") && field.contains(expected), "{expected}: {field}");
        }
        assert!(page.contains(expected), "{expected} is not said");
        assert_eq!(kept(&world).await, before, "{expected}");
    }
}

#[tokio::test]
async fn more_rows_keep_what_was_entered_and_save_nothing() {
    let world = world_with_fields().await;
    let (_, form) = editor(&world).await;
    let before = kept(&world).await;
    let form = form
        .with("pair.0.helloleads", "deal_size")
        .with("pair.0.ghl", "customFields.from")
        .with("more", "yes");
    let (status, page) = form.send(&world, &path()).await;
    assert_eq!(status, 200);
    let shown = Form::on(&page, &path());
    assert!(shown.0.contains(&("pair.0.ghl".into(), "customFields.from".into())));
    assert!(shown.0.iter().any(|(name, _)| name == "pair.5.ghl"), "there are more rows");
    assert_eq!(kept(&world).await, before);
}

#[tokio::test]
async fn a_mapping_is_exported_and_imported_as_it_was() {
    let world = world_with_fields().await;
    let date = json!({ "as": "date", "helloleads": "DD/MM/YYYY", "ghl": "YYYY-MM-DD" });
    let born = json!({ "field": "born", "helloleads": "custfields.7", "ghl": "customFields.born", "transform": date });
    let filter = json!({ "any": [{ "what": "tag", "is": "is", "value": "vip" }, { "what": "stage", "is": "is_not", "value": "Lost" }] });
    map(&world, json!([born]), Some(filter)).await;
    let before = kept(&world).await;
    let answer = world.get(&format!("{}.json", path())).await;
    assert!(answer.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let exported = answer.text().await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&exported).unwrap()["version"], 2);
    map(&world, json!([]), None).await;
    assert_ne!(kept(&world).await, before);
    let (status, says) = Form(vec![("import".into(), exported)]).send(&world, &path()).await;
    assert_eq!((status, kept(&world).await), (303, before.clone()), "{says}");
    for (wrong, expected) in [
        (r#"{"version": 9, "fields": []}"#, "it has version 9"),
        ("{", "no JSON at line 1"),
        (r#"{"version": 2, "fields": [{"field": "email", "sideways": 1}]}"#, "sideways"),
        (
            r#"{"version": 2, "fields": [{"field": "email"}, {"field": "b", "helloleads": "deal_size", "ghl": "customFields.nope"}]}"#,
            "does not have",
        ),
    ] {
        let (status, page) = Form(vec![("import".into(), wrong.to_owned())]).send(&world, &path()).await;
        assert_eq!(status, 422, "{wrong}");
        assert!(page.contains(expected), "{wrong}: {expected}");
        assert_eq!(kept(&world).await, before);
    }
    let old = r#"{"fields": ["email", "tags"]}"#;
    let (status, _) = Form(vec![("import".into(), old.to_owned())]).send(&world, &path()).await;
    assert_eq!((status, kept(&world).await.fields().len()), (303, 2), "an older version is read");
}

#[tokio::test]
async fn a_side_that_cannot_list_its_fields_keeps_nobody_from_the_page() {
    let world = world_with_fields().await;
    let fault = || sandbox::faults::Fault::Status {
        status: 500,
        body: "no".into(),
        content_type: "text/plain".into(),
    };
    world.ghl.faults().plan("GET /locations/:id/customFields", fault());
    world.helloleads.faults().plan("GET /api/getCustomFields", fault());
    let (page, _) = editor(&world).await;
    assert!(page.contains("GHL cannot be asked for its custom fields just now"), "{page}");
    assert!(page.contains("HelloLeads cannot be asked for its custom fields just now"), "{page}");
    assert!(page.contains("or the id of a custom field"));
}
