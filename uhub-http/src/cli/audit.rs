//! `uhub audit`

use uhub_http::wire::Verification;

use super::{
    args::{AuditArgs, AuditCommand},
    output,
};

pub(crate) async fn run(args: AuditArgs) -> anyhow::Result<bool> {
    let AuditCommand::Verify { head, json, store } = args.what;
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
