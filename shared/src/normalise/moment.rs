//! Instants, and spans of time, as texts that are equal exactly where they are the same.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// An instant as text: UTC, whole seconds. Reads ISO 8601 with an offset; a time without one is read in `zone`, and a
/// date alone as its first moment.
pub fn normalise(text: &str, zone: &TimeZone) -> Option<String> {
    parse(text, zone).map(to_text)
}

/// The instant that the text names.
pub fn parse(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    let instant = text.parse::<Timestamp>().ok().or_else(|| {
        let wall = text
            .parse::<DateTime>()
            .ok()
            .or_else(|| Some(text.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight())))?;
        zone.to_ambiguous_timestamp(wall).compatible().ok()
    })?;
    Timestamp::from_second(instant.as_second()).ok()
}

pub fn to_text(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// From when to when: `<start>/<end>`, the end blank where none is known. A date alone lasts the whole day.
pub fn span(start: &str, end: Option<&str>, zone: &TimeZone) -> Option<String> {
    let from = parse(start, zone)?;
    let end = end.filter(|end| !end.trim().is_empty());
    let until = match (end, start.trim().parse::<Date>()) {
        (Some(end), _) => parse(end, zone),
        // Midnight of the next day, which is not always 24 hours later.
        (None, Ok(day)) if !start.contains([':', 'T']) => day.tomorrow().ok().and_then(|next| {
            zone.to_ambiguous_timestamp(next.to_datetime(jiff::civil::Time::midnight())).compatible().ok()
        }),
        (None, _) => None,
    };
    Some(format!("{}/{}", to_text(from), until.map(to_text).unwrap_or_default()))
}

/// Start and end of a span.
pub fn split(span: &str) -> Option<(Timestamp, Option<Timestamp>)> {
    let (start, end) = span.split_once('/')?;
    Some((start.parse().ok()?, end.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn the_same_instant_is_the_same_text_whatever_its_offset() {
        let there = zone("Asia/Kolkata");
        for text in [
            "2026-11-23T10:15:10Z",
            "2026-11-23T15:45:10+05:30",
            "2026-11-23T15:45:10.704+05:30",
            "2026-11-23 15:45:10",
        ] {
            assert_eq!(normalise(text, &there).as_deref(), Some("2026-11-23T10:15:10Z"), "{text}");
        }
        assert_eq!(normalise("soon", &there), None);
    }

    #[test]
    fn wall_times_follow_the_clock_across_its_changes() {
        let there = zone("America/New_York");
        assert_eq!(normalise("2026-10-31 09:00:00", &there).as_deref(), Some("2026-10-31T13:00:00Z"));
        assert_eq!(normalise("2026-11-02 09:00:00", &there).as_deref(), Some("2026-11-02T14:00:00Z"));
    }

    #[test]
    fn a_day_lasts_from_midnight_to_midnight_even_where_it_has_25_hours() {
        let there = zone("America/New_York");
        assert_eq!(
            span("2026-11-01", None, &there).as_deref(),
            Some("2026-11-01T04:00:00Z/2026-11-02T05:00:00Z")
        );
        assert_eq!(span("2026-11-03T10:00:00Z", None, &there).as_deref(), Some("2026-11-03T10:00:00Z/"));
        assert_eq!(split("2026-11-03T10:00:00Z/").unwrap().1, None);
    }
}
