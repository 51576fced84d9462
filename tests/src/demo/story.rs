//! The story: connect, import, create, edit, delete, dispute, repeat.

use std::io::{self, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::SignedDuration;
use serde_json::json;
use shared::store::conflicts::ConflictJournal;
use shared::store::parked::ParkedList;

use super::table::table;
use super::timeline::Timeline;
use crate::compare::{Pair, pairs};
use crate::ghl::Choice;
use crate::stage::{Stage, run_on, serve};
use crate::world::{LIST, LOCATION, Options, World};

/// People who are in GHL only, in HelloLeads only, and in both before the two are connected.
const ONLY_GHL: usize = 12;
const ONLY_HELLOLEADS: usize = 14;
const IN_BOTH: usize = 10;

/// Rounds of the import; each is one batch of each queue.
const ROUNDS_MAX: usize = 2_000;

const NAMES: [(&str, &str, &str); 12] = [
    ("Asha", "Rao", "Chennai"),
    ("Ben", "Okafor", "Leeds"),
    ("Carla", "Mendes", "Lisbon"),
    ("Dev", "Patel", "Pune"),
    ("Elin", "Berg", "Malmö"),
    ("Farid", "Haddad", "Amman"),
    ("Grace", "Kim", "Austin"),
    ("Hugo", "Laurent", "Lyon"),
    ("Ines", "Costa", "Porto"),
    ("Jonas", "Weber", "Graz"),
    ("Kavya", "Nair", "Kochi"),
    ("Liam", "Murphy", "Cork"),
];

/// Tells the story; answers whether both CRMs agree at its end.
pub async fn tell(out: impl Write, stay: bool) -> io::Result<bool> {
    let world = World::start(Options::default()).await;
    tell_in(&world, out, stay).await
}

/// The same, in a world that is there to be looked at afterwards.
pub async fn tell_in(world: &World, out: impl Write, stay: bool) -> io::Result<bool> {
    // This account's updates take tags and blanks; the probe is to find that out.
    world.helloleads.set(|switches| {
        switches.tags_on_update = true;
        switches.clears_on_empty = true;
    });
    super::related::furnish(world);
    fill(world);
    let mut line = Timeline::new(world, out);
    connect(world, &mut line).await?;
    import(world, &mut line).await?;
    create(world, &mut line).await?;
    edit(world, &mut line).await?;
    delete(world, &mut line).await?;
    dispute(world, &mut line).await?;
    repeat(world, &mut line).await?;
    let email = "dev.3@example.com";
    let contact = id_of(&world.ghl.contacts(LOCATION), "email", email);
    let lead = id_of(&world.helloleads.leads(), "email", email);
    super::related::by_the_key(world, &contact, &lead, &mut line).await?;
    let agreed = close(world, &mut line).await?;
    let relayed = World::start(Options::default()).await;
    let agreed = super::related::by_a_relay(&relayed, line.out()).await? && agreed;
    if stay {
        stay_on(world, &mut line).await?;
    }
    Ok(agreed)
}

fn person(number: usize) -> (String, String, String, String, String) {
    let (first, last, city) = NAMES[number % NAMES.len()];
    let round = number / NAMES.len();
    let last =
        if round == 0 { last.to_owned() } else { format!("{last} {}", ["II", "III", "IV"][round - 1]) };
    let email = format!("{}.{number}@example.com", first.to_lowercase());
    (first.to_owned(), last, email, format!("+9198765{:05}", 43_210 + number), city.to_owned())
}

/// What both accounts held before anybody thought of connecting them.
fn fill(world: &World) {
    for number in 0..ONLY_GHL + IN_BOTH {
        let (first, last, email, phone, city) = person(number);
        world.time.advance(SignedDuration::from_secs(1));
        world.ghl.person_creates_contact(
            LOCATION,
            json!({ "firstName": first, "lastName": last, "email": email, "phone": phone, "city": city, "country": "IN", "tags": ["from ghl"] }),
        );
    }
    for number in ONLY_GHL..ONLY_GHL + IN_BOTH + ONLY_HELLOLEADS {
        let (first, last, email, phone, city) = person(number);
        world.time.advance(SignedDuration::from_secs(1));
        world.helloleads.person_creates_lead(
            json!({ "list_key": LIST, "first_name": first, "last_name": last, "email": email, "mobile": phone, "city": city, "country": "India", "tags": "Expo" }),
        );
    }
    // Nobody was listening then.
    world.ghl.take_webhooks();
    world.time.advance(SignedDuration::from_mins(10));
}

async fn connect(world: &World, line: &mut Timeline<'_, impl Write>) -> io::Result<()> {
    line.begin("Connect: GHL by OAuth, HelloLeads by its key")?;
    let installed = world.install(Choice::Location(LOCATION.to_owned())).await;
    line.says(&format!(
        "GHL sent the browser back with a code; the callback answered {}",
        installed.status()
    ))?;
    let entered = world
        .enter_helloleads(&[
            ("probe", "yes"),
            ("region", "IN"),
            ("tasks", "yes"),
            ("notes", "yes"),
            ("appointments", "yes"),
            ("read_comments", "yes"),
        ])
        .await;
    line.says(&format!("the key was checked, and a test lead was tried: {}", entered.status()))?;
    line.end()
}

async fn import(world: &World, line: &mut Timeline<'_, impl Write>) -> io::Result<()> {
    line.begin("Import: what both accounts hold already")?;
    let total = ONLY_GHL + ONLY_HELLOLEADS + IN_BOTH;
    let target = ProgressDrawTarget::stderr();
    let bar = ProgressBar::with_draw_target(Some(total as u64), target);
    let style = ProgressStyle::with_template("            [{bar:32}] {pos}/{len} people on both sides");
    bar.set_style(style.map_err(io::Error::other)?.progress_chars("█▉ "));
    for _ in 0..ROUNDS_MAX {
        world.ghl.deliver_all().await;
        let busy = world.work().await;
        world.time.advance(SignedDuration::from_secs(1));
        bar.set_position(agreeing(&pairs(world)) as u64);
        if !busy {
            break;
        }
    }
    world.settle().await;
    let found = pairs(world);
    bar.finish_and_clear();
    line.says(&format!(
        "{} contacts and {} leads became {} people: {IN_BOTH} linked by e-mail, the rest created across; {} agree",
        ONLY_GHL + IN_BOTH,
        ONLY_HELLOLEADS + IN_BOTH,
        found.len(),
        agreeing(&found)
    ))?;
    line.end()
}

async fn create(world: &World, line: &mut Timeline<'_, impl Write>) -> io::Result<()> {
    line.begin("Somebody adds a contact in GHL")?;
    world.ghl.person_creates_contact(
        LOCATION,
        json!({ "firstName": "Mira", "lastName": "Novak", "email": "Mira.Novak@Example.com", "phone": "(415) 555-0132", "tags": ["VIP"] }),
    );
    world.settle().await;
    line.says("the webhook brought a lead into being; its echo cost nothing")?;
    line.end()?;
    line.begin("Somebody adds a lead in HelloLeads, without an e-mail address")?;
    let lead =
        json!({ "list_key": LIST, "first_name": "Nils", "mobile": "+46701234567", "tags": "Hot lead" });
    world.helloleads.person_creates_lead(lead);
    world.pass_period().await;
    line.says("HelloLeads sends no webhooks: the next look found it")?;
    line.end()
}

async fn edit(world: &World, line: &mut Timeline<'_, impl Write>) -> io::Result<()> {
    line.begin("A contact is edited in GHL: another city, one tag more, one less")?;
    let contact = contact_named(world, "Asha");
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Mumbai" }));
    world.ghl.person_adds_tag(LOCATION, &contact, "Renewal");
    world.ghl.person_removes_tag(LOCATION, &contact, "from ghl");
    world.settle().await;
    line.says("three webhooks, one write")?;
    line.end()?;
    line.begin("A lead is edited in HelloLeads: another last name and phone")?;
    let lead = lead_named(world, "Liam");
    world
        .helloleads
        .person_edits_lead(&lead, json!({ "last_name": "Murphy-Byrne", "mobile": "+353851234567" }));
    world.pass_period().await;
    line.end()
}

async fn delete(world: &World, line: &mut Timeline<'_, impl Write>) -> io::Result<()> {
    line.begin("A contact is deleted in GHL")?;
    let contact = contact_named(world, "Ben");
    world.ghl.person_deletes_contact(LOCATION, &contact);
    world.settle().await;
    world.pass_period().await;
    line.says("HelloLeads cannot delete: the lead is marked, unlinked, and not brought back")?;
    line.end()
}

async fn dispute(world: &World, line: &mut Timeline<'_, impl Write>) -> io::Result<()> {
    line.begin("The same field is edited on both sides before anybody looks")?;
    let email = "grace.18@example.com";
    let contact = id_of(&world.ghl.contacts(LOCATION), "email", email);
    let lead = id_of(&world.helloleads.leads(), "email", email);
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "lastName": "Kim-Park" }));
    world.time.advance(SignedDuration::from_secs(20));
    world.helloleads.person_edits_lead(&lead, json!({ "last_name": "Kimball" }));
    world.time.advance(SignedDuration::from_mins(2));
    world.settle().await;
    world.pass_period().await;
    let journal = ConflictJournal::new(world.table.clone(), world.connection());
    for conflict in journal.all(world.time.now()).await.map_err(io::Error::other)? {
        let shown = |value: &Option<shared::model::record::Value>| {
            value.as_ref().and_then(|value| value.as_text().map(str::to_owned)).unwrap_or_default()
        };
        let (helloleads, ghl) = (shown(&conflict.values.helloleads), shown(&conflict.values.ghl));
        line.says(&format!(
            "{}: HelloLeads had \"{helloleads}\", GHL had \"{ghl}\"; {} was later and won, the other is in the journal",
            conflict.field, conflict.winner
        ))?;
    }
    line.end()
}

async fn repeat(world: &World, line: &mut Timeline<'_, impl Write>) -> io::Result<()> {
    line.begin("Webhooks come twice, late and in the wrong order")?;
    let contact = contact_named(world, "Elin");
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Lund" }));
    world.time.advance(SignedDuration::from_secs(1));
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "city": "Ystad" }));
    let hooks = world.ghl.take_webhooks();
    for hook in hooks.iter().rev() {
        world.ghl.deliver(hook).await;
    }
    world.settle().await;
    let mark = (world.ghl.calls().len(), world.helloleads.calls().len());
    // Later than the queue remembers their ids.
    world.time.advance(SignedDuration::from_mins(30));
    for hook in hooks.iter().chain(&hooks) {
        world.ghl.deliver(hook).await;
    }
    world.settle().await;
    let ghl = world.ghl.calls().len() - mark.0;
    let helloleads = world.helloleads.calls().len() - mark.1;
    line.says(&format!(
        "the last city won; four repeats half an hour later cost {ghl} GHL and {helloleads} HelloLeads calls"
    ))?;
    line.end()
}

/// The last screen.
async fn close(world: &World, line: &mut Timeline<'_, impl Write>) -> io::Result<bool> {
    let found = pairs(world);
    let parked =
        ParkedList::new(world.table.clone(), world.connection()).all().await.map_err(io::Error::other)?;
    let differences = world.verify(false).await;
    let agreed = agreeing(&found) == found.len() && parked.is_empty() && differences.is_empty();
    writeln!(line.out(), "\n{}", table(&found))?;
    for one in &parked {
        writeln!(line.out(), "parked: {} {}: {}", one.side, one.id, one.reason)?;
    }
    for one in &differences {
        writeln!(line.out(), "differs: {one}")?;
    }
    let verdict = if agreed { "Both CRMs agree." } else { "The CRMs do NOT agree." };
    let calls = (world.ghl.calls().len(), world.helloleads.calls().len());
    writeln!(
        line.out(),
        "{} of {} people agree, {} parked, {} differences by the product's own report; {} GHL calls, {} HelloLeads calls. {verdict}",
        agreeing(&found),
        found.len(),
        parked.len(),
        differences.len(),
        calls.0,
        calls.1
    )?;
    Ok(agreed)
}

/// Keeps everything running, with both CRMs on a page that a person can edit.
async fn stay_on(world: &World, line: &mut Timeline<'_, impl Write>) -> io::Result<()> {
    let stage = Stage::new(world);
    let two_crms = serve(stage.clone()).await;
    let link = world.sign_in_link(&world.url).await;
    writeln!(line.out(), "\nBoth CRMs side by side, to edit: {two_crms}")?;
    writeln!(line.out(), "The sync's pages, by a link that works once, within ten minutes: {link}")?;
    writeln!(
        line.out(),
        "Fake GHL at {}, fake HelloLeads at {}. Ctrl-C ends it.",
        world.ghl.url(),
        world.helloleads.url()
    )?;
    line.out().flush()?;
    run_on(world, &stage).await
}

fn agreeing(pairs: &[Pair]) -> usize {
    pairs.iter().filter(|pair| pair.agrees()).count()
}

/// The id of the first contact with this first name.
fn contact_named(world: &World, first: &str) -> String {
    id_of(&world.ghl.contacts(LOCATION), "firstName", first)
}

fn lead_named(world: &World, first: &str) -> String {
    id_of(&world.helloleads.leads(), "first_name", first)
}

fn id_of(rows: &[serde_json::Value], field: &str, value: &str) -> String {
    let row = rows.iter().find(|row| row[field] == value);
    row.and_then(|row| row["id"].as_str()).expect("the story's people are there").to_owned()
}
