//! HelloLeads' times: `YYYY-MM-DD HH:mm:ss`, without a zone. The zone is a setting of the connection.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::error::Error;
use crate::connection::helloleads::HelloLeadsSettings;

const FORM: &str = "%Y-%m-%d %H:%M:%S";

/// The connection's zone.
pub fn zone(settings: &HelloLeadsSettings) -> Result<TimeZone, Error> {
    let name = settings
        .time_zone
        .as_deref()
        .ok_or(Error::Settings { what: "the time zone of HelloLeads' times" })?;
    TimeZone::get(name).map_err(|_| Error::Settings { what: "a time zone that exists, such as Asia/Kolkata" })
}

/// The time as the account's filters take it.
pub fn to_query(instant: Timestamp, settings: &HelloLeadsSettings, zone: &TimeZone) -> String {
    if settings.poll.iso_times { crate::normalise::moment::to_text(instant) } else { to_wall(instant, zone) }
}

/// The instant of a wall-clock time; one that carries an offset needs no zone. A time that the clock shows twice is the earlier one; one that it skips is as far
/// behind the gap as it stands in it.
pub fn to_instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(instant) = text.trim().parse() {
        return Some(instant);
    }
    let wall = DateTime::strptime(FORM, text.trim()).ok()?;
    zone.to_ambiguous_timestamp(wall).compatible().ok()
}

/// The wall-clock time of an instant.
pub fn to_wall(instant: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(instant).strftime(FORM).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str, zone: &str) -> String {
        to_instant(text, &TimeZone::get(zone).unwrap()).unwrap().to_string()
    }

    #[test]
    fn a_wall_time_is_read_in_its_zone() {
        assert_eq!(instant("2026-11-23 15:45:10", "Asia/Kolkata"), "2026-11-23T10:15:10Z");
        assert_eq!(instant(" 2026-07-01 12:00:00 ", "Europe/London"), "2026-07-01T11:00:00Z");
    }

    #[test]
    fn a_time_that_the_clock_shows_twice_is_the_earlier_one() {
        assert_eq!(instant("2026-11-01 01:30:00", "America/New_York"), "2026-11-01T05:30:00Z");
    }

    #[test]
    fn a_time_that_the_clock_skips_is_behind_the_gap() {
        assert_eq!(instant("2026-03-08 02:30:00", "America/New_York"), "2026-03-08T07:30:00Z");
    }

    #[test]
    fn an_instant_is_written_as_its_zone_shows_it() {
        let zone = TimeZone::get("Asia/Kolkata").unwrap();
        assert_eq!(to_wall("2026-11-23T10:15:10Z".parse().unwrap(), &zone), "2026-11-23 15:45:10");
    }

    #[test]
    fn a_zero_or_broken_time_is_none() {
        let zone = TimeZone::UTC;
        assert_eq!(to_instant("0000-00-00 00:00:00", &zone), None);
        assert_eq!(to_instant("", &zone), None);
    }

    #[test]
    fn settings_without_a_zone_are_refused() {
        assert!(matches!(zone(&HelloLeadsSettings::default()), Err(Error::Settings { .. })));
        let wrong =
            HelloLeadsSettings { time_zone: Some("Mars/Olympus".into()), ..HelloLeadsSettings::default() };
        assert!(matches!(zone(&wrong), Err(Error::Settings { .. })));
    }
}
