//! The API by which Lambda hands events to a function's process, and a function that runs behind it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};

/// No answer takes longer, on any machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// What Lambda gives a call.
const DEADLINE: Duration = Duration::from_secs(60);

struct Shared {
    events: Mutex<mpsc::Receiver<String>>,
    answers: mpsc::Sender<Bytes>,
}

/// A function's process. It ends with this value.
pub struct Process {
    child: Child,
    events: mpsc::Sender<String>,
    answers: mpsc::Receiver<Bytes>,
    begun: Instant,
}

impl Process {
    /// Starts the program with these variables, and the API that it takes its events from.
    ///
    /// # Errors
    /// Where there is no such program.
    pub async fn start(program: &Path, variables: &BTreeMap<String, String>) -> io::Result<Self> {
        let (events, waiting) = mpsc::channel(1);
        let (answers, answered) = mpsc::channel(1);
        let shared = Arc::new(Shared { events: Mutex::new(waiting), answers });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answer))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(answer))
            .with_state(shared);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let begun = Instant::now();
        let child = Command::new(program)
            .env_clear()
            .envs(variables)
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .envs([
                ("AWS_REGION", "us-east-1"),
                ("AWS_ACCESS_KEY_ID", "sandbox"),
                ("AWS_SECRET_ACCESS_KEY", "sandbox"),
                ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
                ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", "bench"),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| io::Error::other(format!("{}: {error}; build it first", program.display())))?;
        Ok(Self { child, events, answers: answered, begun })
    }

    /// Hands one event over; answers what the function did with it.
    ///
    /// # Errors
    /// Where the function does not answer.
    pub async fn call(&mut self, event: &str) -> io::Result<Bytes> {
        self.events.send(event.to_owned()).await.map_err(io::Error::other)?;
        let answer = tokio::time::timeout(PATIENCE, self.answers.recv()).await;
        answer.ok().flatten().ok_or_else(|| io::Error::other("the function did not answer"))
    }

    /// How long ago it was started.
    pub fn age(&self) -> Duration {
        self.begun.elapsed()
    }

    /// The CPU time that all its threads have used, in nanoseconds.
    ///
    /// # Errors
    /// Where the machine has no `/proc`.
    pub fn cpu_ns(&self) -> io::Result<u64> {
        let mut sum = 0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let stat = fs::read_to_string(thread?.path().join("schedstat"))?;
            sum += stat.split(' ').next().and_then(|used| used.parse::<u64>().ok()).unwrap_or_default();
        }
        Ok(sum)
    }

    /// The most memory that it ever had, in KB.
    ///
    /// # Errors
    /// Where the machine has no `/proc`.
    pub fn high_water_kb(&self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        Ok(line.trim().trim_end_matches(" kB").parse().unwrap_or_default())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where `cargo build --release` leaves a program.
pub fn built(name: &str) -> PathBuf {
    Path::new("target/release").join(name)
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    let Some(event) = shared.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let deadline = SystemTime::now() + DEADLINE;
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis().to_string();
    let headers = [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()),
        ("lambda-runtime-deadline-ms", deadline),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:123456789012:function:bench".to_owned(),
        ),
    ];
    (headers, event).into_response()
}

async fn answer(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    let _ = shared.answers.send(body).await;
    StatusCode::ACCEPTED
}
