//! `uhub seed`

use crate::demo;
use uhub_core::hub::Synthetic;

use super::{
    args::{Seed, SeedArgs},
    output,
};

pub(crate) async fn run(args: SeedArgs) -> anyhow::Result<bool> {
    match args.what {
        Seed::Demo { store, json } => {
            let hub = store.open(store.settings(None), true).await?;
            let program = std::env::current_exe().and_then(|program| program.canonicalize()).ok();
            let report = hub.as_operator("cli").import_demo(&demo::data(program.as_deref())?).await?;
            if json {
                output::print_json(&report)?;
            } else {
                output::print(&format!(
                    "{} users, {} projects, {} jobs; {} of them new",
                    report.users, report.projects, report.jobs, report.created
                ))?;
            }
        }
        Seed::Synthetic { jobs, seed, days, progress, store } => {
            let hub = store.open(store.settings(None), true).await?;
            let bar = output::progress(Some(jobs), "jobs", progress);
            let mut written = |count: u64| bar.set_position(count);
            let what = Synthetic { jobs, seed, days };
            hub.as_operator("cli").import_synthetic(what, &mut written).await?;
            bar.finish_and_clear();
            output::print(&format!("{jobs} jobs made"))?;
        }
    }
    Ok(true)
}
