//! What a power cut may do to files: a model of a disk that keeps what was synced and owes nothing else.
//!
//! Each file is its *medium*, the bytes that survive, and over it the changes a program made since it last synced: written
//! sectors (each version of them, in order), truncations, and whether the name itself was made or deleted. Programs read the
//! medium through the changes. A sync moves the changes to the medium; a cut forgets them, or keeps some, because a real disk may
//! have written any of its cache before the power went. A sector is written whole or not at all, as disks promise.
//!
//! The model follows the weakest promise of POSIX: the name of a new file is kept once the file is synced, a deleted name comes back
//! unless its directory was synced after. Writes that a later truncation took away are never kept.

use std::collections::BTreeMap;

use super::kept::Chooser;

/// The unit that a disk writes whole.
pub(super) const SECTOR_BYTES: u64 = 512;

type Sector = [u8; SECTOR_BYTES as usize];

/// Whether a file's name would survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// It is on the medium.
    Durable,
    /// It was made, and neither it nor its directory was synced since.
    Created { order: u64 },
    /// It was deleted and made again: a cut brings the old file back.
    Recreated,
    /// It was deleted, and its directory not synced since: a cut brings it back.
    Deleted { order: u64 },
}

#[derive(Debug, Clone)]
struct Version {
    order: u64,
    bytes: Box<Sector>,
}

#[derive(Debug, Clone, Copy)]
struct Truncation {
    order: u64,
    bytes: u64,
}

/// Reads the medium at an offset; what lies past its end is zero. Fails with an SQLite result code.
pub(super) type ReadMedium<'a> = dyn FnMut(u64, &mut [u8]) -> Result<(), i32> + 'a;

/// What is to be done to the medium, in this order: cut to a length if it is longer, written, made longer with zeros.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) truncate_to: Option<u64>,
    pub(super) writes: Vec<(u64, Vec<u8>)>,
    pub(super) at_least: u64,
}

/// One file: its length as programs see it, and what is not yet on its medium.
#[derive(Debug)]
pub(super) struct UnsyncedFile {
    /// Tells it from others, whatever its name.
    pub(super) id: u64,
    pub(super) bytes: u64,
    pub(super) name: Name,
    pub(super) open_handles: u64,
    sectors: BTreeMap<u64, Vec<Version>>,
    truncations: Vec<Truncation>,
}

impl UnsyncedFile {
    /// A file whose medium is `bytes` long.
    pub(super) fn new(id: u64, bytes: u64, name: Name) -> UnsyncedFile {
        UnsyncedFile { id, bytes, name, open_handles: 0, sectors: BTreeMap::new(), truncations: Vec::new() }
    }

    /// Whether a cut would lose nothing.
    pub(super) fn is_synced(&self) -> bool {
        self.sectors.is_empty() && self.truncations.is_empty() && self.name == Name::Durable
    }

    /// The order of the oldest change that is not synced.
    pub(super) fn oldest_change(&self) -> Option<u64> {
        let name = match self.name {
            Name::Durable | Name::Recreated => None,
            Name::Created { order } | Name::Deleted { order } => Some(order),
        };
        let sectors = self.sectors.values().flatten().map(|version| version.order);
        let truncations = self.truncations.iter().map(|truncation| truncation.order);
        sectors.chain(truncations).chain(name).min()
    }

    /// Reads into `into` and returns how much of it lies within the file; the rest is zeroed.
    pub(super) fn read(&self, offset: u64, into: &mut [u8], medium: &mut ReadMedium) -> Result<usize, i32> {
        let within = self.bytes.saturating_sub(offset).min(into.len() as u64) as usize;
        into[within..].fill(0);
        let wanted = &mut into[..within];
        self.read_medium(offset, wanted, medium)?;
        let end = offset + within as u64;
        let sectors = offset / SECTOR_BYTES..end.div_ceil(SECTOR_BYTES);
        for (sector, versions) in self.sectors.range(sectors) {
            let Some(newest) = versions.last() else {
                continue;
            };
            let start = sector * SECTOR_BYTES;
            let (from, to) = (offset.max(start), end.min(start + SECTOR_BYTES));
            if from < to {
                wanted[(from - offset) as usize..(to - offset) as usize]
                    .copy_from_slice(&newest.bytes[(from - start) as usize..(to - start) as usize]);
            }
        }
        Ok(within)
    }

    /// The medium as far as no unsynced truncation took it away.
    fn read_medium(&self, offset: u64, into: &mut [u8], medium: &mut ReadMedium) -> Result<(), i32> {
        let limit = self.truncations.iter().map(|truncation| truncation.bytes).min();
        let visible = limit.map_or(u64::MAX, |limit| limit.saturating_sub(offset));
        let visible = visible.min(into.len() as u64) as usize;
        into[visible..].fill(0);
        if visible == 0 { Ok(()) } else { medium(offset, &mut into[..visible]) }
    }

    /// Writes, sector by sector; `order` is advanced by one for each.
    pub(super) fn write(&mut self, offset: u64, bytes: &[u8], order: &mut u64, medium: &mut ReadMedium) -> Result<(), i32> {
        let end = offset + bytes.len() as u64;
        for sector in offset / SECTOR_BYTES..end.div_ceil(SECTOR_BYTES) {
            let start = sector * SECTOR_BYTES;
            let (from, to) = (offset.max(start), end.min(start + SECTOR_BYTES));
            let mut content = Box::new([0; SECTOR_BYTES as usize]);
            if to - from < SECTOR_BYTES {
                self.read(start, &mut content[..], medium)?;
            }
            content[(from - start) as usize..(to - start) as usize]
                .copy_from_slice(&bytes[(from - offset) as usize..(to - offset) as usize]);
            *order += 1;
            let version = Version { order: *order, bytes: content };
            self.sectors.entry(sector).or_default().push(version);
        }
        self.bytes = self.bytes.max(end);
        Ok(())
    }

    /// Changes the length; what is added reads as zero.
    pub(super) fn truncate(&mut self, bytes: u64, order: &mut u64, medium: &mut ReadMedium) -> Result<(), i32> {
        if bytes > self.bytes {
            return self.write(bytes - 1, &[0], order, medium);
        }
        *order += 1;
        self.truncations.push(Truncation { order: *order, bytes });
        self.sectors.split_off(&bytes.div_ceil(SECTOR_BYTES));
        if let Some(versions) = self.sectors.get_mut(&(bytes / SECTOR_BYTES)) {
            for version in versions {
                version.bytes[(bytes % SECTOR_BYTES) as usize..].fill(0);
            }
        }
        self.bytes = bytes;
        Ok(())
    }

    /// Deletes the name, without a sync of its directory.
    pub(super) fn delete(&mut self, order: &mut u64) {
        *order += 1;
        self.bytes = 0;
        self.sectors.clear();
        self.truncations.clear();
        self.name = Name::Deleted { order: *order };
    }

    /// Makes a deleted file again, empty.
    pub(super) fn recreate(&mut self, order: &mut u64) {
        *order += 1;
        self.truncations.push(Truncation { order: *order, bytes: 0 });
        self.name = Name::Recreated;
    }

    /// All changes of a file that is not deleted, for its medium; none is pending afterwards.
    pub(super) fn sync(&mut self) -> Changes {
        let mut changes = self.choose(&mut Chooser::Prefix { last_kept: u64::MAX });
        // A hole at the end, left by a write that was truncated away, is part of the file too.
        changes.at_least = self.bytes;
        self.sectors.clear();
        self.truncations.clear();
        self.name = Name::Durable;
        changes
    }

    /// What a cut leaves to be done to the medium; none when the file is not there afterwards.
    pub(super) fn cut(&self, chooser: &mut Chooser) -> Option<Changes> {
        let gone = match self.name {
            Name::Durable | Name::Recreated => false,
            Name::Created { order } => !chooser.keeps(order),
            Name::Deleted { order } => chooser.keeps(order),
        };
        (!gone).then(|| self.choose(chooser))
    }

    fn choose(&self, chooser: &mut Chooser) -> Changes {
        let kept = self.truncations.iter().filter(|truncation| chooser.keeps(truncation.order));
        let truncate_to = kept.map(|truncation| truncation.bytes).min();
        let mut writes: Vec<(u64, Vec<u8>)> = Vec::new();
        for (sector, versions) in &self.sectors {
            let Some(version) = chooser.version(versions, |version| version.order) else {
                continue;
            };
            let start = sector * SECTOR_BYTES;
            let length = self.bytes.saturating_sub(start).min(SECTOR_BYTES) as usize;
            let content = &version.bytes[..length];
            match writes.last_mut() {
                Some((at, run)) if *at + run.len() as u64 == start => run.extend_from_slice(content),
                _ => writes.push((start, content.to_vec())),
            }
        }
        Changes { truncate_to, writes, at_least: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::kept::Kept;
    use super::*;
    use crate::random::Random;

    /// A file and its medium, handled as the file system shim does.
    struct Disk {
        medium: Vec<u8>,
        file: UnsyncedFile,
        order: u64,
    }

    impl Disk {
        fn new(medium: &[u8], name: Name) -> Disk {
            let file = UnsyncedFile::new(0, medium.len() as u64, name);
            Disk { medium: medium.to_vec(), file, order: 0 }
        }

        fn write(&mut self, offset: u64, bytes: &[u8]) {
            let medium = &self.medium;
            self.file.write(offset, bytes, &mut self.order, &mut |at, into| read(medium, at, into)).unwrap();
        }

        fn truncate(&mut self, bytes: u64) {
            let medium = &self.medium;
            self.file.truncate(bytes, &mut self.order, &mut |at, into| read(medium, at, into)).unwrap();
        }

        fn sync(&mut self) {
            let changes = self.file.sync();
            apply(&mut self.medium, &changes);
        }

        /// What programs see, read in one piece and past the end.
        fn seen(&self) -> Vec<u8> {
            let mut bytes = vec![9; self.file.bytes as usize + 100];
            let within = self.file.read(0, &mut bytes, &mut |at, into| read(&self.medium, at, into)).unwrap();
            assert!(bytes[within..].iter().all(|byte| *byte == 0));
            bytes.truncate(within);
            bytes
        }

        /// What is on the medium after a cut; none when the file is gone.
        fn after_cut(&self, kept: Kept) -> Option<Vec<u8>> {
            let mut medium = self.medium.clone();
            let changes = self.file.cut(&mut Chooser::new(kept, 0, self.order))?;
            apply(&mut medium, &changes);
            Some(medium)
        }
    }

    fn read(medium: &[u8], at: u64, into: &mut [u8]) -> Result<(), i32> {
        for (index, byte) in into.iter_mut().enumerate() {
            *byte = medium.get(at as usize + index).copied().unwrap_or(0);
        }
        Ok(())
    }

    fn apply(medium: &mut Vec<u8>, changes: &Changes) {
        if let Some(bytes) = changes.truncate_to {
            medium.truncate(bytes as usize);
        }
        for (at, bytes) in &changes.writes {
            let end = *at as usize + bytes.len();
            medium.resize(medium.len().max(end), 0);
            medium[*at as usize..end].copy_from_slice(bytes);
        }
        medium.resize(medium.len().max(changes.at_least as usize), 0);
    }

    #[test]
    fn programs_see_plain_files_and_a_sync_makes_the_medium_the_same() {
        for seed in 0..200 {
            let mut random = Random::new(seed);
            let mut plain = vec![1; random.below(3_000) as usize];
            let mut disk = Disk::new(&plain, Name::Durable);
            for step in 2..40 {
                let at = random.below(3_000) as usize;
                match random.below(6) {
                    0 => {
                        plain.resize(at, 0);
                        disk.truncate(at as u64);
                    }
                    1 => {
                        disk.sync();
                        assert!(disk.medium == plain, "the medium, seed {seed}, step {step}");
                        assert!(disk.file.is_synced());
                    }
                    _ => {
                        let bytes = vec![step; 1 + random.below(1_500) as usize];
                        plain.resize(plain.len().max(at + bytes.len()), 0);
                        plain[at..at + bytes.len()].copy_from_slice(&bytes);
                        disk.write(at as u64, &bytes);
                    }
                }
                assert!(disk.seen() == plain, "programs, seed {seed}, step {step}");
            }
        }
    }

    #[test]
    fn a_cut_that_keeps_nothing_leaves_what_was_synced() {
        let mut disk = Disk::new(&[1; 1_000], Name::Durable);
        disk.write(500, &[2; 600]);
        assert_eq!(disk.after_cut(Kept::Nothing), Some(vec![1; 1_000]));
        disk.sync();
        let synced = [vec![1; 500], vec![2; 600]].concat();
        disk.write(0, &[3; 2_000]);
        disk.truncate(10);
        assert_eq!(disk.after_cut(Kept::Nothing), Some(synced));
    }

    #[test]
    fn a_cut_may_keep_any_version_of_any_sector() {
        let mut disk = Disk::new(&[1; 1_024], Name::Durable);
        disk.write(0, &[2; 1_024]);
        disk.write(0, &[3; 512]);
        let mut seen = [[false; 3]; 3];
        for seed in 0..100 {
            let medium = disk.after_cut(Kept::Some { seed }).unwrap();
            let (first, second) = (medium[0], medium[512]);
            assert!(medium[..512].iter().all(|byte| *byte == first), "a torn sector");
            assert!(medium[512..].iter().all(|byte| *byte == second), "a torn sector");
            seen[first as usize - 1][second as usize - 1] = true;
        }
        assert_eq!(seen, [[true, true, false]; 3]);
    }

    #[test]
    fn a_prefix_keeps_nothing_that_came_after_something_lost() {
        let mut disk = Disk::new(&[0; 1_536], Name::Durable);
        for sector in [2, 0, 1] {
            disk.write(sector * SECTOR_BYTES, &[1; 512]);
        }
        let mut found: Vec<[u8; 3]> = (0..100)
            .map(|seed| disk.after_cut(Kept::Prefix { seed }).unwrap())
            .map(|medium| [medium[0], medium[512], medium[1_024]])
            .collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, [[0, 0, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1]]);
    }

    #[test]
    fn names_come_and_go_only_when_kept() {
        let all = Kept::Prefix { seed: 0 };
        let everything = |disk: &Disk| {
            let mut chooser = Chooser::Prefix { last_kept: u64::MAX };
            disk.file.cut(&mut chooser).is_some()
        };
        let mut created = Disk::new(&[], Name::Created { order: 1 });
        created.order = 1;
        created.write(0, &[1; 10]);
        assert_eq!((created.after_cut(Kept::Nothing), everything(&created)), (None, true));
        created.sync();
        assert_eq!(created.after_cut(Kept::Nothing), Some(vec![1; 10]));

        let mut deleted = Disk::new(&[1; 10], Name::Durable);
        deleted.file.delete(&mut deleted.order);
        assert_eq!(deleted.after_cut(Kept::Nothing), Some(vec![1; 10]));
        assert!(!everything(&deleted) && !deleted.file.is_synced());
        deleted.file.recreate(&mut deleted.order);
        deleted.write(0, &[2; 5]);
        assert_eq!(deleted.seen(), [2; 5]);
        assert_eq!(deleted.after_cut(Kept::Nothing), Some(vec![1; 10]));
        deleted.sync();
        assert_eq!(deleted.after_cut(all), Some(vec![2; 5]));
    }
}
