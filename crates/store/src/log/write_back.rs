//! Brings to the disk, a little at a time, what checkpoints have copied into the file.
//!
//! Checkpoints leave tens of thousands of pages in the system's memory. Synced at once they fill the disk's queue for some hundred
//! milliseconds, and every commit meanwhile waits behind them: its own sync of the log takes 15 ms and not 4. Written range by range
//! before the log begins anew, they pass beside the commits, and what the restart has to sync is small.
//!
//! It is a hint and nothing else. What has to be durable is synced as SQLite has it; a system without `sync_file_range`, or a file that
//! refuses, makes the sync longer and nothing wrong.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

/// Ranges of a file that are written one after the other.
const RANGES: u64 = 128;

/// The shortest range: less than that is not worth a call.
const SHORTEST_RANGE_BYTES: u64 = 1 << 20;

/// The file beside the connections that write it.
///
/// Closing it lets go of the locks that SQLite holds on the same file in this process (POSIX.1, `fcntl`; SQLite, "How To Corrupt An
/// SQLite Database File", section 2.2). It must be dropped after the last connection of its store.
#[derive(Debug)]
pub(crate) struct WriteBack {
    file: Option<File>,
}

impl WriteBack {
    /// Takes the file that SQLite has at `path`; without a file there is nothing to write back.
    pub(crate) fn of(path: &Path) -> Self {
        WriteBack { file: File::options().read(true).write(true).open(path).ok() }
    }

    /// Writes range after range, evenly over `within`. `pause` waits for as long as it is told and says whether to go on waiting between
    /// ranges; the rest is left to the next sync when it says no.
    pub(crate) fn run(&self, within: Duration, mut pause: impl FnMut(Duration) -> bool) {
        let Some(file) = &self.file else { return };
        let Ok(length) = file.metadata().map(|metadata| metadata.len()) else { return };
        let range_bytes = length.div_ceil(RANGES).max(SHORTEST_RANGE_BYTES);
        let ranges = length.div_ceil(range_bytes);
        for range in 0..ranges {
            begin_writing(file, range * range_bytes, range_bytes);
            if !pause(within / ranges as u32) {
                return;
            }
        }
    }
}

/// Hands dirty pages of a range to the disk without waiting for them.
/// Source: Linux, `sync_file_range(2)`.
#[cfg(target_os = "linux")]
fn begin_writing(file: &File, offset: u64, length: u64) {
    use std::os::fd::AsRawFd;
    let (Ok(offset), Ok(length)) = (offset.try_into(), length.try_into()) else { return };
    // SAFETY: the descriptor is open for as long as the file is borrowed, and the call touches no memory of ours. Whether it succeeded does
    // not matter: the next sync writes whatever is left.
    unsafe { libc::sync_file_range(file.as_raw_fd(), offset, length, libc::SYNC_FILE_RANGE_WRITE) };
}

#[cfg(not(target_os = "linux"))]
fn begin_writing(_file: &File, _offset: u64, _length: u64) {}
