//! Secrets from files, for installs without a Vault.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};
use uhub_core::ports::secrets::{SecretError, SecretSource, SecretValue};

use crate::redact::LONGEST;

/// `file:/path` is what the file holds, without one line end at its end. Only files below the roots can be named, such as
/// where a service manager or Kubernetes puts credentials; the kernel refuses whatever leads out of them, such as symbolic
/// links. Linux 5.6 or later.
#[derive(Debug, Clone)]
pub struct FileSecrets {
    roots: Arc<[PathBuf]>,
}

impl FileSecrets {
    /// Files below `roots`.
    ///
    /// # Errors
    /// Where a root is not absolute, or is no directory.
    pub fn new(roots: &[PathBuf]) -> std::io::Result<Self> {
        for root in roots {
            if !root.is_absolute() || !root.is_dir() {
                let text = format!("{}: must be the absolute path of a directory", root.display());
                return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, text));
            }
        }
        Ok(Self { roots: roots.into() })
    }

    /// The text of the file, or what is wrong.
    fn text(&self, path: &Path) -> Result<String, String> {
        let outside = || "lies below none of the directories that the worker was given".to_owned();
        let below = self.roots.iter().find_map(|root| Some((root, path.strip_prefix(root).ok()?)));
        let (root, rest) = below.ok_or_else(outside)?;
        let reason = |error: std::io::Error| match error.raw_os_error() {
            Some(libc::EXDEV | libc::ELOOP) => outside(),
            _ => error.kind().to_string(),
        };
        // A pipe that nobody writes to must not hold the worker.
        let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        let how = OpenHow::new()
            .flags(flags)
            .resolve(ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_MAGICLINKS);
        let root = File::open(root).map_err(reason)?;
        let file = openat2(&root, rest, how).map_err(|error| reason(error.into()))?;
        let file = File::from(file);
        if !file.metadata().map_err(reason)?.is_file() {
            return Err("is not a file".to_owned());
        }
        let mut text = String::new();
        // Enough to be seen to be too long.
        file.take(LONGEST as u64 + 3).read_to_string(&mut text).map_err(reason)?;
        if text.ends_with('\n') {
            text.pop();
            if text.ends_with('\r') {
                text.pop();
            }
        }
        Ok(text)
    }
}

#[async_trait]
impl SecretSource for FileSecrets {
    fn scheme(&self) -> &'static str {
        "file"
    }

    async fn read(&self, reference: &str) -> Result<SecretValue, SecretError> {
        let path = PathBuf::from(reference.strip_prefix("file:").unwrap_or(reference));
        let this = self.clone();
        match tokio::task::spawn_blocking(move || this.text(&path)).await {
            Ok(Ok(text)) => Ok(SecretValue::new(text)),
            Ok(Err(reason)) => Err(SecretError::new(reference, reason)),
            Err(_) => Err(SecretError::new(reference, "could not be read")),
        }
    }
}
