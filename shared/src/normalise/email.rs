//! E-mail addresses.

/// Trimmed and lower-cased (GHL stores them so); `None` where blank. An address that is none stays as it was typed,
/// so that the side which refuses it can say so.
pub fn normalise(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_compared_without_case_and_space() {
        assert_eq!(normalise(" JohnDeo@Gmail.Comm "), Some("johndeo@gmail.comm".into()));
        assert_eq!(normalise("  "), None);
        assert_eq!(normalise("not an address"), Some("not an address".into()));
    }
}
