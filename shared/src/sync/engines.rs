//! Makes the engine of a connection: its row, its tokens, both sides.

use std::sync::Arc;

use super::engine::Engine;
use super::leaves::Leaves;
use super::port::Port;
use crate::budget::ledger::{Class, Limits};
use crate::budget::purse::{Purse, Purses};
use crate::clock::Clock;
use crate::connection::Connection;
use crate::connection::State;
use crate::connection::helloleads::Profile;
use crate::connection::mapping::Mapping;
use crate::disposition::{Attention, Disposition, Reason};
use crate::environment::{BadEnvironment, Environment};
use crate::ghl::appointment_side::GhlAppointments;
use crate::ghl::client::GhlClient;
use crate::ghl::note_side::GhlNotes;
use crate::ghl::oauth::OAuth;
use crate::ghl::side::GhlSide;
use crate::ghl::task_side::GhlTasks;
use crate::helloleads::client::HelloLeadsClient;
use crate::helloleads::error::Error as HelloLeadsError;
use crate::helloleads::hook::live_secrets;
use crate::helloleads::lead_notes::LeadNotes;
use crate::helloleads::operation::Reach;
use crate::helloleads::poll::Poll;
use crate::helloleads::related_poll::RelatedPoll;
use crate::helloleads::related_side::{HelloLeadsRelated, Way};
use crate::helloleads::relay::Relay;
use crate::helloleads::side::{Door, HelloLeadsSide};
use crate::http::{BaseUrl, Transport};
use crate::lane::work::Failure;
use crate::model::fingerprint::FingerprintKey;
use crate::model::ids::ConnectionId;
use crate::model::side::{Kind, PerSide, Side};
use crate::queue::{Hint, Queues};
use crate::store::awaited::Awaited;
use crate::store::conflicts::ConflictJournal;
use crate::store::connections::Connections;
use crate::store::cursors::Cursors;
use crate::store::history::Entry;
use crate::store::last_seen::LastSeen;
use crate::store::links::Links;
use crate::store::parked::{Parked, ParkedList};
use crate::store::people::{self, GhlUser, People};
use crate::store::table::Table;
use crate::tokens::access::Access;
use crate::tokens::keeper::{Keeper, OAuthApp};
use crate::vault::app::{App, Fixed, WebhookKeys};
use crate::vault::connection_secrets::{ConnectionSecrets, HelloLeadsKey, Holder};

/// What engines are made of: one for each container.
#[derive(Clone)]
pub struct Engines {
    pub table: Table,
    pub secrets: ConnectionSecrets,
    pub app: App,
    pub keys: Fixed<WebhookKeys>,
    pub transport: Arc<dyn Transport>,
    pub ghl_base: BaseUrl,
    pub queues: Queues,
    pub clock: Clock,
    pub purses: Purses,
    pub leaves: Leaves,
    /// What the calls are for.
    pub class: Class,
}

/// What stands behind a connection's id.
pub enum Opened {
    Ready(Box<Engine>),
    /// The connection does not run; its hints are set aside until it does.
    Stopped,
    /// No connection of ours, one that is not set up yet (its first look will find everything), or one that does not
    /// sync this kind.
    NotOurs,
}

impl Opened {
    /// What was done since this was last asked.
    pub(super) fn did(&self) -> Vec<Entry> {
        match self {
            Self::Ready(engine) => engine.diary.take(),
            Self::Stopped | Self::NotOurs => Vec::new(),
        }
    }
}

impl Engines {
    /// # Errors
    /// [`BadEnvironment`] names the variable that is missing or unusable.
    pub fn new(
        environment: &Environment,
        dynamodb: aws_sdk_dynamodb::Client,
        secrets: aws_sdk_secretsmanager::Client,
        sqs: &aws_sdk_sqs::Client,
        transport: Arc<dyn Transport>,
        clock: Clock,
    ) -> Result<Self, BadEnvironment> {
        let text = |name| environment.require(name).map(str::to_owned);
        Ok(Self {
            table: Table::new(dynamodb, text("TABLE_NAME")?),
            secrets: ConnectionSecrets::new(secrets.clone(), text("CONNECTION_SECRET_PREFIX")?),
            app: App::new(secrets.clone(), text("APP_SECRET_ID")?, clock.clone()),
            keys: Fixed::new(secrets, text("WEBHOOK_KEYS_SECRET_ID")?, WebhookKeys::FORM),
            transport,
            ghl_base: environment.base_url("GHL_BASE_URL")?,
            queues: Queues::new(environment, sqs)?,
            clock,
            purses: Purses::default(),
            leaves: Leaves::default(),
            class: Class::Live,
        })
    }

    /// The same, with calls for something else.
    #[must_use]
    pub fn for_class(&self, class: Class) -> Self {
        Self { class, ..self.clone() }
    }

    /// The same for one batch of a lane: rows can be read ahead.
    #[must_use]
    pub fn reading_ahead(&self) -> Self {
        Self { table: self.table.reading_ahead(self.clock.clone()), ..self.clone() }
    }

    fn purse(&self, connection: &ConnectionId, side: Side, limits: Limits) -> Purse {
        self.purses.of(connection, side, self.class, limits, &self.table, &self.clock)
    }

    pub fn connections(&self) -> Connections {
        Connections::new(self.table.clone())
    }

    /// The engine of a connection, if it runs.
    pub async fn open(&self, id: &ConnectionId, kind: Kind) -> Result<Opened, Failure> {
        let connection = self.connections().get(id).await;
        let connection = connection.map_err(|error| Failure::new(error.disposition(), error))?;
        match connection {
            None => Ok(Opened::NotOurs),
            Some(connection) => match connection.state {
                State::Pending | State::Uninstalled => Ok(Opened::NotOurs),
                State::Paused | State::NeedsAttention { .. } => Ok(Opened::Stopped),
                State::Live if kind != Kind::Contact && !connection.kinds.contains(&kind) => {
                    Ok(Opened::NotOurs)
                }
                State::Live => Ok(Opened::Ready(Box::new(self.engine(connection, kind).await?))),
            },
        }
    }

    /// Stops a connection that needs a person. One that a person paused or GHL uninstalled stays as it is.
    pub async fn stop(&self, id: &ConnectionId, attention: Attention) -> Result<(), Failure> {
        let stop = |connection: &mut Connection| {
            if connection.state.is_live() {
                connection.state = State::NeedsAttention { attention };
            }
        };
        let stopped = self.connections().change(id, stop).await;
        stopped.map(|_| ()).map_err(|error| Failure::new(error.disposition(), error))
    }

    /// Puts the record of a hint on the parked list.
    pub async fn set_aside(&self, hint: &Hint, reason: Reason) -> Result<(), Failure> {
        let Hint { connection, kind, side, id, .. } = hint.clone();
        let parked = Parked { kind, side, id, reason, at: self.clock.now() };
        let put = ParkedList::new(self.table.clone(), connection).put(&parked).await;
        put.map_err(|error| Failure::new(error.disposition(), error))
    }

    async fn engine(&self, connection: Connection, kind: Kind) -> Result<Engine, Failure> {
        let leads = Arc::new(self.helloleads(&connection).await?);
        let ports = PerSide::<Arc<dyn Port>>::new(leads.clone(), Arc::new(self.ghl(&connection).await?));
        let contacts = self.assemble(connection.clone(), Kind::Contact, ports, None);
        if kind == Kind::Contact {
            return Ok(contacts);
        }
        let people = self.people(&connection).await?;
        let ports = PerSide::<Arc<dyn Port>>::new(
            Arc::new(self.helloleads_related(&connection, kind, leads, people.clone()).await?),
            self.ghl_related(&connection, kind, people).await?,
        );
        let policy = connection.policy.clone().of_related();
        // The mapping is the contacts'.
        let (mapping, mapping_revision) = (Mapping::default(), 0);
        let connection = Connection { policy, mapping, mapping_revision, ..connection };
        Ok(self.assemble(connection, kind, ports, Some(Box::new(contacts))))
    }

    fn assemble(
        &self,
        connection: Connection,
        kind: Kind,
        ports: PerSide<Arc<dyn Port>>,
        contacts: Option<Box<Engine>>,
    ) -> Engine {
        let id = connection.id.clone();
        Engine {
            kind,
            ports,
            links: Links::new(self.table.clone(), id.clone()),
            parked: ParkedList::new(self.table.clone(), id.clone()),
            journal: ConflictJournal::new(self.table.clone(), id),
            clock: self.clock.clone(),
            queues: self.queues.clone(),
            leaves: self.leaves.clone(),
            diary: contacts.as_ref().map(|contacts| contacts.diary.clone()).unwrap_or_default(),
            class: self.class,
            contacts,
            connection,
        }
    }

    async fn helloleads_related(
        &self,
        connection: &Connection,
        kind: Kind,
        leads: Arc<HelloLeadsSide>,
        people: People,
    ) -> Result<HelloLeadsRelated, Failure> {
        let way = match &leads.door {
            Door::Key { client, .. } if connection.helloleads.profile == Profile::V1 => {
                let poll = self.related_poll(connection, client.as_ref().clone()).await?;
                Way::Calls(client.clone(), Box::new(poll))
            }
            Door::Key { client, .. } => Way::Notes(client.clone()),
            Door::Relay(relay) => Way::Relay(relay.clone()),
        };
        let (key, rows) = (self.fingerprint_key().await?, self.rows(connection, kind));
        Ok(HelloLeadsRelated::new(connection.clone(), kind, key, rows, way, leads, people))
    }

    /// The look at what belongs to HelloLeads' leads.
    pub async fn related_poll(
        &self,
        connection: &Connection,
        client: HelloLeadsClient,
    ) -> Result<RelatedPoll, Failure> {
        Ok(RelatedPoll {
            client,
            connection: connection.clone(),
            key: self.fingerprint_key().await?,
            table: self.table.clone(),
            queues: self.queues.clone(),
        })
    }

    async fn ghl_related(
        &self,
        connection: &Connection,
        kind: Kind,
        people: People,
    ) -> Result<Arc<dyn Port>, Failure> {
        let (client, key) = (self.ghl_client(connection), self.fingerprint_key().await?);
        Ok(match kind {
            Kind::Task => Arc::new(GhlTasks::new(client, key, people, self.clock.clone())),
            Kind::Appointment => {
                Arc::new(GhlAppointments::new(client, key, people, connection.calendar.clone()))
            }
            Kind::Note | Kind::Contact => Arc::new(GhlNotes::new(client, key, people)),
        })
    }

    fn lead_notes(&self, connection: &Connection, key: &FingerprintKey) -> LeadNotes {
        LeadNotes::new(self.table.clone(), connection.id.clone(), key.clone(), self.clock.clone())
    }

    fn rows(&self, connection: &Connection, kind: Kind) -> LastSeen {
        LastSeen::new(self.table.clone(), connection.id.clone(), kind)
    }

    /// The users of both sides, read again once a day. Where one of the two cannot be asked just now, the lists of
    /// yesterday do.
    pub async fn people(&self, connection: &Connection) -> Result<People, Failure> {
        let store = |error: crate::store::error::Error| Failure::new(error.disposition(), error);
        let known = people::read(&self.table, &connection.id).await.map_err(store)?;
        let now = self.clock.now();
        if let Some(known) = known.as_ref().filter(|known| known.is_good(now)) {
            return Ok(known.clone());
        }
        match (self.read_people(connection, now).await, known) {
            (Ok(fresh), _) => {
                people::keep(&self.table, &connection.id, &fresh).await.map_err(store)?;
                Ok(fresh)
            }
            (Err(failure), Some(known)) if !matches!(failure.disposition, Disposition::Stop(_)) => {
                let error = crate::lane::edge::chain(failure.error.as_ref());
                tracing::warn!(connection = %connection.id, error, "the users could not be read again");
                Ok(known)
            }
            (Err(failure), _) => Err(failure),
        }
    }

    async fn read_people(&self, connection: &Connection, now: jiff::Timestamp) -> Result<People, Failure> {
        let mut people = People { read_at: now, ..People::default() };
        if let Some(company) = &connection.company {
            let users = self.ghl_client(connection).users(company).await;
            let users = users.map_err(|error| Failure::new(error.disposition(), error))?;
            let known = users.into_iter().map(|user| GhlUser {
                id: user.id,
                email: user.email.as_deref().and_then(crate::normalise::email::normalise),
                name: user.name,
            });
            people.ghl = known.collect();
        }
        if connection.helloleads.profile != Profile::Relay {
            let users = self.poll(connection).await?.client.users().await;
            people.helloleads = match users {
                Ok(users) => Some(users),
                // An account that does not list its users takes anybody's address.
                Err(
                    HelloLeadsError::Refused { .. }
                    | HelloLeadsError::Decode { .. }
                    | HelloLeadsError::NotJson { .. },
                ) => None,
                Err(error) => return Err(Failure::new(error.disposition(), error)),
            };
        }
        Ok(people)
    }

    /// The HelloLeads side of a connection, by its profile.
    async fn helloleads(&self, connection: &Connection) -> Result<HelloLeadsSide, Failure> {
        let key = self.fingerprint_key().await?;
        let rows = LastSeen::new(self.table.clone(), connection.id.clone(), Kind::Contact);
        let door = match connection.helloleads.profile {
            Profile::Key | Profile::V1 => {
                let poll = self.poll(connection).await?;
                Door::Key { client: Box::new(poll.client.clone()), poll: Box::new(poll) }
            }
            Profile::Relay => Door::Relay(Box::new(self.relay(connection).await?)),
        };
        let notes = self.lead_notes(connection, &key);
        Ok(HelloLeadsSide::new(connection.clone(), key, rows, notes, door))
    }

    async fn relay(&self, connection: &Connection) -> Result<Relay, Failure> {
        let keys = self.keys.get().await.map_err(|error| Failure::new(error.disposition(), error))?;
        let settings = connection.helloleads.hook.clone();
        let mut secrets = live_secrets(keys.hook_master(), &connection.id, settings.generation);
        let secret = secrets.swap_remove(0);
        let awaited = Awaited::new(self.table.clone(), connection.id.clone());
        Ok(Relay { transport: self.transport.clone(), settings, secret, clock: self.clock.clone(), awaited })
    }

    /// HelloLeads for whoever asks it for something by name.
    pub async fn reach(&self, connection: &Connection) -> Result<Reach, Failure> {
        Ok(match connection.helloleads.profile {
            Profile::Key | Profile::V1 => Reach::Calls(Box::new(self.poll(connection).await?.client)),
            Profile::Relay => Reach::Relay(Box::new(self.relay(connection).await?)),
        })
    }

    /// The poll of a connection that is reached by the key.
    pub async fn poll(&self, connection: &Connection) -> Result<Poll, Failure> {
        let secret =
            self.secrets.get(&Holder::Connection(connection.id.clone()), connection.token_generation).await;
        let secret = secret.map_err(|error| Failure::new(error.disposition(), error))?;
        let Some(key) = secret.and_then(|secret| secret.helloleads) else {
            return Err(Failure::new(
                Disposition::Stop(Attention::HelloLeadsKeyRefused),
                "no HelloLeads key is kept",
            ));
        };
        let client = self.helloleads_client(connection, key);
        let key = self.fingerprint_key().await?;
        Ok(Poll {
            client,
            connection: connection.clone(),
            notes: self.lead_notes(connection, &key),
            key,
            rows: LastSeen::new(self.table.clone(), connection.id.clone(), Kind::Contact),
            cursors: Cursors::new(self.table.clone(), &connection.id, Side::HelloLeads, Kind::Contact),
            queues: self.queues.clone(),
            clock: self.clock.clone(),
        })
    }

    pub fn helloleads_client(&self, connection: &Connection, key: HelloLeadsKey) -> HelloLeadsClient {
        let purse = self.purse(&connection.id, Side::HelloLeads, connection.helloleads.limits());
        HelloLeadsClient::new(self.transport.clone(), connection.helloleads.clone(), key, Some(purse))
    }

    /// The GHL side of a connection.
    pub async fn ghl(&self, connection: &Connection) -> Result<GhlSide, Failure> {
        let client = self.ghl_client(connection);
        let key = self.fingerprint_key().await?;
        Ok(GhlSide::new(client, connection.mapping.clone(), connection.region.clone(), key))
    }

    pub fn ghl_client(&self, connection: &Connection) -> GhlClient {
        let access: Arc<dyn Access> = Arc::new(self.keeper(connection));
        let purse = self.purse(&connection.id, Side::Ghl, crate::ghl::client::LIMITS);
        let (transport, base, location) =
            (self.transport.clone(), self.ghl_base.clone(), connection.id.clone());
        GhlClient::new(transport, base, access, location, Some(purse))
    }

    /// The tokens of a connection.
    pub fn keeper(&self, connection: &Connection) -> Keeper {
        self.keeper_of(Holder::Connection(connection.id.clone()), connection.token_generation)
    }

    /// The tokens of any holder.
    pub fn keeper_of(&self, holder: Holder, generation: u64) -> Keeper {
        let (secrets, table, clock) = (self.secrets.clone(), self.table.clone(), self.clock.clone());
        let app = OAuthApp::new(self.app.clone(), self.transport.clone(), self.ghl_base.clone());
        Keeper::new(holder, generation, secrets, table, app, clock)
    }

    pub async fn oauth(&self) -> Result<OAuth, Failure> {
        let app = self.app.get().await.map_err(|error| Failure::new(error.disposition(), error))?;
        Ok(OAuth::new(self.transport.clone(), self.ghl_base.clone(), &app.client_id, &app.client_secret))
    }

    pub async fn fingerprint_key(&self) -> Result<FingerprintKey, Failure> {
        let keys = self.keys.get().await.map_err(|error| Failure::new(error.disposition(), error))?;
        Ok(keys.fingerprint_key())
    }
}
