//! `uhub prune`

use chrono::TimeDelta;
use serde_json::json;
use uhub_core::hub::Retention;

use super::{args::PruneArgs, output};

pub(crate) async fn run(args: PruneArgs) -> anyhow::Result<bool> {
    let hub = args.store.open(args.store.settings(None), false).await?;
    let retention = Retention {
        age: args.logs_older_than.map(|days| TimeDelta::days(days.into())),
        bytes: args.logs_most_mb.map(|megabytes| u64::from(megabytes) * 1_000_000),
    };
    let pruned = hub.as_operator("cli").prune(retention).await?;
    if args.json {
        output::print_json(&json!({ "runs": pruned.runs, "bytes": pruned.bytes }))?;
    } else {
        output::print(&format!("removed the logs of {} runs, {} bytes", pruned.runs, pruned.bytes))?;
    }
    Ok(true)
}
