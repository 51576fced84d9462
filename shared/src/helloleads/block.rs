//! A lead's notes as text with entries in it: where a HelloLeads account has no place of its own for a GHL note, task or
//! appointment, it stands there. What people wrote before, between and after the entries is theirs and stays.
//!
//! ```text
//! Met at the fair, likes blue.
//! [GHL note 8kd0Zx · Asha Rao]
//! Wants a call on Monday.
//! [end]
//! ```

use crate::connection::helloleads::Clear;
use crate::model::side::Kind;

const END: &str = "[end]";

/// Stands where nothing else does, in an account whose texts cannot be blanked.
const NOTHING: &str = "[GHL: no notes]";

/// Stands before a line of an entry that looks like a line of ours. Nobody sees it.
const QUOTE: char = '\u{200b}';

/// A text in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// What a person wrote.
    Own(String),
    Entry(Entry),
}

/// One of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub kind: Kind,
    /// The record's own id.
    pub id: String,
    /// What stands behind the id in the first line.
    pub about: String,
    pub text: String,
}

impl Entry {
    fn head(&self) -> String {
        let about = if self.about.is_empty() { String::new() } else { format!(" · {}", self.about) };
        format!("[GHL {} {}{about}]", self.kind.as_str(), self.id)
    }

    /// The first line of an entry.
    fn parse_head(line: &str) -> Option<(Kind, String, String)> {
        let inner = line.trim_end().strip_prefix("[GHL ")?.strip_suffix(']')?;
        let (kind, rest) = inner.split_once(' ')?;
        let kind = Kind::OF_A_CONTACT.into_iter().find(|one| one.as_str() == kind)?;
        let (id, about) = rest.split_once(" · ").unwrap_or((rest, ""));
        let plain = !id.is_empty()
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        plain.then(|| (kind, id.to_owned(), about.to_owned()))
    }
}

impl Block {
    /// Reads a text. An entry whose last line somebody removed ends where the next one begins.
    pub fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut own: Vec<&str> = Vec::new();
        let mut lines = text.lines().filter(|line| line.trim() != NOTHING).peekable();
        while let Some(line) = lines.next() {
            let Some((kind, id, about)) = Entry::parse_head(line) else {
                own.push(line);
                continue;
            };
            push_own(&mut pieces, &mut own);
            let mut inside = Vec::new();
            while let Some(line) = lines.next_if(|line| Entry::parse_head(line).is_none()) {
                if line.trim() == END {
                    break;
                }
                inside.push(line.strip_prefix(QUOTE).unwrap_or(line));
            }
            let text = inside.join("\n").trim().to_owned();
            pieces.push(Piece::Entry(Entry { kind, id, about, text }));
        }
        push_own(&mut pieces, &mut own);
        Self { pieces }
    }

    pub fn to_text(&self) -> String {
        let lines: Vec<String> = self.pieces.iter().map(Piece::to_text).collect();
        lines.join("\n")
    }

    /// The text as it is written to an account that blanks a text in this way, or in none: then a line says that there
    /// is nothing.
    pub fn to_text_for(&self, clear: Clear) -> String {
        let text = self.to_text();
        if text.is_empty() && clear == Clear::Never { NOTHING.to_owned() } else { text }
    }

    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Entry(entry) => Some(entry),
            Piece::Own(_) => None,
        })
    }

    pub fn entry(&self, kind: Kind, id: &str) -> Option<&Entry> {
        self.entries().find(|entry| entry.kind == kind && entry.id == id)
    }

    /// Puts the entry in the place of the one with its id, or at the end.
    pub fn put(&mut self, entry: Entry) {
        let same = |piece: &&mut Piece| matches!(piece, Piece::Entry(one) if one.kind == entry.kind && one.id == entry.id);
        match self.pieces.iter_mut().find(same) {
            Some(place) => *place = Piece::Entry(entry),
            None => self.pieces.push(Piece::Entry(entry)),
        }
    }

    /// Takes the entry out; whether it was there.
    pub fn remove(&mut self, kind: Kind, id: &str) -> bool {
        let before = self.pieces.len();
        self.pieces.retain(|piece| !matches!(piece, Piece::Entry(one) if one.kind == kind && one.id == id));
        self.pieces.len() < before
    }

    /// Adds a line that is nobody's entry.
    pub fn add_line(&mut self, line: &str) {
        self.pieces.push(Piece::Own(line.to_owned()));
    }
}

impl Piece {
    fn to_text(&self) -> String {
        match self {
            Self::Own(text) => text.clone(),
            Self::Entry(entry) => {
                let lines: Vec<String> = entry.text.lines().map(quoted).collect();
                format!("{}\n{}\n{END}", entry.head(), lines.join("\n"))
            }
        }
    }
}

fn quoted(line: &str) -> String {
    let is_ours = line.trim() == END || Entry::parse_head(line).is_some();
    if is_ours { format!("{QUOTE}{line}") } else { line.to_owned() }
}

fn push_own(pieces: &mut Vec<Piece>, own: &mut Vec<&str>) {
    if !own.is_empty() {
        pieces.push(Piece::Own(own.join("\n")));
        own.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, text: &str) -> Entry {
        Entry { kind: Kind::Note, id: id.into(), about: "Asha".into(), text: text.into() }
    }

    #[test]
    fn what_people_wrote_around_the_entries_stays() {
        let mut block = Block::parse("Met at the fair.\n\nLikes blue.");
        block.put(entry("n1", "Call\non Monday"));
        block.put(entry("n2", "Sent the offer"));
        let text = format!("{}\nP.S. by hand", block.to_text());
        let mut again = Block::parse(&text);
        assert_eq!(again.to_text(), text, "it does not grow");
        assert_eq!(again.entry(Kind::Note, "n1").unwrap().text, "Call\non Monday");
        again.put(entry("n1", "Call on Tuesday"));
        assert!(again.remove(Kind::Note, "n2") && !again.remove(Kind::Note, "n2"));
        assert_eq!(
            again.to_text(),
            "Met at the fair.\n\nLikes blue.\n[GHL note n1 · Asha]\nCall on Tuesday\n[end]\nP.S. by hand"
        );
    }

    #[test]
    fn a_text_that_looks_like_an_entry_is_read_back_as_it_was() {
        let text = "[GHL note n9]\nfoo\n[end]\nbar";
        let mut block = Block::default();
        block.put(entry("n1", text));
        let again = Block::parse(&block.to_text());
        assert_eq!(again.entry(Kind::Note, "n1").unwrap().text, text);
        assert_eq!(again.entries().count(), 1);
    }

    #[test]
    fn an_entry_that_a_person_damaged_loses_nothing() {
        let block = Block::parse("[GHL note n1]\nfirst\n[GHL note n2]\nsecond\n[end]\n[GHL recipe x]\nmine");
        let texts: Vec<_> = block.entries().map(|entry| (entry.id.as_str(), entry.text.as_str())).collect();
        assert_eq!(texts, [("n1", "first"), ("n2", "second")]);
        assert!(block.to_text().ends_with("[GHL recipe x]\nmine"));
    }
}
