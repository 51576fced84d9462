//! GHL's custom pages: what its frame tells a page of the app about who is looking.

use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::FakeGhl;
use super::fake::{INSTALLER, SHARED_SECRET};

/// Any eight bytes do; GHL draws new ones each time.
const SALT: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

impl FakeGhl {
    /// What GHL's frame answers for a user with this role, who looks at this location of this agency, or at none.
    pub fn context(&self, company: &str, location: Option<&str>, role: &str) -> String {
        let mut context = json!({
            "userId": INSTALLER, "companyId": company, "role": role, "userName": "Asha Rao",
            "email": "asha@example.com", "type": "agency",
        });
        if let Some(location) = location {
            context["type"] = json!("location");
            context["activeLocation"] = json!(location);
        }
        encrypted(&context)
    }
}

/// As CryptoJS encrypts with a passphrase.
fn encrypted(context: &Value) -> String {
    let mut derived: Vec<u8> = Vec::new();
    let mut block = Vec::new();
    while derived.len() < 48 {
        block = md5::compute([&block, SHARED_SECRET.as_bytes(), &SALT[..]].concat()).0.to_vec();
        derived.extend(&block);
    }
    let key = UnboundCipherKey::new(&AES_256, &derived[..32]).expect("a key of 32 bytes");
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(key).expect("AES has this mode");
    let vector = FixedLength::<16>::try_from(&derived[32..48]).expect("a vector of 16 bytes");
    let mut text = context.to_string().into_bytes();
    key.less_safe_encrypt(&mut text, EncryptionContext::Iv128(vector)).expect("a text can be encrypted");
    STANDARD.encode([b"Salted__", &SALT[..], &text].concat())
}
