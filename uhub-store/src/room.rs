//! Whether a SQLite database could write now.

use std::{fs, io::Write as _, path::PathBuf};

use uhub_core::ports::store::StoreError;
use uuid::Uuid;

use crate::error::Result;

/// What a commit and its share of the log may need, in bytes.
const NEEDED: usize = 64 * 1024;

/// Writes a small file beside the database, and removes it: a disk that is full, over a quota or read-only shows, and
/// nothing of the database is touched. `me` tells the files of two processes apart.
///
/// # Errors
/// [`StoreError::Unavailable`] where it cannot be written.
pub(crate) async fn check(directory: PathBuf, me: Uuid) -> Result<()> {
    let path = directory.join(format!(".uhub-room-{me}"));
    let written = tokio::task::spawn_blocking(move || {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        let written = options.open(&path).and_then(|mut file| file.write_all(&[0; NEEDED]));
        // Another check may have removed it already.
        let _ = fs::remove_file(&path);
        written
    });
    match written.await {
        Ok(written) => {
            written.map_err(|error| StoreError::Unavailable(format!("the database has no room: {error}")))
        }
        Err(error) => Err(StoreError::Failed(error.to_string())),
    }
}
