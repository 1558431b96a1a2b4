//! `uhub audit`

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
};

use crate::wire;
use anyhow::Context as _;
use uhub_core::audit::{Head, Sealed, Verification, Verifier};

use super::{
    args::{AuditArgs, AuditCommand, StoreArgs},
    output,
};

/// How many entries one read takes.
const BATCH: u32 = 1000;

pub(crate) async fn run(args: AuditArgs) -> anyhow::Result<bool> {
    match args.what {
        AuditCommand::Verify { head, head_file, file, after, json, store } => {
            let outside = match head_file {
                Some(file) => Some(kept(&file)?),
                None => head,
            };
            let found = match file {
                Some(file) => exported(&file, after.unwrap_or_default(), outside)?,
                None => stored(outside.as_ref(), &store).await?,
            };
            tell(found, json)
        }
        AuditCommand::Export { after, store } => export(after, &store).await,
    }
}

/// The head that a server or worker kept in `file`.
fn kept(file: &Path) -> anyhow::Result<Head> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    text.trim().parse().map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))
}

async fn stored(outside: Option<&Head>, store: &StoreArgs) -> anyhow::Result<Verification> {
    let hub = store.open(store.settings(None), false).await?;
    let bar = output::progress(None, "entries", false);
    let mut progress = |entries: i64| bar.set_position(u64::try_from(entries).unwrap_or_default());
    let found = hub.verify_audit(outside, &mut progress).await?;
    bar.finish_and_clear();
    Ok(found)
}

/// Verifies what `audit export` wrote, away from the hub.
fn exported(file: &Path, after: Head, outside: Option<Head>) -> anyhow::Result<Verification> {
    let reader = fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut verifier = Verifier::new(after, outside);
    for (number, line) in BufReader::new(reader).lines().enumerate() {
        let line = line.with_context(|| format!("cannot read {}", file.display()))?;
        let sealed: Sealed = serde_json::from_str(&line)
            .with_context(|| format!("{}:{}: no line of an export", file.display(), number + 1))?;
        verifier.take(&sealed);
    }
    Ok(verifier.end(0, None))
}

fn tell(found: Verification, json: bool) -> anyhow::Result<bool> {
    let ok = found.ok;
    if json {
        output::print_json(&wire::Verification::from(found))?;
    } else {
        let verdict = match found.first_bad {
            Some(first) => format!("BROKEN at entry {first}: edited, deleted, reordered or cut off"),
            None => "sound".to_owned(),
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
