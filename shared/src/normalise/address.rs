//! Postal addresses.

use crate::model::record::Address;

/// The address of these lines, each folded; `None` where all are blank.
pub fn normalise(street: &str, city: &str, state: &str, postal_code: &str) -> Option<Address> {
    let line = |text: &str| super::text::normalise(text).unwrap_or_default();
    let address = Address {
        street: line(street),
        city: line(city),
        state: line(state),
        postal_code: line(postal_code),
    };
    (address != Address::default()).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_blanks_is_no_address() {
        assert_eq!(normalise(" ", "", "", ""), None);
        let address = normalise("3535  1st St N ", "Dolomite", "AL", "35061").unwrap();
        assert_eq!(address.street, "3535 1st St N");
    }
}
