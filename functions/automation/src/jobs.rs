//! Does what stands in a connection's lane, one after the other.

use std::collections::BTreeSet;

use async_trait::async_trait;
use serde_json::Value;
use shared::action::asked::{Job, JobKind};
use shared::action::outcome::{Code, Why, ids_in};
use shared::action::{Action, Effect};
use shared::connection::{Connection, State};
use shared::disposition::{Attention, Disposition, Reason};
use shared::ghl::client::Answer;
use shared::ghl::operation::Failed as GhlFailed;
use shared::helloleads::operation::Failed as HelloLeadsFailed;
use shared::http::TransportError;
use shared::lane::work::{Failure, Work};
use shared::model::ids::RecordId;
use shared::rule::reach::{Touch, ids_of_input};
use shared::store::action_runs::{Run, RunState};

use crate::automation::{Automation, Ended, How, store};

/// What one try came to.
enum Tried {
    Done(Value),
    Refused(Why),
    /// It was certainly not done, and can be tried again.
    Failed(Failure),
    /// It may have been done.
    Lost(Failure),
    /// The connection needs a person.
    Stopped(Attention),
}

#[async_trait]
impl Work for Automation {
    type Message = Job;
    type Session = ();

    async fn open(&self, _messages: &[&Job]) -> Result<(), Failure> {
        Ok(())
    }

    async fn carry_out(&self, _session: &(), job: &Job) -> Result<(), Failure> {
        if job.kind == JobKind::Post {
            return self.post(job).await;
        }
        let known = self.runs(&job.connection).get(&job.id, self.engines.clock.now()).await.map_err(store)?;
        match known {
            Some(run) if !run.state.is_end() => self.carry_on(job, run).await,
            Some(run) if !run.told => self.tell_end(job, &run, None).await,
            Some(_) | None => Ok(()),
        }
    }

    async fn close(&self, _session: (), _first: &Job) {}

    async fn give_up(&self, job: &Job, reason: &Reason) -> Result<(), Failure> {
        if job.kind == JobKind::Post {
            return self.give_post_up(job).await;
        }
        let known = self.runs(&job.connection).get(&job.id, self.engines.clock.now()).await.map_err(store)?;
        let Some(run) = known.filter(|run| !run.state.is_end()) else { return Ok(()) };
        let why = Why::new(Code::GivenUp, reason.to_string());
        self.end(job, &run, RunState::Refused { why }, None).await
    }

    fn same_as(&self, _job: &Job) -> Option<String> {
        None
    }

    fn join(&self, _earlier: &Job, later: &Job) -> Job {
        later.clone()
    }
}

impl Automation {
    async fn carry_on(&self, job: &Job, run: Run) -> Result<(), Failure> {
        let connection = self.engines.connections().get(&job.connection).await.map_err(store)?;
        let refused = |code, text: &str| RunState::Refused { why: Why::new(code, text) };
        let Some(connection) = connection.filter(|known| known.state != State::Uninstalled) else {
            let state = refused(Code::NoSuchConnection, "the location is not connected any more");
            return self.end(job, &run, state, None).await;
        };
        if !connection.state.is_live() {
            tracing::info!(connection = %job.connection, asked = %job.id, "an action waits for its connection");
            return self.runs(&job.connection).set_aside(&run).await.map_err(store);
        }
        match Action::named(&run.action) {
            None => {
                let state = refused(Code::NoSuchAction, "no action has this name any more");
                self.end(job, &run, state, None).await
            }
            Some(action) => self.attempt(job, run, action, &connection).await,
        }
    }

    async fn attempt(
        &self,
        job: &Job,
        mut run: Run,
        action: Action,
        connection: &Connection,
    ) -> Result<(), Failure> {
        let effect = action.about().effect;
        if let Err(why) = allowed(action, connection) {
            return self.end(job, &run, RunState::Refused { why }, None).await;
        }
        if run.begun && effect == Effect::Once {
            return self.end(job, &run, RunState::Uncertain, None).await;
        }
        let is_retry = run.begun;
        if effect != Effect::Reads && !run.begun {
            run.begun = true;
            self.runs(&job.connection).put(&run).await.map_err(store)?;
        }
        let input = run.input.clone().unwrap_or_default();
        // Before it is done: what comes of it may come at once.
        self.note_reach(job, &run, action, ids_of_input(action, &input)).await?;
        match self.perform(action, connection, &input, is_retry).await {
            Tried::Done(answer) => {
                let result = connection.tells_values.then(|| answer.clone());
                let ids = ids_in(&answer);
                self.note_reach(job, &run, action, ids.iter().cloned().collect()).await?;
                self.end(job, &run, RunState::Done { ids }, result).await
            }
            Tried::Refused(why) => self.end(job, &run, RunState::Refused { why }, None).await,
            Tried::Lost(failure) if effect == Effect::Once => {
                tracing::warn!(connection = %job.connection, asked = %job.id, error = %failure.error, "nobody knows whether an action was done");
                self.end(job, &run, RunState::Uncertain, None).await
            }
            Tried::Lost(failure) => Err(failure),
            Tried::Failed(failure) => {
                self.not_begun(job, run, is_retry).await?;
                Err(failure)
            }
            Tried::Stopped(attention) => {
                self.engines.stop(&job.connection, attention).await?;
                let run = Run { begun: is_retry, ..run };
                self.runs(&job.connection).set_aside(&run).await.map_err(store)
            }
        }
    }

    /// Notes which records an action of a rule touches, so that a rule that goes round in circles is known.
    async fn note_reach(
        &self,
        job: &Job,
        run: &Run,
        action: Action,
        ids: BTreeSet<RecordId>,
    ) -> Result<(), Failure> {
        let (Some(by), touches) = (&run.asked_by, Touch::of(action)) else { return Ok(()) };
        if touches.is_empty() || ids.is_empty() {
            return Ok(());
        }
        let noted = self.caps(&job.connection).reach(&ids, touches, by.depth, self.engines.clock.now()).await;
        noted.map_err(store)
    }

    /// The try did nothing: the next one is its first.
    async fn not_begun(&self, job: &Job, run: Run, was_begun: bool) -> Result<(), Failure> {
        if run.begun == was_begun {
            return Ok(());
        }
        self.runs(&job.connection).put(&Run { begun: was_begun, ..run }).await.map_err(store)
    }

    async fn perform(&self, action: Action, connection: &Connection, input: &Value, is_retry: bool) -> Tried {
        match action {
            Action::Ghl(operation) => {
                let client = self.engines.ghl_client(connection);
                let answer = client.perform(operation, connection.company.as_ref(), input).await;
                of_ghl(answer, operation.endpoint.method == "DELETE" && is_retry)
            }
            Action::HelloLeads(operation) => {
                let reach = match self.engines.reach(connection).await {
                    Ok(reach) => reach,
                    Err(failure) => return of_failure(failure),
                };
                of_helloleads(reach.perform(operation, input).await)
            }
        }
    }

    /// Notes the end, and tells it. A read that could not be told is read again; of anything else the answer is lost then,
    /// and what became of it is told without.
    async fn end(&self, job: &Job, run: &Run, state: RunState, result: Option<Value>) -> Result<(), Failure> {
        let runs = self.runs(&job.connection);
        let ended = run.ended(state, self.engines.clock.now());
        if run.state == RunState::Waiting {
            runs.take_off(run).await.map_err(store)?;
        }
        runs.put(&ended).await.map_err(store)?;
        self.tell_end(job, &ended, result).await
    }

    async fn tell_end(&self, job: &Job, ended: &Run, result: Option<Value>) -> Result<(), Failure> {
        let how = match &ended.state {
            RunState::Done { ids } => How::Done { ids: ids.clone(), result },
            RunState::Refused { why } => How::Refused(why),
            RunState::Uncertain => How::Uncertain,
            RunState::Asked | RunState::Waiting => return Ok(()),
        };
        tracing::info!(connection = %job.connection, asked = %job.id, action = ended.action, end = ?kind(&ended.state), "an action has ended");
        let (connection, action) = (Some(&job.connection), Some(ended.action.as_str()));
        self.tell(Ended { connection, asked: &job.id, action, how }).await?;
        let told = Run { told: true, ..ended.clone() };
        self.runs(&job.connection).put(&told).await.map_err(store)
    }
}

/// The end without what it holds.
fn kind(state: &RunState) -> &'static str {
    match state {
        RunState::Asked => "asked",
        RunState::Waiting => "waiting",
        RunState::Done { .. } => "done",
        RunState::Refused { .. } => "refused",
        RunState::Uncertain => "uncertain",
    }
}

/// Whether this connection can do it at all. Where GHL did not say what it granted, it is asked.
fn allowed(action: Action, connection: &Connection) -> Result<(), Why> {
    if let Some(scope) = action.scope()
        && !connection.granted.is_empty()
        && !connection.granted.contains(scope)
    {
        let text =
            format!("GHL did not grant the scope {scope}; add it to the app, and connect the location again");
        return Err(Why::new(Code::ScopeMissing, text));
    }
    let profile = connection.helloleads.profile;
    if matches!(action, Action::HelloLeads(_)) && !action.profiles().contains(&profile) {
        return Err(Why::new(Code::ProfileCannot, "this connection's way to HelloLeads cannot do it"));
    }
    Ok(())
}

/// A delete that is tried again, and finds nothing, was done.
fn of_ghl(answer: Result<Answer<Value>, GhlFailed>, may_be_gone: bool) -> Tried {
    use shared::ghl::error::Error;
    let error = match answer {
        Ok(Answer::Done(answer)) => return Tried::Done(answer),
        Ok(Answer::Missing) if may_be_gone => return Tried::Done(Value::Null),
        Ok(Answer::Missing) => {
            return Tried::Refused(Why::new(Code::NotFound, "GHL has no record with this id"));
        }
        Ok(Answer::Duplicate { holder, .. }) => {
            let text = "another contact has the same e-mail or phone";
            return Tried::Refused(Why { holder: Some(holder), ..Why::new(Code::Duplicate, text) });
        }
        Err(GhlFailed::Input(wrong)) => {
            return Tried::Refused(Why::new(Code::BadInput, wrong.to_string()));
        }
        Err(GhlFailed::Ghl(error)) => error,
    };
    match error {
        // What the sync needs too is found out by the sync: an action alone stops no connection.
        Error::Refused { .. } | Error::Forbidden { .. } | Error::NotJson { status: 400..=499 } => {
            Tried::Refused(Why::new(Code::Refused, error.to_string()))
        }
        Error::Transport(TransportError::Timeout | TransportError::Broken(_) | TransportError::TooLarge)
        | Error::Server { .. }
        | Error::NotJson { .. }
        | Error::Decode { .. } => Tried::Lost(Failure::new(of_lost(error.disposition()), error)),
        error => of_failure(Failure::new(error.disposition(), error)),
    }
}

fn of_helloleads(answer: Result<Value, HelloLeadsFailed>) -> Tried {
    use shared::helloleads::error::Error;
    let error = match answer {
        Ok(answer) => return Tried::Done(answer),
        Err(HelloLeadsFailed::Input(wrong)) => {
            return Tried::Refused(Why::new(Code::BadInput, wrong.to_string()));
        }
        Err(HelloLeadsFailed::HelloLeads(error)) => error,
    };
    match error {
        Error::Refused { .. } | Error::Settings { .. } | Error::Relay { status: 400 | 422 } => {
            Tried::Refused(Why::new(Code::Refused, error.to_string()))
        }
        Error::Transport(TransportError::Timeout | TransportError::Broken(_) | TransportError::TooLarge)
        | Error::Server { .. }
        | Error::NotJson { .. }
        | Error::Relay { status: 500.. }
        | Error::Decode { .. } => Tried::Lost(Failure::new(of_lost(error.disposition()), error)),
        error => of_failure(Failure::new(error.disposition(), error)),
    }
}

/// What is neither done nor lost. What parks a record of the sync refuses an action.
fn of_failure(failure: Failure) -> Tried {
    match failure.disposition {
        Disposition::Stop(attention) => Tried::Stopped(attention),
        Disposition::Park(reason) => Tried::Refused(Why::new(Code::Refused, reason.to_string())),
        Disposition::Retry { .. } | Disposition::Wait { .. } => Tried::Failed(failure),
    }
}

/// An answer that cannot be read parks a record of the sync; an action is tried again, if it can be.
fn of_lost(disposition: Disposition) -> Disposition {
    match disposition {
        Disposition::Park(_) | Disposition::Stop(_) => Disposition::retry_after_seconds(30),
        other => other,
    }
}
