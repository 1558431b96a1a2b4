//! `uhub migrate`

use super::{args::StoreArgs, output};

pub(crate) async fn run(args: StoreArgs) -> anyhow::Result<bool> {
    args.open(args.settings(None), true).await?;
    output::print("the database is up to date")?;
    Ok(true)
}
