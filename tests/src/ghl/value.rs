//! How GHL respells the values that it stores, and which it refuses.

use jiff::civil::Date;
use rlibphonenumber::{PHONE_NUMBER_UTIL, ParseError, PhoneNumberFormat};

use super::refusal::Refusal;

/// E.164. A number without `+` is read in the location's country.
pub(super) fn phone(text: &str, country: &str) -> Result<String, Refusal> {
    let number = PHONE_NUMBER_UTIL.parse(text, country.parse().ok());
    let number = number.map_err(|error| unreadable_phone(&error))?;
    Ok(number.format_as(PhoneNumberFormat::E164).into_owned())
}

fn unreadable_phone(error: &ParseError) -> Refusal {
    let message = match error {
        ParseError::InvalidCountryCode => "Invalid country calling code",
        ParseError::TooLongNsn => "The string supplied is too long to be a phone number",
        ParseError::TooShortNsn | ParseError::TooShortAfterIdd => {
            "The string supplied is too short to be a phone number"
        }
        ParseError::NotANumber(_) => "The string supplied did not seem to be a phone number",
    };
    Refusal::BadRequest(message.to_owned())
}

/// Lower-case.
pub(super) fn email(text: &str) -> Result<String, Refusal> {
    let email = text.trim().to_lowercase();
    let looks_like_one = email.split_once('@').is_some_and(|(person, host)| {
        let labels_are_fine = host.split('.').all(|label| !label.is_empty());
        !person.is_empty() && host.contains('.') && labels_are_fine && !host.contains('@')
    });
    if looks_like_one && !email.contains(char::is_whitespace) {
        Ok(email)
    } else {
        Err(Refusal::one_field("email must be an email"))
    }
}

/// Upper-case, as ISO 3166-1 alpha-2 is written.
pub(super) fn country(text: &str) -> Result<String, Refusal> {
    rust_iso3166::from_alpha2(text)
        .map(|country| country.alpha2.to_owned())
        .ok_or_else(|| Refusal::one_field("country must be a valid ISO31661 Alpha2 code"))
}

/// Year first or month first, parted by one of `/ - . _`.
pub(super) fn date(text: &str) -> Result<Date, Refusal> {
    let parts = ['/', '-', '.', '_'].into_iter().find_map(|mark| three_numbers(text, mark));
    let ordered = parts.and_then(|parts| match parts.map(|(_, digits)| digits) {
        [4, 2, 2] => Some([0, 1, 2]),
        [2, 2, 4] => Some([2, 0, 1]),
        _ => None,
    });
    let date = parts.zip(ordered).and_then(|(parts, [year, month, day])| {
        let small = |place: usize| i8::try_from(parts[place].0).ok();
        Date::new(parts[year].0, small(month)?, small(day)?).ok()
    });
    date.ok_or_else(|| Refusal::one_field("dateOfBirth must be a valid date"))
}

/// Three numbers parted by `mark`, each with how many digits it was written.
fn three_numbers(text: &str, mark: char) -> Option<[(i16, usize); 3]> {
    let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let numbers: Option<Vec<_>> = text
        .split(mark)
        .map(|part| Some((part.parse().ok().filter(|_| digits_only(part))?, part.len())))
        .collect();
    numbers?.try_into().ok()
}

/// Trimmed, lower-case, each once, empty ones left out.
pub(super) fn tags<'a>(sent: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in sent.into_iter().map(|tag| tag.trim().to_lowercase()) {
        if !tag.is_empty() && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_form_of_a_date_is_read() {
        let forms = ["1990/09/25", "09/25/1990", "1990-09-25", "09-25-1990", "1990.09.25", "09.25.1990"];
        for form in forms.into_iter().chain(["1990_09_25", "09_25_1990"]) {
            assert_eq!(date(form), Ok(Date::constant(1990, 9, 25)), "{form}");
        }
    }

    #[test]
    fn other_forms_of_a_date_are_refused() {
        for form in
            ["", "1990", "25-09-1990", "1990-9-25", "1990-09/25", "1990-09-25T00:00:00.000Z", "+990-09-25"]
        {
            assert!(date(form).is_err(), "{form}");
        }
    }

    #[test]
    fn a_phone_is_stored_as_e164_read_in_the_locations_country() {
        assert_eq!(phone("(212) 555-0123", "US"), Ok("+12125550123".to_owned()));
        assert_eq!(phone("98765 43210", "IN"), Ok("+919876543210".to_owned()));
        assert_eq!(phone("+91 98765 43210", "US"), Ok("+919876543210".to_owned()));
    }

    #[test]
    fn a_phone_that_cannot_be_read_is_refused_with_the_reason() {
        let message = |text| phone(text, "US").unwrap_err();
        let refused = |text: &str| Refusal::BadRequest(text.to_owned());
        assert_eq!(message("+999 123 4567"), refused("Invalid country calling code"));
        let too_long = "The string supplied is too long to be a phone number";
        assert_eq!(message("+1 212 555 0123 456 789 012"), refused(too_long));
        assert_eq!(message("ask Ann"), refused("The string supplied did not seem to be a phone number"));
    }

    #[test]
    fn an_email_must_look_like_one() {
        assert_eq!(email(" Ann@Example.COM "), Ok("ann@example.com".to_owned()));
        for text in ["", "ann", "ann@", "@example.com", "ann@example", "an n@example.com", "a@b@example.com"]
        {
            assert!(email(text).is_err(), "{text}");
        }
    }

    #[test]
    fn tags_are_trimmed_lower_cased_and_kept_once() {
        assert_eq!(tags(["Hot Lead ", "hot lead", "", "VIP"]), ["hot lead", "vip"]);
    }
}
