//! Phone numbers, by the phone-number library.

use rlibphonenumber::enums::Region;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

/// The lengths of a number in E.164, plus sign included. The library's validity check is not used: it refuses numbers
/// that people have, such as those of plans newer than its tables.
const E164_LENGTHS: std::ops::RangeInclusive<usize> = 8..=16;

/// A number split as HelloLeads writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitPhone {
    /// The country calling code, digits only.
    pub code: String,
    /// The national number, digits only.
    pub number: String,
}

/// The number in E.164 (`+14155550100`), read in `region` (ISO 3166-1 alpha-2) where it has no country code. A text
/// that is no phone number stays as it was typed; `None` where blank.
pub fn normalise(text: &str, region: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let read = to_e164(text, region.parse().ok()).filter(|e164| is_stable(e164));
    Some(read.unwrap_or_else(|| text.to_owned()))
}

fn to_e164(text: &str, region: Option<Region>) -> Option<String> {
    let number = PHONE_NUMBER_UTIL.parse(text, region).ok()?;
    let e164 = number.format_as(PhoneNumberFormat::E164).into_owned();
    Some(e164).filter(|e164| E164_LENGTHS.contains(&e164.len()))
}

/// Of a row of zeros the library takes one for a trunk prefix each time it reads it.
fn is_stable(e164: &str) -> bool {
    to_e164(e164, None).as_deref() == Some(e164)
}

/// Splits a normalised number into calling code and national number; `None` where it is no number in E.164.
pub fn split(e164: &str) -> Option<SplitPhone> {
    let digits =
        e164.strip_prefix('+').filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))?;
    let code = PHONE_NUMBER_UTIL.parse(e164, None).ok()?.country_code.to_string();
    let number = digits.strip_prefix(&code)?.to_owned();
    Some(SplitPhone { code, number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_number_are_one_number() {
        for text in ["+1 883-232-7657", "(883) 232-7657", "8832327657", "+18832327657"] {
            assert_eq!(normalise(text, "US"), Some("+18832327657".into()), "{text}");
        }
        assert_eq!(normalise("098765 43210", "IN"), Some("+919876543210".into()));
    }

    /// Each begins, behind its calling code, with what is a trunk prefix in the region that it is read in, or its own.
    #[test]
    fn no_digit_of_an_international_number_is_taken_for_a_trunk_prefix() {
        for (text, region) in
            [("+4311120000", "US"), ("+78123456789", "RU"), ("+390612345678", "AT"), ("+5111120000", "US")]
        {
            assert_eq!(normalise(text, region), Some(text.into()), "{region}");
        }
        assert_eq!(normalise("8 812 345-67-89", "RU"), Some("+78123456789".into()));
        assert_eq!(normalise("+44 (0)20 8803 7044", "US"), Some("+442088037044".into()));
    }

    #[test]
    fn a_number_that_would_lose_a_digit_each_time_it_is_read_stays_as_it_was_typed() {
        for text in ["+510000000000", "+51 0000 000000", "+5100000000000"] {
            assert_eq!(normalise(text, "US"), Some(text.into()));
        }
        assert_eq!(split("+510000000000").unwrap().number, "0000000000");
        assert_eq!(split("+51 0000 000000"), None);
    }

    #[test]
    fn what_is_no_number_stays_as_it_was_typed() {
        assert_eq!(normalise(" ask reception ", "US"), Some("ask reception".into()));
        assert_eq!(normalise("12", "US"), Some("12".into()));
        assert_eq!(normalise("  ", "US"), None);
    }

    #[test]
    fn a_number_splits_into_code_and_number_and_joins_again() {
        for e164 in ["+919876543210", "+18832327657", "+442088037044", "+390612345678"] {
            let parts = split(e164).unwrap();
            assert_eq!(format!("+{}{}", parts.code, parts.number), e164);
        }
        assert_eq!(split("+919876543210").unwrap().code, "91");
        assert_eq!(split("ask reception"), None);
    }
}
