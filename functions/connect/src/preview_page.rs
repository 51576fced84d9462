//! The preview: what a run would do with contacts that a person chooses, field by field, and with all of them, counted.
//! Nothing is written to either CRM.

use lambda_http::http::{HeaderValue, Method, StatusCode};
use lambda_http::{Body, Request, Response};
use maud::{Markup, html};
use shared::connection::Connection;
use shared::connection::helloleads::Profile;
use shared::errand::What;
use shared::ghl::client::GhlClient;
use shared::ghl::error::Error as GhlError;
use shared::lane::work::Failure;
use shared::model::ids::{ConnectionId, RecordId};
use shared::model::record::{Field, Observed};
use shared::model::side::{Kind, Side};
use shared::normalise::{email, phone};
use shared::store::cursors::Versioned;
use shared::store::error::Error as StoreError;
use shared::store::identity::Identity;
use shared::store::last_seen::{LastSeen, Seen};
use shared::store::links::Known;
use shared::store::previews::Previews;
use shared::sync::plan::Plan;
use shared::sync::preview::{Place, PreviewCursor};
use shared::sync::previewer::{Leads, Previewer, Written};

use crate::conflicts::shown;
use crate::connect::{Connect, no_such_connection, store};
use crate::mapping_form::words_of;
use crate::page::{Tab, go_to, says};
use crate::preview_counts::counts;
use crate::session::Visitor;

/// The most contacts that are looked at at once.
const CHOSEN_MAX: usize = 10;

/// Why a contact could not be looked at.
enum Trouble {
    Ghl(GhlError),
    Store(StoreError),
}

impl From<GhlError> for Trouble {
    fn from(error: GhlError) -> Self {
        Self::Ghl(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A line of what a person entered, and what would be done about it.
struct Chosen {
    title: String,
    says: String,
    written: Vec<Written>,
}

impl Connect {
    /// The page.
    pub(crate) async fn preview(
        &self,
        request: &Request,
        id: &ConnectionId,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let Some(connection) = self.connection(id).await? else {
            return Ok(no_such_connection());
        };
        // By POST, so that nobody's address stands in the page's own.
        let entered = entered_in(request).filter(|_| request.method() == Method::POST);
        if entered.is_none() && request.method() == Method::POST {
            return Ok(says(StatusCode::UNPROCESSABLE_ENTITY, "Not shown", "The form cannot be read."));
        }
        let cursor = PreviewCursor::read(&self.engines.table, id).await.map_err(store)?;
        let chosen = match &entered {
            None => None,
            Some(entered) => Some(self.choose(&connection, &cursor, entered).await?),
        };
        let now = self.engines.clock.now();
        let body = html! {
            p.lead { "What the next run would do, by the plans that the run itself makes. Nothing is written to HelloLeads or GHL." }
            (form(id, visitor, entered.as_deref().unwrap_or_default()))
            @match &chosen {
                None => {}
                Some(Err(why)) => p.note role="alert" { (why) },
                Some(Ok(chosen)) => @for one in chosen { (card(one)) },
            }
            section { (counts(&connection, &cursor, visitor, now)) }
        };
        let mut answer = visitor.page(Some((id, Tab::Preview)), "Preview", &body);
        if cursor.is_under_way(now) && entered.is_none() {
            answer.headers_mut().insert("refresh", HeaderValue::from_static("5"));
        }
        Ok(answer)
    }

    /// Has all contacts counted, unless that is being done.
    pub(crate) async fn count_all(&self, id: &ConnectionId) -> Result<Response<Body>, Failure> {
        let (now, cursors) = (self.engines.clock.now(), PreviewCursor::cursors(&self.engines.table, id));
        let read: Versioned<PreviewCursor> = cursors.get().await.map_err(store)?;
        if !read.cursor.is_under_way(now) {
            let asked = PreviewCursor { asked_at: Some(now), ..read.cursor.clone() };
            cursors.put(&read, asked).await.map_err(store)?;
            self.send(What::Preview { connection: id.clone(), anew: true }).await?;
        }
        Ok(go_to(&format!("/connections/{id}/preview")))
    }

    /// What would be done about the contacts that were entered.
    async fn choose(
        &self,
        connection: &Connection,
        cursor: &PreviewCursor,
        entered: &str,
    ) -> Result<Result<Vec<Chosen>, String>, Failure> {
        let Some(leads) = self.leads(connection, cursor).await? else {
            let why = "HelloLeads' leads have not been read yet, so that nobody can say which contact is which lead. Count all contacts first: that reads them.";
            return Ok(Err(why.to_owned()));
        };
        let previewer = self.engines.previewer(connection.clone(), leads).await?;
        let client = self.engines.ghl_client(connection);
        let mut lines: Vec<String> = entered.lines().map(|line| line.trim().to_owned()).collect();
        lines.retain(|line| !line.is_empty());
        if lines.is_empty() {
            let latest = match client.search_latest().await {
                Ok(latest) => latest,
                Err(error) => return said(error.into()),
            };
            lines = latest.contacts.iter().map(|contact| contact.id.to_string()).collect();
        }
        let mut chosen = Vec::new();
        for line in lines.iter().take(CHOSEN_MAX) {
            match self.choose_one(&previewer, &client, line).await {
                Ok(one) => chosen.push(one),
                Err(error) => return said(error),
            }
        }
        Ok(Ok(chosen))
    }

    /// Where the leads are: with the sync, once it has read them all, or with the last count.
    async fn leads(&self, connection: &Connection, cursor: &PreviewCursor) -> Result<Option<Leads>, Failure> {
        let table = &self.engines.table;
        let kept = || Leads::Kept(LastSeen::new(table.clone(), connection.id.clone(), Kind::Contact));
        if connection.helloleads.profile == Profile::Relay {
            return Ok(Some(kept()));
        }
        let poll = self.engines.poll(connection).await?;
        let read = poll.cursor().await.map_err(|error| Failure::new(error.disposition(), error))?;
        if read.first_read_done() {
            return Ok(Some(kept()));
        }
        if !cursor.has_read_leads() || cursor.mapping != connection.mapping_revision {
            return Ok(None);
        }
        let previews = Previews::new(table.clone(), &connection.id);
        let leads = previews.leads(cursor.number, self.engines.clock.now()).await.map_err(store)?;
        Ok((!leads.is_empty() || cursor.leads == 0).then(|| Leads::read(leads)))
    }

    async fn choose_one(
        &self,
        previewer: &Previewer,
        client: &GhlClient,
        line: &str,
    ) -> Result<Chosen, Trouble> {
        let lead = match RecordId::parse(line) {
            Ok(id) => previewer.leads.get_many(std::slice::from_ref(&id)).await?.remove(&id),
            Err(_) => None,
        };
        let found = match &lead {
            Some(lead) => self.contact_of(previewer, client, lead).await?,
            None => find_contact(client, line, &previewer.connection.region).await?,
        };
        let contact = match found {
            Some(id) => client.contact(&id).await?.map(|contact| (id, contact)),
            None => None,
        };
        match (contact, lead.and_then(Seen::into_observed)) {
            (Some((id, contact)), _) => self.plan_one(previewer, previewer.observe(&id, &contact)).await,
            (None, Some(lead)) => Ok(described(previewer, &lead.clone(), &previewer.plan_lead_alone(lead))),
            (None, None) => {
                let says = "is not in GHL, and no lead has this id. Enter an e-mail address, a phone number or an id.";
                Ok(Chosen { title: line.to_owned(), says: says.to_owned(), written: Vec::new() })
            }
        }
    }

    /// The GHL contact of a lead: the one that it is linked to, or the one that has its e-mail or phone.
    async fn contact_of(
        &self,
        previewer: &Previewer,
        client: &GhlClient,
        lead: &Seen,
    ) -> Result<Option<RecordId>, Trouble> {
        let identity = Identity { kind: Kind::Contact, side: Side::HelloLeads, id: &lead.id };
        if let Known::Linked(link) = previewer.links.known(identity).await? {
            return Ok(Some(link.ids.ghl.clone()));
        }
        let (email, phone) = (lead.record.text(&Field::EMAIL), lead.record.text(&Field::PHONE));
        if email.is_none() && phone.is_none() {
            return Ok(None);
        }
        Ok(client.search_duplicate(email, phone).await?)
    }

    async fn plan_one(&self, previewer: &Previewer, contact: Observed) -> Result<Chosen, Trouble> {
        let identity = Identity { kind: Kind::Contact, side: Side::Ghl, id: &contact.id };
        let known = previewer.links.known(identity).await?;
        let lead = match &known {
            Known::Linked(link) => {
                let id = &link.ids.helloleads;
                previewer.leads.get_many(std::slice::from_ref(id)).await?.remove(id)
            }
            Known::Nothing | Known::Intent(_) | Known::Ignored => None,
        };
        let planned = previewer.plan_contact(contact.clone(), known, lead, &|_, _| {}).await?;
        Ok(described(previewer, &contact, &planned.plan))
    }
}

/// GHL's own word where it cannot be asked: the page says so, and stays.
fn said<T>(trouble: Trouble) -> Result<Result<T, String>, Failure> {
    match trouble {
        Trouble::Ghl(GhlError::Unauthorized { .. } | GhlError::Forbidden { .. } | GhlError::Token(_)) => {
            Ok(Err("GHL does not let this connection read contacts. Connect GHL again.".to_owned()))
        }
        Trouble::Ghl(error) => Err(Failure::new(error.disposition(), error)),
        Trouble::Store(error) => Err(store(error)),
    }
}

async fn find_contact(client: &GhlClient, line: &str, region: &str) -> Result<Option<RecordId>, GhlError> {
    if line.contains('@') {
        return client.search_duplicate(email::normalise(line).as_deref(), None).await;
    }
    let is_number = line.starts_with('+') || line.contains(' ') || line.contains('(');
    if is_number && let Some(number) = phone::normalise(line, region) {
        return client.search_duplicate(None, Some(&number)).await;
    }
    Ok(RecordId::parse(line).ok())
}

fn described(previewer: &Previewer, one: &Observed, plan: &Plan) -> Chosen {
    let text = |field: &Field| one.record.text(field).map(str::to_owned);
    let names: Vec<String> = [Field::FIRST_NAME, Field::LAST_NAME].iter().filter_map(text).collect();
    let known = [names.join(" "), text(&Field::EMAIL).or_else(|| text(&Field::PHONE)).unwrap_or_default()];
    let known: Vec<String> = known.into_iter().filter(|part| !part.is_empty()).collect();
    let title = if known.is_empty() { one.id.to_string() } else { known.join(", ") };
    Chosen { title, says: words(plan), written: previewer.written(plan) }
}

/// What a plan does, in words.
fn words(plan: &Plan) -> String {
    match plan {
        Plan::Nothing | Plan::Bury { .. } => "is left alone: it was deleted or set apart earlier.".to_owned(),
        Plan::Create { from, .. } => format!("would be created in {}.", from.other()),
        Plan::Join { now, .. } | Plan::Rejoin { now, .. } => {
            format!("is the same person as HelloLeads lead {}: the two become one.", now.helloleads.id)
        }
        Plan::Merge { writes, .. } if Side::BOTH.iter().all(|side| writes.changes.of(*side).is_empty()) => {
            "is the same on both sides.".to_owned()
        }
        Plan::Merge { .. } => "would be changed.".to_owned(),
        Plan::Delete { on, .. } => format!("would be deleted in {on}, as it was on the other side."),
        Plan::Unlink { on, .. } => {
            format!("would be marked in {on} and left alone: it was deleted on the other side.")
        }
        Plan::Recreate { on, .. } => format!("would be created again in {on}."),
        Plan::Exclude { reason, .. } | Plan::Park(reason) => format!("would be skipped: {reason}."),
    }
}

/// What stands in the form; none where it cannot be read.
fn entered_in(request: &Request) -> Option<String> {
    let form: Vec<(String, String)> = serde_urlencoded::from_bytes(request.body().as_ref()).ok()?;
    form.into_iter().find(|(name, _)| name == "contacts").map(|(_, value)| value)
}

fn form(id: &ConnectionId, visitor: &Visitor, entered: &str) -> Markup {
    html! {
        section {
        h2 { "Contacts of your choice" }
        form method="post" action={ "/connections/" (id) "/preview" } {
            (visitor.token())
            label for="contacts" { "Up to ten contacts" small { "One a line: e-mail address, phone number with its country code, or id. Blank: those that were changed last in GHL." } }
            textarea id="contacts" name="contacts" rows="3" { (entered) }
            button { "Show what would be done" }
        }
        }
    }
}

fn card(chosen: &Chosen) -> Markup {
    html! {
        section aria-label=(chosen.title) {
            h3 { (chosen.title) }
            p { (chosen.says) }
            @if !chosen.written.is_empty() {
                div.wide { table.stacked {
                    thead { tr { th scope="col" { "Field" } th scope="col" { "Side" } th scope="col" { "Now" } th scope="col" { "Then" } } }
                    tbody {
                        @for one in &chosen.written {
                            tr {
                                th scope="row" { (field_words(&one.field)) }
                                td data-is="Side" { (one.side) }
                                td data-is="Now" { (shown(one.old.as_ref())) }
                                td data-is="Then" { (shown(one.new.as_ref())) }
                            }
                        }
                    }
                } }
            }
        }
    }
}

pub(crate) fn field_words(field: &Field) -> String {
    match (field.as_tag(), field.as_custom()) {
        (Some(tag), _) => format!("tag \"{tag}\""),
        (_, Some(name)) => name.to_owned(),
        _ => words_of(field.as_str()),
    }
}

/// How far a count is, for people.
pub(crate) fn progress(cursor: &PreviewCursor) -> String {
    match &cursor.place {
        Place::Leads { .. } => format!(
            "{} leads read, page {} of {}",
            cursor.leads,
            cursor.lead_pages,
            cursor.lead_pages_total.max(cursor.lead_pages)
        ),
        Place::Contacts { .. } => {
            format!("{} of {} contacts", cursor.contacts, cursor.contacts_total.max(cursor.contacts))
        }
        Place::LeadsAlone => "almost done".to_owned(),
        Place::Done => "it begins in a moment".to_owned(),
    }
}
