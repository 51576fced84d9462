//! How a connection stands: what it did today, what waits for a person, and what it cannot do.

use jiff::{SignedDuration, Timestamp};
use lambda_http::{Body, Request, Response};
use maud::{Markup, html};
use secrecy::ExposeSecret;
use shared::connection::{Connection, State};
use shared::helloleads::hook::live_secrets;
use shared::lane::work::Failure;
use shared::model::ids::ConnectionId;
use shared::model::side::Kind;
use shared::store::conflicts::ConflictJournal;
use shared::store::figures::{Figures, FiguresOf};
use shared::store::people;
use shared::store::roster::Roster;
use shared::sync::progress::Progress;

use crate::calls::calls_of;
use crate::chart::changes_by_hour;
use crate::connect::{Connect, no_such_connection, store};
use crate::limits::limits_of;
use crate::page::Tab;
use crate::session::Visitor;
use crate::start::next;
use crate::stuck::Lists;

/// The page counts so many pages of linked contacts, of 1,000 each.
const PAGES_MAX: usize = 5;

/// How often the figures are read again while somebody looks at them, in seconds.
const FRESH_SECONDS: u32 = 10;

impl Connect {
    /// The page of one connection.
    pub(crate) async fn status(
        &self,
        request: &Request,
        id: &ConnectionId,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let Some(connection) = self.connection(id).await? else {
            return Ok(no_such_connection());
        };
        if connection.state == State::Pending {
            return self.go_on_with(&connection, visitor).await;
        }
        let table = self.engines.table.clone();
        let now = self.engines.clock.now();
        let progress = Progress::read(&table, id).await.map_err(store)?;
        let day = FiguresOf::new(table.clone(), id).day(now).await.map_err(store)?;
        let people = people::read(&table, id).await.map_err(store)?;
        let import = self.import_of(&connection, &progress, visitor).await?;
        let stands = if import.is_some() { Stands::Importing } else { Stands::As(connection.state) };
        let body = html! {
            div data-fresh=(FRESH_SECONDS) {
                (headline(&connection, stands, visitor))
                (self.brakes_of(&connection, visitor).await?)
                @if let Some(import) = import { (import) }
                (figures(&connection, &progress, &day, now))
                (counts(self.linked_contacts(id).await?, &self.lists(id).await?, self.disputed(id).await?, id))
                (calls_of(&connection, &table, now).await.map_err(store)?)
            }
            (self.sweeps_of(&connection, visitor).await?)
            section { (limits_of(&connection, people.as_ref())) details { summary { "How far both sides have been read" } (progress_of(&progress)) } }
            section { (self.hook(request, &connection).await?) }
        };
        let title = html! { "Status " (stands.pill()) };
        Ok(visitor.titled_page(Some((id, Tab::Status)), "Status", &title, &body))
    }

    async fn linked_contacts(&self, id: &ConnectionId) -> Result<(usize, bool), Failure> {
        let roster = Roster::new(self.engines.table.clone(), id.clone(), Kind::Contact);
        roster.count(PAGES_MAX).await.map_err(store)
    }

    async fn disputed(&self, id: &ConnectionId) -> Result<usize, Failure> {
        let journal = ConflictJournal::new(self.engines.table.clone(), id.clone());
        Ok(journal.all(self.engines.clock.now()).await.map_err(store)?.len())
    }

    /// What the user's automation tool is given.
    async fn hook(&self, request: &Request, connection: &Connection) -> Result<Markup, Failure> {
        let keys = self.engines.keys.get().await.map_err(|error| Failure::new(error.disposition(), error))?;
        let settings = &connection.helloleads.hook;
        let secrets = live_secrets(keys.hook_master(), &connection.id, settings.generation);
        let own = self.own_address(request);
        Ok(html! {
            h2 { "Webhook for HelloLeads changes" }
            p { "HelloLeads sends no webhooks itself. An automation tool (Zapier, Make, Pabbly, Pipedream …) can send them in its place, to "
                code { (own) "/hooks/helloleads/" (connection.id) }
                ", signed with HMAC-SHA256 over timestamp, a dot and the body, in " code { (settings.signature_header) }
                " (as " code { (settings.signature_prefix) "<hex>" } ") and " code { (settings.timestamp_header) } "." }
            details { summary { "Show the secret" } p { code { (secrets.first().map(ExposeSecret::expose_secret).unwrap_or_default()) } } }
        })
    }
}

/// How a connection stands in one word.
#[derive(Clone, Copy)]
enum Stands {
    Importing,
    As(State),
}

impl Stands {
    fn pill(self) -> Markup {
        match self {
            Self::Importing => html! { span.pill { "importing" } },
            Self::As(state) => pill(state),
        }
    }
}

/// A state as a coloured word.
pub(crate) fn pill(state: State) -> Markup {
    match state {
        State::Live => html! { span.pill.good { "live" } },
        State::Pending => html! { span.pill { "not started yet" } },
        State::Paused => html! { span.pill.warn { "paused" } },
        State::NeedsAttention { .. } => html! { span.pill.bad { "needs attention" } },
        State::Uninstalled => html! { span.pill.warn { "uninstalled in GHL" } },
    }
}

fn headline(connection: &Connection, stands: Stands, visitor: &Visitor) -> Markup {
    let act = |name: &str| format!("/connections/{}/{name}", connection.id);
    let again = || html! { @if visitor.sees_all() { a.button href="/install" { "Connect GHL again" } } };
    html! {
        @match (stands, connection.state) {
            (Stands::Importing, _) => {},
            (_, State::Live | State::Pending) => {
                p.lead { "Both sides are kept the same." }
                (visitor.button(&act("pause"), "Pause"))
            },
            (_, State::Paused) => div.note {
                p { strong { "Paused by a person." } " Changes wait, and none is lost." }
                (visitor.button(&act("resume"), "Resume"))
            },
            (_, State::NeedsAttention { .. }) => div.note.bad role="alert" {
                p { strong { (next(connection.state)) } }
                div.buttons { (again()) (visitor.button(&act("resume"), "Resume")) a.button href=(act("settings")) { "Settings" } }
            },
            (_, State::Uninstalled) => div.note {
                p { (next(connection.state)) " The links are kept for 90 days." }
                (again())
            },
        }
    }
}

/// What was done in the last day.
fn figures(connection: &Connection, progress: &Progress, day: &[Figures; 24], now: Timestamp) -> Markup {
    let all = day.iter().fold(Figures::default(), |sum, hour| sum.and(hour));
    let today = usize::try_from(now.as_second().rem_euclid(86_400) / 3_600).unwrap_or(23) + 1;
    let since_midnight: u64 = day[24 - today..].iter().map(|hour| hour.changes).sum();
    let looked = progress.helloleads.started_at.or(progress.ghl.high_water);
    html! {
        section {
            dl.figures {
                div { dt { "Changes today" } dd { (since_midnight) small { (all.changes) " in 24 hours" } } }
                div { dt { "Half arrived" } dd { (lag(&all, 50)) small { "of those in 24 hours" } } }
                div { dt { "95 of 100 arrived" } dd { (lag(&all, 95)) small { "of those in 24 hours" } } }
                div { dt { "Last webhook with news" } dd { (ago(all.webhook_at, now)) } }
                div { dt { "Last look at both sides" } dd { (ago(looked, now)) small { "every few minutes" } } }
            }
            (changes_by_hour(day, now))
            p.soft { "A contact that changes in GHL should be in HelloLeads within seconds; a lead that changes in HelloLeads, in GHL with the next look"
                @if connection.helloleads.counted_limits().is_none() { ", or with its webhook" } "." }
        }
    }
}

fn lag(figures: &Figures, percent: u64) -> String {
    match figures.percentile(percent) {
        None => "–".to_owned(),
        Some(i64::MAX) => "after > 1 h".to_owned(),
        Some(seconds) if seconds < 60 => format!("in {seconds} s"),
        Some(seconds) => format!("in {} min", seconds / 60),
    }
}

fn ago(at: Option<Timestamp>, now: Timestamp) -> String {
    let Some(at) = at else { return "–".to_owned() };
    let since = now.duration_since(at).max(SignedDuration::ZERO);
    match (since.as_secs(), since.as_mins(), since.as_hours()) {
        (..60, _, _) => "just now".to_owned(),
        (_, mins @ ..60, _) => format!("{mins} min ago"),
        (_, _, hours @ ..48) => format!("{hours} h ago"),
        _ => at.strftime("%F").to_string(),
    }
}

/// What stands in the lists, each with the way there.
fn counts((linked, is_all): (usize, bool), lists: &Lists, disputed: usize, id: &ConnectionId) -> Markup {
    let Lists { failing, waiting, left_alone, excluded } = lists;
    let series = left_alone.iter().filter(|one| one.reason == shared::disposition::Reason::Recurring).count();
    html! {
        section {
            dl.figures {
                div { dt { a href={ "/connections/" (id) "/in-sync" } { "Contacts in both" } } dd { (linked) @if !is_all { " and more" } small { a href={ "/connections/" (id) "/history" } { "look one up" } } } }
                div { dt { a href={ "/connections/" (id) "/stuck" } { "Needs a person" } } dd { (failing.len()) } }
                div { dt { a href={ "/connections/" (id) "/stuck" } { "Waiting" } } dd { (waiting.len()) small { "go on by themselves" } } }
                @if !excluded.is_empty() {
                    div { dt { a href={ "/connections/" (id) "/stuck" } { "Left out" } } dd { (excluded.len()) small { "by the filter" } } }
                }
                div { dt { a href={ "/connections/" (id) "/stuck" } { "Left alone" } } dd { (left_alone.len()) small { "on purpose" } } }
                div { dt { a href={ "/connections/" (id) "/conflicts" } { "Conflicts" } } dd { (disputed) small { "in 90 days" } } }
            }
            @if series > 0 { p.soft { (counted(series, "appointment")) " of a recurring series left alone: change them on both sides by hand." } }
        }
    }
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn progress_of(progress: &Progress) -> Markup {
    html! {
        div.wide { table { tbody {
            @for line in progress.lines() { tr { th scope="row" { (line.0) } td { (line.1) } } }
        } } }
    }
}
