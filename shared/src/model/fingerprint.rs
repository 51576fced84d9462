//! Keyed hashes: they let rows and queue messages be compared and found without holding anybody's data.

use ring::hmac;
use serde::{Deserialize, Serialize};

/// A keyed hash of normalised fields, in hex.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The key of all fingerprints; without it a hash cannot be tried against guessed e-mail addresses.
#[derive(Clone)]
pub struct FingerprintKey(hmac::Key);

impl FingerprintKey {
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The fingerprint of the named parts, in order; blank parts must be left out by the caller. Each part is
    /// written with its length, so that no two lists of parts are the same bytes.
    pub fn of<'a>(&self, parts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Fingerprint {
        let mut written = Vec::with_capacity(1_024);
        for (name, value) in parts {
            for text in [name, value] {
                written.extend_from_slice(&(text.len() as u64).to_be_bytes());
                written.extend_from_slice(text.as_bytes());
            }
        }
        Fingerprint(hex::encode(&hmac::sign(&self.0, &written).as_ref()[..16]))
    }
}

impl std::fmt::Debug for FingerprintKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("FingerprintKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_text_between_a_name_and_its_value_gives_another_fingerprint() {
        let key = FingerprintKey::new(b"test");
        assert_ne!(key.of([("a", "bc")]), key.of([("ab", "c")]));
        assert_ne!(key.of([("a", "b"), ("c", "d")]), key.of([("a", "bc"), ("", "d")]));
        assert_eq!(key.of([("a", "b")]), key.of([("a", "b")]));
    }

    #[test]
    fn another_key_gives_another_fingerprint() {
        assert_ne!(
            FingerprintKey::new(b"one").of([("a", "b")]),
            FingerprintKey::new(b"two").of([("a", "b")])
        );
    }
}
