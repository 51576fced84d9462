//! What happened, in order: the evidence, and what a failing seed tells.

use std::fmt::Write;

use jiff::Timestamp;

/// Everything that happened in one storm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Story(Vec<(Timestamp, String)>);

impl Story {
    pub fn tell(&mut self, at: Timestamp, what: String) {
        self.0.push((at, what));
    }

    /// The events that name one of these words, each with its time since the beginning.
    pub fn about(&self, words: &[String]) -> String {
        self.shown(|what| words.iter().any(|word| what.contains(word.as_str())))
    }

    pub fn whole(&self) -> String {
        self.shown(|_| true)
    }

    fn shown(&self, fits: impl Fn(&str) -> bool) -> String {
        let begin = self.0.first().map_or(Timestamp::UNIX_EPOCH, |(at, _)| *at);
        let mut text = String::new();
        for (at, what) in self.0.iter().filter(|(_, what)| fits(what)) {
            let since = at.duration_since(begin);
            let (seconds, millis) = (since.as_secs(), since.subsec_millis());
            writeln!(text, "{:3}:{:02}.{millis:03}  {what}", seconds / 60, seconds % 60)
                .expect("a text can be written to");
        }
        text
    }
}
