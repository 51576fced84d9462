//! Ids that look random and are not: each kind counts for itself, so that snapshots stay the same when another
//! kind of thing is made in between.

use std::collections::BTreeMap;

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID_LENGTH: usize = 20;

/// What an id is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Contact,
    Code,
    AccessToken,
    RefreshToken,
    RefreshTokenId,
    Trace,
    Webhook,
    Note,
    Task,
    Appointment,
    Shelved,
}

/// How many ids of each kind were given out.
#[derive(Default)]
pub(super) struct Ids(BTreeMap<Kind, u64>);

impl Ids {
    /// The next id as GHL spells its own: 20 alphanumeric characters.
    pub fn next(&mut self, kind: Kind) -> String {
        let mut rest = self.next_number(kind);
        let mut spelled = String::with_capacity(ID_LENGTH);
        for _ in 0..ID_LENGTH {
            spelled.push(char::from(ALPHANUMERIC[(rest % 62) as usize]));
            rest /= 62;
        }
        spelled
    }

    /// The next id as 24 hexadecimal digits.
    pub fn next_hex(&mut self, kind: Kind) -> String {
        format!("{:032x}", self.next_number(kind))[..24].to_owned()
    }

    /// The next id as a version 4 UUID.
    pub fn next_uuid(&mut self, kind: Kind) -> String {
        let bytes = self.next_number(kind).to_be_bytes();
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    fn next_number(&mut self, kind: Kind) -> u128 {
        let taken = self.0.entry(kind).or_default();
        *taken += 1;
        number(kind, *taken)
    }
}

fn number(kind: Kind, nth: u64) -> u128 {
    let place = ((kind as u64) << 32) + nth;
    (u128::from(mixed(2 * place)) << 64) | u128::from(mixed(2 * place + 1))
}

/// The output function of SplitMix64: neighbours come out unlike each other, and no two alike.
fn mixed(seed: u64) -> u64 {
    let mut state = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}
