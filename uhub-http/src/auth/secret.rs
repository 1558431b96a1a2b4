//! The key that signs tokens: given by the environment, or made once and kept in the data directory.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::Path,
};

/// The name of the key's file in the data directory.
pub(crate) const FILE: &str = "token.key";

/// 256 bits, as HMAC-SHA256 deserves.
const LENGTH: usize = 32;

/// A signing key. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Too short to be safe.
    #[error("the token secret has {0} bytes, at least 32 are needed")]
    TooShort(usize),
    /// Others can read it.
    #[error("{path} can be read by others (mode {mode:o}): it must be 600")]
    Exposed {
        /// The file.
        path: String,
        /// Its mode.
        mode: u32,
    },
    /// Its content is no key.
    #[error("{0} holds no key of 64 hexadecimal digits")]
    Unreadable(String),
    /// The file system or the random source failed.
    #[error("{0}: {1}")]
    Io(String, #[source] io::Error),
}

impl Secret {
    /// A key given by somebody.
    ///
    /// # Errors
    /// [`SecretError::TooShort`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, SecretError> {
        if bytes.len() < LENGTH { Err(SecretError::TooShort(bytes.len())) } else { Ok(Self(bytes)) }
    }

    /// The key of the data directory; made, with mode 0600, where there is none. Two servers that start at once get
    /// the same.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn of_directory(directory: &Path) -> Result<Self, SecretError> {
        Self::of_file(directory, FILE)
    }

    /// As [`Self::of_directory`], for another purpose: in a file of this name.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn of_file(directory: &Path, file: &str) -> Result<Self, SecretError> {
        let path = directory.join(file);
        match read(&path) {
            Err(SecretError::Io(_, error)) if error.kind() == io::ErrorKind::NotFound => {
                create(directory, &path)?;
                read(&path)
            }
            result => result,
        }
    }

    /// The bytes, for who signs.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

fn read(path: &Path) -> Result<Secret, SecretError> {
    let name = || path.display().to_string();
    let file = fs::File::open(path).map_err(|error| SecretError::Io(name(), error))?;
    // Of the open file, not of the name: nobody can swap it in between.
    let mode = file.metadata().map_err(|error| SecretError::Io(name(), error))?.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(SecretError::Exposed { path: name(), mode });
    }
    let text = io::read_to_string(file).map_err(|error| SecretError::Io(name(), error))?;
    let bytes = hex::decode(text.trim()).map_err(|_| SecretError::Unreadable(name()))?;
    if bytes.len() == LENGTH { Ok(Secret(bytes)) } else { Err(SecretError::Unreadable(name())) }
}

fn create(directory: &Path, path: &Path) -> Result<(), SecretError> {
    let mut key = [0_u8; LENGTH];
    let mut suffix = [0_u8; 8];
    for bytes in [&mut key[..], &mut suffix[..]] {
        getrandom::fill(bytes).map_err(|error| {
            SecretError::Io("random source".to_owned(), io::Error::other(error.to_string()))
        })?;
    }
    // Whole at once: a link appears with its content, and fails where somebody was first, whose key then holds.
    let draft = directory.join(format!(".key.{}", hex::encode(suffix)));
    let written = write(&draft, &key).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result,
    });
    let removed = fs::remove_file(&draft);
    written.and(removed).map_err(|error| SecretError::Io(path.display().to_string(), error))
}

fn write(path: &Path, key: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(hex::encode(key).as_bytes())?;
    file.sync_all()
}

/// A random token of 256 bits, for people to copy.
///
/// # Errors
/// [`SecretError::Io`] where the random source fails.
pub(crate) fn random_token() -> Result<String, SecretError> {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

    let mut bytes = [0_u8; LENGTH];
    getrandom::fill(&mut bytes)
        .map_err(|error| SecretError::Io("random source".to_owned(), io::Error::other(error.to_string())))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_made_once_for_this_user_only() {
        let directory = tempfile::tempdir().unwrap();
        let keys: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let making: Vec<_> =
                (0..8).map(|_| scope.spawn(|| Secret::of_directory(directory.path()).unwrap().0)).collect();
            making.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| key == &keys[0] && key.len() == 32), "one key for all");
        let mode = fs::metadata(directory.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no drafts are left");
    }

    #[test]
    fn an_exposed_or_broken_key_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        Secret::of_directory(directory.path()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            Secret::of_directory(directory.path()),
            Err(SecretError::Exposed { mode: 0o640, .. })
        ));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "short").unwrap();
        assert!(matches!(Secret::of_directory(directory.path()), Err(SecretError::Unreadable(_))));
        assert!(matches!(Secret::from_bytes(vec![1; 31]), Err(SecretError::TooShort(31))));
    }
}
