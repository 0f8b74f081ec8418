//! A whole app for a test: a fresh database, a clock that the test moves, and callers of every kind.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request};
use danggol_server::app::{App, BrandState};
use danggol_server::config::{Config, Settings};
use danggol_server::expected_value::refit_due;
use danggol_server::review::review_due;
use danggol_server::routes;
use danggol_server::tag::sweeps_due;
use danggol_store::Target;
use danggol_store::testing::{Cluster, ClusterError};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// 2026-11-22T03:00:00Z.
pub const NOW_MS: i64 = 1_795_316_400_000;
/// The password of everybody in tests.
pub const PASSWORD: &str = "every-day-anew";

/// A folder that is removed with its value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("danggol-api-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).expect("the folder of the test goes");
    }
}

/// Who sends a request.
#[derive(Debug, Clone)]
pub enum Who {
    /// Nobody.
    Nobody,
    /// A person, by the token of her cookie.
    Person(String),
    /// A program, by the secret of its key.
    Program(String),
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body where it is JSON, else null.
    pub body: Value,
    pub text: String,
}

impl Answer {
    /// The body of an answer of this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// Status, code and field of a problem.
    #[track_caller]
    pub fn problem(&self) -> (u16, &str, Option<&str>) {
        let body = &self.body;
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text);
        assert_eq!((body["status"].as_u64(), body["type"].as_str()), (Some(self.status.into()), Some("about:blank")));
        assert_eq!(body["request_id"].as_str(), self.header("x-request-id"));
        assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{}", self.text);
        (self.status, body["code"].as_str().unwrap_or_default(), body["field"].as_str())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// An app of its own.
pub struct TestApp {
    pub router: Router,
    now_ms: Arc<AtomicI64>,
    // Dropped in this order: what runs, then the app, then its folder.
    runtime: Runtime,
    app: Arc<App>,
    folder: Arc<Folder>,
}

fn postgres() -> Option<String> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    let cluster = CLUSTER.get_or_init(|| match Cluster::start() {
        Ok(cluster) => Some(cluster),
        Err(ClusterError::NotInstalled(program)) => {
            eprintln!("PostgreSQL is not installed ({program}): this test ran on SQLite alone");
            None
        }
        Err(error) => panic!("PostgreSQL does not start: {error}"),
    });
    cluster.as_ref().map(|cluster| cluster.create_database("api").expect("a database"))
}

/// Runs a test on a new app of each engine. `settings` may be changed first.
pub fn each_engine_with(settings: Settings, test: impl Fn(&TestApp)) {
    test(&TestApp::open(Settings { database: None, ..settings.clone() }));
    if let Some(url) = postgres() {
        test(&TestApp::open(Settings { database: Some(url), ..settings }));
    }
}

/// Runs a test on a new app of each engine.
pub fn each_engine(test: impl Fn(&TestApp)) {
    each_engine_with(Settings::default(), test);
}

impl TestApp {
    fn open(settings: Settings) -> Self {
        let folder = Arc::new(Folder::new());
        let settings = Settings {
            data: Some(folder.0.join("data")),
            key_file: Some(folder.0.join("test.key")),
            import_dir: Some(folder.0.join("imports")),
            roster_file: Some(folder.0.join("roster")),
            readers: Some(2),
            ..settings
        };
        let config = Config::of(settings, |_| None).expect("the settings of the test");
        Self::serve(config, Arc::new(AtomicI64::new(NOW_MS)), folder)
    }

    /// Another server on the same database; none where there can be only one.
    pub fn beside(&self) -> Option<Self> {
        let config = self.app.config.clone();
        let shared = matches!(config.target, Target::Postgres(_));
        shared.then(|| Self::serve(config, Arc::clone(&self.now_ms), Arc::clone(&self.folder)))
    }

    fn serve(config: Config, now_ms: Arc<AtomicI64>, folder: Arc<Folder>) -> Self {
        let told = Arc::clone(&now_ms);
        let app = App::open(config, Arc::new(move || told.load(Ordering::Relaxed))).expect("the app opens");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        TestApp { router: routes::router(Arc::clone(&app)), now_ms, runtime, app, folder }
    }

    /// Moves the clock on.
    pub fn advance_ms(&self, by_ms: i64) {
        self.now_ms.fetch_add(by_ms, Ordering::Relaxed);
    }

    /// What an audit finds to differ.
    pub fn audit(&self) -> Vec<String> {
        let audited = self.app.store.read_blocking(|conn| {
            let rules = BrandState::read(conn)?.rules()?;
            danggol_store::audit::audit(conn, &rules, |_| ())
        });
        audited.expect("an audit").differences.iter().map(|difference| format!("{difference:?}")).collect()
    }

    /// Waits until the roster, which somebody has asked for, is there.
    pub fn warm_roster(&self) {
        assert!(self.app.roster.wait_until_warm(Duration::from_secs(60)), "the roster is loaded");
    }

    /// Members laid over the base of the roster; none where there is no roster.
    pub fn laid_over_roster(&self) -> Option<usize> {
        self.app.roster.laid_over()
    }

    /// Fits expected value anew where that is due; says whether it was.
    pub fn refit(&self) -> bool {
        self.runtime.block_on(refit_due(&self.app)).expect("the models are fitted")
    }

    /// Looks at everybody by the rules of tags where that is due; says how many tags came or went.
    pub fn sweep_tags(&self) -> usize {
        self.runtime.block_on(sweeps_due(&self.app)).expect("tags are followed")
    }

    /// Takes the snapshots of segments that are due, as the server does every night; says how many.
    pub fn snapshots(&self) -> usize {
        self.runtime.block_on(danggol_server::segment::snapshots_due(&self.app)).expect("snapshots are taken")
    }

    /// Lets expire and looks at tiers as the server does by the clock; says how many holders changed.
    pub fn review(&self) -> usize {
        self.runtime.block_on(review_due(&self.app)).expect("holders are reviewed")
    }

    /// Lets gifts lapse that were not collected in time, as the server does by the clock; says how many.
    pub fn lapse_gifts(&self) -> usize {
        self.runtime.block_on(danggol_server::gift::lapse_due(&self.app)).expect("gifts lapse")
    }

    /// Gives what the calendar brings today, as the server does by the clock; says how many gifts.
    pub fn give_gifts(&self) -> usize {
        self.runtime.block_on(danggol_server::occasion::give_due(&self.app)).expect("gifts are given")
    }

    /// Every byte that the database keeps, where it is a file.
    pub fn kept_bytes(&self) -> Vec<u8> {
        let Target::Sqlite { dir, .. } = &self.app.config.target else { return Vec::new() };
        assert!(dir.starts_with(&self.folder.0));
        let files = std::fs::read_dir(dir).expect("the data folder");
        files.flat_map(|file| std::fs::read(file.expect("a file").path()).expect("its bytes")).collect()
    }

    /// Sends a request.
    pub fn send(&self, request: Request<Body>) -> Answer {
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.expect("the router answers");
            let (parts, body) = response.into_parts();
            let bytes = to_bytes(body, usize::MAX).await.expect("the body");
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let body = serde_json::from_slice(&bytes).unwrap_or_default();
            Answer { status: parts.status.as_u16(), headers: parts.headers, body, text }
        })
    }

    /// Sends a JSON request with some headers.
    pub fn call_with(&self, who: &Who, line: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
        self.send(self.request(who, line, body, headers))
    }

    fn request(&self, who: &Who, line: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Request<Body> {
        let (method, path) = line.split_once(' ').expect("a method and a path");
        let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).expect("a method")).uri(path);
        request = match who {
            Who::Nobody => request,
            Who::Person(token) => request.header("cookie", format!("danggol_session={token}")).header("x-danggol-console", "1"),
            Who::Program(secret) => request.header("authorization", format!("Bearer {secret}")),
        };
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        request.body(body).expect("a request")
    }

    /// Sends a JSON request.
    pub fn call(&self, who: &Who, line: &str, body: Value) -> Answer {
        self.call_with(who, line, Some(body), &[])
    }

    /// Sends a file in a form.
    pub fn upload(&self, who: &Who, path: &str, text: &str) -> Answer {
        let body =
            format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"dir/year.csv\"\r\n\r\n{text}\r\n--x--\r\n");
        let headers = [("content-type", "multipart/form-data; boundary=x"), ("accept-language", "en")];
        let request = self.request(who, &format!("POST {path}"), None, &headers);
        self.send(request.map(|_| Body::from(body)))
    }

    /// Sends requests at once and gives their statuses.
    pub fn call_together(&self, who: &Who, requests: Vec<(&str, Value)>) -> Vec<u16> {
        let sent = requests.into_iter().map(|(line, body)| self.router.clone().oneshot(self.request(who, line, Some(body), &[])));
        let sent: Vec<_> = sent.collect();
        let answers = self.runtime.block_on(futures_util::future::join_all(sent));
        answers.into_iter().map(|answer| answer.expect("the router answers").status().as_u16()).collect()
    }

    /// Sends a request without a body.
    pub fn get(&self, who: &Who, path: &str) -> Answer {
        self.call_with(who, &format!("GET {path}"), None, &[])
    }

    /// Classes everybody and tells the ranking to the tiers, as the clock does; says how many were told.
    pub fn rank(&self) -> usize {
        self.runtime.block_on(async {
            danggol_server::class::classify_due(&self.app).await.expect("classes");
            danggol_server::ranking::rank_due(&self.app).await.expect("a ranking")
        })
    }

    /// Finds lifestyle groups where that is due, as the clock does; says whether it did.
    pub fn group(&self) -> bool {
        self.runtime.block_on(danggol_server::lifestyle::fit_due(&self.app)).expect("groups")
    }

    /// Looks for members who may be one person where that is due, as the clock does; says how many pairs are suggested otherwise than before.
    pub fn find_duplicates(&self) -> usize {
        self.runtime.block_on(async {
            let changed = danggol_server::duplicate::follow_due(&self.app).await.expect("changes are followed");
            changed + danggol_server::duplicate::look_due(&self.app).await.expect("everybody").unwrap_or(0)
        })
    }

    /// Sets up a Korean brand and gives its owner.
    pub fn set_up(&self) -> Who {
        let answer = self.call(&Who::Nobody, "POST /api/v1/setup", setup());
        assert_eq!(answer.status, 201, "{}", answer.text);
        Who::Person(token(&answer))
    }

    /// Adds a person of a role and signs her in.
    pub fn person(&self, owner: &Who, role: &str) -> Who {
        let user = json!({"name": role, "login": role, "password": PASSWORD, "role": role});
        self.call(owner, "POST /api/v1/users", user).expect(201);
        self.sign_in(role)
    }

    /// Signs a person in.
    pub fn sign_in(&self, login: &str) -> Who {
        let answer = self.call(&Who::Nobody, "POST /api/v1/session", json!({"login": login, "password": PASSWORD}));
        assert_eq!(answer.status, 200, "{}", answer.text);
        Who::Person(token(&answer))
    }

    /// Makes a key.
    pub fn program(&self, owner: &Who, scopes: &[&str]) -> Who {
        let made = self.call(owner, "POST /api/v1/keys", json!({"name": "till", "scopes": scopes})).expect(201);
        Who::Program(made["secret"].as_str().expect("a secret").to_owned())
    }
}

/// The first run of a Korean brand.
pub fn setup() -> Value {
    json!({
        "brand": {"name": "단골 가게", "currency": "KRW", "country": "KR", "time_zone": "Asia/Seoul", "language": "ko"},
        "owner": {"name": "사장", "login": "Owner", "password": PASSWORD},
    })
}

/// The session token that an answer sets.
pub fn token(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").expect("a cookie");
    let value = cookie.strip_prefix("danggol_session=").expect("the session's cookie");
    value.split(';').next().unwrap_or_default().to_owned()
}
