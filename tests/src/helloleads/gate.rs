//! Who may come in, and how often.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::state::State;
use super::wire::{Answer, Asked};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Lets a call in that shows a known key with its e-mail and has budget left, and counts it.
///
/// Wrong credentials answer 403. A spent budget answers 429, without saying when to come again.
pub(super) fn admit(state: &mut State, asked: &Asked) -> Result<(), Answer> {
    let Some(key) = known_key(state, asked) else {
        return Err(Answer::denied(403, "Invalid API key or email"));
    };
    let now = state.time.now();
    let spent = state.spent.entry(key).or_default();
    forget_old_calls(spent, now);
    if spent.len() >= state.switches.per_hour as usize {
        return Err(Answer::denied(429, "Too many requests"));
    }
    spent.push_back(now);
    Ok(())
}

fn known_key(state: &State, asked: &Asked) -> Option<String> {
    let shown = asked.header("hls-key");
    let bare = Some(shown).filter(|_| state.switches.bare_key);
    let key = shown.strip_prefix("token=").or(bare)?;
    let email = state.accounts.get(key)?;
    email.eq_ignore_ascii_case(asked.header("xemail")).then(|| key.to_owned())
}

fn forget_old_calls(spent: &mut VecDeque<Timestamp>, now: Timestamp) {
    while spent.front().is_some_and(|at| now.duration_since(*at) >= HOUR) {
        spent.pop_front();
    }
}
