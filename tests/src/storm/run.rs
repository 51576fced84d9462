//! One storm: people act, webhooks fly, functions run and die, until it is over and everything has come to rest.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::{SignedDuration, Timestamp};

use super::cloud::Cloud;
use super::dice::Dice;
use super::functions::{Call, Output, Role};
use super::job::{Container, Job, What, told};
use super::judge::{self, Breach};
use super::setting::{ACTIONS, MINUTES, Setting};
use super::story::Story;
use super::tasks::{End, Tasks};
use super::weather::Fault;
use super::webhook::{Webhook, of_ghl, of_relay};
use crate::aws::event_source;

/// How many containers each function has.
const CONTAINERS: usize = 2;
/// How long a webhook waits that was refused, and how often it is sent.
const RESEND: SignedDuration = SignedDuration::from_mins(1);
const SENDS_MAX: u32 = 13;
/// No storm takes more steps, nor more time to come to rest, than this.
const STEPS_MAX: u64 = 3_000_000;
const REST_MAX: SignedDuration = SignedDuration::from_hours(30);
const PERIOD: SignedDuration = SignedDuration::from_mins(5);
/// So many rounds of reconcile in which nobody has to connect anything, and never more than so many.
const ROUNDS: u32 = 2;
const ROUNDS_MAX: u32 = 8;
/// A record that people and we wrote too often is left alone for an hour.
const CAPPED: SignedDuration = SignedDuration::from_hours(1);
/// With a sweep every hour, two are done within so many looks.
const SWEEP_LOOKS: usize = 8;
const BETWEEN_LOOKS: SignedDuration = SignedDuration::from_mins(25);
/// A function that dies does so within so many awaits.
const POLLS_TO_DEATH: u64 = 400;

/// What came of one seed.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub seed: u64,
    pub breaches: Vec<Breach>,
    pub tally: BTreeMap<&'static str, u64>,
    pub story: Story,
}

/// Runs one seed from its beginning to its judgement.
pub fn run(seed: u64) -> Verdict {
    run_and_look(seed, |_| {})
}

/// The same; `look` is shown the world afterwards.
pub fn run_and_look(seed: u64, look: impl FnOnce(&Cloud)) -> Verdict {
    shared::chance::seed(Some(seed));
    fastrand::seed(seed);
    let mut storm = Storm::new(Cloud::of_seed(seed));
    let ran = catch_unwind(AssertUnwindSafe(|| storm.run()));
    let breaches = ran.unwrap_or_else(|_| vec![Breach::whole("the storm's own code panicked")]);
    shared::chance::seed(None);
    look(&storm.cloud);
    let weather = &storm.cloud.weather;
    Verdict { seed, breaches, tally: weather.tally(), story: weather.story() }
}

/// Something that will happen at its time.
enum Planned {
    Act,
    Schedule,
    Deliver(Box<Webhook>),
    ExpireAccess,
    Revoke,
}

struct Storm {
    cloud: Cloud,
    tasks: Tasks<Job, Output>,
    agenda: BTreeMap<(i64, u64), Planned>,
    planned: u64,
    containers: Vec<Container>,
    steps: u64,
    /// A person has released a brake.
    released: bool,
}

impl Storm {
    fn new(cloud: Cloud) -> Self {
        let containers = Role::ALL
            .into_iter()
            .flat_map(|role| (0..CONTAINERS).map(move |_| Container { role, function: None, busy: false }));
        Self {
            cloud,
            tasks: Tasks::default(),
            agenda: BTreeMap::new(),
            planned: 0,
            containers: containers.collect(),
            steps: 0,
            released: false,
        }
    }

    fn run(&mut self) -> Vec<Breach> {
        for place in 0..self.cloud.settings.len() {
            self.cloud.install(place);
            self.cloud.enter(place);
        }
        self.rest();
        self.cloud.weather.tell(|| "the storm breaks out".to_owned());
        self.plan_storm();
        self.cloud.weather.set_calm(false);
        let minutes = self.cloud.weather.draw(|dice| dice.between(MINUTES.0, MINUTES.1));
        self.cloud.weather.draw_outages(minutes);
        let end = self.cloud.time.now() + SignedDuration::from_mins(minutes);
        self.go_on_until(end);
        self.cloud.weather.set_calm(true);
        self.cloud.weather.tell(|| "quiet".to_owned());
        self.agenda.retain(|_, planned| matches!(planned, Planned::Deliver(_)));
        self.quieten()
    }

    /// Quiet, two rounds of reconcile, the judgement; then one more round, in which nothing may be written.
    fn quieten(&mut self) -> Vec<Breach> {
        if !self.rest() {
            return vec![Breach::whole("P1: it does not come to rest once the storm is over")];
        }
        let mut breaches = judge::check_attention(&self.cloud);
        self.connect_again();
        let mut rounds = 0;
        for _ in 0..ROUNDS_MAX {
            self.pass_period();
            breaches.extend(self.release_brakes());
            // Revoked tokens are noticed once the access token is spent.
            rounds = if self.connect_again() { 0 } else { rounds + 1 };
            if rounds == ROUNDS {
                break;
            }
        }
        if judge::is_capped(&self.cloud) {
            self.cloud.time.advance(CAPPED);
            self.pass_period();
            self.pass_period();
        }
        self.sweep();
        breaches.extend(self.release_brakes());
        self.pass_period();
        self.cloud.model.take_writes();
        self.pass_period();
        breaches.extend(judge::judge(&self.cloud));
        let writes = self.cloud.model.take_writes();
        if !writes.is_empty() {
            breaches.push(Breach::whole(&format!("P4: a round in which nothing happened wrote: {writes:?}")));
        }
        breaches
    }

    /// Where only sweeps find everything, time goes by until two of them are done: a lead must be missing twice.
    fn sweep(&mut self) {
        if self.cloud.settings.iter().any(Setting::needs_sweep) {
            for _ in 0..SWEEP_LOOKS {
                self.cloud.time.advance(BETWEEN_LOOKS);
                self.pass_period();
            }
        }
    }

    /// A person connects what stands still; whether anything did.
    fn connect_again(&self) -> bool {
        let still = judge::standing_still(&self.cloud);
        for place in &still {
            self.cloud.weather.tell(|| format!("a person connects location {place} again"));
            self.cloud.install(*place);
        }
        !still.is_empty()
    }

    /// Once no more is deleted than may be, a person lets the rest be deleted as well.
    fn release_brakes(&mut self) -> Option<Breach> {
        let braked = judge::braked(&self.cloud);
        let breach = if self.released { None } else { judge::check_brake(&self.cloud) };
        self.released |= !braked.is_empty();
        for place in braked {
            self.cloud.weather.tell(|| format!("a person releases the brake of location {place}"));
            self.cloud.release(place);
        }
        self.rest();
        breach
    }

    fn pass_period(&mut self) {
        self.cloud.time.advance(PERIOD);
        self.plan(SignedDuration::ZERO, Planned::Schedule);
        self.rest();
    }

    /// What people, the schedule and the tokens will do, and when.
    fn plan_storm(&mut self) {
        let weather = self.cloud.weather.clone();
        let mut at = SignedDuration::ZERO;
        for _ in 0..weather.draw(|dice| dice.between(ACTIONS.0, ACTIONS.1)) {
            // Bursts, with rests between them.
            let pause = weather.draw(|dice| {
                if dice.comes_true(600) { dice.between(0, 3_000) } else { dice.between(0, 90_000) }
            });
            at += SignedDuration::from_millis(pause);
            self.plan(at, Planned::Act);
        }
        let offset = weather.draw(|dice| dice.between(0, 299));
        for round in 0..6 {
            self.plan(SignedDuration::from_secs(offset + 300 * round), Planned::Schedule);
        }
        weather.set_calm(false);
        let (expires, revoked) =
            (weather.strikes(Fault::AccessExpired), weather.strikes(Fault::TokensRevoked));
        weather.set_calm(true);
        for (strikes, planned) in [(expires, Planned::ExpireAccess), (revoked, Planned::Revoke)] {
            if strikes {
                let at = weather.draw(|dice| dice.between(0, 500));
                self.plan(SignedDuration::from_secs(at), planned);
            }
        }
    }

    fn plan(&mut self, after: SignedDuration, planned: Planned) {
        self.planned += 1;
        let at = (self.cloud.time.now() + after).as_millisecond();
        self.agenda.insert((at, self.planned), planned);
    }

    fn go_on_until(&mut self, end: Timestamp) {
        while self.cloud.time.now() < end {
            self.do_now();
            let next = self.next_at().unwrap_or(i64::MAX).min(end.as_millisecond());
            self.move_to(next);
        }
    }

    /// Goes on until nothing is left to do; `false` where that takes too long.
    fn rest(&mut self) -> bool {
        let end = self.cloud.time.now() + REST_MAX;
        loop {
            self.do_now();
            let Some(next) = self.next_at() else { return true };
            if next > end.as_millisecond() || self.steps > STEPS_MAX {
                return false;
            }
            self.move_to(next);
        }
    }

    fn move_to(&mut self, at: i64) {
        let now = self.cloud.time.now().as_millisecond();
        self.cloud.time.advance(SignedDuration::from_millis((at - now).max(0)));
        self.cloud.weather.naps.wake_due();
    }

    /// When something can happen next.
    fn next_at(&self) -> Option<i64> {
        let queues = Role::ALL.into_iter().filter_map(|role| {
            let (queue, _) = role.queue()?;
            self.free(role)?;
            self.cloud.sqs.next_visible_at(queue).map(Timestamp::as_millisecond)
        });
        let agenda = self.agenda.keys().next().map(|(at, _)| *at);
        queues.chain(agenda).chain(self.cloud.weather.naps.next_at()).chain(self.tasks.next_deadline()).min()
    }

    /// Does everything that can be done without time passing.
    fn do_now(&mut self) {
        loop {
            self.steps += 1;
            let now = self.cloud.time.now().as_millisecond();
            for (job, end) in self.tasks.take_overdue(now) {
                self.ended(job, end);
            }
            let begun = self.do_planned(now) | self.hand_out();
            self.fetch_webhooks();
            if !self.tasks.has_woken() && !begun {
                return;
            }
            let chosen = self.cloud.weather.draw(Dice::roll);
            let weather = self.cloud.weather.clone();
            let ended = self.tasks.step(chosen, |begun| weather.set_begun(begun));
            if let Some((job, end)) = ended {
                self.ended(job, end);
                self.fetch_webhooks();
            }
        }
    }

    fn do_planned(&mut self, now: i64) -> bool {
        let mut begun = false;
        while let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= now) {
            begun = true;
            match entry.remove() {
                Planned::Act => self.cloud.act(),
                Planned::Schedule => self.start(Role::Reconcile, Call::Schedule, What::Schedule),
                Planned::Deliver(webhook) => self.deliver(webhook),
                Planned::ExpireAccess => {
                    self.for_a_location("access token expires early", |cloud, location| {
                        cloud.ghl.expire_access(location);
                    })
                }
                Planned::Revoke => self.for_a_location("tokens are revoked", |cloud, location| {
                    cloud.ghl.revoke(location);
                    cloud.model.state().revoked.insert(location.to_owned());
                }),
            }
        }
        begun
    }

    fn for_a_location(&self, what: &str, act: impl FnOnce(&Cloud, &str)) {
        let setting = self.cloud.weather.draw(|dice| dice.pick(&self.cloud.settings).cloned());
        if let Some(setting) = setting {
            self.cloud.weather.tell(|| format!("  ! {what}: {}", setting.location));
            act(&self.cloud, &setting.location);
        }
    }

    /// Gives each queue's visible messages to a free container.
    fn hand_out(&mut self) -> bool {
        let now = self.cloud.time.now();
        let mut begun = false;
        for role in Role::ALL {
            let Some((queue, most)) = role.queue() else { continue };
            if self.free(role).is_none() || self.cloud.sqs.next_visible_at(queue).is_none_or(|at| at > now) {
                continue;
            }
            if let Some(event) = event_source::receive_up_to(&self.cloud.sqs, queue, most) {
                begun = true;
                self.start(role, Call::Batch(event.clone()), What::Batch(queue, event));
            }
        }
        begun
    }

    fn free(&self, role: Role) -> Option<usize> {
        self.containers.iter().position(|one| one.role == role && !one.busy)
    }

    fn start(&mut self, role: Role, call: Call, what: What) {
        let place = self.free(role).unwrap_or_else(|| {
            self.containers.push(Container { role, function: None, busy: false });
            self.containers.len() - 1
        });
        let container = &mut self.containers[place];
        container.busy = true;
        let function = container.function.get_or_insert_with(|| self.cloud.ground.cold_start(role)).clone();
        let weather = &self.cloud.weather;
        // Each function dies within its first awaits, if it does: later ones are rare, and all that matters is where.
        let dies = weather.is_calm() || role == Role::Intake && !weather.draw(|dice| dice.comes_true(300));
        let dies = !dies && weather.strikes(Fault::Death);
        let dies_after = dies.then(|| weather.draw(|dice| dice.below(POLLS_TO_DEATH) * dice.below(4) / 4));
        let deadline = self.cloud.time.now() + SignedDuration::from_secs(role.seconds_max());
        let begun = self.cloud.time.now();
        let job = Job { container: place, begun, what };
        weather.tell(|| format!(" {role:?} in container {place} begins: {}", job.what.told()));
        let work = Box::pin(function.call(call));
        self.tasks.start(job, work, begun, deadline.as_millisecond(), dies_after);
    }

    fn ended(&mut self, job: Job, end: End<Output>) {
        let container = &mut self.containers[job.container];
        container.busy = false;
        let output = match end {
            End::Done(output) => Some(output),
            End::Died | End::TimedOut => {
                container.function = None;
                self.cloud.model.died(job.begun, |refresh| self.cloud.keeps(refresh));
                None
            }
        };
        let (role, place) = (container.role, job.container);
        self.cloud.weather.tell(|| format!(" {role:?} in container {place} ends: {}", told(output.as_ref())));
        match (job.what, output) {
            (What::Batch(queue, event), Some(Output::Batch(answer))) => {
                if self.cloud.weather.strikes(Fault::DeleteLost) {
                    return;
                }
                event_source::settle(&self.cloud.sqs, queue, &event, &answer);
            }
            (What::Webhook(webhook), Some(Output::Web(status))) if (200..300).contains(&status) => {
                judge::accepted(&self.cloud, &webhook.id);
                if let Some((crm, id, as_of)) = webhook.shows {
                    self.cloud.model.was_shown(crm, &id, as_of);
                }
            }
            (What::Webhook(webhook), _) if webhook.sends < SENDS_MAX => {
                self.plan(
                    RESEND,
                    Planned::Deliver(Box::new(Webhook { sends: webhook.sends + 1, ..*webhook })),
                );
            }
            _ => {}
        }
    }

    fn deliver(&mut self, webhook: Box<Webhook>) {
        let mut request = webhook.request.clone();
        if let Some((place, hook)) = &webhook.relay {
            for (name, value) in self.cloud.helloleads[*place].relay_headers(hook) {
                let name: http::HeaderName = name.parse().expect("a header's name");
                request.headers_mut().insert(name, value.parse().expect("a header's value"));
            }
        }
        self.start(Role::Intake, Call::Web(Box::new(request)), What::Webhook(webhook));
    }

    /// Takes what the CRMs want to tell, and decides its way.
    fn fetch_webhooks(&mut self) {
        let silent = self.cloud.settings.iter().all(|setting| setting.silent_deletes);
        for hook in self.cloud.ghl.take_webhooks() {
            let may_be_lost = hook.event.starts_with("Contact") && (silent || hook.event != "ContactDelete");
            self.send_off(of_ghl(&hook), &hook.event, may_be_lost);
        }
        for place in 0..self.cloud.helloleads.len() {
            for hook in self.cloud.helloleads[place].take_relay_hooks() {
                let webhook = of_relay(&self.cloud, place, &hook);
                // What a relay does not tell nobody can find out.
                self.send_off(webhook, &hook.event, false);
            }
        }
    }

    fn send_off(&mut self, webhook: Webhook, event: &str, may_be_lost: bool) {
        let weather = self.cloud.weather.clone();
        if may_be_lost && weather.strikes(Fault::WebhookLost) {
            weather.tell(|| format!("  ! webhook is lost: {event} {}", webhook.id));
            return;
        }
        if weather.strikes(Fault::WebhookRepeated) {
            let later = weather.draw(|dice| dice.between(0, 400_000));
            self.plan(SignedDuration::from_millis(later), Planned::Deliver(Box::new(webhook.clone())));
        }
        let late = if weather.strikes(Fault::WebhookLate) { 600_000 } else { 2_000 };
        let after = if weather.is_calm() { 0 } else { weather.draw(|dice| dice.between(0, late)) };
        self.plan(SignedDuration::from_millis(after), Planned::Deliver(Box::new(webhook)));
    }
}
