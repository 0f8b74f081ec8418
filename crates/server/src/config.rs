//! Settings: from `danggol.toml`, the environment (`DANGGOL_…`) and flags, the later winning.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use danggol_store::Target;
use serde::Deserialize;

use crate::limit::Rate;

/// The file that is read when it is there and no other is named.
const FILE: &str = "danggol.toml";
/// The most threads that write to PostgreSQL unless more are wished.
const MOST_WRITERS: usize = 4;

/// The processors that this process may use.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For eyes.
    Pretty,
}

/// When the roster, the members and their purchases in memory, is there to answer; until then, and where it never is, SQL answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum RosterUse {
    /// From the first question on that it could answer.
    Asked,
    /// From the start of the server on.
    Start,
    /// At no time.
    Never,
}

/// What can be set, in any of the places. Each stands once here, for the file, the environment and the flags.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, clap::Args)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Folder of the SQLite database [default: ./danggol-data]
    #[arg(long, global = true, env = "DANGGOL_DATA", value_name = "DIR", conflicts_with = "database")]
    pub data: Option<PathBuf>,
    /// PostgreSQL database, without a password (DANGGOL_DATABASE_PASSWORD, PGPASSWORD or PGPASSFILE has it)
    #[arg(long, global = true, env = "DANGGOL_DATABASE", value_name = "URL")]
    pub database: Option<String>,
    /// File with the master key of personal data [default: the data folder with .key added, or ./danggol.key]
    #[arg(long, global = true, env = "DANGGOL_KEY_FILE", value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// Address to serve at [default: 127.0.0.1:7300]
    #[arg(long, global = true, env = "DANGGOL_LISTEN", value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// What to log, as in `info` or `warn,danggol_server=debug` [default: info]
    #[arg(long, global = true, env = "DANGGOL_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// How log lines are written [default: pretty on a terminal, else json]
    #[arg(long, global = true, env = "DANGGOL_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// Whether to answer at /metrics [default: true]
    #[arg(long, global = true, env = "DANGGOL_METRICS", value_name = "BOOL")]
    pub metrics: Option<bool>,
    /// Whether a proxy in front sets X-Forwarded-For [default: false]
    #[arg(long, global = true, env = "DANGGOL_BEHIND_PROXY", value_name = "BOOL")]
    pub behind_proxy: Option<bool>,
    /// Requests a second that one person may make; twice as many at once [default: 200]
    #[arg(long, global = true, env = "DANGGOL_PEOPLE_PER_SECOND", value_name = "N")]
    pub people_per_second: Option<u32>,
    /// Requests a second that one key may make; twice as many at once [default: no limit]
    #[arg(long, global = true, env = "DANGGOL_KEYS_PER_SECOND", value_name = "N")]
    pub keys_per_second: Option<u32>,
    /// Hours that a person stays signed in [default: 12]
    #[arg(long, global = true, env = "DANGGOL_SESSION_HOURS", value_name = "N")]
    pub session_hours: Option<u32>,
    /// Threads that read the database [default: 4]
    #[arg(long, global = true, env = "DANGGOL_READERS", value_name = "N")]
    pub readers: Option<usize>,
    /// Threads that write to PostgreSQL [default: one a processor, 4 at most]; SQLite has one
    #[arg(long, global = true, env = "DANGGOL_WRITERS", value_name = "N")]
    pub writers: Option<usize>,
    /// When members are held in memory to answer questions about all of them [default: asked]
    #[arg(long, global = true, env = "DANGGOL_ROSTER", value_name = "WHEN")]
    pub roster: Option<RosterUse>,
    /// File of the roster, written now and then and read at the start [default: roster in the data folder, or ./danggol-roster]
    #[arg(long, global = true, env = "DANGGOL_ROSTER_FILE", value_name = "FILE")]
    pub roster_file: Option<PathBuf>,
    /// First digits of card numbers made here [default: 62]
    #[arg(long, global = true, env = "DANGGOL_CARD_PREFIX", value_name = "DIGITS")]
    pub card_prefix: Option<String>,
    /// Folder of files being imported [default: imports in the data folder, or ./danggol-imports]
    #[arg(long, global = true, env = "DANGGOL_IMPORT_DIR", value_name = "DIR")]
    pub import_dir: Option<PathBuf>,
    /// Largest file to import, in MiB [default: 2048]
    #[arg(long, global = true, env = "DANGGOL_IMPORT_MIB", value_name = "N")]
    pub import_mib: Option<u32>,
}

impl Settings {
    /// These where they say something, else `others`. A folder set here sets a database of `others` aside, and the other way round.
    fn or(self, others: Settings) -> Settings {
        let is_placed = self.data.is_some() || self.database.is_some();
        let (data, database) = if is_placed { (self.data, self.database) } else { (others.data, others.database) };
        Settings {
            data,
            database,
            key_file: self.key_file.or(others.key_file),
            listen: self.listen.or(others.listen),
            log: self.log.or(others.log),
            log_format: self.log_format.or(others.log_format),
            metrics: self.metrics.or(others.metrics),
            behind_proxy: self.behind_proxy.or(others.behind_proxy),
            people_per_second: self.people_per_second.or(others.people_per_second),
            keys_per_second: self.keys_per_second.or(others.keys_per_second),
            session_hours: self.session_hours.or(others.session_hours),
            readers: self.readers.or(others.readers),
            writers: self.writers.or(others.writers),
            roster: self.roster.or(others.roster),
            roster_file: self.roster_file.or(others.roster_file),
            card_prefix: self.card_prefix.or(others.card_prefix),
            import_dir: self.import_dir.or(others.import_dir),
            import_mib: self.import_mib.or(others.import_mib),
        }
    }
}

/// The settings as they hold.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the brand is kept.
    pub target: Target,
    /// The file of the master key.
    pub key_file: PathBuf,
    /// Where to serve.
    pub listen: SocketAddr,
    /// What to log.
    pub log: String,
    /// How log lines are written; none: by where they go.
    pub log_format: Option<LogFormat>,
    /// Whether to answer at /metrics.
    pub metrics: bool,
    /// Whether a proxy in front says where requests come from.
    pub behind_proxy: bool,
    /// The rate of people.
    pub people: Rate,
    /// The rate of keys, where there is one.
    pub keys: Option<Rate>,
    /// How long a session lasts, in milliseconds.
    pub session_ms: i64,
    /// Threads that read the database.
    pub readers: usize,
    /// Threads that write to PostgreSQL.
    pub writers: usize,
    /// When the roster is there.
    pub roster: RosterUse,
    /// Its file.
    pub roster_file: PathBuf,
    /// First digits of card numbers.
    pub card_prefix: String,
    /// Where files being imported lie.
    pub import_dir: PathBuf,
    /// The largest file to import, in bytes.
    pub import_bytes_max: u64,
}

impl Config {
    /// The settings of flags and environment over those of the file: the one named, else `danggol.toml` where it is there.
    pub fn load(given: Settings, file: Option<&Path>, environment: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let path = file.unwrap_or(Path::new(FILE));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        let kept: Settings = toml::from_str(&text).with_context(|| path.display().to_string())?;
        Self::of(given.or(kept), environment)
    }

    /// Settings with the defaults filled in.
    pub fn of(settings: Settings, environment: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let data = settings.data.unwrap_or_else(|| PathBuf::from("danggol-data"));
        let (import_dir, roster_file) = match &settings.database {
            Some(_) => (PathBuf::from("danggol-imports"), PathBuf::from("danggol-roster")),
            None => (data.join("imports"), data.join("roster")),
        };
        let (target, key_file) = match &settings.database {
            Some(url) => (Target::postgres(url, environment)?, PathBuf::from("danggol.key")),
            None => {
                let mut beside = data.clone().into_os_string();
                beside.push(".key");
                (Target::sqlite(data), PathBuf::from(beside))
            }
        };
        let rate = |per_second: u32| Rate { per_s: f64::from(per_second.max(1)), burst: f64::from(per_second.max(1)) * 2.0 };
        Ok(Config {
            target,
            key_file: settings.key_file.unwrap_or(key_file),
            listen: settings.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 7300))),
            log: settings.log.unwrap_or_else(|| "info".to_owned()),
            log_format: settings.log_format,
            metrics: settings.metrics.unwrap_or(true),
            behind_proxy: settings.behind_proxy.unwrap_or(false),
            people: rate(settings.people_per_second.unwrap_or(200)),
            keys: settings.keys_per_second.map(rate),
            session_ms: i64::from(settings.session_hours.unwrap_or(12)) * 3_600_000,
            readers: settings.readers.unwrap_or(4),
            writers: settings.writers.unwrap_or_else(|| processors().min(MOST_WRITERS)).max(1),
            roster: settings.roster.unwrap_or(RosterUse::Asked),
            roster_file: settings.roster_file.unwrap_or(roster_file),
            card_prefix: settings.card_prefix.unwrap_or_else(|| "62".to_owned()),
            import_dir: settings.import_dir.unwrap_or(import_dir),
            import_bytes_max: u64::from(settings.import_mib.unwrap_or(2_048)) << 20,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_place_wins() {
        let file: Settings =
            toml::from_str("database = \"postgres://shop@db/brand\"\nlisten = \"0.0.0.0:80\"\nreaders = 9").unwrap();
        let flags = Settings { data: Some("shop".into()), readers: Some(2), ..Settings::default() };
        let config = Config::of(flags.or(file), |_| None).unwrap();
        assert!(matches!(&config.target, Target::Sqlite { dir, .. } if dir == Path::new("shop")));
        assert_eq!(config.key_file, Path::new("shop.key"));
        assert_eq!((config.listen.port(), config.readers, config.metrics), (80, 2, true));
        assert_eq!((config.people.per_s, config.people.burst, config.keys), (200.0, 400.0, None));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(toml::from_str::<Settings>("listne = \"0.0.0.0:80\"").is_err());
        let with_password = Settings { database: Some("postgres://shop:x@db/brand".to_owned()), ..Settings::default() };
        assert!(Config::of(with_password, |_| None).is_err());
    }
}
