//! Seals a token pair for its second place, the spare row: AES-256-GCM under a key made from the app's own secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::{ExposeSecret, SecretString};

use crate::vault::connection_secrets::TokenPair;

/// The key that seals; made from the GHL app's client secret, which never stands in the table.
pub struct SealKey(LessSafeKey);

impl SealKey {
    pub fn new(client_secret: &SecretString) -> Self {
        let bytes = digest(&SHA256, format!("spare tokens/{}", client_secret.expose_secret()).as_bytes());
        let key = UnboundKey::new(&AES_256_GCM, bytes.as_ref());
        Self(LessSafeKey::new(key.expect("a SHA-256 has the length of an AES-256 key")))
    }

    /// Nonce and ciphertext, in base64. `holder` is sealed with it: the text opens for nobody else.
    pub fn seal(&self, holder: &str, pair: &TokenPair) -> Option<String> {
        let mut text = serde_json::to_vec(pair).ok()?;
        let mut sealed = vec![0; NONCE_LEN];
        SystemRandom::new().fill(&mut sealed).ok()?;
        let nonce = Nonce::try_assume_unique_for_key(&sealed).ok()?;
        self.0.seal_in_place_append_tag(nonce, Aad::from(holder.as_bytes()), &mut text).ok()?;
        sealed.append(&mut text);
        Some(STANDARD.encode(sealed))
    }

    /// `None` where the text was sealed by another key, for another holder, or not at all.
    pub fn open(&self, holder: &str, sealed: &str) -> Option<TokenPair> {
        let sealed = STANDARD.decode(sealed).ok()?;
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = text.to_vec();
        let plain = self.0.open_in_place(nonce, Aad::from(holder.as_bytes()), &mut text).ok()?;
        serde_json::from_slice(plain).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> TokenPair {
        let moment = jiff::Timestamp::UNIX_EPOCH;
        TokenPair {
            access: "access-1".to_owned().into(),
            refresh: Some("refresh-1".to_owned().into()),
            issued_at: moment,
            expires_at: moment,
            company: None,
        }
    }

    #[test]
    fn a_sealed_pair_opens_for_its_holder_and_key_only() {
        let key = SealKey::new(&"client secret".to_owned().into());
        let sealed = key.seal("location/a", &pair()).unwrap();
        assert!(!sealed.contains("access"));
        assert_eq!(key.open("location/a", &sealed).unwrap().access.expose_secret(), "access-1");
        assert!(key.open("location/b", &sealed).is_none());
        assert!(SealKey::new(&"another".to_owned().into()).open("location/a", &sealed).is_none());
        assert!(key.open("location/a", "AAAA").is_none());
    }
}
