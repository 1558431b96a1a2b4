//! How long a claim takes in a table that has grown: a million runs that have ended and a hundred thousand that are not due,
//! beside an empty one. Both hubs take turns, claim by claim, and ask for more than there is, as a worker with free slots does.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use sqlx::PgPool;
use uhub_benches::measure::{head, human, median, ratio, row};
use uhub_core::{
    Hub,
    hub::{Acting, ClaimedRun},
    model::{BackendKind, JobId},
    ports::exec::Finish,
};

use crate::{
    database::Server,
    uhub::{copy_runs, furnish, launch, open},
};

/// For so many runs a claim asks; one is due.
const SLOTS: u32 = 8;
/// Claims before those that count.
const WARM_UP: usize = 20;

/// A hub whose queue is claimed from.
struct Side {
    hub: Hub,
    acting: Acting,
    jobs: Vec<JobId>,
    claims: Vec<Duration>,
    looks: Vec<Duration>,
}

/// Compares `claims` claims of one run each, and as many looks that find nothing.
pub(crate) fn compare(finished: u32, future: u32, claims: usize) -> Result<()> {
    let server = Server::find()?;
    let (empty, full) = (server.create()?, server.create()?);
    let runtime = tokio::runtime::Runtime::new()?;
    let mut sides = runtime.block_on(async {
        let filled = Side::open(&full.url).await?;
        filled.fill(&full.url, finished, future).await?;
        anyhow::Ok([Side::open(&empty.url).await?, filled])
    })?;
    empty.settle()?;
    full.settle()?;
    runtime.block_on(async {
        for turn in 0..WARM_UP + claims {
            for side in &mut sides {
                side.claim(turn, turn >= WARM_UP).await?;
            }
        }
        anyhow::Ok(())
    })?;

    head(
        &format!("One claim, {finished} runs ended and {future} not due, PostgreSQL ({})", server.version()?),
        &["", "empty", "full", "full ÷ empty"],
    );
    let [empty, full] = sides;
    for (what, empty, full) in
        [("a run, p50", empty.claims, full.claims), ("nothing due, p50", empty.looks, full.looks)]
    {
        let (empty, full) = (median(empty), median(full));
        row(&[what.to_owned(), human(empty), human(full), ratio(full, empty)]);
    }
    Ok(())
}

impl Side {
    async fn open(url: &str) -> Result<Self> {
        let hub = open(url).await?;
        let (acting, jobs) = furnish(&hub).await?;
        Ok(Self { hub, acting, jobs, claims: Vec::new(), looks: Vec::new() })
    }

    /// Copies a run that has ended and one that waits, each with its job and what the audit says of it.
    async fn fill(&self, url: &str, finished: u32, future: u32) -> Result<()> {
        let pool = PgPool::connect(url).await?;
        let mut spare = self.jobs.iter().rev();
        let (Some(ended), Some(waiting)) = (spare.next(), spare.next()) else { bail!("too few jobs") };
        let run = launch(&self.acting, *ended).await?;
        let claimed = self.hub.claim("bench", &[BackendKind::Local], 1).await?;
        let [claimed] = claimed.as_slice() else { bail!("what was launched was not claimed") };
        self.hub.finish(claimed, &Finish::Exited(0)).await?;
        copy_runs(&pool, 'a', &run, finished, "").await?;
        let run = launch(&self.acting, *waiting).await?;
        let later = "UPDATE runs SET due_at = now() + interval '1 day' WHERE id = $1";
        sqlx::query(later).bind(run.id.0).execute(&pool).await?;
        let due = ", 'due_at', now() + interval '1 day' + n * interval '1 s'";
        copy_runs(&pool, 'b', &run, future, due).await
    }

    /// Launches a run, claims it, ends it; and looks once more.
    async fn claim(&mut self, turn: usize, counts: bool) -> Result<()> {
        // The last two stand for what fills the table.
        let few = self.jobs.len() - 2;
        let job = self.jobs.get(turn % few).context("no job")?;
        launch(&self.acting, *job).await?;
        let (claimed, took) = self.timed().await?;
        let [claimed] = claimed.as_slice() else { bail!("{} runs were claimed", claimed.len()) };
        // What has failed can be launched again.
        self.hub.finish(claimed, &Finish::Failed("as it should".to_owned())).await?;
        let (none, looked) = self.timed().await?;
        ensure!(none.is_empty(), "{} runs were claimed", none.len());
        if counts {
            self.claims.push(took);
            self.looks.push(looked);
        }
        Ok(())
    }

    async fn timed(&self) -> Result<(Vec<ClaimedRun>, Duration)> {
        let began = Instant::now();
        let claimed = self.hub.claim("bench", &[BackendKind::Local], SLOTS).await?;
        Ok((claimed, began.elapsed()))
    }
}
