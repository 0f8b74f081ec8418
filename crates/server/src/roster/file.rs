//! The roster's file beside the database: read at the start, renewed now and then.
//!
//! It holds names as the database does, so it is only its owner's to read, and goes when somebody's personal data is destroyed.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use danggol_roster::Roster;
use danggol_roster::snapshot::{self, Checksum, Origin, SnapshotError};
use danggol_store::event::{self, Heads};
use danggol_store::{Conn, StoreError};
use jiff::tz::TimeZone;

/// How often it is renewed at most.
const EVERY: Duration = Duration::from_secs(600);
/// Bytes that are read or written at once.
const BUFFER: usize = 1 << 20;

/// What only the database with these commits can say; none where it does not have them, or there is none yet.
fn witness(conn: &mut Conn, heads: &Heads) -> Result<Option<u64>, StoreError> {
    let Some(commits) = event::at(conn, heads)? else { return Ok(None) };
    let mut sum = Checksum::default();
    for commit in &commits {
        sum.add(&commit.writer.to_le_bytes());
        sum.add(&commit.at_ms.to_le_bytes());
        sum.add(commit.events.as_bytes());
    }
    Ok((!commits.is_empty()).then(|| sum.value()))
}

/// The file of a roster.
pub(super) struct RosterFile {
    path: PathBuf,
    writing: Option<JoinHandle<()>>,
    written: Option<Instant>,
}

impl Drop for RosterFile {
    fn drop(&mut self) {
        self.finish();
    }
}

impl RosterFile {
    pub fn new(path: PathBuf) -> Self {
        RosterFile { path, writing: None, written: None }
    }

    /// Waits until what is being written is there.
    fn finish(&mut self) {
        // A panic there has been printed by its hook.
        self.writing.take().map(JoinHandle::join);
    }

    /// The roster as it was kept, where it is of this database and this clock, and how far it had come.
    pub fn read(&self, conn: &mut Conn, zone: &TimeZone) -> Result<Option<(Roster, Heads)>, StoreError> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                tracing::warn!(%error, "the roster's file is not read");
                return Ok(None);
            }
        };
        let (roster, origin) = match snapshot::read(BufReader::with_capacity(BUFFER, file)) {
            Ok(read) => read,
            Err(error) => {
                tracing::warn!(%error, "the roster's file is not taken");
                return Ok(None);
            }
        };
        let is_ours = conn.snapshot(|conn| witness(conn, &origin.heads))? == Some(origin.witness);
        if !is_ours || roster.zone() != zone {
            tracing::info!("the roster's file is of another database or another clock");
            return Ok(None);
        }
        Ok(Some((roster, origin.heads)))
    }

    /// Writes a roster that has come so far, beside everything else, unless one was written lately.
    pub fn renew(&mut self, roster: Arc<Roster>, heads: &Heads, conn: &mut Conn) -> Result<(), StoreError> {
        if self.written.is_some_and(|at| at.elapsed() < EVERY) || self.writing.as_ref().is_some_and(|it| !it.is_finished()) {
            return Ok(());
        }
        self.finish();
        let Some(witness) = conn.snapshot(|conn| witness(conn, heads))? else { return Ok(()) };
        let (origin, path) = (Origin { heads: heads.clone(), witness }, self.path.clone());
        let work = move || match write(&roster, &origin, &path) {
            Ok(()) => tracing::debug!("the roster's file is written"),
            Err(error) => tracing::warn!(%error, "the roster's file is not written"),
        };
        match thread::Builder::new().name("roster-file".to_owned()).spawn(work) {
            Ok(writing) => (self.writing, self.written) = (Some(writing), Some(Instant::now())),
            Err(error) => tracing::warn!(%error, "the roster's file is not written"),
        }
        Ok(())
    }

    /// Takes the file away, because it holds somebody who is to be forgotten.
    pub fn forget(&mut self) {
        self.finish();
        self.written = None;
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => tracing::error!(%error, "the roster's file stays"),
            _ => {}
        }
    }
}

/// Writes a file beside the old one and puts it in its place when it is whole.
fn write(roster: &Roster, origin: &Origin, path: &Path) -> Result<(), SnapshotError> {
    let mut new = path.as_os_str().to_owned();
    // Another server may write its own beside it.
    new.push(format!(".{}", std::process::id()));
    let new = PathBuf::from(new);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&new)?;
    snapshot::write(roster, origin, BufWriter::with_capacity(BUFFER, &file))?;
    file.sync_all()?;
    Ok(fs::rename(&new, path)?)
}
