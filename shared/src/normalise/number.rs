//! Numbers that people type as texts.

/// The most digits that survive both APIs: GHL keeps numbers as doubles.
const DIGITS_MAX: usize = 15;

/// The number in its shortest decimal form, without separators of thousands; `None` where it is no number, or has
/// more digits than a double keeps.
pub fn normalise(text: &str) -> Option<String> {
    let plain: String = text.trim().chars().filter(|c| !matches!(c, ',' | ' ' | '\u{a0}')).collect();
    let digits = plain.chars().filter(char::is_ascii_digit).count();
    let is_plain = plain.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'));
    if !is_plain || digits == 0 || digits > DIGITS_MAX {
        return None;
    }
    let number: f64 = plain.parse().ok()?;
    let shortest = if number == 0.0 { "0".to_owned() } else { format!("{number}") };
    let kept = shortest.chars().filter(char::is_ascii_digit).count() <= DIGITS_MAX;
    (number.is_finite() && kept).then_some(shortest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_number_is_the_same_number() {
        for text in ["2500000", "2,500,000", " 2 500 000.00 ", "2.5e6", "+2500000"] {
            assert_eq!(normalise(text), Some("2500000".into()), "{text}");
        }
        assert_eq!(normalise("1e-7"), Some("0.0000001".into()));
        assert_eq!(normalise("-0"), Some("0".into()));
    }

    #[test]
    fn what_is_no_number_or_would_lose_digits_is_none() {
        for text in ["", "ten", "1.2.3", "--1", "1234567890123456", "1e300", "inf"] {
            assert_eq!(normalise(text), None, "{text}");
        }
    }
}
