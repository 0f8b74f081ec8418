//! The server's imports: one at a time in the background, on a thread of their own. A job outlives the server: what was running is taken up
//! again when it starts.

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use danggol_core::id::ImportId;
use danggol_store::{StoreError, imports};

use super::control::{Control, Stop};
use super::job::{Job, Origin, Status};
use super::run;
use crate::app::App;

/// Files that nobody started, and lists of refused rows, are kept for so long.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Where the server's imports are run.
#[derive(Debug, Default)]
pub struct Desk {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<ImportId>,
    /// Those that run or wait.
    live: HashMap<ImportId, Arc<Control>>,
    worker: Option<JoinHandle<()>>,
    is_working: bool,
    is_closing: bool,
}

impl Desk {
    /// A desk whose files lie in a folder, which is made when there is a file.
    pub fn new(folder: PathBuf) -> Self {
        Desk { folder, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the file of an import lies.
    pub fn path(&self, id: ImportId) -> PathBuf {
        self.folder.join(id.to_string())
    }

    /// Where the refused rows of an import are written.
    pub fn rejected_path(&self, id: ImportId) -> PathBuf {
        self.folder.join(format!("{id}.rejected.csv"))
    }

    /// Makes the folder, for nobody but the server's own user.
    pub fn make_folder(&self) -> std::io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.folder)
    }

    /// The hand on an import that runs or waits.
    pub fn live(&self, id: ImportId) -> Option<Arc<Control>> {
        self.state().live.get(&id).cloned()
    }

    /// Queues an import that is in the status `running`.
    pub fn queue(&self, app: &Arc<App>, id: ImportId) {
        let mut state = self.state();
        if state.is_closing || state.live.contains_key(&id) {
            return;
        }
        state.live.insert(id, Arc::default());
        state.waiting.push_back(id);
        if state.is_working {
            return;
        }
        let app = Arc::clone(app);
        match thread::Builder::new().name("import".to_owned()).spawn(move || work(&app)) {
            Ok(worker) => (state.worker, state.is_working) = (Some(worker), true),
            Err(error) => tracing::error!(%error, "no thread for imports"),
        }
    }

    /// Takes up what was running when the server ended, and removes files that nobody wants any more.
    pub async fn resume(&self, app: &Arc<App>) -> Result<(), StoreError> {
        forget_old_files(&self.folder);
        for record in app.store.read(|conn| imports::in_status(conn, Status::Running.word())).await? {
            let job = Job::of(&record)?;
            if job.body.origin == Origin::Server && job.body.path.starts_with(&self.folder) {
                self.queue(app, job.id);
            }
        }
        Ok(())
    }

    /// Ends what runs, to be taken up again later, and waits for it.
    pub fn suspend(&self) {
        let worker = {
            let mut state = self.state();
            state.is_closing = true;
            state.live.values().for_each(|control| control.stop(Stop::Suspended));
            state.worker.take()
        };
        // A thread that drops the last hand on the system must not wait for itself.
        if let Some(worker) = worker.filter(|worker| worker.thread().id() != thread::current().id()) {
            worker.join().ok();
        }
    }

    fn next(&self) -> Option<(ImportId, Arc<Control>)> {
        let mut state = self.state();
        let next = if state.is_closing { None } else { state.waiting.pop_front() };
        let found = next.and_then(|id| Some((id, state.live.get(&id).cloned()?)));
        state.is_working = found.is_some();
        found
    }
}

fn work(app: &App) {
    while let Some((id, control)) = app.imports.next() {
        if let Err(error) = run_one(app, id, &control) {
            tracing::error!(%error, import = %id, "an import ended early");
        }
        app.imports.state().live.remove(&id);
    }
}

fn run_one(app: &App, id: ImportId, control: &Control) -> Result<(), run::ImportError> {
    let job = app.store.read_blocking(move |conn| Job::find(conn, id))?;
    let Some(mut job) = job.filter(|job| job.status == Status::Running) else { return Ok(()) };
    let ran = run::run(app, &mut job, control);
    if matches!(job.status, Status::Done | Status::Cancelled) {
        // What is kept is in the database now, and the file holds personal data.
        fs::remove_file(&job.body.path).ok();
    }
    ran
}

fn forget_old_files(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let age = entry.metadata().and_then(|metadata| metadata.modified()).ok().and_then(|at| at.elapsed().ok());
        if age.is_some_and(|age| age > KEPT_FOR) {
            fs::remove_file(entry.path()).ok();
        }
    }
}
