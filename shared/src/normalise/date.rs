//! Calendar dates, without a time of day.

use jiff::civil::Date;

/// The forms GHL says it takes, and the one HelloLeads shows. Where day and month cannot be told apart, the month
/// comes first, as GHL reads it.
const FORMS: [&str; 8] =
    ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y_%m_%d", "%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%m_%d_%Y"];

/// The date as `YYYY-MM-DD`; `None` where blank or where it is HelloLeads' zero date. Anything after the date, such
/// as GHL's `T00:00:00.000Z`, is dropped. A text that is no date stays as it was typed.
pub fn normalise(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.starts_with("0000-00-00") {
        return None;
    }
    let day = text.split(['T', ' ']).next().unwrap_or(text);
    let parsed = FORMS.iter().find_map(|form| Date::strptime(form, day).ok());
    Some(parsed.map_or_else(|| text.to_owned(), |date| date.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_date_is_the_same_date() {
        for text in
            ["1990-09-25", "1990/09/25", "09/25/1990", "09-25-1990", "1990.09.25", "1990-09-25T00:00:00.000Z"]
        {
            assert_eq!(normalise(text), Some("1990-09-25".into()), "{text}");
        }
    }

    #[test]
    fn a_zero_date_is_blank_and_a_word_stays() {
        assert_eq!(normalise("0000-00-00 00:00:00"), None);
        assert_eq!(normalise("someday"), Some("someday".into()));
    }
}
