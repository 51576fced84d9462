//! What `reconcile` is asked to do, as a message of its queue.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::act::Act;
use crate::model::ids::{CompanyId, ConnectionId, DeliveryId, RecordId};
use crate::model::side::{Kind, Side};
use crate::queue::Message;
use crate::sync::wish::Wish;

/// One errand, and the delivery that brought it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Errand {
    pub delivery: DeliveryId,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// Find what changed on both sides. Needless where a look began after `asked_at`.
    Look {
        connection: ConnectionId,
        asked_at: Timestamp,
    },
    /// Go on with a look that ran out of time.
    GoOn {
        connection: ConnectionId,
    },
    /// Find the tasks that are new in GHL. Needless where they were read well after `asked_at`, by GHL's word.
    LookForTasks {
        connection: ConnectionId,
        asked_at: Option<Timestamp>,
    },
    /// Take up again what was set aside while the connection stood still.
    Resume {
        connection: ConnectionId,
    },
    /// The mapping is another one: what it lets in now, and what it brings over besides, is looked for.
    MappingChanged {
        connection: ConnectionId,
    },
    /// Count what a run would do, and do nothing of it; with `anew`, from the beginning.
    Preview {
        connection: ConnectionId,
        anew: bool,
    },
    /// Go through all records of both sides, if that is due.
    Sweep {
        connection: ConnectionId,
    },
    /// Go through all of them now, and say what differs; with `repair`, have it synced.
    Verify {
        connection: ConnectionId,
        repair: bool,
    },
    /// A person has looked at what the brake stopped, and lets it go on.
    Release {
        connection: ConnectionId,
        kind: Kind,
        act: Act,
    },
    /// Stop the first import, and nothing else.
    PauseImport {
        connection: ConnectionId,
    },
    ResumeImport {
        connection: ConnectionId,
    },
    /// Sync this record now, perhaps in a way that a person wishes.
    Sync {
        connection: ConnectionId,
        kind: Kind,
        side: Side,
        id: RecordId,
        wish: Option<Wish>,
    },
    /// Remove all that is held about a contact.
    Forget {
        connection: ConnectionId,
        side: Side,
        contact: RecordId,
    },
    /// Remove all that is held about a connection that was uninstalled long ago.
    Purge {
        connection: ConnectionId,
    },
    /// GHL says that the app was installed in a location.
    Install {
        location: ConnectionId,
        company: Option<CompanyId>,
    },
    /// GHL says that the app was removed from a location.
    UninstallLocation {
        location: ConnectionId,
    },
    /// GHL says that the app was removed from an agency.
    UninstallCompany {
        company: CompanyId,
    },
}

impl Message for Errand {
    fn lane(&self) -> Cow<'_, str> {
        if let What::Sweep { connection } | What::Verify { connection, .. } = &self.what {
            // What waits long for few calls keeps no look waiting.
            return format!("{connection}/sweep").into();
        }
        if let What::Preview { connection, .. } = &self.what {
            return format!("{connection}/preview").into();
        }
        if let What::Sync { connection, .. } = &self.what {
            // Nor does a look that rests keep a person waiting.
            return format!("{connection}/person").into();
        }
        if let What::MappingChanged { connection } = &self.what {
            // Writes to HelloLeads wait for it: a look that rests shall not keep it waiting.
            return format!("{connection}/mapping").into();
        }
        Cow::from(match &self.what {
            What::Look { connection, .. }
            | What::GoOn { connection }
            | What::LookForTasks { connection, .. }
            | What::Resume { connection }
            | What::MappingChanged { connection }
            | What::Preview { connection, .. }
            | What::Sweep { connection }
            | What::Verify { connection, .. }
            | What::Release { connection, .. }
            | What::PauseImport { connection }
            | What::ResumeImport { connection }
            | What::Sync { connection, .. }
            | What::Forget { connection, .. }
            | What::Purge { connection } => connection.as_str(),
            What::Install { location, .. } | What::UninstallLocation { location } => location.as_str(),
            What::UninstallCompany { company } => company.as_str(),
        })
    }

    fn de_duplication(&self) -> String {
        self.delivery.to_string()
    }
}

/// The id of something that began here rather than with a webhook.
pub fn random_delivery(what: &str) -> DeliveryId {
    let id = format!("{what}-{}", crate::chance::id());
    DeliveryId::parse(&id).expect("a word, a hyphen and hexadecimal digits make an id")
}
