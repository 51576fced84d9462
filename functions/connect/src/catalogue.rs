//! Asks both accounts which custom fields they have.

use shared::connection::Connection;
use shared::connection::helloleads::{Profile, UpdateStyle};
use shared::connection::mapping::Mapping;
use shared::connection::mapping::catalogue::{Catalogue, Known};
use shared::connection::mapping::direction::Direction;
use shared::connection::mapping::problem::{BadMapping, Problem};
use shared::connection::mapping::transform::Transform;
use shared::ghl::error::Error as GhlError;
use shared::helloleads::error::Error as HelloLeadsError;
use shared::lane::edge::chain;
use shared::lane::work::Failure;
use shared::model::side::{PerSide, Side};
use shared::vault::connection_secrets::Holder;

use crate::connect::Connect;

/// What the accounts have, and why a side's fields are not there, where they are not.
pub(crate) struct Asked {
    pub(crate) catalogue: Catalogue,
    pub(crate) silent: PerSide<Option<String>>,
}

impl Connect {
    /// Both sides' custom fields. A side that cannot be asked now keeps nobody from the page.
    pub(crate) async fn ask_for_fields(&self, connection: &Connection) -> Result<Asked, Failure> {
        let ghl = self.fields_of_ghl(connection).await?;
        let helloleads = self.fields_of_helloleads(connection).await?;
        let (fields, silent) = (PerSide::new(helloleads, ghl), PerSide::default());
        let mut asked = Asked { catalogue: Catalogue::default(), silent };
        for side in Side::BOTH {
            match fields.of(side) {
                Ok(known) => *asked.catalogue.0.of_mut(side) = Some(known.clone()),
                Err(why) => *asked.silent.of_mut(side) = Some(why.clone()),
            }
        }
        Ok(asked)
    }

    async fn fields_of_ghl(&self, connection: &Connection) -> Result<Result<Vec<Known>, String>, Failure> {
        let client = self.engines.ghl_client(connection);
        Ok(match client.custom_fields().await {
            Ok(fields) => Ok(fields.into_iter().map(Known::from).collect()),
            Err(GhlError::Unauthorized { .. } | GhlError::Forbidden { .. } | GhlError::Token(_)) => {
                Err("GHL does not let this connection list its custom fields; connect GHL again, with the scope locations/customFields.readonly".to_owned())
            }
            Err(error) => Err(not_now(Side::Ghl, &error)),
        })
    }

    async fn fields_of_helloleads(
        &self,
        connection: &Connection,
    ) -> Result<Result<Vec<Known>, String>, Failure> {
        if connection.helloleads.profile == Profile::Relay {
            return Ok(Err("an automation tool lists no custom fields; enter their ids".to_owned()));
        }
        let secret = self.engines.secrets.read(&Holder::Connection(connection.id.clone())).await;
        let secret = secret.map_err(|error| Failure::new(error.disposition(), error))?;
        let Some(key) = secret.and_then(|secret| secret.helloleads) else {
            return Ok(Err("no HelloLeads key is entered yet".to_owned()));
        };
        let client = self.engines.helloleads_client(connection, key);
        let list = match connection.helloleads.lists.first() {
            Some(list) => Ok(Some(list.clone())),
            None => client.lists().await.map(|lists| lists.into_iter().next().map(|list| list.key)),
        };
        let fields = match list {
            Ok(Some(list)) => client.custom_fields(&list).await,
            Ok(None) => Err(HelloLeadsError::Decode { what: "list_key" }),
            Err(error) => Err(error),
        };
        Ok(fields.map_err(|error| match error {
            HelloLeadsError::Refused { .. }
            | HelloLeadsError::Decode { .. }
            | HelloLeadsError::NotJson { .. } => {
                "this HelloLeads account does not list its custom fields; enter their ids".to_owned()
            }
            error => not_now(Side::HelloLeads, &error),
        }))
    }
}

fn not_now(side: Side, error: &(dyn std::error::Error + Send + Sync + 'static)) -> String {
    tracing::warn!(%side, error = chain(error), "the custom fields could not be listed");
    format!("{side} cannot be asked for its custom fields just now ({error}); try again in a minute")
}

/// Whether both accounts can hold what the mapping says.
///
/// # Errors
/// [`BadMapping`] names each field that does not fit.
pub(crate) fn check(
    catalogue: &Catalogue,
    mapping: &Mapping,
    connection: &Connection,
) -> Result<(), BadMapping> {
    catalogue.check(mapping)?;
    if connection.helloleads.update.style != UpdateStyle::Whole {
        return Ok(());
    }
    // The whole lead is repeated with each update: a field that is only read would come back transformed.
    let changed = mapping.fields().iter().filter(|mapped| {
        let is_plain = mapped.transform == Transform::Trim && mapped.default.is_none();
        mapped.direction == Direction::ToGhl && !is_plain
    });
    let text = "this HelloLeads account takes whole leads only, so that a field that is transformed cannot be left alone there; let it go as it is, or both ways";
    let problems: Vec<Problem> = changed.map(|mapped| Problem::of(mapped.name(), text)).collect();
    if problems.is_empty() { Ok(()) } else { Err(BadMapping(problems)) }
}
