//! Hands the frames of a commit to the system together.
//!
//! SQLite writes each frame of the log in two calls, its header of 24 bytes and its page, and a commit of twenty purchases has a hundred
//! frames. Here writes that follow each other in the log are gathered and given to the system when the frame that ends a commit is
//! whole, when enough are gathered, and before anything else is done with the log. Other connections learn of a commit after its last
//! frame was written, so they never look for what is still gathered.

use std::ffi::c_int;

/// What is gathered at most. SQLite's VFS for Unix takes under 128 KiB at once.
const MOST_BYTES: usize = 64 << 10;

/// The header of a frame; the size of the database after a commit is in it, and zero where the frame does not end one.
/// Source: SQLite, "Database File Format", section 4.1.
const FRAME_HEADER_BYTES: usize = 24;

/// Where in the header of a frame that size is.
const COMMIT_BYTES: std::ops::Range<usize> = 4..8;

/// Bytes of the log that follow each other and that the system does not have yet.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Where they begin.
    offset: u64,
    bytes: Vec<u8>,
    /// Whether the frame whose header came last ends a commit.
    ends_commit: bool,
}

impl Gathered {
    /// Takes a write of SQLite, and gives what is then due to `write`. What could not be written stays; SQLite takes the transaction back.
    pub(super) fn take(
        &mut self,
        offset: u64,
        bytes: &[u8],
        mut write: impl FnMut(u64, &[u8]) -> Result<(), c_int>,
    ) -> Result<(), c_int> {
        let follows = offset == self.offset + self.bytes.len() as u64;
        if !follows || self.bytes.len() + bytes.len() > MOST_BYTES {
            self.flush(&mut write)?;
        }
        let is_header = bytes.len() == FRAME_HEADER_BYTES;
        let ended_commit = self.ends_commit && !is_header;
        self.ends_commit = is_header && bytes[COMMIT_BYTES] != [0; 4];
        if !follows {
            // The first write at another place may be the only one there: a page that is written over, or a new checksum.
            write(offset, bytes)?;
            self.offset = offset + bytes.len() as u64;
            return Ok(());
        }
        self.bytes.extend_from_slice(bytes);
        if ended_commit { self.flush(&mut write) } else { Ok(()) }
    }

    /// Writes what is gathered.
    pub(super) fn flush(&mut self, write: &mut impl FnMut(u64, &[u8]) -> Result<(), c_int>) -> Result<(), c_int> {
        if !self.bytes.is_empty() {
            write(self.offset, &self.bytes)?;
            self.offset += self.bytes.len() as u64;
            self.bytes.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    const PAGE: [u8; 512] = [7; 512];

    fn header(ends_commit: bool) -> [u8; FRAME_HEADER_BYTES] {
        let mut header = [0; FRAME_HEADER_BYTES];
        header[7] = ends_commit.into();
        header
    }

    /// The writes that reach the system, as offset and length.
    fn written(log: &mut Gathered, writes: &[(u64, &[u8])]) -> Vec<(u64, usize)> {
        let mut written = Vec::new();
        for (offset, bytes) in writes {
            let taken = log.take(*offset, bytes, |offset, bytes| {
                written.push((offset, bytes.len()));
                Ok(())
            });
            assert_eq!(taken, Ok(()));
        }
        written
    }

    #[test]
    fn the_frames_of_a_commit_are_written_together() {
        let mut log = Gathered::default();
        // The log's own header comes first, at the beginning.
        let frames: [(u64, &[u8]); 5] = [(0, &[1; 32]), (32, &header(false)), (56, &PAGE), (568, &header(true)), (592, &PAGE)];
        assert_eq!(written(&mut log, &frames[..4]), []);
        assert_eq!(written(&mut log, &frames[4..]), [(0, 1104)]);
        assert_eq!(written(&mut log, &[(1104, &header(true)), (1128, &PAGE)]), [(1104, 536)]);
        // The log begins anew.
        assert_eq!(written(&mut log, &[(0, &[1; 32])]), [(0, 32)]);
        assert_eq!(written(&mut log, &[(32, &header(true)), (56, &PAGE)]), [(32, 536)]);
    }

    #[test]
    fn a_frame_that_is_written_over_is_written_at_once_and_after_what_came_before() {
        let mut log = Gathered::default();
        assert_eq!(written(&mut log, &[(0, &header(false)), (24, &PAGE), (536, &header(false)), (560, &PAGE)]), []);
        assert_eq!(written(&mut log, &[(24, &PAGE)]), [(0, 1072), (24, 512)]);
        // Checksums that change with it, the last of them of the frame that ends the commit.
        assert_eq!(written(&mut log, &[(0, &header(false)), (536, &header(true))]), [(0, 24), (536, 24)]);
    }

    #[test]
    fn what_cannot_be_written_is_said_and_kept() {
        let mut log = Gathered::default();
        written(&mut log, &[(0, &header(true))]);
        assert_eq!(log.take(24, &PAGE, |_, _| Err(ffi::SQLITE_FULL)), Err(ffi::SQLITE_FULL));
        assert_eq!(log.take(0, &header(true), |_, _| Err(ffi::SQLITE_FULL)), Err(ffi::SQLITE_FULL));
        // The same transaction again, where there is room.
        assert_eq!(written(&mut log, &[(0, &header(true)), (24, &PAGE)]), [(0, 536), (0, 24), (24, 512)]);
    }
}
