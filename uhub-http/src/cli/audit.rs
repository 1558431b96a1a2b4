//! `uhub audit`

use std::{fs, path::Path};

use anyhow::Context as _;
use uhub_core::audit::Head;
use uhub_http::wire::Verification;

use super::{
    args::{AuditArgs, AuditCommand, StoreArgs},
    output,
};

/// How many entries one read takes.
const BATCH: u32 = 1000;

pub(crate) async fn run(args: AuditArgs) -> anyhow::Result<bool> {
    match args.what {
        AuditCommand::Verify { head, head_file, json, store } => {
            let head = match head_file {
                Some(file) => Some(kept(&file)?),
                None => head,
            };
            verify(head, json, &store).await
        }
        AuditCommand::Export { after, store } => export(after, &store).await,
    }
}

/// The head that a server or worker kept in `file`.
fn kept(file: &Path) -> anyhow::Result<Head> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    text.trim().parse().map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))
}

async fn verify(head: Option<Head>, json: bool, store: &StoreArgs) -> anyhow::Result<bool> {
    let hub = store.open(store.settings(None), false).await?;
    let bar = output::progress(None, "entries", false);
    let mut progress = |entries: i64| bar.set_position(u64::try_from(entries).unwrap_or_default());
    let found = hub.verify_audit(head.as_ref(), &mut progress).await?;
    bar.finish_and_clear();
    let ok = found.ok;
    if json {
        output::print_json(&Verification::from(found))?;
    } else {
        let verdict = match found.first_bad {
            Some(first) => format!("BROKEN at entry {first}: edited, deleted or reordered"),
            None if ok => "sound".to_owned(),
            None => "CUT: the head that was noted is not in the chain".to_owned(),
        };
        output::print(&format!(
            "{verdict}\n{} entries sealed, {} not yet\nhead {}",
            found.entries, found.unsealed, found.head
        ))?;
    }
    Ok(ok)
}

async fn export(after: i64, store: &StoreArgs) -> anyhow::Result<bool> {
    let hub = store.open(store.settings(None), false).await?;
    let mut last = Head::default();
    loop {
        let batch = hub.sealed_audit(after.max(last.seq), BATCH).await?;
        for sealed in &batch {
            output::print(&serde_json::to_string(sealed)?)?;
        }
        match batch.last() {
            Some(sealed) => last = Head { seq: sealed.seq, hash: sealed.hash.clone() },
            None => break,
        }
    }
    let head = if last == Head::default() { hub.audit_head().await? } else { last };
    output::tell(&format!("head {head}"));
    Ok(true)
}
