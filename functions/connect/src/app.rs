//! The GHL app: its id and secrets, entered on a page rather than with the deployment.
//!
//! The secrets go from the form into Secrets Manager and are never shown again. Only whoever runs the deployment comes
//! here, and this function is the only one that may write that secret.

use lambda_http::{Body, Request, Response};
use maud::{Markup, html};
use secrecy::SecretString;
use serde::Deserialize;
use shared::action::catalogue::further_scopes;
use shared::ghl::oauth::{GrantError, OAuth, SCOPES};
use shared::lane::work::Failure;
use shared::store::app::keep_id;
use shared::vault::app::AppSecret;

use crate::connect::{Connect, store};
use crate::entry::{Problem, filled};
use crate::page::go_to;
use crate::session::Visitor;
use crate::wizard::steps_before_a_connection;

/// The events that the app subscribes to.
const EVENTS: [&str; 14] = [
    "ContactCreate",
    "ContactUpdate",
    "ContactDelete",
    "ContactTagUpdate",
    "ContactDndUpdate",
    "NoteCreate",
    "NoteUpdate",
    "NoteDelete",
    "TaskCreate",
    "TaskComplete",
    "TaskDelete",
    "AppointmentCreate",
    "AppointmentUpdate",
    "AppointmentDelete",
];

/// Blank secrets leave those that are kept.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    client_id: String,
    client_secret: String,
    shared_secret: String,
    automations: String,
    #[serde(rename = "do")]
    then: String,
}

impl Connect {
    pub(crate) async fn app_page(
        &self,
        request: &Request,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let app = self.app().await?;
        Ok(self.app_form(request, visitor, &app, &html! {}))
    }

    /// Asks GHL whether it knows the app, and keeps it if so.
    pub(crate) async fn save_app(
        &self,
        request: &Request,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let entry: Entry = serde_urlencoded::from_bytes(request.body().as_ref()).unwrap_or_default();
        let kept = self.app().await?;
        let (mut shown, checked) = match entered(&entry, &kept) {
            Ok(app) => (app.clone(), self.check_app(&app).await?.map(|()| app)),
            Err(wrong) => (kept.clone(), Err(wrong)),
        };
        let said = match checked {
            Ok(app) => {
                self.engines.app.put(&app).await.map_err(|error| Failure::new(error.disposition(), error))?;
                keep_id(&self.engines.table, app.app_id()).await.map_err(store)?;
                tracing::info!("the GHL app was entered on a page");
                if entry.then != "test" {
                    return Ok(go_to("/"));
                }
                html! { div.note.good role="status" { p { "GHL knows this app, and its credentials are kept." } } }
            }
            Err(wrong) => {
                shown.client_secret = kept.client_secret;
                html! { div.note.bad role="alert" { p { (wrong) } } }
            }
        };
        Ok(self.app_form(request, visitor, &shown, &said))
    }

    /// What GHL says of the app. Where it does not answer, nobody is kept from going on: connecting shows it.
    async fn check_app(&self, app: &AppSecret) -> Result<Result<(), Problem>, Failure> {
        let (transport, base) = (self.engines.transport.clone(), self.engines.ghl_base.clone());
        let oauth = OAuth::new(transport, base, &app.client_id, &app.client_secret);
        Ok(match oauth.is_known().await {
            Ok(true) => Ok(()),
            Ok(false) => Err("GHL does not know this client id with this client secret. Copy both again, from the same app.".to_owned()),
            Err(error @ (GrantError::NoAnswer(_) | GrantError::Unusable { .. } | GrantError::Refused { .. })) => {
                Err(format!("{error}. Try again in a minute."))
            }
        })
    }

    fn app_form(
        &self,
        request: &Request,
        visitor: &Visitor,
        app: &AppSecret,
        said: &Markup,
    ) -> Response<Body> {
        let own = self.own_address(request);
        let kept = app.is_entered();
        let further = further_scopes();
        let body = html! {
            (steps_before_a_connection())
            (said)
            div.columns {
                section {
                    h2 { "1. Make the app in GHL" }
                    p { "In the " a href="https://marketplace.gohighlevel.com" { "GHL Marketplace" } ", make an app for sub-accounts; a private one is enough. Enter there:" }
                    h3 { "Redirect address" } p { code { (own) "/oauth/callback" } }
                    h3 { "Webhook address" } p { code { (own) "/webhooks/ghl" } }
                    h3 { "Custom page, to see these pages inside GHL" } p { code { (own) "/embedded" } }
                    details { summary { "Scopes (" (SCOPES.len()) ")" } p { @for scope in SCOPES { code { (scope) } " " } } }
                    details { summary { "Further scopes, for automations only (" (further.len()) ")" } p { @for scope in &further { code { (scope) } " " } } }
                    details { summary { "Webhook events (" (EVENTS.len()) ")" } p { @for event in EVENTS { code { (event) } " " } } }
                }
                section {
                    h2 { "2. Paste its credentials" }
                    form method="post" action="/app" {
                        (visitor.token())
                        label for="client_id" { "Client id" }
                        input id="client_id" name="client_id" value=(app.client_id) autocomplete="off" required;
                        label for="client_secret" { "Client secret" @if kept { small { "One is kept. Blank leaves it." } } }
                        input id="client_secret" name="client_secret" type="password" autocomplete="off" required[!kept];
                        label for="shared_secret" { "Shared secret" small { "For pages inside GHL: advanced settings, Auth. " @if app.context_key().is_some() { "One is kept; blank leaves it." } @else { "May be left blank." } } }
                        input id="shared_secret" name="shared_secret" type="password" autocomplete="off";
                        label.choice { input type="checkbox" name="automations" value="yes" checked[app.automations]; span { "Ask GHL for the further scopes too. "  "Only where the app has them: GHL refuses an install that asks for others." } }
                        div.buttons {
                            button.main name="do" value="save" { "Save and go on" }
                            button name="do" value="test" { "Test connection" }
                        }
                    }
                    p.soft { "Both secrets go to AWS Secrets Manager and are never shown again." }
                }
            }
        };
        visitor.page(None, "Your GHL app", &body)
    }
}

/// What was entered over what is kept.
fn entered(entry: &Entry, kept: &AppSecret) -> Result<AppSecret, Problem> {
    let client_id = filled(&entry.client_id).unwrap_or_else(|| kept.client_id.clone());
    let is_id = client_id.split_once('-').is_some_and(|(app, rest)| {
        [app, rest]
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    });
    if !is_id {
        return Err("A GHL client id is the app's id, a hyphen, and a suffix, such as 665c6bb13d4e5364bdec0e2f-m3x9k2ab.".to_owned());
    }
    let secret = |text: &str| filled(text).map(SecretString::from);
    let app = AppSecret {
        client_secret: secret(&entry.client_secret).unwrap_or_else(|| kept.client_secret.clone()),
        shared_secret: secret(&entry.shared_secret).or(kept.shared_secret.clone()),
        automations: entry.automations == "yes",
        client_id,
    };
    if app.is_entered() { Ok(app) } else { Err("Enter the client secret too.".to_owned()) }
}
