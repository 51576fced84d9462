//! `cargo sandbox verify`: the difference report, on a world in which two things slipped through.

use std::io::{self, Write};

use serde_json::json;
use shared::model::ids::RecordId;
use shared::model::side::Side;
use shared::store::forgetting::Forgetting;
use shared::sync::difference::Difference;

use crate::world::{LOCATION, Options, World};

/// Shows a report, has it mended, and shows another; answers whether that one is empty.
///
/// # Errors
/// Where nothing can be written.
pub async fn verify(out: &mut impl Write) -> io::Result<bool> {
    let world = World::start(Options::default()).await;
    world.connect(&[]).await;
    let person = |name: &str| json!({ "firstName": name, "email": format!("{name}@example.com") });
    let forgotten = world.ghl.person_creates_contact(LOCATION, person("ann"));
    let deleted = world.ghl.person_creates_contact(LOCATION, person("bo"));
    world.settle().await;
    world.time.advance(jiff::SignedDuration::from_hours(1));
    world.ghl.person_creates_contact(LOCATION, person("cy"));
    world.settle().await;
    world.pass_period().await;
    writeln!(out, "Three people on both sides.")?;
    show(&world.verify(false).await, out)?;
    world.ghl.person_deletes_contact(LOCATION, &deleted);
    world.ghl.take_webhooks();
    let forgotten = RecordId::parse(&forgotten).map_err(io::Error::other)?;
    let forgetting = Forgetting::new(world.table.clone(), world.connection());
    forgetting.contact(Side::Ghl, &forgotten).await.map_err(io::Error::other)?;
    writeln!(out, "\nOne is deleted in GHL and its webhook lost; of another, our own rows are lost.")?;
    show(&world.verify(false).await, out)?;
    world.verify(true).await;
    writeln!(out, "\nThe same with repair, and then once more.")?;
    let left = world.verify(false).await;
    show(&left, out)?;
    Ok(left.is_empty())
}

fn show(found: &[Difference], out: &mut impl Write) -> io::Result<()> {
    if found.is_empty() {
        writeln!(out, "  nothing differs")?;
    }
    for difference in found {
        writeln!(out, "  {difference}\n      → {}", difference.plan())?;
    }
    Ok(())
}
