//! The functions at work, as futures that the storm polls one step at a time, in an order that the dice decide.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use jiff::Timestamp;

/// Work under way, for somebody who is known by a `T`.
pub struct Tasks<T, O> {
    list: Vec<Task<T, O>>,
}

type Work<O> = Pin<Box<dyn Future<Output = O> + Send>>;

struct Task<T, O> {
    whose: T,
    work: Work<O>,
    woken: Arc<Woken>,
    begun: Timestamp,
    /// When the function's time is up, in milliseconds.
    deadline: i64,
    /// After how many more polls it dies, if it shall.
    dies_after: Option<u64>,
}

#[derive(Debug)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How work ended.
pub enum End<O> {
    Done(O),
    /// It was killed at an await.
    Died,
    /// The function's own time-out killed it.
    TimedOut,
}

impl<T, O> Default for Tasks<T, O> {
    fn default() -> Self {
        Self { list: Vec::new() }
    }
}

impl<T, O> Tasks<T, O> {
    pub fn start(
        &mut self,
        whose: T,
        work: Work<O>,
        begun: Timestamp,
        deadline: i64,
        dies_after: Option<u64>,
    ) {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        self.list.push(Task { whose, work, woken, begun, deadline, dies_after });
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn next_deadline(&self) -> Option<i64> {
        self.list.iter().map(|task| task.deadline).min()
    }

    pub fn has_woken(&self) -> bool {
        self.list.iter().any(|task| task.woken.0.load(Ordering::Relaxed))
    }

    /// Everybody whose time is up.
    pub fn take_overdue(&mut self, now: i64) -> Vec<(T, End<O>)> {
        let overdue = self.list.extract_if(.., |task| task.deadline <= now);
        overdue.map(|task| (task.whose, End::TimedOut)).collect()
    }

    /// Polls one of those that can go on; answers it if it ended.
    pub fn step(&mut self, chosen: u64, tell_begun: impl FnOnce(Timestamp)) -> Option<(T, End<O>)> {
        let ready: Vec<usize> =
            (0..self.list.len()).filter(|place| self.list[*place].woken.0.load(Ordering::Relaxed)).collect();
        let chosen = chosen.checked_rem(ready.len() as u64)?;
        let place = *ready.get(usize::try_from(chosen).ok()?)?;
        let task = &mut self.list[place];
        if task.dies_after == Some(0) {
            return Some((self.list.remove(place).whose, End::Died));
        }
        task.dies_after = task.dies_after.map(|left| left - 1);
        task.woken.0.store(false, Ordering::Relaxed);
        tell_begun(task.begun);
        let waker = Waker::from(task.woken.clone());
        match task.work.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => Some((self.list.remove(place).whose, End::Done(output))),
            Poll::Pending => None,
        }
    }
}

/// Runs work that waits for nothing: in calm weather every call is answered at once.
///
/// # Panics
/// Where the work waits all the same.
pub fn at_once<O>(work: impl Future<Output = O>) -> O {
    let mut work = std::pin::pin!(work);
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("work in calm weather waits for something"),
    }
}
