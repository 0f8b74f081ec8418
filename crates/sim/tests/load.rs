//! The load generator against a small server that behaves well, badly and slowly.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use danggol_sim::load::{Answer, LoadPlan, Pace, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with a request, by the number in its body.
type Behaviour = fn(u64) -> Reply;

enum Reply {
    Status(u16),
    StatusThenClose(u16),
    Hang(Duration),
    HalfAnAnswer,
}

/// A server on a thread of its own; remembers the idempotency key of each request it read. It ends with the test's process.
struct Server {
    address: SocketAddr,
    keys: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(behaviour: Behaviour) -> Server {
        let keys = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&keys);
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    tokio::spawn(serve(stream, behaviour, Arc::clone(&shared)));
                }
            });
        });
        Server { address: told.recv().unwrap(), keys }
    }

    fn plan(&self, connections: usize, pace: Pace, duration: Duration) -> LoadPlan {
        LoadPlan {
            address: self.address,
            method: "POST".to_owned(),
            path: "/api/v1/purchases".to_owned(),
            headers: vec![("Authorization".to_owned(), "Bearer test".to_owned())],
            idempotency_prefix: Some("run".to_owned()),
            connections,
            pace,
            duration,
        }
    }
}

async fn serve(mut stream: TcpStream, behaviour: Behaviour, keys: Arc<Mutex<Vec<String>>>) {
    while let Some((number, key)) = read_request(&mut stream).await {
        keys.lock().unwrap().push(key);
        let (status, close) = match behaviour(number) {
            Reply::Status(status) => (status, false),
            Reply::StatusThenClose(status) => (status, true),
            Reply::Hang(duration) => {
                tokio::time::sleep(duration).await;
                (200, false)
            }
            Reply::HalfAnAnswer => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").await.unwrap();
                return;
            }
        };
        let body = format!("answer {number}");
        let connection = if close { "close" } else { "keep-alive" };
        let answer =
            format!("HTTP/1.1 {status} Said\r\nConnection: {connection}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
        if close {
            return;
        }
    }
}

/// Reads one request as this test's plan sends it; the body is the request's number. None when the client has gone.
async fn read_request(stream: &mut TcpStream) -> Option<(u64, String)> {
    let mut input = Vec::new();
    loop {
        if stream.read_buf(&mut input).await.ok()? == 0 {
            return None;
        }
        let text = std::str::from_utf8(&input).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        assert!(head.starts_with("POST /api/v1/purchases HTTP/1.1\r\nHost: 127.0.0.1:"), "{head}");
        assert_eq!(header("Authorization: "), "Bearer test");
        if body.len() == header("Content-Length: ").parse::<usize>().unwrap() {
            return Some((body.parse().unwrap(), header("Idempotency-Key: ").to_owned()));
        }
    }
}

#[test]
fn closed_loop_counts_what_the_server_saw() {
    let server = Server::start(|number| Reply::Status(if number % 5 == 0 { 503 } else { 201 }));
    let plan = server.plan(4, Pace::Closed, Duration::from_millis(100));
    let mut answered = BTreeMap::new();
    let report = run(
        plan,
        |number| number.to_string().into_bytes(),
        |number, answer| match answer {
            Answer::Answered { status, body } => {
                assert_eq!(body, format!("answer {number}").as_bytes());
                assert!(answered.insert(number, status).is_none(), "{number} was answered twice");
            }
            Answer::Lost => panic!("{number} was lost"),
        },
    )
    .unwrap();
    let sent = report.sent;
    assert!(sent > 8, "{sent}");
    assert_eq!((report.lost, report.unconnected, report.answered()), (0, 0, sent));
    assert_eq!(answered.keys().copied().collect::<Vec<_>>(), (0..sent).collect::<Vec<_>>());
    assert_eq!(report.statuses, BTreeMap::from([(201, sent - sent.div_ceil(5)), (503, sent.div_ceil(5))]));
    assert_eq!(report.latency_us.count(), sent);
    assert!(report.per_second() > 0.0 && report.seconds > 0.0);

    let mut keys = server.keys.lock().unwrap().clone();
    let mut expected: Vec<String> = (0..sent).map(|number| format!("run-{number}")).collect();
    keys.sort();
    expected.sort();
    assert_eq!(keys, expected);
}

#[test]
fn open_loop_sends_what_is_due_and_no_more() {
    let server = Server::start(|_| Reply::Status(200));
    let plan = server.plan(8, Pace::Open { per_second: 1_000.0 }, Duration::from_millis(200));
    let report = run(plan, |number| number.to_string().into_bytes(), |_, _| {}).unwrap();
    assert_eq!((report.sent, report.answered()), (200, 200));
    // The last request is due at 199 ms; a closed loop would have been done long before.
    assert!(report.seconds >= 0.199, "{}", report.seconds);
}

#[test]
fn open_loop_charges_a_stall_to_every_request_that_was_due_in_it() {
    const STALL: Duration = Duration::from_millis(200);
    let server = Server::start(|number| if number == 0 { Reply::Hang(STALL) } else { Reply::Status(200) });
    let plan = server.plan(1, Pace::Open { per_second: 500.0 }, STALL);
    let report = run(plan, |number| number.to_string().into_bytes(), |_, _| {}).unwrap();
    assert_eq!((report.sent, report.answered()), (100, 100));
    // Only one request was slow in the server, but half of them were due more than 100 ms before it came back.
    assert!(report.latency_us.at(0.49) >= 100_000, "{}", report.latency_us.at(0.49));
    assert!(report.latency_us.at(1.0) >= 200_000, "{}", report.latency_us.at(1.0));
}

#[test]
fn lost_connections_are_counted_and_replaced() {
    let server = Server::start(|number| match number % 10 {
        3 => Reply::HalfAnAnswer,
        6 => Reply::StatusThenClose(200),
        _ => Reply::Status(200),
    });
    let plan = server.plan(3, Pace::Open { per_second: 500.0 }, Duration::from_millis(200));
    let mut lost = Vec::new();
    let report = run(
        plan,
        |number| number.to_string().into_bytes(),
        |number, answer| {
            if answer == Answer::Lost {
                lost.push(number);
            }
        },
    )
    .unwrap();
    lost.sort_unstable();
    assert_eq!(lost, (0..100).filter(|number| number % 10 == 3).collect::<Vec<_>>());
    assert_eq!((report.sent, report.lost, report.answered()), (100, 10, 90));
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let server = Server::start(|_| Reply::Status(200));
    let mut plan = server.plan(1, Pace::Closed, Duration::from_millis(1));
    // A port that was free a moment ago.
    plan.address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert!(run(plan, |_| Vec::new(), |_, _| {}).is_err());
}
