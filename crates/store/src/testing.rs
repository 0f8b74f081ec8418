//! A private PostgreSQL for tests and benches, behind the cargo feature `testing`.
//!
//! [`Cluster::start`] makes a cluster in a temporary folder on a free loopback port and takes both away again. Tests run one
//! process each under nextest, so a cluster started once outside can be lent to all of them through the environment variable
//! [`BORROWED_CLUSTER`]; every database made on it still belongs to one test alone.
//!
//! The server is the child of a small shell, the keeper, which stops it and removes the folder as soon as the pipe to this
//! process closes. That happens when the [`Cluster`] is dropped, and just as well when this process panics or is killed, so
//! nothing is left behind either way.
//!
//! Connections are trusted without a password and the server listens on 127.0.0.1 only: put nothing of value in it.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::chown;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Environment variable that lends a running cluster to the tests: `postgres://user@host:port`, without a database name.
pub const BORROWED_CLUSTER: &str = "DANGGOL_TEST_POSTGRES";

/// The superuser of every cluster started here.
pub const SUPERUSER: &str = "danggol";

const START_LIMIT: Duration = Duration::from_secs(60);
const PORT_ATTEMPTS: u32 = 5;

/// Runs the server in the background, waits for its standard input to close, stops the server at once and removes the folder.
/// Arguments: the folder, then the server's command line. `exited` appears when the server ended by itself.
const KEEPER: &str = r#"
folder=$1; shift
{ "$@" >"$folder/log" 2>&1 & echo $! >"$folder/server"; wait $!; echo $? >"$folder/exited"; } &
read -r _
until [ -s "$folder/server" ]; do sleep 0.1; done
kill -QUIT "$(cat "$folder/server")" 2>/dev/null
wait
rm -rf "$folder"
"#;

/// Why a cluster or a database on it could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No PostgreSQL server programs were found.
    #[error(
        "PostgreSQL is not installed, or `{0}` is not on PATH. Install version 15 or newer \
         (Debian and Ubuntu: apt install postgresql postgresql-contrib; Fedora: dnf install postgresql-server postgresql-contrib; \
         macOS: brew install postgresql@17), or set DANGGOL_TEST_POSTGRES=postgres://user@host:port to use a running server"
    )]
    NotInstalled(String),
    /// PostgreSQL refuses to run as root and there is no other user to run it as.
    #[error("PostgreSQL does not run as root, and neither a user `postgres` nor `nobody` exists to run it as")]
    NoUser,
    /// `initdb` failed; holds what it said.
    #[error("initdb failed: {0}")]
    Initdb(String),
    /// The server did not come up; holds the end of its log.
    #[error("PostgreSQL did not start: {0}")]
    Start(String),
    /// A name that would need quoting, or is too long.
    #[error("`{0}` is not a database name: 1 to 40 of a-z, 0-9 and _ are")]
    Name(String),
    /// The server refused to make or drop a database.
    #[error("PostgreSQL refused: {0}")]
    Database(#[from] tokio_postgres::Error),
    /// A file, folder or process could not be handled.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// How much a cluster may lose when the machine stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing is synced to disk: for tests, where the data dies with the cluster anyway.
    None,
    /// Every commit is synced, with 1 GB of shared buffers and room for the log: for benches.
    Full,
}

impl Durability {
    fn settings(self) -> &'static [&'static str] {
        match self {
            Durability::None => &["fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=128MB"],
            Durability::Full => {
                &["fsync=on", "synchronous_commit=on", "full_page_writes=on", "shared_buffers=1GB", "max_wal_size=16GB"]
            }
        }
    }
}

/// A PostgreSQL cluster for as long as the value lives: started here, or borrowed from outside.
#[derive(Debug)]
pub struct Cluster {
    base_url: String,
    port: Option<u16>,
    keeper: Option<Keeper>,
    databases: Mutex<Vec<String>>,
}

/// The shell that owns the server; closing its input ends both.
#[derive(Debug)]
struct Keeper {
    process: Child,
    input: Option<ChildStdin>,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.input = None;
        // Nothing useful can be done about a keeper that cannot be waited for; it still cleans up by itself.
        let _ = self.process.wait();
    }
}

impl Cluster {
    /// The cluster for tests: the one lent through [`BORROWED_CLUSTER`] when that is set, else a fresh one that syncs nothing.
    pub fn start() -> Result<Cluster, ClusterError> {
        match std::env::var(BORROWED_CLUSTER) {
            Ok(url) if !url.is_empty() => Ok(Cluster::borrow(&url)),
            _ => Cluster::start_own(Durability::None),
        }
    }

    /// Uses a running cluster at `base_url` (`postgres://user@host:port`). Databases made on it are dropped with the value.
    pub fn borrow(base_url: &str) -> Cluster {
        Cluster { base_url: base_url.trim_end_matches('/').to_owned(), port: None, keeper: None, databases: Mutex::default() }
    }

    /// Starts a fresh cluster, whatever the environment says: UTF-8, C locale, trusted loopback connections.
    pub fn start_own(durability: Durability) -> Result<Cluster, ClusterError> {
        let initdb = find_program("initdb")?;
        let postgres = find_program("postgres")?;
        let folder = temporary_folder()?;
        let started = initialise(&initdb, &folder).and_then(|user| start_server(&postgres, &folder, user, durability));
        match started {
            Ok((keeper, port)) => Ok(Cluster {
                base_url: format!("postgres://{SUPERUSER}@127.0.0.1:{port}"),
                port: Some(port),
                keeper: Some(keeper),
                databases: Mutex::default(),
            }),
            Err(error) => {
                // The keeper has normally removed it already; the first error is the one worth telling.
                let _ = fs::remove_dir_all(&folder);
                Err(error)
            }
        }
    }

    /// Where the cluster listens, without a database name: the value for [`BORROWED_CLUSTER`].
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The loopback port of a cluster started here; absent for a borrowed one.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Makes an empty UTF-8 database in the C locale and returns its URL. Its real name is `name` with the process id and a
    /// count added, so that tests that share a cluster never meet.
    pub fn create_database(&self, name: &str) -> Result<String, ClusterError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || name.len() > 40 || !name.chars().all(plain) {
            return Err(ClusterError::Name(name.to_owned()));
        }
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let unique = format!("{name}_{}_{count}", std::process::id());
        let statement = format!("CREATE DATABASE \"{unique}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'");
        execute(&format!("{}/postgres", self.base_url), &[statement])?;
        let url = format!("{}/{unique}", self.base_url);
        self.databases.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(unique);
        Ok(url)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.keeper.is_some() {
            return;
        }
        let databases = self.databases.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner());
        let statements: Vec<String> =
            databases.iter().map(|name| format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")).collect();
        if !statements.is_empty() {
            // The lender may have stopped the cluster first; then the databases are gone as well.
            let _ = execute(&format!("{}/postgres", self.base_url), &statements);
        }
    }
}

/// Runs statements one after another on a thread of their own, so that callers inside an async runtime may wait here too.
fn execute(url: &str, statements: &[String]) -> Result<(), ClusterError> {
    let run = || -> Result<(), ClusterError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
            let driving = tokio::spawn(connection);
            for statement in statements {
                client.batch_execute(statement).await?;
            }
            drop(client);
            // The connection has no more to say once its client is gone, and a join error would be its panic.
            driving.await.map_err(io::Error::other)??;
            Ok(())
        })
    };
    thread::scope(|scope| match scope.spawn(run).join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}

/// Finds a PostgreSQL program: on PATH, where `pg_config` says, or in the usual folders of distributions, the newest first.
pub fn find_program(name: &str) -> Result<PathBuf, ClusterError> {
    let mut folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    folders.extend(versioned_folders(Path::new("/usr/lib/postgresql"), ""));
    folders.extend(versioned_folders(Path::new("/usr"), "pgsql-"));
    folders.extend(versioned_folders(Path::new("/opt/homebrew/opt"), "postgresql@"));
    folders.extend(versioned_folders(Path::new("/usr/local/opt"), "postgresql@"));
    folders
        .iter()
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
        .ok_or_else(|| ClusterError::NotInstalled(name.to_owned()))
}

/// The `bin` folders under `parent` whose parents are named `prefix` and a version number, the highest version first.
fn versioned_folders(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut found: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// Makes an empty folder that only this user may enter.
fn temporary_folder() -> Result<PathBuf, ClusterError> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("danggol-postgres-{}-{count}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        match fs::DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            // Left by an earlier process of the same id, whose keeper was killed too.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(error.into()),
        }
    }
}

/// A user and group id to run the server as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct User {
    uid: u32,
    gid: u32,
}

/// Hands the folder to the user the server is to run as (none when this process is not root) and makes the data in it.
fn initialise(initdb: &Path, folder: &Path) -> Result<Option<User>, ClusterError> {
    // The folder was just made by this process, so its owner is the effective user.
    let user = if fs::metadata(folder)?.uid() == 0 {
        let accounts = fs::read_to_string("/etc/passwd")?;
        let user = find_user(&accounts, &["postgres", "nobody"]).ok_or(ClusterError::NoUser)?;
        chown(folder, Some(user.uid), Some(user.gid))?;
        Some(user)
    } else {
        None
    };
    let mut command = as_user(initdb, folder, user);
    command.arg("--pgdata").arg(folder.join("data"));
    command.args(["--username", SUPERUSER, "--auth", "trust"]);
    command.args(["--encoding", "UTF8", "--locale", "C", "--no-sync"]);
    let output = command.output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(ClusterError::Initdb(said));
    }
    Ok(user)
}

/// The first of `names` that the text of /etc/passwd has, unless it is root by another name.
fn find_user(accounts: &str, names: &[&str]) -> Option<User> {
    names.iter().find_map(|name| {
        accounts.lines().find_map(|line| {
            let mut fields = line.split(':');
            if fields.next()? != *name {
                return None;
            }
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            (uid != 0).then_some(User { uid, gid })
        })
    })
}

/// A command that runs in `folder`, as `user` where one is given, and whom signals to this process's group do not reach.
fn as_user(program: impl AsRef<std::ffi::OsStr>, folder: &Path, user: Option<User>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("HOME", folder).process_group(0);
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    command
}

/// Starts the server on a free port, on another one if somebody was faster.
fn start_server(
    postgres: &Path,
    folder: &Path,
    user: Option<User>,
    durability: Durability,
) -> Result<(Keeper, u16), ClusterError> {
    let mut attempt = 1;
    loop {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut command = as_user("sh", folder, user);
        command.args(["-c", KEEPER, "keeper"]).arg(folder);
        command.arg(postgres).arg("-D").arg(folder.join("data"));
        command.arg("-p").arg(port.to_string());
        for setting in durability.settings() {
            command.args(["-c", setting]);
        }
        command.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
        command.args(["-c", "max_connections=300", "-c", "timezone=UTC"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = command.spawn()?;
        let input = process.stdin.take();
        let keeper = Keeper { process, input };
        match wait_until_ready(folder) {
            Ok(()) => return Ok((keeper, port)),
            Err(ClusterError::Start(log)) if log.contains("could not bind") && attempt < PORT_ATTEMPTS => {
                // The keeper would take the data away with it, so the folder is left to the next attempt's keeper.
                attempt += 1;
                abandon(keeper, folder)?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Ends a keeper whose server has already exited, without the removal of the folder.
fn abandon(mut keeper: Keeper, folder: &Path) -> Result<(), ClusterError> {
    keeper.process.kill()?;
    keeper.process.wait()?;
    fs::remove_file(folder.join("exited"))?;
    Ok(())
}

/// Waits until the server says in its pid file that it takes connections.
fn wait_until_ready(folder: &Path) -> Result<(), ClusterError> {
    let deadline = Instant::now() + START_LIMIT;
    loop {
        let status = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
        // Line eight of the pid file is the postmaster's status.
        if status.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
            return Ok(());
        }
        if folder.join("exited").exists() || Instant::now() > deadline {
            let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
            return Err(ClusterError::Start(log));
        }
        thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_in_the_order_asked_for() {
        let accounts = "root:x:0:0::/:/bin/sh\nnobody:x:65534:65533::/:/bin/false\n\
                        postgres:x:101:104::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\nbroken\n";
        let check = |names: &[&str], expected: Option<(u32, u32)>| {
            let found = find_user(accounts, names).map(|user| (user.uid, user.gid));
            assert_eq!(found, expected, "{names:?}");
        };
        check(&["postgres", "nobody"], Some((101, 104)));
        check(&["absent", "nobody"], Some((65534, 65533)));
        check(&["toor", "nobody"], Some((65534, 65533)));
        check(&["broken"], None);
        check(&["absent"], None);
    }

    #[test]
    fn database_names_are_checked_before_anything_is_asked_of_a_server() {
        let cluster = Cluster::borrow("postgres://danggol@127.0.0.1:1/");
        assert_eq!(cluster.base_url(), "postgres://danggol@127.0.0.1:1");
        for name in ["", "Upper", "with space", "quote\"", "a-b", &"x".repeat(41)] {
            let refused = cluster.create_database(name);
            assert!(matches!(refused, Err(ClusterError::Name(_))), "{name:?}: {refused:?}");
        }
        let refused = cluster.create_database("good");
        assert!(matches!(refused, Err(ClusterError::Database(_))), "{refused:?}");
    }

    #[test]
    fn missing_programs_say_how_to_install_them() {
        let error = find_program("danggol-no-such-program").unwrap_err().to_string();
        assert!(error.contains("apt install postgresql"), "{error}");
    }

    #[test]
    fn a_server_that_cannot_start_is_an_error_with_its_log() {
        let folder = temporary_folder().unwrap();
        let initdb = find_program("initdb").unwrap();
        let user = initialise(&initdb, &folder).unwrap();
        fs::write(folder.join("data/postgresql.conf"), "no_such_setting = 1\n").unwrap();
        let postgres = find_program("postgres").unwrap();
        let refused = start_server(&postgres, &folder, user, Durability::None);
        match refused {
            Err(ClusterError::Start(log)) => assert!(log.contains("no_such_setting"), "{log}"),
            other => panic!("{other:?}"),
        }
        assert!(!folder.exists());
    }

    /// Asks one value of a database and returns it as text.
    fn ask(url: &str, question: &str) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.query_one(question, &[]).await.unwrap().get(0)
        })
    }

    #[test]
    fn a_cluster_starts_holds_databases_and_leaves_nothing() {
        let cluster = Cluster::start_own(Durability::None).unwrap();
        let first = cluster.create_database("shop").unwrap();
        let second = cluster.create_database("shop").unwrap();
        assert_ne!(first, second);
        let facts = [
            ("SELECT current_setting('server_encoding')", "UTF8"),
            ("SELECT datcollate::text FROM pg_database WHERE datname = current_database()", "C"),
            ("SELECT current_setting('fsync')", "off"),
            ("SELECT current_setting('TimeZone')", "UTC"),
        ];
        for (question, expected) in facts {
            assert_eq!(ask(&second, question), expected, "{question}");
        }
        let data = PathBuf::from(ask(&first, "SELECT current_setting('data_directory')"));
        assert!(data.exists());

        let borrowed = Cluster::borrow(cluster.base_url());
        let third = borrowed.create_database("lent").unwrap();
        let count = "SELECT count(*)::text FROM pg_database WHERE datname LIKE 'lent%'";
        assert_eq!(ask(&third, count), "1");
        drop(borrowed);
        assert_eq!(ask(&first, count), "0");

        drop(cluster);
        assert!(!data.exists() && !data.parent().unwrap().exists());
    }
}
