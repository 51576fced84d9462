//! The two CRMs side by side on one page, for a person to edit, with what the sync does between them; and GHL's frame,
//! in which pages of the app open.

mod served;

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;

use crate::ghl::{Choice, FakeGhl, LocationSettings};
use crate::helloleads::FakeHelloLeads;
use crate::time::Time;
use crate::world::{ACCOUNT, API_KEY, COMPANY, LOCATION, Options, TIME_ZONE, World};

pub use served::serve;

/// Another tenant, who must not be seen.
const OTHER_LOCATION: &str = "OtHeRlOcAtIoN0000001";

/// How often there is something to do, at the least.
const PULSE: Duration = Duration::from_millis(250);

/// How often the schedule fires: every minute, so that nobody waits for five.
const TICK: SignedDuration = SignedDuration::from_secs(60);

/// The lines of the timeline that are kept.
const LINES_MAX: usize = 200;

/// One thing that happened.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    at: Timestamp,
    /// Who did it: a person, or the sync.
    by: &'static str,
    what: String,
}

/// What the page shows and changes. Clones share everything.
#[derive(Clone)]
pub struct Stage {
    pub ghl: FakeGhl,
    pub helloleads: FakeHelloLeads,
    time: Time,
    /// Where our own pages are.
    pages: String,
    lines: Arc<Mutex<VecDeque<Line>>>,
    look: Arc<AtomicBool>,
    marks: Arc<Mutex<(usize, usize)>>,
}

impl Stage {
    pub fn new(world: &World) -> Self {
        let marks = (world.ghl.calls().len(), world.helloleads.calls().len());
        Self {
            ghl: world.ghl.clone(),
            helloleads: world.helloleads.clone(),
            time: world.time.clone(),
            pages: world.url.clone(),
            lines: Arc::default(),
            look: Arc::default(),
            marks: Arc::new(Mutex::new(marks)),
        }
    }

    /// Notes something on the timeline.
    pub fn note(&self, by: &'static str, what: impl Into<String>) {
        let mut lines = lock(&self.lines);
        lines.push_front(Line { at: self.time.now(), by, what: what.into() });
        lines.truncate(LINES_MAX);
    }

    /// The timeline, the latest first.
    pub fn lines(&self) -> Vec<Line> {
        lock(&self.lines).iter().cloned().collect()
    }

    /// Has the schedule fire at once.
    pub fn look_now(&self) {
        self.look.store(true, Ordering::Relaxed);
    }

    /// Notes the calls that were made since this was last asked.
    fn note_calls(&self) {
        let (ghl, helloleads) = (self.ghl.calls().all(), self.helloleads.calls().all());
        let mut marks = lock(&self.marks);
        for call in &ghl[marks.0.min(ghl.len())..] {
            self.note("sync", format!("GHL: {}", call.name));
        }
        for call in &helloleads[marks.1.min(helloleads.len())..] {
            self.note("sync", format!("HelloLeads: {}", call.name));
        }
        *marks = (ghl.len(), helloleads.len());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no holder of the stage panics")
}

/// Serves everything with nothing connected yet, and says where in one line.
///
/// # Errors
/// Where nothing can be written.
pub async fn browse(out: &mut impl io::Write) -> io::Result<bool> {
    let sites = ("FrameSites".to_owned(), "http://127.0.0.1:*".to_owned());
    let options = Options { parameters: vec![sites], ..Options::default() };
    let world = World::start(options).await;
    world.helloleads.add_list(Some("b2c3d4"), "Trade fair");
    world.ghl.add_calendar(LOCATION, json!({ "id": "CaLeNdArOfBrowse0001", "name": "Sales calls" }));
    world.ghl.add_location(COMPANY, OTHER_LOCATION, LocationSettings::default());
    let code = world.ghl.install_from_marketplace(OTHER_LOCATION);
    let installed = world.get(&format!("/oauth/callback?code={code}")).await;
    if !installed.status().is_redirection() {
        return Err(io::Error::other(format!("the install was refused: {}", installed.status())));
    }
    world.ghl.choose(Choice::Location(LOCATION.to_owned()));
    let stage = Stage::new(&world);
    let at = serve(stage.clone()).await;
    let app = world.ghl.app();
    let said = json!({
        "pages": world.url, "link": world.sign_in_link(&world.url).await, "stage": at,
        "helloleads": world.helloleads.url(), "key": API_KEY, "email": ACCOUNT, "zone": TIME_ZONE,
        "clientId": app.client_id, "clientSecret": app.client_secret, "sharedSecret": app.shared_secret,
        "location": LOCATION, "other": OTHER_LOCATION,
    });
    writeln!(out, "{said}")?;
    out.flush()?;
    run_on(&world, &stage).await?;
    Ok(true)
}

/// Keeps the world running by the machine's clock until the process ends.
///
/// # Errors
/// None: it ends with the process.
pub async fn run_on(world: &World, stage: &Stage) -> io::Result<()> {
    let mut ticked = world.time.now();
    loop {
        tokio::time::sleep(PULSE).await;
        world.time.advance(SignedDuration::try_from(PULSE).expect("a pulse is short"));
        let now = world.time.now();
        if stage.look.swap(false, Ordering::Relaxed) || now.duration_since(ticked) >= TICK {
            ticked = now;
            world.tick().await;
        }
        while world.step().await {}
        stage.note_calls();
    }
}
