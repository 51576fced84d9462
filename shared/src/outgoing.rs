//! Webhooks that go out, by the Standard Webhooks convention: what the bus is told of a connection, signed, to an address
//! that its owner entered.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::http::BaseUrl;
use crate::model::ids::{ConnectionId, DeliveryId};

/// Where a connection's events go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingHook {
    pub url: BaseUrl,
    /// Raised for another secret.
    #[serde(default)]
    pub generation: u32,
    /// It failed for so long that nothing is sent any more, until a person enters it again.
    #[serde(default)]
    pub stopped: bool,
}

/// The key that signs them: it follows from the deployment's own, and is kept nowhere.
pub struct Secret(hmac::Tag);

impl Secret {
    pub fn of(master: &[u8], connection: &ConnectionId, generation: u32) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, master);
        Self(hmac::sign(&key, format!("outgoing/{connection}/{generation}").as_bytes()))
    }

    /// As its receiver enters it.
    pub fn shown(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.0.as_ref()))
    }

    /// The header `webhook-signature`.
    pub fn sign(&self, id: &DeliveryId, at: Timestamp, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_ref());
        let signed = format!("{id}.{}.{body}", at.as_second());
        format!("v1,{}", STANDARD.encode(hmac::sign(&key, signed.as_bytes()).as_ref()))
    }
}

/// The body: what happened, when, and what the event says.
pub fn body(name: &str, detail: &Json) -> Json {
    json!({ "type": name, "timestamp": detail["at"], "data": detail })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the convention's own reference.
    #[test]
    fn a_signature_is_made_as_the_convention_says() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}";
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes());
        assert_eq!(STANDARD.encode(tag.as_ref()), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_connection_and_generation_has_a_secret_of_its_own() {
        let connection = |id| ConnectionId::parse(id).unwrap();
        let of = |id, generation| Secret::of(b"master", &connection(id), generation).shown();
        assert!(of("a", 0).starts_with("whsec_"));
        assert!(of("a", 0) != of("a", 1) && of("a", 0) != of("b", 0));
    }
}
