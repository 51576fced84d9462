//! Tags.

/// Trimmed, lower-cased (GHL stores them so), inner white space folded; `None` where blank. Commas separate tags in
/// HelloLeads, so that a comma inside a tag becomes a space.
pub fn normalise(text: &str) -> Option<String> {
    super::text::normalise(&text.replace(',', " ")).map(|tag| tag.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_compared_as_ghl_stores_it() {
        assert_eq!(normalise("  Hot   Lead "), Some("hot lead".into()));
        assert_eq!(normalise("a,b"), Some("a b".into()));
        assert_eq!(normalise(""), None);
    }
}
