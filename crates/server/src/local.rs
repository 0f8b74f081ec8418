//! The door for commands on the same machine: a socket in the data folder. Who can reach it can read the folder anyway, so the file system
//! is the authority, and requests through it need no key.

use std::path::{Path, PathBuf};

/// The name of the socket in the data folder.
const FILE_NAME: &str = "danggol.sock";

/// Marks requests that came through the socket.
#[derive(Debug, Clone, Copy)]
pub struct Local;

/// Where the socket of a data folder is.
pub fn socket(dir: &Path) -> PathBuf {
    dir.join(FILE_NAME)
}

/// The socket of a data folder for as long as it is served.
#[cfg(unix)]
pub struct Door {
    path: PathBuf,
}

#[cfg(unix)]
impl Door {
    /// Opens the door, for nobody but the server's own user. What an earlier server left is removed: the lock of the folder says that
    /// it does not run any more.
    pub fn open(dir: &Path) -> std::io::Result<(Self, tokio::net::UnixListener)> {
        use std::os::unix::fs::PermissionsExt;
        let door = Door { path: socket(dir) };
        std::fs::remove_file(&door.path).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;
        let listener = tokio::net::UnixListener::bind(&door.path)?;
        std::fs::set_permissions(&door.path, std::fs::Permissions::from_mode(0o600))?;
        Ok((door, listener))
    }
}

#[cfg(unix)]
impl Drop for Door {
    fn drop(&mut self) {
        std::fs::remove_file(&self.path).ok();
    }
}
