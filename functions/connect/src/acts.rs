//! What a person asks of a connection by a button.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::Deserialize;
use shared::connection::State;
use shared::errand::What;
use shared::lane::work::Failure;
use shared::model::ids::{ConnectionId, RecordId};
use shared::model::side::{Kind, Side};
use shared::store::brakes::Act;

use crate::connect::Connect;
use crate::page::{go_to, says};

/// The form that names a contact.
#[derive(Deserialize)]
struct Named {
    side: Side,
    contact: String,
}

impl Connect {
    /// Does what the button says; most of it is an errand for `reconcile`.
    pub(crate) async fn act(
        &self,
        request: &Request,
        id: &ConnectionId,
        act: &str,
    ) -> Result<Response<Body>, Failure> {
        let connection = id.clone();
        let what = match act {
            "pause" => return self.put_into(id, State::Paused).await,
            "resume" => return self.put_into(id, State::Live).await,
            "verify" => What::Verify { connection, repair: false },
            "repair" => What::Verify { connection, repair: true },
            "pause-import" => What::PauseImport { connection },
            "resume-import" => What::ResumeImport { connection },
            "release-delete" => return self.release(id, Act::Delete).await,
            "release-create" => return self.release(id, Act::Create).await,
            "release-overwrite" => return self.release(id, Act::Overwrite).await,
            "forget" => match named(request) {
                Ok((side, contact)) => What::Forget { connection, side, contact },
                Err(wrong) => return Ok(says(StatusCode::UNPROCESSABLE_ENTITY, "Not forgotten", wrong)),
            },
            _ => return Ok(says(StatusCode::NOT_FOUND, "Not found", "There is no such button.")),
        };
        self.send(what).await?;
        Ok(go_to(&format!("/connections/{id}")))
    }

    /// Stops a connection, or lets it go on.
    async fn put_into(&self, id: &ConnectionId, state: State) -> Result<Response<Body>, Failure> {
        let connections = self.engines.connections();
        let changed = connections.change(id, |connection| {
            let may = match connection.state {
                State::Live | State::Paused | State::NeedsAttention { .. } => true,
                State::Pending | State::Uninstalled => false,
            };
            if may {
                connection.state = state;
            }
        });
        let changed = changed.await.map_err(|error| Failure::new(error.disposition(), error))?;
        if changed.is_some_and(|connection| connection.state == State::Live) {
            self.send(What::Resume { connection: id.clone() }).await?;
        }
        Ok(go_to(&format!("/connections/{id}")))
    }

    /// The brake counts each kind for itself; a person releases them together.
    async fn release(&self, id: &ConnectionId, act: Act) -> Result<Response<Body>, Failure> {
        for kind in [Kind::Contact].into_iter().chain(Kind::OF_A_CONTACT) {
            self.send(What::Release { connection: id.clone(), kind, act }).await?;
        }
        Ok(go_to(&format!("/connections/{id}")))
    }
}

fn named(request: &Request) -> Result<(Side, RecordId), &'static str> {
    let form: Named = serde_urlencoded::from_bytes(request.body().as_ref())
        .map_err(|_| "Choose the side, and enter the id that the contact has there.")?;
    let contact = RecordId::parse(form.contact.trim());
    Ok((
        form.side,
        contact.map_err(|_| "That is no id; copy it from the address of the contact's own page.")?,
    ))
}
