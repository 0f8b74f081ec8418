//! The `danggol` command as people and scripts run it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A folder that is removed with its value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("danggol-command-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Folder(path)
    }

    /// Runs the command in this folder and waits for its end.
    fn run(&self, line: &str) -> Output {
        self.command(line).output().expect("the command runs")
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_danggol"));
        command.args(line.split(' ')).current_dir(&self.0).env("LC_ALL", "en_US.UTF-8").env("DANGGOL_PASSWORD", "every-day-anew");
        command.stdin(Stdio::null());
        command
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).expect("the folder of the test goes");
    }
}

/// A server that is asked to end with its value, whatever becomes of the test.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(folder: &Folder) -> Self {
        let mut command = folder.command("--json serve --data shop --listen 127.0.0.1:0 --log warn");
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the server starts");
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().expect("its output")).read_line(&mut line).expect("a line");
        let told: Value = serde_json::from_str(&line).expect("JSON");
        let address = told["address"].as_str().expect("an address").trim_start_matches("http://").to_owned();
        Server { process, address }
    }

    fn request(&self, line: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        let length = body.len();
        write!(stream, "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
            .expect("the request is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the answer");
        answer
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.process.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has normally ended already.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

const SETUP: &str = r#"{"brand":{"name":"Shop","currency":"USD","country":"US","time_zone":"America/New_York","language":"en"},
    "owner":{"name":"Owner","login":"owner","password":"every-day-anew"}}"#;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn wrong_usage_and_failure_have_codes_of_their_own() {
    let folder = Folder::new("usage");
    for (line, code, said) in [
        ("--version", 0, ""),
        ("servee", 2, "servee"),
        ("user add --login a --name b --role root", 2, "owner, admin, marketer"),
        ("serve --listen nowhere", 2, "nowhere"),
        ("serve --database postgres://shop:secret@db/brand", 1, "contains a password"),
        ("serve --config missing.toml", 1, "missing.toml"),
        ("key create --name till --scopes import --data nothing.toml/x", 1, ""),
        ("restore missing.db --data shop", 1, "missing.db"),
        ("backup out.db --data nowhere", 1, "nowhere"),
    ] {
        std::fs::write(folder.0.join("nothing.toml"), "").expect("a file");
        let output = folder.run(line);
        assert_eq!(output.status.code(), Some(code), "{line}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(said), "{line}: {}", text(&output.stderr));
    }
    let failed: Value = serde_json::from_slice(&folder.run("--json restore missing.db --data shop").stdout).expect("JSON");
    assert!(failed["error"].as_str().is_some_and(|error| error.contains("missing.db")));
}

#[test]
fn a_server_serves_while_it_is_copied_and_ends_when_it_is_asked_to() {
    let folder = Folder::new("serve");
    let early = folder.run("user add --data shop --login ann --name Ann --role clerk");
    assert_eq!(early.status.code(), Some(1), "nobody before the owner");
    let mut server = Server::start(&folder);
    assert!(server.request("GET /healthz", "").starts_with("HTTP/1.1 200"));
    assert!(server.request("POST /api/v1/setup", SETUP).starts_with("HTTP/1.1 201"));
    let refused = folder.run("key create --name till --scopes members:read --data shop");
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("stop the server"), "{}", text(&refused.stderr));
    let copied = folder.run("--json backup copy.db --data shop");
    assert!(copied.status.success(), "{}", text(&copied.stderr));
    server.signal("-TERM");
    assert!(server.process.wait().expect("it ends").success());

    let added = folder.run("--json user add --data shop --login Ann --name Ann --role clerk");
    assert!(added.status.success(), "{}", text(&added.stderr));
    let added: Value = serde_json::from_slice(&added.stdout).expect("JSON");
    assert_eq!((&added["login"], &added["role"]), (&"ann".into(), &"clerk".into()));
    let key = folder.run("key create --name till --scopes members:read,import --data shop");
    assert!(text(&key.stdout).lines().any(|line| line.starts_with("scopes") && line.ends_with("members:read import")));

    assert_eq!(folder.run("restore copy.db --data shop").status.code(), Some(1), "nothing is overwritten");
    let restored = folder.run("--json restore copy.db --data again");
    let restored: Value = serde_json::from_slice(&restored.stdout).expect("JSON");
    assert_eq!(restored["has_key"], false, "the key is kept apart");
    std::fs::copy(folder.0.join("shop.key"), folder.0.join("again.key")).expect("the key");
    std::fs::rename(folder.0.join("shop"), folder.0.join("lost")).expect("the first one is lost");
    std::fs::rename(folder.0.join("again"), folder.0.join("shop")).expect("the copy takes its place");
    let mut server = Server::start(&folder);
    assert!(server.request("GET /api/v1/setup", "").contains("\"needs_owner\":false"));
    server.signal("-INT");
    assert!(server.process.wait().expect("it ends").success());
}
