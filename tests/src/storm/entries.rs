//! The entries in a lead's notes, as a person reads and edits them: where an account is reached by its key, GHL's notes,
//! tasks and appointments stand there. Shares no code with the product.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use shared::model::side::Kind;

use crate::world::TIME_ZONE;

const END: &str = "[end]";

/// One entry: its lines, the first and last of which frame it.
struct Entry<'a> {
    kind: Kind,
    id: &'a str,
    about: &'a str,
    text: Vec<&'a str>,
}

/// Everything of this kind that stands in the notes, in the form in which a relay shows it.
pub fn shown(notes: &str, kind: Kind) -> Vec<Value> {
    entries(notes).into_iter().filter(|entry| entry.kind == kind).map(|entry| to_shown(&entry)).collect()
}

/// The notes with another text in the entry of this id, or without it.
pub fn edited(notes: &str, id: &str, text: Option<&str>) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut inside = false;
    for line in notes.lines() {
        if head(line).is_some_and(|(_, own, _)| own == id) {
            inside = true;
            lines.extend(text.map(|_| line));
            lines.extend(text);
        } else if inside && line == END {
            inside = false;
            lines.extend(text.map(|_| line));
        } else if !inside {
            lines.push(line);
        }
    }
    lines.join("\n")
}

fn entries(notes: &str) -> Vec<Entry<'_>> {
    let mut found: Vec<Entry<'_>> = Vec::new();
    let mut inside = false;
    for line in notes.lines() {
        if let Some((kind, id, about)) = head(line) {
            found.push(Entry { kind, id, about, text: Vec::new() });
            inside = true;
        } else if line == END {
            inside = false;
        } else if let Some(last) = found.last_mut().filter(|_| inside) {
            last.text.push(line);
        }
    }
    found
}

/// The kind, id and further words of an entry's first line.
fn head(line: &str) -> Option<(Kind, &str, &str)> {
    let inner = line.strip_prefix("[GHL ")?.strip_suffix(']')?;
    let (kind, rest) = inner.split_once(' ')?;
    let kind = Kind::OF_A_CONTACT.into_iter().find(|one| one.as_str() == kind)?;
    let (id, about) = rest.split_once(" · ").unwrap_or((rest, ""));
    Some((kind, id, about))
}

fn to_shown(entry: &Entry<'_>) -> Value {
    let words: Vec<&str> = entry.about.split(" · ").collect();
    let word = |place: usize| words.get(place).copied().unwrap_or_default();
    let (title, rest) =
        entry.text.split_first().map_or(("", String::new()), |(title, rest)| (*title, rest.join("\n")));
    match entry.kind {
        Kind::Note | Kind::Contact => json!({ "id": entry.id, "text": entry.text.join("\n") }),
        Kind::Task => json!({
            "id": entry.id, "title": title, "description": rest, "dueDateTime": instant(word(1)),
            "donePercent": if word(0) == "done" { 100 } else { 0 },
        }),
        Kind::Appointment => json!({
            "id": entry.id, "title": title, "notes": rest, "place": word(4),
            "start": instant(word(1)), "end": instant(word(3)),
        }),
    }
}

/// A time of the account's clock, as the instant that it is.
fn instant(wall: &str) -> String {
    let zone = TimeZone::get(TIME_ZONE).expect("a zone that exists");
    let instant =
        wall.parse::<DateTime>().ok().and_then(|wall| zone.to_ambiguous_timestamp(wall).compatible().ok());
    instant.map_or_else(|| wall.to_owned(), |instant| instant.to_string())
}
