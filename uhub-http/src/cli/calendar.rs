//! `uhub calendar`

use std::{io::Read as _, path::Path};

use anyhow::{Context as _, bail};
use chrono::TimeDelta;
use uhub_core::{
    Hub,
    hub::ImportAs,
    model::{ProjectId, Slot},
    ports::store::JobFilter,
};

use super::{
    args::{CalendarArgs, CalendarCommand, EventKind, StoreArgs, When},
    conflicts::instant,
    hub::reading,
    output,
};
use crate::ics;

/// How far an export reaches, either way, where nobody says anything.
const REACH: TimeDelta = TimeDelta::days(180);

pub(crate) async fn run(args: CalendarArgs) -> anyhow::Result<bool> {
    match args.what {
        CalendarCommand::Export { project, user, from, to, output, store } => {
            let hub = store.open(store.settings(None), false).await?;
            let filter = filter(&hub, project.as_deref(), user.as_deref()).await?;
            let window = window(&hub, from, to, &store)?;
            let acting = reading(&hub);
            let items = acting.calendar(window, &filter).await?;
            // One person's part of what repeats is single events: the others' would come back by the rule.
            let repeating = if filter.own.is_none() { acting.repeating(&items).await? } else { Vec::new() };
            let name = project.map_or_else(|| "uHub".to_owned(), |project| format!("uHub – {project}"));
            let text = ics::calendar(&name, items, &repeating, store.timezone, hub.now());
            if output.as_os_str() == "-" {
                output::print(text.trim_end())?;
            } else {
                std::fs::write(&output, text)
                    .with_context(|| format!("cannot write {}", output.display()))?;
            }
        }
        CalendarCommand::Import { file, kind, user, project, tier, environment, dry_run, json, store } => {
            let text = read(&file)?;
            let hub = store.open(store.settings(None), false).await?;
            let Some(user) = hub.user_named(&user).await? else { bail!("there is no user {user}") };
            let project_id = match &project {
                Some(name) => Some(project_named(&hub, name).await?),
                None => None,
            };
            let what = match (kind, project_id) {
                (EventKind::Meetings, Some(project_id)) => ImportAs::Meetings { project_id },
                (EventKind::Meetings, None) => bail!("meetings need a project"),
                (EventKind::Freezes, project_id) => {
                    ImportAs::Freezes { tiers: tier, environments: environment, project_id }
                }
            };
            let events = ics::read(&text, store.timezone).with_context(|| file.display().to_string())?;
            let done = hub.acting_as(&user).import_events(&events, &what, dry_run).await;
            let done = done.with_context(|| format!("{}: nothing was imported", file.display()))?;
            if json {
                output::print_json(&done)?;
            } else {
                output::print(&format!(
                    "{} created, {} updated, {} unchanged, {} cancelled, {} past",
                    done.created, done.updated, done.unchanged, done.cancelled, done.past
                ))?;
            }
        }
    }
    Ok(true)
}

fn window(hub: &Hub, from: Option<When>, to: Option<When>, store: &StoreArgs) -> anyhow::Result<Slot> {
    let now = hub.now();
    let start = instant(from, store.timezone)?.unwrap_or(now - REACH);
    let end = instant(to, store.timezone)?.unwrap_or(now + REACH);
    Slot::new(start, end).context("--from and --to")
}

/// The file's text, as far as it may be one.
fn read(file: &Path) -> anyhow::Result<String> {
    let unread = || format!("cannot read {}", file.display());
    let mut text = String::new();
    let most = u64::try_from(ics::MAX_BYTES)?.saturating_add(1);
    std::fs::File::open(file)
        .with_context(unread)?
        .take(most)
        .read_to_string(&mut text)
        .with_context(unread)?;
    Ok(text)
}

async fn project_named(hub: &Hub, name: &str) -> anyhow::Result<ProjectId> {
    match hub.store().read().await?.project_by_name(name).await? {
        Some(found) => Ok(found.id),
        None => bail!("there is no project {name}"),
    }
}

async fn filter(hub: &Hub, project: Option<&str>, user: Option<&str>) -> anyhow::Result<JobFilter> {
    let mut filter = JobFilter::default();
    if let Some(name) = project {
        filter.project_id = Some(project_named(hub, name).await?);
    }
    if let Some(name) = user {
        let Some(found) = hub.user_named(name).await? else { bail!("there is no user {name}") };
        filter.own = Some(found.id);
    }
    Ok(filter)
}
