//! The set-up, step by step. Each step has a test that says exactly what is wrong; nothing is synced before the last.

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, Response};
use maud::{Markup, html};
use shared::connection::helloleads::Profile;
use shared::connection::{Connection, State};
use shared::ghl::calendars::Calendar;
use shared::helloleads::lists::List;
use shared::lane::work::Failure;
use shared::model::ids::ConnectionId;

use crate::checks::{Check, are_good, list_of};
use crate::choices::{choices, gather_lists};
use crate::connect::Connect;
use crate::entry::{Problem, SetUp, enter};
use crate::form::helloleads_fields;
use crate::page::{Tab, go_to, says};
use crate::session::Visitor;

/// A step of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Ghl,
    HelloLeads,
    Choices,
    Start,
}

/// The steps as a person counts them; the first is of all connections.
const STEPS: [&str; 5] = ["GHL app", "Connect GHL", "Connect HelloLeads", "What is synced", "Look and start"];

impl Step {
    const ALL: [Self; 4] = [Self::Ghl, Self::HelloLeads, Self::Choices, Self::Start];

    fn name(self) -> &'static str {
        match self {
            Self::Ghl => "ghl",
            Self::HelloLeads => "helloleads",
            Self::Choices => "choices",
            Self::Start => "start",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }

    fn place(self) -> usize {
        1 + Self::ALL.iter().position(|step| *step == self).unwrap_or_default()
    }

    fn address(self, id: &ConnectionId) -> String {
        format!("/connections/{id}/set-up/{}", self.name())
    }
}

/// Where somebody stands who has no connection yet.
pub(crate) fn steps_before_a_connection() -> Markup {
    stepper(0)
}

fn stepper(now: usize) -> Markup {
    html! {
        ol.steps aria-label="Set-up" {
            @for (place, step) in STEPS.iter().enumerate() {
                li.done[place < now].now[place == now] aria-current=[(place == now).then_some("step")] { (step) }
            }
        }
    }
}

/// What a step's test found, above its form.
enum Said {
    Nothing,
    Wrong(Problem),
    Right(&'static str),
    Looked(Vec<Check>),
}

impl Said {
    fn shown(&self) -> Markup {
        match self {
            Self::Nothing => html! {},
            Self::Wrong(problem) => html! { div.note.bad role="alert" { p { (problem) } } },
            Self::Right(text) => html! { div.note.good role="status" { p { (text) } } },
            Self::Looked(checks) => html! {
                div.note.good[are_good(checks)].bad[!are_good(checks)] role="status" { (list_of(checks)) }
            },
        }
    }
}

impl Connect {
    /// A step, or what its form comes to.
    pub(crate) async fn wizard(
        &self,
        request: &Request,
        id: &ConnectionId,
        step: &str,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let connection = self.connection(id).await?;
        let (Some(connection), Some(step)) = (connection, Step::of(step)) else {
            return Ok(says(
                StatusCode::NOT_FOUND,
                "Not found",
                "There is no such step, or no such connection.",
            ));
        };
        if *request.method() == Method::GET {
            return self.step(&connection, step, &Said::Nothing, visitor).await;
        }
        match step {
            Step::Ghl => {
                let said = Said::Looked(self.ghl_checks(&connection).await?);
                self.step(&connection, step, &said, visitor).await
            }
            Step::HelloLeads | Step::Choices => self.take_step(request, connection, step, visitor).await,
            Step::Start => self.start(id).await,
        }
    }

    /// Where the set-up of a connection stands.
    pub(crate) async fn go_on_with(
        &self,
        connection: &Connection,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let step = if self.has_helloleads(connection).await? { Step::Choices } else { Step::Ghl };
        self.step(connection, step, &Said::Nothing, visitor).await
    }

    /// Checks what was entered in a step, and keeps it; with *Test connection* the step stays.
    async fn take_step(
        &self,
        request: &Request,
        connection: Connection,
        step: Step,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let body: &[u8] = request.body().as_ref();
        let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(body).unwrap_or_default();
        let is_test = pairs.iter().any(|(name, value)| name == "do" && value == "test");
        let mut entered = connection.clone();
        let wrong = match self.enter_step(&pairs, &mut entered, step).await? {
            Ok(()) if is_test => None,
            Ok(()) => {
                let next = if step == Step::HelloLeads { Step::Choices } else { Step::Start };
                return Ok(go_to(&next.address(&entered.id)));
            }
            Err(wrong) => Some(wrong),
        };
        let said =
            wrong.map_or(Said::Right("Both sides answer, and all that was entered is kept."), Said::Wrong);
        self.step(&entered, step, &said, visitor).await
    }

    async fn enter_step(
        &self,
        pairs: &[(String, String)],
        connection: &mut Connection,
        step: Step,
    ) -> Result<Result<(), Problem>, Failure> {
        let gathered = gather_lists(pairs);
        let form = serde_urlencoded::to_string(&gathered).ok();
        let form: Option<SetUp> = form.and_then(|form| serde_urlencoded::from_str(&form).ok());
        let Some(form) = form else {
            return Ok(Err("The form cannot be read: a choice is none of those that it offers.".to_owned()));
        };
        let before = connection.clone();
        if let Err(wrong) = enter(&form, connection) {
            return Ok(Err(wrong));
        }
        match step {
            // What this step does not ask for stays.
            Step::HelloLeads => connection.kinds = before.kinds,
            _ => {
                if gathered.iter().all(|(name, _)| name != "lists") {
                    connection.helloleads.lists = Vec::new();
                }
                if let Err(wrong) = self.check_ghl(connection).await? {
                    return Ok(Err(wrong));
                }
            }
        }
        self.check_and_keep(&form, connection.clone()).await
    }

    async fn step(
        &self,
        connection: &Connection,
        step: Step,
        said: &Said,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let (title, form) = match step {
            Step::Ghl => ("GHL is connected", ghl_step(connection, visitor)),
            Step::HelloLeads => ("Connect HelloLeads", helloleads_step(connection, visitor)),
            Step::Choices => ("What is synced", self.choices_step(connection, visitor).await?),
            Step::Start => ("Look and start", start_step(connection, visitor)),
        };
        let body = html! { (stepper(step.place())) (said.shown()) (form) };
        Ok(visitor.page(Some((&connection.id, Tab::SetUp)), title, &body))
    }

    async fn choices_step(&self, connection: &Connection, visitor: &Visitor) -> Result<Markup, Failure> {
        let (lists, calendars) = (self.lists_of(connection).await?, self.calendars_of(connection).await?);
        Ok(html! {
            section {
                form method="post" action=(Step::Choices.address(&connection.id)) {
                    (visitor.token())
                    (choices(connection, &lists, &calendars))
                    (buttons("Save and go on"))
                }
            }
        })
    }

    /// The account's lists; none where they cannot be read now: then their keys are typed.
    async fn lists_of(&self, connection: &Connection) -> Result<Vec<List>, Failure> {
        if connection.helloleads.profile == Profile::Relay {
            return Ok(Vec::new());
        }
        let Some(key) = self.kept_key(connection).await? else { return Ok(Vec::new()) };
        let read = self.engines.helloleads_client(connection, key).lists().await;
        Ok(read.unwrap_or_else(|error| {
            tracing::warn!(connection = %connection.id, %error, "the lists could not be read");
            Vec::new()
        }))
    }

    async fn calendars_of(&self, connection: &Connection) -> Result<Vec<Calendar>, Failure> {
        let read = self.engines.ghl_client(connection).calendars().await;
        Ok(read.unwrap_or_else(|error| {
            tracing::warn!(connection = %connection.id, %error, "the calendars could not be read");
            Vec::new()
        }))
    }
}

fn buttons(save: &str) -> Markup {
    html! {
        div.buttons {
            button.main name="do" value="save" { (save) }
            button name="do" value="test" { "Test connection" }
        }
    }
}

fn ghl_step(connection: &Connection, visitor: &Visitor) -> Markup {
    html! {
        section {
            p { "The location " code { (connection.id) } " is connected. The test asks GHL for everything that the sync will need, and names each scope that is missing." }
            div.buttons {
                a.button.main href=(Step::HelloLeads.address(&connection.id)) { "Go on to HelloLeads" }
                (visitor.button(&Step::Ghl.address(&connection.id), "Test connection"))
            }
            @if visitor.sees_all() { p.soft { "Another location, or other scopes? " a href="/install" { "Connect GHL again" } "." } }
        }
    }
}

fn helloleads_step(connection: &Connection, visitor: &Visitor) -> Markup {
    html! {
        section {
            form method="post" action=(Step::HelloLeads.address(&connection.id)) {
                (visitor.token())
                (helloleads_fields(connection))
                (buttons("Save and go on"))
            }
        }
        p.soft { "The key is tried by a real call before it is kept. It goes to AWS Secrets Manager and is never shown again." }
    }
}

fn start_step(connection: &Connection, visitor: &Visitor) -> Markup {
    let preview = format!("/connections/{}/preview", connection.id);
    html! {
        section {
            h2 { "Look first" }
            p { "See for some contacts, and in numbers for all, what would be created, changed, merged or skipped. Nothing is written." }
            a.button href=(preview) { "See the preview" }
        }
        section {
            h2 { "Start the sync" }
            @if connection.state == State::Pending {
                p { "The first look goes through both sides, links whom it finds on both by e-mail or phone, and creates the others. Nothing has been written so far." }
                form.inline method="post" action=(Step::Start.address(&connection.id)) { (visitor.token()) button.main { "Start the sync" } }
            } @else {
                p { "The sync was started. Changed settings hold from the next change on." }
                a.button href={ "/connections/" (connection.id) } { "See how it stands" }
            }
        }
    }
}
