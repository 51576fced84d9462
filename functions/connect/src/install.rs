//! The install: off to GHL, and back with a code.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, RequestExt, Response};
use shared::action::catalogue::further_scopes;
use shared::connection::State;
use shared::errand::{Errand, What, random_delivery};
use shared::ghl::oauth::{Grant, GrantError, UserType};
use shared::lane::work::Failure;
use shared::model::ids::CompanyId;
use shared::store::one_time::{OneTime, Purpose};

use crate::connect::{Connect, store};
use crate::page::{go_to, says};

impl Connect {
    /// Sends the browser to GHL's page where a location or an agency is chosen.
    pub(crate) async fn begin_install(&self, request: &Request) -> Result<Response<Body>, Failure> {
        let app = self.app().await?;
        if !app.is_entered() {
            return Ok(go_to("/app"));
        }
        let further = if app.automations { further_scopes() } else { Vec::new() };
        let state = self.states().give(self.engines.clock.now()).await.map_err(store)?;
        let redirect = self.redirect_address(request);
        let oauth = self.engines.oauth().await?;
        Ok(go_to(oauth.authorize_url(&self.authorize, &redirect, &state, &further).as_str()))
    }

    fn states(&self) -> OneTime {
        OneTime::new(self.engines.table.clone(), Purpose::Install)
    }

    fn redirect_address(&self, request: &Request) -> String {
        format!("{}/oauth/callback", self.own_address(request))
    }

    /// GHL sends the browser back. An install that began in GHL's marketplace has no state; one that has a state must
    /// have begun here.
    pub(crate) async fn finish_install(&self, request: &Request) -> Result<Response<Body>, Failure> {
        let query = request.query_string_parameters();
        let refused = |text: &str| Ok(says(StatusCode::BAD_REQUEST, "Not connected", text));
        if let Some(error) = query.first("error") {
            tracing::warn!(error, "GHL refused an install");
            return refused("GHL did not grant access. Begin again from the start page.");
        }
        let Some(code) = query.first("code") else {
            return refused("GHL sent no code. Begin again from the start page.");
        };
        if let Some(state) = query.first("state")
            && !self.states().take(state, self.engines.clock.now()).await.map_err(store)?
        {
            return refused(
                "This install was begun too long ago, or not here. Begin again from the start page.",
            );
        }
        let (oauth, redirect) = (self.engines.oauth().await?, self.redirect_address(request));
        match oauth.exchange_code(code, &redirect, self.engines.clock.now()).await {
            Ok(grant) => self.keep(grant).await,
            Err(GrantError::Refused { status }) => {
                tracing::warn!(status, "GHL refused the code of an install");
                refused(
                    "GHL refused the code, which works once and for a short time. Begin again from the start page.",
                )
            }
            Err(error) => Err(Failure::new(shared::disposition::Disposition::retry_after_seconds(5), error)),
        }
    }

    async fn keep(&self, grant: Grant) -> Result<Response<Body>, Failure> {
        match (&grant.user_type, &grant.location, &grant.company) {
            (UserType::Company, _, Some(company)) => {
                let company = company.clone();
                self.keep_company(&company, &grant).await
            }
            (_, Some(location), _) => {
                let location = location.clone();
                let connection = self.engines.install_location(&location, &grant).await?;
                if connection.state == State::Live {
                    self.send(What::Resume { connection: location.clone() }).await?;
                }
                Ok(go_to(&format!("/connections/{location}")))
            }
            _ => Ok(says(
                StatusCode::BAD_GATEWAY,
                "Not connected",
                "GHL's answer named neither a location nor an agency.",
            )),
        }
    }

    /// An agency installed: its locations follow, each as an errand of its own.
    async fn keep_company(&self, company: &CompanyId, grant: &Grant) -> Result<Response<Body>, Failure> {
        self.engines.install_company(company, grant).await?;
        let app = self.app().await?;
        let installed =
            self.engines.oauth().await?.installed_locations(&grant.access, company, app.app_id()).await;
        let locations = installed
            .map_err(|error| Failure::new(shared::disposition::Disposition::retry_after_seconds(5), error))?;
        for location in &locations {
            self.send(What::Install { location: location.clone(), company: Some(company.clone()) }).await?;
        }
        let text = format!(
            "The agency is connected; its {} locations appear on the start page in a moment.",
            locations.len()
        );
        Ok(says(StatusCode::OK, "Connected", &text))
    }

    pub(crate) async fn send(&self, what: What) -> Result<(), Failure> {
        let sent = self.errands.send(&[Errand { delivery: random_delivery("page"), what }]).await;
        sent.map_err(|error| Failure::new(error.disposition(), error))
    }
}
