//! What a freeze would stop, before anybody is told of it: a hub in memory, one use case, nothing changed.

use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use uhub_core::{
    hub::NewFreeze,
    model::{Slot, Tier},
    ports::store::{JobFilter, Page},
};
use uhub_http::{cli::Embedded, demo};

#[tokio::main]
async fn main() -> Result<()> {
    // The same options as those of `uhub serve`.
    let embedded = Embedded::open(&["--database=memory:".to_owned()], Vec::new(), Vec::new()).await?;
    let hub = embedded.hub();
    hub.as_operator("example").import_demo(&demo::data(None)?).await?;

    let admin = hub.user_named("demo-admin").await?.context("the demo has an admin")?;
    let admin = hub.acting_as(&admin);

    let (start, end) = (hub.now(), hub.now() + TimeDelta::days(14));
    let freeze = NewFreeze {
        start,
        end,
        tiers: vec![Tier::Prod],
        environments: Vec::new(),
        reason: "end of the year".into(),
        project_id: None,
    };
    let outcome = admin.create_freeze(freeze, true).await?;
    for job in &outcome.stops {
        println!("{} would be stopped: {}", job.slot.start().format("%a %d %b %H:%M"), job.title);
    }
    assert_eq!(outcome.stops.len(), 2, "the demo plans two jobs in prod");
    assert!(admin.freezes(Page::first(10)).await?.is_empty(), "nothing has changed");
    let jobs = admin.calendar(Slot::new(start, end)?, &JobFilter::default()).await?;
    println!("and {} jobs go on", jobs.len() - outcome.stops.len());
    Ok(())
}
