//! Ids that nobody has. They come from the operating system's randomness, unless this thread runs from a seed: a
//! simulation must give the same ids each time it is run.

use std::cell::Cell;

thread_local! {
    static SEEDED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// A new id: 32 hexadecimal digits.
pub fn id() -> String {
    match SEEDED.get() {
        None => uuid::Uuid::new_v4().simple().to_string(),
        Some(state) => {
            let (high, low) = (mixed(state), mixed(state.wrapping_add(1)));
            SEEDED.set(Some(state.wrapping_add(2)));
            format!("{high:016x}{low:016x}")
        }
    }
}

/// From now on this thread's ids follow from the seed, or, with `None`, from the operating system again.
pub fn seed(seed: Option<u64>) {
    SEEDED.set(seed.map(mixed));
}

/// The output function of SplitMix64: no two inputs come out alike.
fn mixed(input: u64) -> u64 {
    let mut state = input.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_ids_each_time_and_never_one_twice() {
        let run = || {
            seed(Some(7));
            let ids: Vec<String> = (0..100).map(|_| id()).collect();
            seed(None);
            ids
        };
        let (first, second) = (run(), run());
        assert_eq!(first, second);
        assert_eq!(first.iter().collect::<std::collections::BTreeSet<_>>().len(), 100);
        assert_ne!(id(), id());
        assert_eq!(id().len(), 32);
    }
}
