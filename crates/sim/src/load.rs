//! A load generator for HTTP/1.1 over keep-alive connections on loopback.
//!
//! It shares the machine with the server it measures, so it does as little as it can: one thread, no client library, the head of
//! the request written once, nothing of the answer parsed but its status and length. It states the processor time it took.
//!
//! *Closed loop*: each connection sends its next request when the last is answered; this finds the largest rate. *Open loop*:
//! requests are due at fixed times, whatever the server does, and latency is counted from the time a request was **due**. A server
//! that stalls is so charged with every request that had to wait (G. Tene, "How NOT to measure latency", on coordinated omission).
//! The timer wakes to the millisecond, and what it is late by is counted as latency too: the figures are upper bounds. A loop is
//! open only while a connection is free for what is due (B. Schroeder and others, "Open versus closed: a cautionary tale", 2006), so
//! the most requests that were under way at once are told beside their latencies.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use crate::histogram::Histogram;
use crate::processor::processor_seconds;

/// How long after the end unanswered requests are waited for before they count as lost.
const DRAIN_LIMIT: Duration = Duration::from_secs(30);
/// How long a connection waits after it was lost before it connects again.
const RECONNECT_AFTER: Duration = Duration::from_millis(20);
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// When requests are sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// Each connection sends its next request when the last is answered.
    Closed,
    /// This many requests are due each second, evenly spaced.
    Open {
        /// Requests due in a second; above zero.
        per_second: f64,
    },
}

/// What to send, where and for how long.
#[derive(Debug, Clone)]
pub struct LoadPlan {
    /// The server.
    pub address: SocketAddr,
    /// `POST`, for example.
    pub method: String,
    /// The path and query of every request.
    pub path: String,
    /// Further headers, such as `Authorization`. Host, Content-Type (JSON) and Content-Length are always sent.
    pub headers: Vec<(String, String)>,
    /// When set, request n carries `Idempotency-Key: <this>-n`.
    pub idempotency_prefix: Option<String>,
    /// Connections kept open, each with one request at a time.
    pub connections: usize,
    /// Closed or open loop.
    pub pace: Pace,
    /// How long requests are sent. In closed loop, or when the server cannot keep up, answers may come later.
    pub duration: Duration,
}

/// What became of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'a> {
    /// The server answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body, whole.
        body: &'a [u8],
    },
    /// The connection failed before the answer was whole: whether the server acted on the request is not known.
    Lost,
}

/// What a run saw.
#[derive(Debug, Clone)]
pub struct LoadReport {
    /// Requests begun.
    pub sent: u64,
    /// Answers by HTTP status.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests that got no whole answer.
    pub lost: u64,
    /// Times a connection could not be made; no request was sent then.
    pub unconnected: u64,
    /// From the start to the last answer.
    pub seconds: f64,
    /// Microseconds to the last byte of each answer, from the send in closed loop, from the due time in open loop.
    pub latency_us: Histogram,
    /// Requests that were sent and not answered, at most at once.
    pub under_way_max: usize,
    /// Processor time of this whole process during the run; absent where the system does not tell.
    pub processor_seconds: Option<f64>,
}

impl LoadReport {
    /// Answers of any status in a second.
    pub fn per_second(&self) -> f64 {
        self.answered() as f64 / self.seconds
    }

    /// Answers of any status.
    pub fn answered(&self) -> u64 {
        self.statuses.values().sum()
    }
}

/// What the connections of one run share; they all live on one thread.
struct Run<Bodies, Answers> {
    plan: LoadPlan,
    head: String,
    started: Instant,
    next: Cell<u64>,
    bodies: RefCell<Bodies>,
    answers: RefCell<Answers>,
    statuses: RefCell<BTreeMap<u16, u64>>,
    latency_us: RefCell<Histogram>,
    last_answer: Cell<Instant>,
    unconnected: Cell<u64>,
    under_way: Cell<usize>,
    under_way_max: Cell<usize>,
}

/// Runs a plan to its end on this thread. `bodies` makes the body of request n (from 0, each once); `answers` is told what became
/// of it, in the order of the answers.
///
/// # Errors
/// When no connection at all can be made at the start. Later failures are counted and do not end the run.
///
/// # Panics
/// When called from within an async runtime, without connections, or with a rate that is not above zero.
pub fn run<Bodies, Answers>(plan: LoadPlan, bodies: Bodies, answers: Answers) -> io::Result<LoadReport>
where
    Bodies: FnMut(u64) -> Vec<u8>,
    Answers: FnMut(u64, Answer<'_>),
{
    assert!(plan.connections > 0, "a load needs connections");
    if let Pace::Open { per_second } = plan.pace {
        assert!(per_second > 0.0, "a rate is above zero");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run_connections(plan, bodies, answers))
}

async fn run_connections<Bodies, Answers>(plan: LoadPlan, bodies: Bodies, answers: Answers) -> io::Result<LoadReport>
where
    Bodies: FnMut(u64) -> Vec<u8>,
    Answers: FnMut(u64, Answer<'_>),
{
    let mut first = Vec::with_capacity(plan.connections);
    for _ in 0..plan.connections {
        first.push(Connection::open(plan.address).await?);
    }
    let processor_before = processor_seconds(std::process::id());
    let started = Instant::now();
    let give_up_at = started + plan.duration + DRAIN_LIMIT;
    let run = Run {
        head: head(&plan),
        plan,
        started,
        next: Cell::new(0),
        bodies: RefCell::new(bodies),
        answers: RefCell::new(answers),
        statuses: RefCell::default(),
        latency_us: RefCell::default(),
        last_answer: Cell::new(started),
        unconnected: Cell::new(0),
        under_way: Cell::new(0),
        under_way_max: Cell::new(0),
    };
    let mut connections: FuturesUnordered<_> = first.into_iter().map(|connection| run.drive(connection, give_up_at)).collect();
    while connections.next().await.is_some() {}
    drop(connections);
    let processor_after = processor_seconds(std::process::id());
    let (sent, statuses) = (run.next.get(), run.statuses.into_inner());
    Ok(LoadReport {
        sent,
        lost: sent - statuses.values().sum::<u64>(),
        statuses,
        unconnected: run.unconnected.get(),
        seconds: (run.last_answer.get() - started).as_secs_f64(),
        latency_us: run.latency_us.into_inner(),
        under_way_max: run.under_way_max.get(),
        processor_seconds: processor_after.zip(processor_before).map(|(after, before)| after - before),
    })
}

impl<Bodies, Answers> Run<Bodies, Answers>
where
    Bodies: FnMut(u64) -> Vec<u8>,
    Answers: FnMut(u64, Answer<'_>),
{
    /// Sends one request after another over a connection, and over new ones when it is lost, until the plan ends.
    async fn drive(&self, first: Connection, give_up_at: Instant) {
        let mut idle = Some(first);
        loop {
            let mut connection = match idle.take() {
                Some(connection) => connection,
                None => match self.reconnect().await {
                    Some(connection) => connection,
                    None => return,
                },
            };
            let Some((number, due)) = self.take_request() else {
                return;
            };
            if due > Instant::now() {
                sleep_until(due).await;
            }
            self.write_request(number, &mut connection.output);
            self.under_way.set(self.under_way.get() + 1);
            self.under_way_max.set(self.under_way_max.get().max(self.under_way.get()));
            let exchange = timeout_at(give_up_at, connection.exchange()).await;
            self.under_way.set(self.under_way.get() - 1);
            match exchange.unwrap_or_else(|elapsed| Err(elapsed.into())) {
                Ok(status) => {
                    self.count_answer(status, due);
                    (self.answers.borrow_mut())(number, Answer::Answered { status, body: connection.body() });
                    idle = connection.keep_alive.then_some(connection);
                }
                // Why it failed does not matter to a load: the request is lost and the connection replaced.
                Err(_) => (self.answers.borrow_mut())(number, Answer::Lost),
            }
        }
    }

    /// The next request's number and the moment it is due; none when the plan has ended.
    fn take_request(&self) -> Option<(u64, Instant)> {
        let number = self.next.get();
        let due = match self.plan.pace {
            Pace::Closed => Instant::now(),
            Pace::Open { per_second } => self.started + Duration::from_secs_f64(number as f64 / per_second),
        };
        if due >= self.started + self.plan.duration {
            return None;
        }
        self.next.set(number + 1);
        Some((number, due))
    }

    /// Connects again; none when the plan ends before that succeeds.
    async fn reconnect(&self) -> Option<Connection> {
        let end = self.started + self.plan.duration;
        while Instant::now() < end {
            match timeout_at(end, Connection::open(self.plan.address)).await {
                Ok(Ok(connection)) => return Some(connection),
                Ok(Err(_)) | Err(_) => self.unconnected.set(self.unconnected.get() + 1),
            }
            sleep(RECONNECT_AFTER).await;
        }
        None
    }

    fn write_request(&self, number: u64, output: &mut Vec<u8>) {
        let body = (self.bodies.borrow_mut())(number);
        let mut rest = String::with_capacity(96);
        if let Some(prefix) = &self.plan.idempotency_prefix {
            // Writing to a string cannot fail.
            let _ = write!(rest, "Idempotency-Key: {prefix}-{number}\r\n");
        }
        let _ = write!(rest, "Content-Length: {}\r\n\r\n", body.len());
        output.clear();
        output.extend_from_slice(self.head.as_bytes());
        output.extend_from_slice(rest.as_bytes());
        output.extend_from_slice(&body);
    }

    fn count_answer(&self, status: u16, counted_from: Instant) {
        let now = Instant::now();
        self.last_answer.set(now);
        *self.statuses.borrow_mut().entry(status).or_default() += 1;
        let microseconds = (now - counted_from).as_micros();
        self.latency_us.borrow_mut().record(u64::try_from(microseconds).unwrap_or(u64::MAX));
    }
}

/// The part of the request that is the same every time.
fn head(plan: &LoadPlan) -> String {
    let mut head =
        format!("{} {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n", plan.method, plan.path, plan.address);
    for (name, value) in &plan.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head
}

/// One keep-alive connection with the buffers of its one request.
struct Connection {
    stream: TcpStream,
    output: Vec<u8>,
    input: Vec<u8>,
    body_at: usize,
    keep_alive: bool,
}

impl Connection {
    async fn open(address: SocketAddr) -> io::Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (output, input) = (Vec::with_capacity(2_048), Vec::with_capacity(4_096));
        Ok(Connection { stream, output, input, body_at: 0, keep_alive: true })
    }

    /// Sends what is in `output` and reads the answer to its last byte; returns its status.
    async fn exchange(&mut self) -> io::Result<u16> {
        self.input.clear();
        self.stream.write_all(&self.output).await?;
        let head = loop {
            if let Some(head) = parse_head(&self.input)? {
                break head;
            }
            self.read_more().await?;
        };
        let end = head.bytes + head.body_bytes;
        while self.input.len() < end {
            self.read_more().await?;
        }
        if self.input.len() > end {
            return Err(malformed("more was answered than announced"));
        }
        self.body_at = head.bytes;
        self.keep_alive = head.keep_alive;
        Ok(head.status)
    }

    async fn read_more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.input).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// The body of the last answer.
    fn body(&self) -> &[u8] {
        &self.input[self.body_at..]
    }
}

/// What the head of an answer says (RFC 9112).
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    bytes: usize,
    body_bytes: usize,
    keep_alive: bool,
}

fn malformed(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// Reads the head of an answer; none while it is not whole. An answer with a body must announce its length: chunked ones are
/// refused.
fn parse_head(input: &[u8]) -> io::Result<Option<Head>> {
    let Some(end) = input.windows(4).position(|window| window == b"\r\n\r\n") else {
        return if input.len() > HEAD_BYTES_MAX { Err(malformed("endless head")) } else { Ok(None) };
    };
    let text = str::from_utf8(&input[..end]).map_err(|_| malformed("head is not text"))?;
    let mut lines = text.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok())
        .ok_or_else(|| malformed("no HTTP/1.1 status"))?;
    let (mut body_bytes, mut keep_alive) = (None, true);
    for line in lines {
        let (name, value) = line.split_once(':').ok_or_else(|| malformed("a header without a colon"))?;
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            body_bytes = Some(value.parse().map_err(|_| malformed("Content-Length is not a number"))?);
        } else if name.eq_ignore_ascii_case("connection") {
            keep_alive = !value.eq_ignore_ascii_case("close");
        }
    }
    let bodiless = status == 204 || status == 304;
    let body_bytes = if bodiless { Some(0) } else { body_bytes };
    let body_bytes = body_bytes.ok_or_else(|| malformed("a body of unknown length"))?;
    Ok(Some(Head { status, bytes: end + 4, body_bytes, keep_alive }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read() {
        let head = |status, bytes, body_bytes, keep_alive| Some(Head { status, bytes, body_bytes, keep_alive });
        let check = |input: &str, expected: Option<Option<Head>>| {
            assert_eq!(parse_head(input.as_bytes()).ok(), expected, "{input:?}");
        };
        check("", Some(None));
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", Some(None));
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", Some(head(200, 38, 2, true)));
        check("HTTP/1.1 503 Busy\r\ncontent-length:0\r\nConnection: Close\r\n\r\n", Some(head(503, 58, 0, false)));
        check("HTTP/1.1 204 No Content\r\n\r\n", Some(head(204, 27, 0, true)));
        check("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", None);
        check("HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n", None);
        check("HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n", None);
        check("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", None);
        check("SSH-2.0-other\r\n\r\n", None);
        check(&"x".repeat(HEAD_BYTES_MAX + 1), None);
    }
}
