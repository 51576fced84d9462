//! One of GHL's webhooks, of two kilobytes: its signature checked, and its body read, by `cargo bench -p shared`. It is what
//! `webhook-intake` does itself of a request; the rest is the runtime's and the queue's.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use divan::Bencher;
use http::HeaderMap;
use ring::signature::{Ed25519KeyPair, KeyPair};
use shared::ghl::webhook::{Keys, parse, verify};
use shared::model::fingerprint::FingerprintKey;

fn main() {
    divan::main();
}

/// How the SPKI form of an Ed25519 key begins.
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

struct Signed {
    body: Vec<u8>,
    headers: HeaderMap,
    keys: Keys,
}

/// GHL's published example of a contact, with custom fields up to two kilobytes.
fn signed() -> Signed {
    let mut body: serde_json::Value =
        serde_json::from_str(include_str!("../../events/ghl/ContactUpdate.json")).expect("it is JSON");
    let fields: Vec<_> = (0..24)
        .map(|number| serde_json::json!({ "id": format!("field{number:015}"), "value": "Website, 2026" }))
        .collect();
    body["customFields"] = fields.into();
    let body = body.to_string().into_bytes();
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("any seed is one");
    let key = STANDARD.encode([&SPKI[..], pair.public_key().as_ref()].concat());
    let mut headers = HeaderMap::new();
    let signature = STANDARD.encode(pair.sign(&body).as_ref());
    headers.insert("x-ghl-signature", signature.parse().expect("base64 is a header's value"));
    let keys = Keys::try_new(Some(&key), None, false).expect("it is a key");
    Signed { body, headers, keys }
}

#[divan::bench]
fn checked(bencher: Bencher<'_, '_>) {
    let Signed { body, headers, keys } = signed();
    assert!((1_900..2_200).contains(&body.len()), "{} bytes", body.len());
    bencher.bench_local(|| verify(divan::black_box(&headers), &body, &keys).is_ok());
}

#[divan::bench]
fn checked_and_read(bencher: Bencher<'_, '_>) {
    let (Signed { body, headers, keys }, key) = (signed(), FingerprintKey::new(b"bench"));
    let app = serde_json::from_slice::<serde_json::Value>(&body).expect("it is JSON")["appId"].clone();
    let app = app.as_str().unwrap_or_default().to_owned();
    let read = || {
        let verified = verify(divan::black_box(&headers), &body, &keys).expect("it is signed");
        parse(&verified, &app, &key).expect("it is a contact's")
    };
    read();
    bencher.bench_local(read);
}
