//! How secrets reach containers: as files on a file system in memory, since whoever may ask the engine can read a
//! container's environment (DOMAIN §8).
//!
//! A directory of the host's memory that only the worker may enter holds one directory a container, which is mounted into
//! it read-only. The engine's own ways do not serve: what is copied into a container that has not started lands on disk,
//! and a shell to read them from standard input is not in every image.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use nix::sys::statfs::{TMPFS_MAGIC, statfs};
use uhub_core::ports::{exec::Leftover, secrets::SecretValue};

use super::{names, options::ConfigError};

/// Where containers find them.
pub(super) const TARGET: &str = "/run/secrets";

/// The place of all containers' secrets.
#[derive(Debug)]
pub(super) struct SecretFiles {
    /// As configured.
    named: Option<PathBuf>,
}

impl SecretFiles {
    pub(super) fn new(named: Option<&Path>) -> Result<Self, ConfigError> {
        if let Some(path) = named {
            let wrong = |reason: String| ConfigError::SecretsDir { path: path.to_owned(), reason };
            prepare(path).map_err(|error| wrong(error.to_string()))?;
        }
        Ok(Self { named: named.map(Path::to_owned) })
    }

    pub(super) fn root(&self) -> io::Result<PathBuf> {
        if let Some(named) = &self.named {
            return prepare(named).map(|()| named.clone());
        }
        let mut last = None;
        for root in candidates() {
            match prepare(&root) {
                Ok(()) => return Ok(root),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| io::Error::other("there is no file system in memory")))
    }

    /// Writes the files of a container anew; the directory to be mounted.
    pub(super) fn write(
        &self,
        hub: &str,
        name: &str,
        secrets: &BTreeMap<String, SecretValue>,
    ) -> io::Result<PathBuf> {
        let hub = self.root()?.join(hub);
        make(&hub, 0o700)?;
        let dir = hub.join(name);
        // Of an attempt to start it that came to nothing.
        remove(&dir)?;
        make(&dir, 0o700)?;
        for (variable, value) in secrets {
            // Whoever is in the container is the one who may read it; outside, nobody gets into the directories above.
            // No owner is given: that takes root, and the engine may know the same user by another number.
            let mut file =
                fs::OpenOptions::new().write(true).create_new(true).mode(0o444).open(dir.join(variable))?;
            file.write_all(value.reveal().as_bytes())?;
            file.set_permissions(fs::Permissions::from_mode(0o444))?;
        }
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o555))?;
        Ok(dir)
    }

    /// Removes what a container was given, wherever it lies.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        for hub in self.hubs() {
            remove(&hub.join(name))?;
        }
        Ok(())
    }

    /// The containers of a hub that have files here.
    pub(super) fn leftovers(&self, hub: &str) -> Vec<Leftover> {
        let hubs = self.hubs().into_iter().filter(|path| path.file_name().is_some_and(|name| name == hub));
        hubs.flat_map(|hub| entries(&hub))
            .filter_map(|path| names::leftover_of_name(path.file_name()?.to_str()?))
            .collect()
    }

    fn hubs(&self) -> Vec<PathBuf> {
        // Whatever was chosen earlier: a machine may have changed since.
        let roots = self.named.clone().map_or_else(candidates, |named| vec![named]);
        roots.iter().flat_map(|root| entries(root)).collect()
    }
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// Where memory is, best first.
fn candidates() -> Vec<PathBuf> {
    let uid = nix::unistd::Uid::effective();
    let mut all = Vec::new();
    if uid.is_root() {
        all.push(PathBuf::from("/run/uhub-secrets"));
    } else {
        all.push(PathBuf::from(format!("/run/user/{uid}/uhub-secrets")));
    }
    all.push(PathBuf::from(format!("/dev/shm/uhub-secrets-{uid}")));
    all
}

/// Makes the directory if need be, and refuses one that is not in memory, or not ours alone.
fn prepare(root: &Path) -> io::Result<()> {
    let parent = root.parent().unwrap_or(root);
    let there = if root.exists() { root } else { parent };
    if statfs(there)?.filesystem_type() != TMPFS_MAGIC {
        return Err(io::Error::other(format!("{} is not on a file system in memory", there.display())));
    }
    make(root, 0o700)?;
    let found = fs::symlink_metadata(root)?;
    if !found.is_dir() || found.uid() != nix::unistd::Uid::effective().as_raw() || found.mode() & 0o077 != 0 {
        let text = format!("{} is another's, or open to others", root.display());
        return Err(io::Error::other(text));
    }
    Ok(())
}

fn make(dir: &Path, mode: u32) -> io::Result<()> {
    match fs::DirBuilder::new().mode(mode).create(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

fn remove(dir: &Path) -> io::Result<()> {
    // Else who is not root could not empty it.
    match fs::set_permissions(dir, fs::Permissions::from_mode(0o700)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        _ => {}
    }
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
