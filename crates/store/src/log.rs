//! SQLite's log: how its commits are written and synced, and the two files that are it in turn.
//!
//! SQLite begins its log anew by writing over it. Before that, all that is in it has to be in the database *and on the disk*: tens of
//! thousands of pages at random, 27,000 a second on the disk this was measured with, for which the writer stood still for up to 140 ms. Here the
//! log gives its name to a second file instead, and stays as it is until the database has been synced beside the writer ([`turns`]). The writer
//! waits until the last pages are copied, and the system's memory takes those at once.
//!
//! The file that is written always has SQLite's own name for a log, so whatever else opens the folder finds a database and its log. Only
//! after power loss may the database lack what the kept log has: whoever opens the folder then puts it back first ([`recovery`]).

mod file;
mod gathered;
pub(crate) mod recovery;
pub(crate) mod sync;
pub(crate) mod turns;
pub(crate) mod vfs;
pub(crate) mod write_back;

pub use turns::FCNTL_EXCHANGE_NAMES;
