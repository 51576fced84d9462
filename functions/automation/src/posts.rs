//! Webhooks that go out: what the bus was told of a connection, to the address that its owner entered, in a lane of its own.
//! Where the receiver fails, the lane rests, ever longer, up to a quarter of an hour; where it fails for half a day,
//! nothing is sent any more until a person enters it again.

use bytes::Bytes;
use http::{HeaderValue, Method};
use jiff::Timestamp;
use shared::action::asked::{BusEvent, Job, JobKind};
use shared::disposition::Disposition;
use shared::http::Request;
use shared::lane::work::Failure;
use shared::model::ids::{ConnectionId, DeliveryId};
use shared::outgoing::{OutgoingHook, Secret, body};
use shared::store::posts::Posts;

use crate::automation::{Automation, store};
use crate::rules::connection_of;

impl Automation {
    /// Keeps what the bus was told, where its connection has a receiver; whether it has.
    pub(crate) async fn forward(&self, event: &BusEvent) -> Result<bool, Failure> {
        let Some(id) = connection_of(event) else { return Ok(false) };
        if self.hook_of(&id).await?.is_none() {
            return Ok(false);
        }
        let now = self.engines.clock.now();
        let kept = self.posts(&id).put(&event.id, &body(&event.detail_type, &event.detail), now).await;
        kept.map_err(store)?;
        let job =
            Job { connection: id, id: event.id.clone(), delivery: event.id.clone(), kind: JobKind::Post };
        let sent = self.queue.send(&[job]).await;
        sent.map_err(|error| Failure::new(error.disposition(), error)).map(|()| true)
    }

    /// Sends one, if there is still somebody to send it to.
    pub(crate) async fn post(&self, job: &Job) -> Result<(), Failure> {
        let posts = self.posts(&job.connection);
        let now = self.engines.clock.now();
        let Some(body) = posts.get(&job.id, now).await.map_err(store)? else { return Ok(()) };
        if let Some(hook) = self.hook_of(&job.connection).await? {
            let request = self.signed(&hook, &job.connection, &job.id, &body.to_string(), now).await?;
            let answer = self.outward.send(request).await;
            let answer = answer.map_err(|error| Failure::new(Disposition::retry_after_seconds(5), error))?;
            match answer.status().as_u16() {
                200..=299 => {}
                410 => self.stop_posting(&job.connection).await?,
                status => {
                    let says = format!("the receiver of outgoing webhooks answered {status}");
                    return Err(Failure::new(Disposition::retry_after_seconds(5), says));
                }
            }
        }
        posts.remove(&job.id).await.map_err(store)
    }

    /// The receiver failed for too long.
    pub(crate) async fn give_post_up(&self, job: &Job) -> Result<(), Failure> {
        tracing::error!(connection = %job.connection, "outgoing webhooks stop: their receiver fails");
        self.stop_posting(&job.connection).await?;
        self.posts(&job.connection).remove(&job.id).await.map_err(store)
    }

    async fn stop_posting(&self, id: &ConnectionId) -> Result<(), Failure> {
        let stop = |row: &mut shared::connection::Connection| {
            row.outgoing.iter_mut().for_each(|hook| hook.stopped = true);
        };
        let stopped = self.engines.connections().change(id, stop).await;
        stopped.map(|_| ()).map_err(|error| Failure::new(error.disposition(), error))
    }

    async fn hook_of(&self, id: &ConnectionId) -> Result<Option<OutgoingHook>, Failure> {
        let connection = self.engines.connections().get(id).await.map_err(store)?;
        Ok(connection.and_then(|connection| connection.outgoing).filter(|hook| !hook.stopped))
    }

    async fn signed(
        &self,
        hook: &OutgoingHook,
        connection: &ConnectionId,
        id: &DeliveryId,
        body: &str,
        now: Timestamp,
    ) -> Result<Request, Failure> {
        let keys = self.engines.keys.get().await;
        let keys = keys.map_err(|error| Failure::new(error.disposition(), error))?;
        let signature = Secret::of(keys.hook_master(), connection, hook.generation).sign(id, now, body);
        let mut request = Request::new(Bytes::from(body.to_owned()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = hook.url.as_url().as_str().parse().expect("a URL is a URI");
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", id.to_string()),
            ("webhook-timestamp", now.as_second().to_string()),
            ("webhook-signature", signature),
        ];
        for (name, value) in headers {
            let value = HeaderValue::try_from(value).expect("ids, numbers and base64 are header values");
            request.headers_mut().insert(name, value);
        }
        Ok(request)
    }

    fn posts(&self, connection: &ConnectionId) -> Posts {
        Posts::new(self.engines.table.clone(), connection)
    }
}
