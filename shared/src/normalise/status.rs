//! The state of an appointment. Words that nobody knows are kept as they are.
//!
//! | GHL | HelloLeads | written to GHL as |
//! |---|---|---|
//! | `new`, `booked`, `active` | `scheduled` | `new` |
//! | `confirmed` | `confirmed` | `confirmed` |
//! | `cancelled` | `cancelled` | `cancelled` |
//! | `showed`, `completed` | `attended` | `showed` |
//! | `noshow` | `missed` | `noshow` |
//! | `invalid` | `invalid` | `invalid` |

const WORDS: [(&str, &[&str]); 6] = [
    ("scheduled", &["new", "booked", "active"]),
    ("confirmed", &["confirmed"]),
    ("cancelled", &["cancelled", "canceled"]),
    ("attended", &["showed", "completed"]),
    ("missed", &["noshow"]),
    ("invalid", &["invalid"]),
];

/// The word that both sides share.
pub fn normalise(word: &str) -> Option<String> {
    let word = word.trim().to_lowercase();
    let known = WORDS.iter().find(|(ours, ghl)| *ours == word || ghl.contains(&word.as_str()));
    let shared = known.map_or(word.as_str(), |(ours, _)| ours).to_owned();
    (!shared.is_empty()).then_some(shared)
}

/// GHL's word, where GHL has one.
pub fn to_ghl(word: &str) -> Option<&'static str> {
    WORDS.iter().find(|(ours, _)| *ours == word).and_then(|(_, ghl)| ghl.first().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_ghl_has_one_and_comes_back_as_one_that_means_the_same() {
        for word in
            ["new", "confirmed", "cancelled", "showed", "noshow", "invalid", "completed", "active", "booked"]
        {
            let shared = normalise(word).unwrap();
            assert_eq!(normalise(to_ghl(&shared).unwrap()), Some(shared.clone()), "{word}");
        }
    }

    #[test]
    fn an_unknown_word_is_kept_and_never_written_to_ghl() {
        assert_eq!(normalise(" Rescheduled "), Some("rescheduled".into()));
        assert_eq!(to_ghl("rescheduled"), None);
    }
}
