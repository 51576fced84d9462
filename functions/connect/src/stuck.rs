//! What stands aside: what needs a person, with what the person can do; what goes on by itself; what is left alone.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use maud::{Markup, html};
use serde::Deserialize;
use shared::disposition::Reason;
use shared::errand::What;
use shared::lane::work::Failure;
use shared::model::ids::{ConnectionId, RecordId};
use shared::model::side::{Kind, Side};
use shared::store::identity::Identity;
use shared::store::links::{Known, Links};
use shared::store::parked::{Parked, ParkedList};
use shared::sync::wish::Wish;

use crate::connect::{Connect, no_such_connection, store};
use crate::page::{Tab, go_to, says};
use crate::session::Visitor;

/// The most rows that a table of the page shows.
const ROWS_MAX: usize = 50;

/// The record behind a button, and the record across that a person names.
#[derive(Deserialize)]
struct Named {
    kind: Kind,
    side: Side,
    id: String,
    #[serde(default)]
    with: String,
}

/// The parked records, by what they are to a person.
pub(crate) struct Lists {
    pub failing: Vec<Parked>,
    pub waiting: Vec<Parked>,
    pub left_alone: Vec<Parked>,
    /// What the mapping's filter leaves out.
    pub excluded: Vec<Parked>,
}

impl Connect {
    pub(crate) fn links_of(&self, id: &ConnectionId) -> Links {
        Links::new(self.engines.table.clone(), id.clone())
    }

    pub(crate) async fn lists(&self, id: &ConnectionId) -> Result<Lists, Failure> {
        let mut parked =
            ParkedList::new(self.engines.table.clone(), id.clone()).all().await.map_err(store)?;
        parked.sort_by_key(|one| std::cmp::Reverse(one.at));
        let (excluded, others): (Vec<_>, Vec<_>) =
            parked.into_iter().partition(|one| one.reason.is_excluded());
        let (left_alone, others): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|one| one.reason.is_left_alone());
        let (waiting, failing) = others.into_iter().partition(|one| one.reason.is_waiting());
        Ok(Lists { failing, waiting, left_alone, excluded })
    }

    pub(crate) async fn stuck(
        &self,
        id: &ConnectionId,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        if self.connection(id).await?.is_none() {
            return Ok(no_such_connection());
        }
        let lists = self.lists(id).await?;
        let acts = Acts { connection: id, visitor };
        let body = html! {
            p.lead { "Records that are not in sync stand here, each with its reason. Everything else goes on meanwhile." }
            (acts.list("Needs a person", "No record is stuck.", &lists.failing, true))
            (acts.list("Goes on by itself", "Nothing waits.", &lists.waiting, false))
            (acts.list("Left out by the mapping's filter", "The filter leaves nobody out.", &lists.excluded, false))
            (acts.left_alone(&lists.left_alone))
        };
        Ok(visitor.page(Some((id, Tab::Stuck)), "Stuck records", &body))
    }

    /// What a button of the list says: a message to the record's lane, or that the record is left alone.
    pub(crate) async fn act_on_stuck(
        &self,
        request: &Request,
        id: &ConnectionId,
        act: &str,
    ) -> Result<Response<Body>, Failure> {
        let named: Option<Named> = serde_urlencoded::from_bytes(request.body().as_ref()).ok();
        let record = named.and_then(|named| Some((RecordId::parse(named.id.trim()).ok()?, named)));
        let Some((record, named)) = record else { return Ok(wrong("That is no record of the list.")) };
        let Named { kind, side, with, .. } = named;
        let identity = Identity { kind, side, id: &record };
        let wish = match act {
            "ignore" => return self.ignore(id, identity).await,
            "heed" => {
                self.links_of(id).heed(identity).await.map_err(store)?;
                None
            }
            "join" => match RecordId::parse(with.trim()) {
                Ok(with) => Some(Wish::Join { with }),
                Err(_) => {
                    return Ok(wrong(
                        "Enter the id of the record across; copy it from the address of its own page.",
                    ));
                }
            },
            "retry" => None,
            _ => return Ok(says(StatusCode::NOT_FOUND, "Not found", "There is no such button.")),
        };
        self.send(What::Sync { connection: id.clone(), kind, side, id: record.clone(), wish }).await?;
        Ok(go_to(&format!("/connections/{id}/stuck")))
    }

    /// Never syncs the record, and keeps it listed as that.
    async fn ignore(&self, id: &ConnectionId, record: Identity<'_>) -> Result<Response<Body>, Failure> {
        let links = self.links_of(id);
        let is_new = links.ignore_new(record).await.map_err(store)?;
        if !is_new && links.known(record).await.map_err(store)? != Known::Ignored {
            let text = "This record is linked, or being created across: it cannot be left out of the sync. Delete it on one side, or make both the same.";
            return Ok(says(StatusCode::CONFLICT, "Not ignored", text));
        }
        let Identity { kind, side, id: parked } = record;
        let at = self.engines.clock.now();
        let parked = Parked { kind, side, id: parked.clone(), reason: Reason::Ignored, at };
        let list = ParkedList::new(self.engines.table.clone(), id.clone());
        list.put(&parked).await.map_err(store)?;
        Ok(go_to(&format!("/connections/{id}/stuck")))
    }
}

fn wrong(text: &str) -> Response<Body> {
    says(StatusCode::UNPROCESSABLE_ENTITY, "Not done", text)
}

/// Whether it may be that a person knows better which record across it is.
fn may_be_joined(one: &Parked) -> bool {
    let by_match = matches!(
        one.reason,
        Reason::Ambiguous { .. }
            | Reason::MatchIsLinked { .. }
            | Reason::Taken { .. }
            | Reason::NoEmailOrPhone { .. }
            | Reason::NotThere { .. }
    );
    one.kind == Kind::Contact && by_match
}

/// Whether the record is of a link, whose reason tells what differs: it cannot be left out.
fn is_of_a_link(one: &Parked) -> bool {
    matches!(one.reason, Reason::NotTaken { .. } | Reason::Deleted { .. } | Reason::TooLong { .. })
}

struct Acts<'a> {
    connection: &'a ConnectionId,
    visitor: &'a Visitor,
}

impl Acts<'_> {
    fn list(&self, title: &str, none: &str, parked: &[Parked], with_acts: bool) -> Markup {
        html! {
            section {
                h2 { (title) ": " (parked.len()) }
                @if parked.is_empty() { p { (none) } } @else {
                    div.wide { table.stacked {
                        thead { tr { th { "Record" } th { "Why" } th { "Since" } @if with_acts { th { "What you can do" } } } }
                        tbody { @for one in parked.iter().take(ROWS_MAX) { (self.row(one, with_acts)) } }
                    } }
                    @if parked.len() > ROWS_MAX { p { "and " (parked.len() - ROWS_MAX) " more" } }
                }
            }
        }
    }

    fn row(&self, one: &Parked, with_acts: bool) -> Markup {
        html! {
            tr {
                th scope="row" { (one.side) " " (one.kind.as_str()) " " code { (one.id) } }
                td data-is="Why" { (sentence(&one.reason)) }
                td data-is="Since" { (one.at.strftime("%F %T UTC")) }
                @if with_acts {
                    td {
                        (self.button(one, "retry", "Retry"))
                        @if !is_of_a_link(one) { (self.button(one, "ignore", "Ignore")) }
                        @if may_be_joined(one) { (self.join(one)) }
                    }
                }
            }
        }
    }

    fn button(&self, one: &Parked, act: &str, words: &str) -> Markup {
        html! {
            form.inline method="post" action={ "/connections/" (self.connection) "/stuck/" (act) } { (self.named(one)) button { (words) } }
        }
    }

    fn join(&self, one: &Parked) -> Markup {
        let across = one.side.other();
        let label = format!("Id of the {across} record that is the same as {}", one.id);
        html! {
            details {
                summary { "Link to …" }
                form method="post" action={ "/connections/" (self.connection) "/stuck/join" } {
                    (self.named(one))
                    input name="with" required placeholder={ (across) " id" } aria-label=(label);
                    button { "Link the two" }
                }
            }
        }
    }

    fn named(&self, one: &Parked) -> Markup {
        html! {
            (self.visitor.token())
            input type="hidden" name="kind" value=(one.kind.as_str());
            input type="hidden" name="side" value=(one.side.as_str());
            input type="hidden" name="id" value=(one.id);
        }
    }

    fn left_alone(&self, parked: &[Parked]) -> Markup {
        html! {
            section {
                h2 { "Left alone on purpose: " (parked.len()) }
                @if parked.is_empty() { p { "Nothing is left out." } } @else {
                    div.wide { table.stacked {
                        thead { tr { th { "Record" } th { "Why" } th { "What you can do" } } }
                        tbody {
                            @for one in parked.iter().take(ROWS_MAX) {
                                tr {
                                    th scope="row" { (one.side) " " (one.kind.as_str()) " " code { (one.id) } }
                                    td data-is="Why" { (sentence(&one.reason)) }
                                    td { @if one.reason == Reason::Ignored { (self.button(one, "heed", "Sync it after all")) } }
                                }
                            }
                        }
                    } }
                    @if parked.len() > ROWS_MAX { p { "and " (parked.len() - ROWS_MAX) " more" } }
                }
            }
        }
    }
}

/// A reason as a sentence of its own.
fn sentence(reason: &Reason) -> String {
    let text = reason.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    format!("{}{}.", first.map(String::from_iter).unwrap_or_default(), letters.as_str())
}
