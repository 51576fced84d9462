//! What a person does in HelloLeads' own screens. No API rule binds them; the relay sees each change.

use serde_json::{Map, Value};

use super::edit::{Edit, screen_fields};
use super::fake::FakeHelloLeads;
use super::keeping;
use super::relay;
use super::state::State;

/// Fields are named as rows name them, plus `mobile_code` and `list_key`; `null` and `""` clear. A mobile
/// number without `mobile_code` is kept exactly as typed. A field or a lead that does not exist is the
/// test's mistake and panics.
impl FakeHelloLeads {
    /// Answers the new lead's id. Without `list_key` it stands in the first list.
    pub fn person_creates_lead(&self, fields: Value) -> String {
        let state = &mut *self.state();
        assert!(!state.lists.is_empty(), "a lead stands in a list: add one first");
        let edit = typed(state, &fields);
        let lead = keeping::draft(state, &edit);
        let id = keeping::add(state, lead);
        relay::tell(state, "lead.created", id);
        id.to_string()
    }

    /// Uploads a file in HelloLeads' own bulk import, each column under the title that its screens give it; answers how
    /// many leads it made.
    pub fn person_imports_file(&self, file: &str) -> usize {
        let mut reader = csv::Reader::from_reader(file.as_bytes());
        let titles = reader.headers().expect("the file begins with its titles").clone();
        let mut made = 0;
        for row in reader.records() {
            let row = row.expect("each line has as many cells as there are titles");
            let cells = titles.iter().zip(&row).filter(|(_, cell)| !cell.is_empty());
            let named =
                cells.map(|(title, cell)| (title.to_lowercase().replace(' ', "_"), Value::from(cell)));
            self.person_creates_lead(Value::Object(named.collect()));
            made += 1;
        }
        made
    }

    pub fn person_edits_lead(&self, id: &str, fields: Value) {
        let state = &mut *self.state();
        let edit = typed(state, &fields);
        let id = keeping::parse_id(id).expect("the id is a lead's");
        let lead = keeping::redraft(state, id, &edit).expect("the lead exists");
        if keeping::replace(state, lead) {
            relay::tell(state, "lead.updated", id);
        }
    }

    pub fn person_deletes_lead(&self, id: &str) {
        let state = &mut *self.state();
        let id = keeping::parse_id(id).expect("the id is a lead's");
        let lead = keeping::remove(state, id).expect("the lead exists");
        relay::tell_deleted(state, &lead);
    }

    /// A comment stands in the lead's history only: `modified` does not move.
    pub fn person_comments(&self, id: &str, text: &str) {
        let id = keeping::parse_id(id).expect("the id is a lead's");
        self.state().record(id, "comments", text);
    }
}

fn typed(state: &State, fields: &Value) -> Edit {
    let fields = fields.as_object().expect("fields are an object");
    assert_known(state, fields);
    Edit::parse_screen(state, fields).expect("fields are texts, and the list exists")
}

fn assert_known(state: &State, fields: &Map<String, Value>) {
    let known = screen_fields();
    for name in fields.keys() {
        let other = ["list_key", "custfields"].contains(&name.as_str());
        assert!(other || known.contains(&name.as_str()), "HelloLeads has no field {name}");
    }
    for id in fields.get("custfields").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
        assert!(state.custom_fields.contains_key(id), "HelloLeads has no custom field {id}: add it first");
    }
}
