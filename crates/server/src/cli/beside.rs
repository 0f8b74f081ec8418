//! Work handed to the server that holds the data folder, through the socket in it (HTTP/1.0 over a Unix socket: one request a
//! connection, ended by its close).

use std::fs::File;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde_json::{Value, json};

use super::Report;
use super::import::{Bar, Errand};
use crate::import::view::ImportKind;
use crate::random;

/// How often the server is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(300);

/// A request's body: what it is, how long it is, and where it is read from.
struct Outgoing<R> {
    content_type: String,
    length: u64,
    body: R,
}

/// The server of a data folder.
struct Server<'a> {
    dir: &'a Path,
    report: Report,
}

impl Server<'_> {
    #[cfg(unix)]
    fn connect(&self) -> Result<std::os::unix::net::UnixStream> {
        let path = crate::local::socket(self.dir);
        std::os::unix::net::UnixStream::connect(&path)
            .with_context(|| format!("a process holds the data folder and does not answer at {}", path.display()))
    }

    #[cfg(not(unix))]
    fn connect(&self) -> Result<std::net::TcpStream> {
        bail!("a process holds the data folder {}", self.dir.display())
    }

    fn ask<R: Read>(&self, method: &str, path: &str, outgoing: Option<Outgoing<R>>) -> Result<(u16, Vec<u8>)> {
        let mut stream = self.connect()?;
        let language = self.report.language.tag();
        let head = format!("{method} /api/v1{path} HTTP/1.0\r\nHost: danggol\r\nAccept-Language: {language}\r\n");
        let sent = match outgoing {
            None => stream.write_all(format!("{head}\r\n").as_bytes()),
            Some(Outgoing { content_type, length, mut body }) => {
                let head = format!("{head}Content-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n");
                stream.write_all(head.as_bytes()).and_then(|()| std::io::copy(&mut body, &mut stream).map(drop))
            }
        };
        let mut answer = Vec::new();
        // A server that refuses a file answers before it has read all of it.
        let read = stream.read_to_end(&mut answer);
        if answer.is_empty() {
            sent?;
            read?;
        }
        parse(&answer).ok_or_else(|| anyhow!("the server's answer does not read"))
    }

    fn json<R: Read>(&self, method: &str, path: &str, outgoing: Option<Outgoing<R>>) -> Result<Value> {
        let (status, body) = self.ask(method, path, outgoing)?;
        let value: Value = serde_json::from_slice(&body).with_context(|| format!("{status}"))?;
        let hint = value["hint"].as_str().map(|hint| format!(" ({hint})")).unwrap_or_default();
        ensure!((200..300).contains(&status), "{}{hint}", value["detail"].as_str().unwrap_or("the server refused"));
        Ok(value)
    }

    fn get(&self, path: &str) -> Result<Value> {
        self.json::<&[u8]>("GET", path, None)
    }

    fn post(&self, path: &str, value: &Value) -> Result<Value> {
        let body = serde_json::to_vec(value)?;
        let length = body.len() as u64;
        self.json("POST", path, Some(Outgoing { content_type: "application/json".to_owned(), length, body: Cursor::new(body) }))
    }

    fn upload(&self, path: &str, file: &Path, file_name: &str) -> Result<Value> {
        let boundary = random::secret();
        let name: String = file_name.chars().map(|typed| if typed == '"' || typed.is_control() { '_' } else { typed }).collect();
        let before = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let after = format!("\r\n--{boundary}--\r\n");
        let file = File::open(file)?;
        let length = before.len() as u64 + file.metadata()?.len() + after.len() as u64;
        let body = Cursor::new(before).chain(file).chain(Cursor::new(after));
        self.json(
            "POST",
            path,
            Some(Outgoing { content_type: format!("multipart/form-data; boundary={boundary}"), length, body }),
        )
    }
}

/// Status and body of an answer.
fn parse(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer[end + 4..].to_vec()))
}

/// Brings a file in through the server: gives the import as it ended.
pub fn import(dir: &Path, errand: &Errand, report: Report) -> Result<Value> {
    let server = Server { dir, report };
    let kind = match errand.kind {
        ImportKind::Members => "members",
        ImportKind::Products => "products",
        ImportKind::Purchases => "purchases",
    };
    let made = server.upload(&format!("/imports?kind={kind}"), &errand.file, &errand.file_name)?;
    let id = made["id"].as_str().context("the server gave no id")?.to_owned();
    if !report.json {
        eprintln!("{}  {}", errand.file_name, made["encoding"].as_str().unwrap_or_default());
    }
    let start = json!({"mapping_toml": errand.mapping, "as": errand.purchases_as});
    server.post(&format!("/imports/{id}/start"), &start)?;
    let mut bar = Bar::new(report);
    let done = loop {
        let import = server.get(&format!("/imports/{id}"))?;
        if import["status"] != "running" {
            break import;
        }
        let progress = &import["progress"];
        let number = |name: &str| progress[name].as_f64();
        let (read, total) = (number("bytes_read").unwrap_or(0.0), number("bytes_total").unwrap_or(0.0).max(1.0));
        let rows = progress["rows_read"].as_u64().unwrap_or(0);
        bar.show(read / total, rows, number("rows_per_second").unwrap_or(0.0), number("seconds_left"));
        thread::sleep(ASK_EVERY);
    };
    bar.end();
    if done["progress"]["refused"].as_u64().unwrap_or(0) > 0 {
        let (status, body) = server.ask::<&[u8]>("GET", &format!("/imports/{id}/rejected.csv"), None)?;
        if status != 200 {
            bail!("the server did not give the refused rows ({status})");
        }
        std::fs::write(&errand.rejected, body).with_context(|| errand.rejected.display().to_string())?;
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read() {
        for (answer, expected) in [
            ("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}", Some((200, b"{}".to_vec()))),
            ("HTTP/1.1 404 Not Found\r\n\r\n", Some((404, Vec::new()))),
            ("HTTP/1.1 200 OK\r\n", None),
            ("", None),
        ] {
            assert_eq!(parse(answer.as_bytes()), expected, "{answer:?}");
        }
    }
}
