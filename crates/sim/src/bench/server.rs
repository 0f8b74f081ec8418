//! `danggol serve` as a child process, and what is asked of it.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use danggol_core::decide::Rules;
use danggol_core::id::MemberId;
use danggol_core::purchase::{Line, Order};
use serde::Serialize;

use crate::load::{Answer, LoadPlan, LoadReport, Pace, run};
use crate::processor::processor_seconds;
use crate::stage::{Place, Size};
use crate::workload::{Buyers, rules, ten_rules};

/// Connections of a closed loop.
pub const CONNECTIONS: usize = 64;
/// Connections of an open loop: as many tills, each of which has at most one purchase under way. More than are ever busy at once, for
/// what is due would wait in the load generator for a free one otherwise.
pub const OPEN_CONNECTIONS: usize = 1_024;
/// A server that has used next to no processor time for so long is idle.
const IDLE: Duration = Duration::from_secs(2);
/// How long it may take until it is.
const IDLE_WITHIN: Duration = Duration::from_secs(300);
/// Processor time that an idle server uses within [`IDLE`] at most, in seconds: it looks around once a second.
const IDLE_SECONDS: f64 = 0.02;
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// How much of a failed server's log is shown.
const LOG_LINES_SHOWN: usize = 20;

/// The program that is measured: the one built beside this one.
pub fn program() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("danggol");
    ensure!(program.exists(), "{} is missing: cargo build --release -p danggol-server", program.display());
    Ok(program)
}

/// A command of the program on a brand, deaf to settings of the surroundings.
pub fn command(program: &Path, place: &Place, folder: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DANGGOL_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).env("LC_ALL", "C.UTF-8").args(place.flags()).arg("--json");
    command
}

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Served {
    child: Child,
    address: SocketAddr,
}

impl Served {
    /// Starts a server with its own defaults, its log in a file in `folder`, and waits until it says where it listens.
    pub fn start(program: &Path, place: &Place, folder: &Path) -> anyhow::Result<Served> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let log = folder.join(format!("serve-{}.log", COUNT.fetch_add(1, Ordering::Relaxed)));
        let mut command = command(program, place, folder);
        command.args(["serve", "--listen", "127.0.0.1:0"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let child = command.stderr(File::create(&log)?).spawn().with_context(|| program.display().to_string())?;
        let mut served = Served { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let output = served.child.stdout.take().context("the server has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let said: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        let address = said["address"].as_str().and_then(|address| address.strip_prefix("http://")?.parse().ok());
        match address {
            Some(address) => served.address = address,
            None => bail!("the server did not start: {line}{}", last_lines(&log)),
        }
        Ok(served)
    }

    /// Seconds of processor time that it has used.
    pub fn processor_seconds(&self) -> anyhow::Result<f64> {
        processor_seconds(self.child.id()).context("this system does not tell processor time")
    }

    /// Waits until it has done what it does by itself after the start, and uses no processor time worth a word.
    pub fn wait_until_idle(&self) -> anyhow::Result<()> {
        let started = Instant::now();
        let mut before = self.processor_seconds()?;
        loop {
            thread::sleep(IDLE);
            let now = self.processor_seconds()?;
            if now - before <= IDLE_SECONDS {
                return Ok(());
            }
            ensure!(started.elapsed() < IDLE_WITHIN, "the server is not idle after {IDLE_WITHIN:?}");
            before = now;
        }
    }

    /// Bytes of memory that it holds.
    pub fn resident_bytes(&self) -> anyhow::Result<u64> {
        self.status_bytes("VmRSS:")
    }

    /// The most bytes of memory that it has held so far.
    pub fn most_resident_bytes(&self) -> anyhow::Result<u64> {
        self.status_bytes("VmHWM:")
    }

    /// Source: proc_pid_status(5).
    fn status_bytes(&self, name: &str) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kilobytes =
            status.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        Ok(kilobytes.with_context(|| format!("no {name}"))? * 1_024)
    }

    /// Asks once over a connection of its own, with a body where one is sent; the answer must be a success.
    pub fn ask(&self, key: &str, path: &str, body: Option<&str>) -> anyhow::Result<String> {
        let (status, text) = exchange(self.address, key, path, body).with_context(|| path.to_owned())?;
        ensure!((200..300).contains(&status), "{path} answered {status}: {text}");
        Ok(text)
    }

    /// One of the server's own counts.
    pub fn metric(&self, name: &str) -> anyhow::Result<f64> {
        let text = self.ask("", "/metrics", None)?;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        value.with_context(|| format!("{name} is not in /metrics"))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end and only its status is left to take.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
}

fn exchange(address: SocketAddr, key: &str, path: &str, body: Option<&str>) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    let (method, body) = (if body.is_some() { "POST" } else { "GET" }, body.unwrap_or_default());
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let malformed = || io::Error::new(io::ErrorKind::InvalidData, format!("not an answer: {answer}"));
    let (head, text) = answer.split_once("\r\n\r\n").ok_or_else(malformed)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(malformed)?;
    Ok((status, text.to_owned()))
}

/// Sends purchases to a server, one a request.
#[derive(Debug)]
pub struct Sender {
    key: String,
    rules: Rules,
    buyers: Buyers,
    series: String,
}

/// A load with what it took.
#[derive(Debug)]
pub struct Sent {
    /// What the load generator saw.
    pub load: LoadReport,
    /// Processor time of the server.
    pub server_seconds: f64,
}

impl Sent {
    /// Microseconds of the server's processor time for a purchase.
    pub fn server_us(&self) -> f64 {
        self.server_seconds * 1e6 / self.load.answered() as f64
    }

    /// Microseconds of the load generator's processor time for a purchase.
    pub fn generator_us(&self) -> f64 {
        self.load.processor_seconds.unwrap_or(f64::NAN) * 1e6 / self.load.answered() as f64
    }
}

impl Sender {
    /// Purchases of a brand of that size. Their numbers begin with `series`, which nobody else may use.
    pub fn new(key: &str, size: Size, seed: u64, series: &str) -> Sender {
        let buyers = Buyers::new(seed, crate::stage::FIRST_MEMBER, size.members);
        Sender { key: key.to_owned(), rules: rules(ten_rules()), buyers, series: series.to_owned() }
    }

    /// The body of the next purchase.
    pub fn body(&mut self) -> String {
        let order = self.buyers.order(&self.rules, 0, &self.series);
        // Text and whole numbers alone are always JSON.
        serde_json::to_string(&Wire::of(&order)).unwrap_or_default()
    }

    /// Sends purchases for some time. Every one must be kept.
    pub fn send(&mut self, served: &Served, pace: Pace, duration: Duration) -> anyhow::Result<Sent> {
        let plan = LoadPlan {
            address: served.address,
            method: "POST".to_owned(),
            path: "/api/v1/purchases".to_owned(),
            headers: vec![("Authorization".to_owned(), format!("Bearer {}", self.key))],
            idempotency_prefix: None,
            connections: match pace {
                Pace::Closed => CONNECTIONS,
                Pace::Open { .. } => OPEN_CONNECTIONS,
            },
            pace,
            duration,
        };
        let mut refused = None;
        let before = served.processor_seconds()?;
        let load = run(
            plan,
            |_| self.body().into_bytes(),
            |_, answer| match answer {
                Answer::Answered { status: 201, .. } => {}
                Answer::Answered { status, body } => {
                    refused.get_or_insert_with(|| format!("{status} {}", String::from_utf8_lossy(body)));
                }
                Answer::Lost => {
                    refused.get_or_insert_with(|| "no answer".to_owned());
                }
            },
        )?;
        if let Some(refused) = refused {
            bail!("a purchase was not kept: {refused}");
        }
        Ok(Sent { server_seconds: served.processor_seconds()? - before, load })
    }
}

/// A purchase as a till sends it.
#[derive(Serialize)]
struct Wire<'a> {
    external_no: Option<&'a str>,
    channel: &'a str,
    store: Option<&'a str>,
    member_id: MemberId,
    lines: Vec<WireLine<'a>>,
}

#[derive(Serialize)]
struct WireLine<'a> {
    sku: &'a str,
    category: Option<&'a str>,
    quantity: i64,
    amount_minor: i64,
}

impl<'a> Wire<'a> {
    fn of(order: &'a Order) -> Self {
        let line = |line: &'a Line| WireLine {
            sku: &line.sku,
            category: line.category.as_deref(),
            quantity: line.quantity,
            amount_minor: line.amount_minor,
        };
        Wire {
            external_no: order.external_no.as_deref(),
            channel: &order.channel,
            store: order.store.as_deref(),
            member_id: order.member,
            lines: order.lines.iter().map(line).collect(),
        }
    }
}
