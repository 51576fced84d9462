//! Takes in what is asked for: the event is read and kept, and its name goes into the connection's lane. What the event
//! holds stands in the table until it is done, and in no queue.

use serde_json::{Value, json};
use shared::action::Action;
use shared::action::asked::{Asked, BusEvent, INPUT_MAX, Job, JobKind};
use shared::action::input::parse;
use shared::action::outcome::{Code, Why};
use shared::connection::{Connection, State};
use shared::lane::work::Failure;
use shared::model::ids::{ConnectionId, DeliveryId};
use shared::store::action_runs::Run;

use crate::automation::{Automation, Ended, How, store};

impl Automation {
    /// Whether it goes into a lane. Returns once the queue has it, or the bus knows why not.
    pub(crate) async fn take(&self, event: &BusEvent) -> Result<bool, Failure> {
        let asked: Asked = match parse(&event.detail) {
            Ok(asked) => asked,
            Err(wrong) => {
                let text = wrong.to_string().replacen("input", "detail", 1);
                let named = event.detail.get("connection").and_then(Value::as_str);
                let connection = named.and_then(|id| ConnectionId::parse(id).ok());
                return self
                    .refuse(connection.as_ref(), &event.id, None, Why::new(Code::BadEvent, text))
                    .await;
            }
        };
        let id = asked.id.clone().unwrap_or_else(|| event.id.clone());
        if self.started(&asked.connection).await?.is_none() {
            let why = Why::new(Code::NoSuchConnection, "no location with this id is connected and started");
            return self.refuse(Some(&asked.connection), &id, None, why).await;
        }
        let input = if asked.input.is_null() { json!({}) } else { asked.input };
        match checked(&asked.action, &input) {
            Ok(action) => {
                let run = Run::new(id, action.about().name.to_owned(), input, self.engines.clock.now());
                self.keep(&asked.connection, &run, &event.id).await
            }
            Err(why) => self.refuse(Some(&asked.connection), &id, None, why).await,
        }
    }

    /// The connection, if it is one that was started.
    pub(crate) async fn started(&self, id: &ConnectionId) -> Result<Option<Connection>, Failure> {
        let known = self.engines.connections().get(id).await.map_err(store)?;
        Ok(known.filter(|known| !matches!(known.state, State::Pending | State::Uninstalled)))
    }

    /// What was asked for before and is done does nothing; what was only kept goes into the lane again.
    pub(crate) async fn keep(
        &self,
        connection: &ConnectionId,
        run: &Run,
        event: &DeliveryId,
    ) -> Result<bool, Failure> {
        let runs = self.runs(connection);
        if !runs.begin(run).await.map_err(store)? {
            let known = runs.get(&run.id, self.engines.clock.now()).await.map_err(store)?;
            if known.is_some_and(|known| known.state.is_end()) {
                tracing::info!(%connection, asked = %run.id, "an action was asked for again, and is done");
                return Ok(false);
            }
        }
        let (connection_id, id) = (connection.clone(), run.id.clone());
        let job = Job { connection: connection_id, id, delivery: event.clone(), kind: JobKind::Act };
        let sent = self.queue.send(&[job]).await;
        sent.map_err(|error| Failure::new(error.disposition(), error))?;
        tracing::info!(%connection, asked = %run.id, action = run.action, "an action is asked for");
        Ok(true)
    }

    async fn refuse(
        &self,
        connection: Option<&ConnectionId>,
        asked: &DeliveryId,
        action: Option<&str>,
        why: Why,
    ) -> Result<bool, Failure> {
        let connection_id = connection.map_or("", ConnectionId::as_str);
        tracing::warn!(connection = connection_id, %asked, code = ?why.code, "an action is refused");
        self.tell(Ended { connection, asked, action, how: How::Refused(&why) }).await?;
        Ok(false)
    }
}

/// The action, if there is one and the input is as it wants it.
fn checked(name: &str, input: &Value) -> Result<Action, Why> {
    let action = Action::named(name).ok_or_else(|| {
        Why::new(Code::NoSuchAction, "no action has this name; the catalogue lists those that there are")
    })?;
    if input.to_string().len() > INPUT_MAX {
        return Err(Why::new(Code::TooLarge, format!("the input has more than {INPUT_MAX} characters")));
    }
    let checked = action.about().input.check(input);
    checked.map(|()| action).map_err(|wrong| Why::new(Code::BadInput, wrong.to_string()))
}
