//! The keys with which the fake signs its webhooks.

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Fixed, so that a signature in a snapshot stays the same. It signs nothing outside the fake world.
const ED25519_SEED: [u8; 32] = *b"a test key of the fake GHL, only";
const PEM_LINE: usize = 64;

/// Base64 of the Ed25519 signature of a body.
pub(super) fn sign(body: &[u8]) -> String {
    STANDARD.encode(ed25519().sign(body))
}

/// SPKI PEM.
pub(super) fn public_key_pem() -> String {
    pem(ed25519().public_key())
}

/// Base64 of the RSA PKCS #1 v1.5 SHA-256 signature of a body.
pub(super) fn sign_legacy(body: &[u8]) -> String {
    let key = rsa();
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), body, &mut signature)
        .expect("the buffer is as long as the modulus");
    STANDARD.encode(signature)
}

/// SPKI PEM.
pub(super) fn legacy_public_key_pem() -> String {
    pem(rsa().public_key())
}

fn ed25519() -> &'static Ed25519KeyPair {
    static KEY: OnceLock<Ed25519KeyPair> = OnceLock::new();
    KEY.get_or_init(|| Ed25519KeyPair::from_seed_unchecked(&ED25519_SEED).expect("a seed is 32 bytes"))
}

/// Made once per process, at first use: making one takes a while.
fn rsa() -> &'static RsaKeyPair {
    static KEY: OnceLock<RsaKeyPair> = OnceLock::new();
    KEY.get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).expect("the machine has entropy"))
}

fn pem(key: &impl AsDer<PublicKeyX509Der<'static>>) -> String {
    let der = key.as_der().expect("a key of our own making can be written");
    let encoded = STANDARD.encode(der.as_ref());
    let lines = encoded.as_bytes().chunks(PEM_LINE).map(|line| String::from_utf8_lossy(line).into_owned());
    format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        lines.collect::<Vec<_>>().join("\n")
    )
}
