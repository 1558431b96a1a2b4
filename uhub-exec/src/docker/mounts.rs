//! Which directories of the host containers may see.

use std::path::{Component, Path, PathBuf};

use uhub_core::model::Mount;

use super::{options::ConfigError, secrets::TARGET};

/// Never, not even below a root that an operator names: what is there governs the machine.
const FORBIDDEN: [&str; 9] =
    ["/proc", "/sys", "/dev", "/etc", "/run", "/var/run", "/boot", "/var/lib/docker", "/var/lib/containerd"];
/// Nor may a mount hide these in a container.
const FORBIDDEN_TARGETS: [&str; 4] = ["/proc", "/sys", "/dev", TARGET];

/// The roots, with every link followed.
#[derive(Debug)]
pub(super) struct Mounts {
    roots: Vec<PathBuf>,
    socket: PathBuf,
}

/// A mount whose source has no links left in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) source: String,
    pub(super) target: String,
    pub(super) writable: bool,
}

impl Mounts {
    pub(super) fn new(roots: &[PathBuf], socket: &Path) -> Result<Self, ConfigError> {
        let mut mounts = Self { roots: Vec::new(), socket: socket.to_owned() };
        for path in roots {
            let wrong = |reason: String| ConfigError::MountRoot { path: path.clone(), reason };
            let real = path.canonicalize().map_err(|error| wrong(error.to_string()))?;
            if let Some(reason) = mounts.forbidden(&real) {
                return Err(wrong(reason));
            }
            mounts.roots.push(real);
        }
        Ok(mounts)
    }

    /// Follows the links of all sources, as they are now.
    pub(super) fn resolve(&self, mounts: &[Mount]) -> Result<Vec<Resolved>, String> {
        mounts
            .iter()
            .map(|mount| {
                self.resolve_one(mount).map_err(|reason| format!("mount {}: {reason}", mount.source))
            })
            .collect()
    }

    fn resolve_one(&self, mount: &Mount) -> Result<Resolved, String> {
        if self.roots.is_empty() {
            return Err("this worker allows no mounts".to_owned());
        }
        let source = Path::new(&mount.source);
        if !source.is_absolute() {
            return Err("is not absolute".to_owned());
        }
        let real = source.canonicalize().map_err(|error| error.to_string())?;
        if !self.roots.iter().any(|root| real.starts_with(root)) {
            return Err("does not lie below a directory that this worker allows".to_owned());
        }
        if let Some(reason) = self.forbidden(&real) {
            return Err(reason);
        }
        if !real.is_dir() {
            return Err("is not a directory".to_owned());
        }
        let target = target(&mount.target)?;
        let Some(source) = real.to_str().filter(|source| !source.contains(',')) else {
            return Err("has a path that cannot be told to the engine".to_owned());
        };
        Ok(Resolved { source: source.to_owned(), target, writable: mount.writable })
    }

    /// Why a directory may not be seen, whoever allows it.
    fn forbidden(&self, real: &Path) -> Option<String> {
        if real == Path::new("/") {
            return Some("is the whole machine".to_owned());
        }
        // Both ways: what lies in such a directory, and what has one in it.
        let governs = FORBIDDEN.iter().map(Path::new).find(|path| {
            let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
            real.starts_with(&path) || path.starts_with(real)
        });
        if let Some(path) = governs {
            return Some(format!("reaches {}, which is never mounted", path.display()));
        }
        let socket = self.socket.canonicalize().unwrap_or_else(|_| self.socket.clone());
        if socket.starts_with(real) {
            return Some("reaches the engine's socket".to_owned());
        }
        None
    }
}

/// A path in the container, in its simplest form.
fn target(text: &str) -> Result<String, String> {
    let path = Path::new(text);
    let mut simple = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::RootDir => {}
            Component::Normal(name) => simple.push(name),
            _ => return Err(format!("target {text} has `..` in it, or is not absolute")),
        }
    }
    if !path.is_absolute() || simple == Path::new("/") {
        return Err(format!("target {text} is not a directory of the container's own"));
    }
    let hides = |path: &&&str| simple.starts_with(path) || Path::new(path).starts_with(&simple);
    if let Some(path) = FORBIDDEN_TARGETS.iter().find(hides) {
        return Err(format!("target {text} would hide {path}"));
    }
    Ok(simple.to_string_lossy().into_owned())
}
