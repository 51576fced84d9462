//! What a person sees of a connection's upkeep: the first import, the brake, the sweeps and what they found.

use maud::{Markup, html};
use shared::connection::Connection;
use shared::connection::helloleads::Profile;
use shared::lane::work::Failure;
use shared::model::act::Act;
use shared::model::side::Kind;
use shared::store::brakes::Brakes;
use shared::store::differences::Differences;
use shared::store::imports::Imports;
use shared::sync::brake;
use shared::sync::difference::Difference;
use shared::sync::forecast::{Forecast, words};
use shared::sync::progress::Progress;
use shared::sync::sweep::SweepCursor;

use crate::connect::{Connect, store};
use crate::session::Visitor;

/// The most differences that the page shows.
const SHOWN_MAX: usize = 100;

/// From this on, the bulk file of HelloLeads is the quicker way.
const LONG_HOURS: i64 = 24;

impl Connect {
    /// How the first import goes; nothing once it is over.
    pub(crate) async fn import_of(
        &self,
        connection: &Connection,
        progress: &Progress,
        visitor: &Visitor,
    ) -> Result<Option<Markup>, Failure> {
        let table = &self.engines.table;
        let import = Imports::new(table.clone(), &connection.id).get().await.map_err(store)?;
        let forecast = Forecast::read(table, connection, progress, import, self.engines.clock.now()).await;
        let forecast = forecast.map_err(store)?.filter(|_| connection.state.is_live());
        Ok(forecast.map(|forecast| shown(connection, &forecast, import.paused, visitor)))
    }

    /// Which brakes are on, each with the one thing to do.
    pub(crate) async fn brakes_of(
        &self,
        connection: &Connection,
        visitor: &Visitor,
    ) -> Result<Markup, Failure> {
        let table = &self.engines.table;
        let sweep = SweepCursor::read(table, &connection.id).await.map_err(store)?;
        let brakes = Brakes::new(table.clone(), connection.id.clone());
        let mut on = Vec::new();
        for act in Act::ALL {
            for kind in [Kind::Contact].into_iter().chain(Kind::OF_A_CONTACT) {
                if brakes.get(kind, act).await.map_err(store)?.stopped_at.is_some() {
                    let most = brake::limit(table, &connection.id, &connection.policy.brake, act).await;
                    on.push((act, kind, most.map_err(store)?));
                }
            }
        }
        Ok(html! {
            @for (act, kind, most) in &on {
                div.note role="alert" {
                    p { strong { "The brake is on: more than " (most) " records would be " (act) " within a day." } " "
                        @if let Some(gone) = sweep.too_many_gone.filter(|_| *act == Act::Delete) {
                            (gone) " contacts are gone from one side. "
                        }
                        "No further " (kind.as_str()) " is " (act) " until you have looked at what happened." }
                    (visitor.button(&format!("/connections/{}/release-{}", connection.id, act.as_str()), "Release it for a day"))
                }
            }
        })
    }

    /// When all records were last gone through, what differed, and what would be done about it.
    pub(crate) async fn sweeps_of(
        &self,
        connection: &Connection,
        visitor: &Visitor,
    ) -> Result<Markup, Failure> {
        let table = self.engines.table.clone();
        let sweep = SweepCursor::read(&table, &connection.id).await.map_err(store)?;
        let found =
            Differences::new(table, &connection.id).of(sweep.number, SHOWN_MAX).await.map_err(store)?;
        let act = |name: &str| format!("/connections/{}/{name}", connection.id);
        Ok(html! { section {
            h2 { "All records of both sides" }
            p { "Gone through every " (connection.helloleads.poll.sweep_hours) " hours; " (sweep.line()) "." }
            (differences(&found, sweep.differences, sweep.repair))
            (visitor.button(&act("verify"), "Compare all records now"))
            (visitor.button(&act("repair"), "Compare, and mend what differs"))
            details {
                summary { "Forget a contact" }
                p { "Removes all that is held about it here. Delete it in both accounts first: whoever is there is synced." }
                form method="post" action=(act("forget")) {
                    (visitor.token())
                    label for="side" { "Its id is that of" }
                    select id="side" name="side" { option value="ghl" { "GHL" } option value="helloleads" { "HelloLeads" } }
                    label for="contact" { "Id" }
                    input id="contact" name="contact" required;
                    button { "Forget it" }
                }
            }
        } })
    }
}

fn shown(connection: &Connection, forecast: &Forecast, paused: bool, visitor: &Visitor) -> Markup {
    let act = |name: &str| format!("/connections/{}/{name}", connection.id);
    let is_long = forecast.left.as_hours() >= LONG_HOURS && connection.helloleads.profile != Profile::Relay;
    html! { section {
        h2 { "First import" }
        progress max=(forecast.total) value=(forecast.done.min(forecast.total)) aria-label="contacts done" {}
        p { (forecast.line()) "." }
        @if is_long {
            p.note {
                "HelloLeads' budget of " (connection.helloleads.calls_per_hour) " calls an hour makes this take "
                (words(forecast.left)) ". HelloLeads' own bulk import of a file is quicker: what comes in by it is linked by e-mail or phone, without another write."
            }
        }
        @if paused {
            p { strong { "It waits for you." } }
            (visitor.button(&act("resume-import"), "Start the import"))
        } @else {
            (visitor.button(&act("pause-import"), "Pause the import"))
        }
    } }
}

fn differences(found: &[Difference], number: u64, mended: bool) -> Markup {
    html! {
        @if found.is_empty() { p { "Nothing differs that is not listed above with its reason." } }
        @else {
            div.wide { table.stacked {
                thead { tr { th { "What differs" } th { @if mended { "What was done" } @else { "What would be done" } } } }
                tbody { @for one in found { tr { td { (one) } td { (one.plan()) } } } }
            } }
            @if number > found.len() as u64 { p { "and " (number - found.len() as u64) " more" } }
        }
    }
}
