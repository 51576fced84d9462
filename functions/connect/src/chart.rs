//! A day's changes by the hour, drawn.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use shared::store::figures::Figures;

/// One bar with the gap behind it, and the height of the highest.
const STEP: u64 = 25;
const HEIGHT: u64 = 80;
/// Where the bars stand, and room below for the hours.
const GROUND: u64 = HEIGHT + 16;

/// 24 bars, the hour that is now last. A reader that shows no pictures is told the numbers.
pub(crate) fn changes_by_hour(day: &[Figures; 24], now: Timestamp) -> Markup {
    let most = day.iter().map(|hour| hour.changes).max().unwrap_or_default();
    let told = format!("Changes by the hour, {} at most", most);
    let at = |place: u64| now - SignedDuration::from_hours(23 - i64::try_from(place).unwrap_or_default());
    html! {
        svg.chart viewBox={ "0 0 " (24 * STEP + 12) " " (GROUND + 18) } role="img" aria-label=(told) {
            text x="0" y="11" { (most) }
            line x1="0" y1=(GROUND) x2=(24 * STEP) y2=(GROUND) {}
            @for (place, hour) in (0_u64..).zip(day) {
                @let height = if hour.changes == 0 { 0 } else { (hour.changes * HEIGHT / most).max(2) };
                rect x=(place * STEP + 3) y=(GROUND - height) width=(STEP - 6) height=(height) rx="2" {
                    title { (at(place).strftime("%H:00 UTC")) ": " (hour.changes) }
                }
                @if place % 6 == 5 { text x=(place * STEP + STEP / 2) y=(GROUND + 14) text-anchor="middle" { (at(place).strftime("%H:00")) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_hour_is_as_high_as_the_chart_and_one_change_can_be_seen() {
        let mut day: [Figures; 24] = std::array::from_fn(|_| Figures::default());
        (day[0].changes, day[23].changes) = (1_000, 1);
        let drawn = changes_by_hour(&day, "2026-11-23T10:30:00Z".parse().unwrap()).into_string();
        assert_eq!(drawn.matches("<rect").count(), 24);
        assert!(drawn.contains("height=\"80\"") && drawn.contains("height=\"2\""), "{drawn}");
        assert!(drawn.contains("<title>10:00 UTC: 1</title>"), "{drawn}");
    }

    #[test]
    fn a_day_without_a_change_is_drawn_too() {
        let day: [Figures; 24] = std::array::from_fn(|_| Figures::default());
        let drawn = changes_by_hour(&day, Timestamp::UNIX_EPOCH).into_string();
        assert_eq!(drawn.matches("height=\"0\"").count(), 24);
    }
}
