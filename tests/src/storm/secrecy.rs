//! P10: what people typed and what tokens are stands nowhere but where it must.

use aws_sdk_dynamodb::types::AttributeValue;

use super::cloud::Cloud;
use super::judge::Breach;
use super::tasks::at_once;

/// The rows that may hold what records hold: mirrors, last seen records, the losing values of conflicts.
const MAY_HOLD_VALUES: [&str; 3] = ["LINK#", "SEEN#", "CONFLICT#"];

/// Queue messages, dead letters and rows, against every value typed and every token granted.
pub fn check(cloud: &Cloud) -> Vec<Breach> {
    let (typed, tokens) = (typed(cloud), cloud.model.state().tokens.clone());
    let secrets: Vec<&String> = typed.iter().chain(&tokens).collect();
    let mut breaches = Vec::new();
    for call in cloud.accepted.lock().expect("nobody panics here").iter() {
        if let Some(secret) = secrets.iter().find(|secret| call.contains(secret.as_str())) {
            breaches.push(breach(&format!("a queue message holds {secret}: {call}"), secret));
        }
    }
    for (key, row) in rows(cloud) {
        let may = MAY_HOLD_VALUES.iter().any(|start| key.starts_with(start));
        let forbidden: &[String] = if may { &tokens } else { &typed };
        let found = forbidden.iter().chain(&tokens).find(|secret| row.contains(secret.as_str()));
        if let Some(secret) = found.or_else(|| typed.iter().find(|value| key.contains(value.as_str()))) {
            breaches.push(breach(&format!("the row {key} holds {secret}"), secret));
        }
    }
    breaches
}

/// Everything that people typed, names and the like; single words such as a tag's are left out.
pub fn typed(cloud: &Cloud) -> Vec<String> {
    let model = cloud.model.state();
    let edits = model.subjects.iter().flat_map(|subject| subject.edits.values().flatten());
    let values = edits.map(|edit| edit.value.clone()).filter(|value| value.len() > 2);
    values.chain(model.subjects.iter().map(|subject| subject.marker.clone())).collect()
}

/// Every row: its key, and all of it as a text.
fn rows(cloud: &Cloud) -> Vec<(String, String)> {
    let table = cloud.table();
    let read = at_once(table.client().scan().table_name(table.name()).send());
    let items = read.expect("the table answers in calm weather").items.unwrap_or_default();
    let text = |value: Option<&AttributeValue>| {
        value.and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
    };
    items
        .into_iter()
        .map(|item| (format!("{} {}", text(item.get("pk")), text(item.get("sk"))), format!("{item:?}")))
        .collect()
}

fn breach(what: &str, secret: &str) -> Breach {
    Breach { what: format!("P10: {what}"), words: vec![secret.to_owned()] }
}
