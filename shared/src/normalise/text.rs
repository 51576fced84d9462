//! Plain text, names included.

/// Trimmed, with inner white space as single spaces; `None` where nothing is left. Letter case is a person's choice
/// and stays.
pub fn normalise(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Splits a whole name into first and last: the last word is the last name.
pub fn split_name(name: &str) -> (Option<String>, Option<String>) {
    let words: Vec<&str> = name.split_whitespace().collect();
    match words.as_slice() {
        [] => (None, None),
        [only] => (Some((*only).to_owned()), None),
        [first @ .., last] => (Some(first.join(" ")), Some((*last).to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_folded_and_nothing_else_changes() {
        assert_eq!(normalise("  Anne \t Marie\u{a0}O'Neill "), Some("Anne Marie O'Neill".into()));
        assert_eq!(normalise(" \n "), None);
    }

    #[test]
    fn a_name_splits_before_its_last_word() {
        assert_eq!(split_name("Anne Marie Smith"), (Some("Anne Marie".into()), Some("Smith".into())));
        assert_eq!(split_name("Cher"), (Some("Cher".into()), None));
        assert_eq!(split_name(" "), (None, None));
    }
}
