//! Who looks at a page inside GHL, in GHL's own words: JSON that GHL encrypts with the secret that it shares with the
//! app, in the form that CryptoJS writes (AES-256-CBC, key and vector from a passphrase by MD5).
//!
//! The form has no signature. Whoever holds a genuine text could garble a part of it and hope that it still reads as
//! JSON: so it must read whole, name an agency that is the connection's, and too many tries from one address are
//! refused.

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use shared::model::ids::{CompanyId, ConnectionId};

/// How an encrypted text begins, before its eight bytes of salt.
const BEGINNING: &[u8] = b"Salted__";
const SALT: usize = 8;
const KEY: usize = 32;
const VECTOR: usize = 16;

/// No context is longer.
const LENGTH_MAX: usize = 16 * 1024;

/// What GHL says of its user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserContext {
    pub company_id: CompanyId,
    pub role: String,
    /// The location that the user looks at; none in the agency's own view.
    pub active_location: Option<ConnectionId>,
}

/// The text is none that GHL encrypted for this app.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("GHL's word on who is looking cannot be read; the app's shared secret may be another one")]
pub struct Unreadable;

/// Decrypts and reads what GHL's frame was given.
///
/// # Errors
/// [`Unreadable`], whatever the reason: telling one from another would help nobody but an attacker.
pub fn open(text: &str, secret: &SecretString) -> Result<UserContext, Unreadable> {
    if text.len() > LENGTH_MAX {
        return Err(Unreadable);
    }
    let mut bytes = STANDARD.decode(text.trim()).map_err(|_| Unreadable)?;
    let Some((begin, rest)) = bytes.split_at_mut_checked(BEGINNING.len() + SALT) else {
        return Err(Unreadable);
    };
    let salt = begin.strip_prefix(BEGINNING).ok_or(Unreadable)?;
    let (key, vector) = key_and_vector(secret, salt);
    let cipher = Decryptor::<Aes256>::new(&key.into(), &vector.into());
    let plain = cipher.decrypt_padded::<Pkcs7>(rest).map_err(|_| Unreadable)?;
    serde_json::from_slice(plain).map_err(|_| Unreadable)
}

/// Each block is the MD5 of the one before it, the passphrase and the salt.
fn key_and_vector(secret: &SecretString, salt: &[u8]) -> ([u8; KEY], [u8; VECTOR]) {
    let mut derived = Vec::with_capacity(KEY + VECTOR);
    let mut block = Vec::new();
    while derived.len() < KEY + VECTOR {
        let whole = [block.as_slice(), secret.expose_secret().as_bytes(), salt].concat();
        block = md5::compute(whole).0.to_vec();
        derived.extend_from_slice(&block);
    }
    let (mut key, mut vector) = ([0; KEY], [0; VECTOR]);
    key.copy_from_slice(&derived[..KEY]);
    vector.copy_from_slice(&derived[KEY..]);
    (key, vector)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `openssl enc -aes-256-cbc -md md5 -k 'open sesame' -S 0102030405060708`, which has the form of CryptoJS.
    const GENUINE: &str = "U2FsdGVkX18BAgMEBQYHCG19HAiWBJexUzVmNW6RYJZYnAMkrVykA4E9s2S1MRh7W1doJC/oGQPFx+ArAX+OIA6wcwDeEu3G38174/CJCm1AecKKvAfjn/A0XoCc4TAdYdXPmhghHBPY7RoCmQbzuM8bDUBG45Xlat4HelEpYwBNlnlOzIgyQ9fDtIxwuh+Kd6BfWiw6BQTzNDrpsKxXmXh3BbRWONUztGr9OuQ/mRMsJ/fWXeIaAD/2VIy3FfqH";

    fn secret(text: &str) -> SecretString {
        text.to_owned().into()
    }

    #[test]
    fn what_another_program_encrypted_is_read() {
        let context = open(GENUINE, &secret("open sesame")).unwrap();
        assert_eq!(context.active_location.unwrap().as_str(), "ve9EPM428h8vShlRW1KT");
        assert_eq!((context.company_id.as_str(), context.role.as_str()), ("GNb7aIv4rQFVb9iwNl5K", "admin"));
    }

    #[test]
    fn whatever_is_not_genuine_is_refused_alike() {
        let mut garbled = STANDARD.decode(GENUINE).unwrap();
        *garbled.last_mut().unwrap() ^= 1;
        let cut = STANDARD.encode(&garbled[..garbled.len() - 1]);
        for text in
            ["", "U2FsdGVkX18=", "nonsense!", &STANDARD.encode(&garbled), &cut, &"A".repeat(LENGTH_MAX + 1)]
        {
            assert_eq!(open(text, &secret("open sesame")), Err(Unreadable), "{text}");
        }
        assert_eq!(open(GENUINE, &secret("another")), Err(Unreadable));
    }
}
