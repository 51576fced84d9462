//! Countries: GHL keeps ISO 3166-1 alpha-2, HelloLeads keeps whatever was typed.

/// Names in daily use that the ISO list does not have.
const DAILY_NAMES: [(&str, &str); 14] = [
    ("uk", "GB"),
    ("great britain", "GB"),
    ("england", "GB"),
    ("scotland", "GB"),
    ("wales", "GB"),
    ("usa", "US"),
    ("united states", "US"),
    ("uae", "AE"),
    ("south korea", "KR"),
    ("russia", "RU"),
    ("vietnam", "VN"),
    ("czech republic", "CZ"),
    ("turkey", "TR"),
    ("tanzania", "TZ"),
];

/// The country as ISO 3166-1 alpha-2; `None` where blank. A country that nobody knows stays as it was typed.
pub fn normalise(text: &str) -> Option<String> {
    let text = super::text::normalise(text)?;
    let lower = text.to_lowercase();
    let daily = DAILY_NAMES.iter().find(|(name, _)| *name == lower).map(|(_, code)| (*code).to_owned());
    let code = daily.or_else(|| by_code(&text.to_uppercase())).or_else(|| by_name(&lower));
    Some(code.unwrap_or(text))
}

/// The English short name of a normalised country, for a side that keeps names; unknown ones stay as they are.
pub fn name(code: &str) -> &str {
    rust_iso3166::from_alpha2(code).map_or(code, |country| country.name)
}

fn by_code(upper: &str) -> Option<String> {
    let country = rust_iso3166::from_alpha2(upper).or_else(|| rust_iso3166::from_alpha3(upper))?;
    Some(country.alpha2.to_owned())
}

fn by_name(lower: &str) -> Option<String> {
    let country = rust_iso3166::ALL.iter().find(|country| country.name.to_lowercase() == lower)?;
    Some(country.alpha2.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_names_and_daily_names_are_the_same_country() {
        for text in ["GB", "gb", "GBR", "UK", "England"] {
            assert_eq!(normalise(text), Some("GB".into()), "{text}");
        }
        assert_eq!(normalise("india"), Some("IN".into()));
        assert_eq!(normalise("Narnia"), Some("Narnia".into()));
        assert_eq!(normalise(" "), None);
    }

    #[test]
    fn a_written_name_reads_back_as_the_same_country() {
        for country in rust_iso3166::ALL {
            assert_eq!(normalise(name(country.alpha2)).as_deref(), Some(country.alpha2));
        }
    }
}
