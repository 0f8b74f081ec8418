//! What all parts of the bench stand on: a folder on a disk, the program, and a staged brand to copy.

use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs};

use anyhow::{Context, ensure};
use danggol_store::testing::{Cluster, Durability};

use super::{Options, Part, server};
use crate::folder::TemporaryFolder;
use crate::stage::{Place, found};

/// File systems that forget everything when the machine stops, and so sync nothing.
const IN_MEMORY: [&str; 2] = ["tmpfs", "ramfs"];
/// The seed of the staged brands.
const SEED: u64 = 1;

/// PostgreSQL, durable, where a part needs it. It comes first, so that its absence is told before anything long begins.
pub fn cluster(options: &Options) -> anyhow::Result<Option<Cluster>> {
    require_disk(&env::temp_dir())?;
    let cluster = options.has(&[Part::Http, Part::Postgres]).then(|| Cluster::start_own(Durability::Full)).transpose();
    cluster.context("the anchor pgbench cannot run; without it: --only pipeline,promotions,import,start,latency")
}

/// The ground of a run.
#[derive(Debug)]
pub struct Ground {
    /// How much is measured.
    pub options: Options,
    /// The program that is measured.
    pub program: PathBuf,
    /// The secret of a key of the staged brand.
    pub key: String,
    brand: Place,
    folder: TemporaryFolder,
}

impl Ground {
    /// Stages a brand on SQLite, closed and ready to be copied.
    pub fn prepare(options: &Options) -> anyhow::Result<Ground> {
        let program = server::program()?;
        let folder = TemporaryFolder::new("bench")?;
        let brand = Place::folder(&folder.path().join("staged"), &folder.path().join("staged.key"));
        let started = Instant::now();
        let key = found(&brand, options.size(), SEED)?;
        eprintln!("SQLite staged in {:.0} s", started.elapsed().as_secs_f64());
        Ok(Ground { options: options.clone(), program, key, brand, folder })
    }

    /// A copy of the staged brand, for one part alone.
    pub fn copy(&self, name: &str) -> anyhow::Result<Place> {
        self.brand.copy_to(&self.folder.path().join(name))
    }

    /// A folder in which everything may be put.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether these parts are asked for.
    pub fn has(&self, parts: &[Part]) -> bool {
        self.options.has(parts)
    }
}

/// Refuses a folder in memory: nothing in it would be durable.
fn require_disk(folder: &Path) -> anyhow::Result<()> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let kind = file_system(&mounts, folder).unwrap_or_default();
    ensure!(!IN_MEMORY.contains(&kind), "{} is in memory ({kind}); set TMPDIR to a folder on a disk", folder.display());
    Ok(())
}

/// The file system of a folder, by the lines `device folder type …` of proc_pid_mounts(5): of the longest folder that holds it.
fn file_system<'a>(mounts: &'a str, folder: &Path) -> Option<&'a str> {
    let fields = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((Path::new(fields.next()?), fields.next()?))
    });
    let holding = fields.filter(|(mounted, _)| folder.starts_with(mounted));
    holding.max_by_key(|(mounted, _)| mounted.components().count()).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_mount_tells_the_file_system() {
        let mounts = "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/b /tmp/disk xfs rw 0 0\n";
        for (folder, expected) in [("/var", "ext4"), ("/tmp", "tmpfs"), ("/tmp/disk/x", "xfs"), ("/tmpx", "ext4")] {
            assert_eq!(file_system(mounts, Path::new(folder)), Some(expected), "{folder}");
        }
        assert_eq!(file_system("", Path::new("/tmp")), None);
    }
}
