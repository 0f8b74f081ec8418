//! Where the brand is kept: a folder with a SQLite file, or a PostgreSQL database.

use std::path::PathBuf;

/// The bundle of trusted certificates that Debian, Ubuntu, Alpine and SUSE install.
const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";

/// A place to keep one brand.
#[derive(Debug, Clone)]
pub enum Target {
    /// A folder of its own with one SQLite file.
    Sqlite {
        /// The folder.
        dir: PathBuf,
        /// The name of a registered SQLite VFS, for fault injection; none is the operating system's.
        vfs: Option<String>,
    },
    /// A database of a PostgreSQL server.
    Postgres(Box<PostgresTarget>),
}

/// How to reach a PostgreSQL database.
#[derive(Debug, Clone)]
pub struct PostgresTarget {
    pub(crate) config: tokio_postgres::Config,
    pub(crate) tls: Tls,
}

/// How the connection is protected, by libpq's names for it.
/// Source: PostgreSQL manual, "SSL Support" in the libpq chapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tls {
    /// Plain, or encrypted without a check of the server's identity.
    Unverified,
    /// Encrypted, and the server must prove its name by a certificate that these roots vouch for.
    VerifyFull { roots: PathBuf },
}

/// Why an address is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not an address of the form postgres://user@host:port/database.
    #[error("not an address of the form postgres://user@host:port/database: {0}")]
    Syntax(String),
    /// A password in the address would show in process lists and logs.
    #[error(
        "the address contains a password; give it by the environment variable DANGGOL_DATABASE_PASSWORD or PGPASSWORD, \
         or by a file named in PGPASSFILE"
    )]
    Password,
    /// An `sslmode` that is not known.
    #[error("sslmode must be disable, prefer, require or verify-full, not {0}")]
    SslMode(String),
    /// A root certificate with a mode that does not check it.
    #[error("sslrootcert is only used with sslmode=verify-full")]
    RootsUnused,
    /// PGPASSFILE names a file that cannot be read.
    #[error("PGPASSFILE {path}: {reason}")]
    PassFile {
        /// The file.
        path: String,
        /// What the operating system said.
        reason: String,
    },
}

impl Target {
    /// A SQLite folder.
    pub fn sqlite(dir: impl Into<PathBuf>) -> Self {
        Target::Sqlite { dir: dir.into(), vfs: None }
    }

    /// A PostgreSQL database by its URL. The password comes from `environment` (given a variable's name, its value):
    /// `DANGGOL_DATABASE_PASSWORD`, else `PGPASSWORD`, else the file named by `PGPASSFILE`.
    pub fn postgres(url: &str, environment: impl Fn(&str) -> Option<String>) -> Result<Self, TargetError> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(TargetError::Syntax("it does not begin with postgres://".to_owned()));
        }
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut ssl_mode, mut roots, mut kept) = (None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", mode)) => ssl_mode = Some(mode.to_owned()),
                Some(("sslrootcert", path)) => roots = Some(PathBuf::from(percent_decoded(path))),
                Some(("password", _)) => return Err(TargetError::Password),
                _ => kept.push(pair),
            }
        }
        let plain = if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) };
        let mut config: tokio_postgres::Config =
            plain.parse().map_err(|error: tokio_postgres::Error| TargetError::Syntax(error.to_string()))?;
        if config.get_password().is_some() {
            return Err(TargetError::Password);
        }
        let tls = protection(&mut config, ssl_mode.as_deref(), roots)?;
        if let Some(password) = password(&config, environment)? {
            config.password(password);
        }
        config.application_name("danggol");
        Ok(Target::Postgres(Box::new(PostgresTarget { config, tls })))
    }
}

fn protection(config: &mut tokio_postgres::Config, mode: Option<&str>, roots: Option<PathBuf>) -> Result<Tls, TargetError> {
    use tokio_postgres::config::SslMode;
    let (ssl_mode, verified) = match mode {
        Some("disable") => (SslMode::Disable, false),
        None | Some("prefer") => (SslMode::Prefer, false),
        Some("require") => (SslMode::Require, false),
        Some("verify-full") => (SslMode::Require, true),
        Some(other) => return Err(TargetError::SslMode(other.to_owned())),
    };
    config.ssl_mode(ssl_mode);
    match (verified, roots) {
        (false, Some(_)) => Err(TargetError::RootsUnused),
        (false, None) => Ok(Tls::Unverified),
        (true, roots) => Ok(Tls::VerifyFull { roots: roots.unwrap_or_else(|| SYSTEM_ROOTS.into()) }),
    }
}

fn password(
    config: &tokio_postgres::Config,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Option<String>, TargetError> {
    if let Some(given) = environment("DANGGOL_DATABASE_PASSWORD").or_else(|| environment("PGPASSWORD")) {
        return Ok(Some(given));
    }
    let Some(path) = environment("PGPASSFILE") else { return Ok(None) };
    let text = std::fs::read_to_string(&path).map_err(|error| TargetError::PassFile { path, reason: error.to_string() })?;
    let host = match config.get_hosts().first() {
        Some(tokio_postgres::config::Host::Tcp(name)) => name.as_str(),
        _ => "localhost",
    };
    let port = config.get_ports().first().copied().unwrap_or(5432).to_string();
    let user = config.get_user().unwrap_or_default();
    let database = config.get_dbname().unwrap_or(user);
    Ok(passfile_entry(&text, [host, &port, database, user]))
}

/// The password of the first line `host:port:database:user:password` that matches; `*` matches anything, a backslash escapes
/// a colon or a backslash. Source: PostgreSQL manual, "The Password File".
fn passfile_entry(text: &str, wanted: [&str; 4]) -> Option<String> {
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut fields = vec![(String::new(), false)];
        let mut characters = line.chars();
        while let Some(character) = characters.next() {
            if character == ':' && fields.len() < 5 {
                fields.push((String::new(), false));
                continue;
            }
            let field = fields.last_mut()?;
            match character {
                '\\' => {
                    field.0.extend(characters.next());
                    field.1 = true;
                }
                other => field.0.push(other),
            }
        }
        let matches = fields.len() == 5
            && wanted.iter().zip(&fields).all(|(wanted, (field, escaped))| field == wanted || (field == "*" && !escaped));
        matches.then(|| fields.swap_remove(4).0)
    })
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let decoded = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(decoded.unwrap_or(bytes[at]));
        at += if decoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_or_refused_with_their_reason() {
        let syntax = |text: &str| Err(TargetError::Syntax(text.to_owned()));
        let roots = |path: &str| Ok(Tls::VerifyFull { roots: path.into() });
        for (url, expected) in [
            ("postgres://shop@db.example/brand", Ok(Tls::Unverified)),
            ("postgresql://shop@db.example:6432/brand?sslmode=disable", Ok(Tls::Unverified)),
            ("postgres:///brand?host=/run/postgresql&user=shop", Ok(Tls::Unverified)),
            ("postgres://shop@db/brand?sslmode=verify-full", roots(SYSTEM_ROOTS)),
            ("postgres://shop@db/brand?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem", roots("/etc/ca.pem")),
            ("postgres://shop@db/brand?sslmode=require&sslrootcert=ca.pem", Err(TargetError::RootsUnused)),
            ("postgres://shop@db/brand?sslmode=verify-ca", Err(TargetError::SslMode("verify-ca".to_owned()))),
            ("postgres://shop:x@db/brand", Err(TargetError::Password)),
            ("postgres://shop@db/brand?password=x", Err(TargetError::Password)),
            ("mysql://shop@db/brand", syntax("it does not begin with postgres://")),
        ] {
            let tls = Target::postgres(url, |_| None).map(|target| match target {
                Target::Postgres(target) => target.tls,
                Target::Sqlite { .. } => panic!("{url} is not a folder"),
            });
            assert_eq!(tls, expected, "{url}");
        }
    }

    #[test]
    fn the_password_file_is_read_as_libpq_reads_it() {
        let text = "# comment\nother:5432:brand:shop:no\ndb:5432:*:shop:one\\:two\n*:*:*:*:any\n";
        for (wanted, expected) in [
            (["db", "5432", "brand", "shop"], Some("one:two")),
            (["other", "5432", "brand", "shop"], Some("no")),
            (["db", "6432", "brand", "shop"], Some("any")),
        ] {
            assert_eq!(passfile_entry(text, wanted).as_deref(), expected, "{wanted:?}");
        }
        assert_eq!(passfile_entry("a:1:b:c:d", ["x", "1", "b", "c"]), None);
        assert_eq!(passfile_entry("\\*:1:b:c:d", ["x", "1", "b", "c"]), None);
    }
}
