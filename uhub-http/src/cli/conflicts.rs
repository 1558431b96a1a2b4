//! `uhub conflicts`

use crate::wire::ConflictGroup;
use anyhow::{Context as _, bail};
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use uhub_core::model::Slot;

use super::{
    args::{ConflictsArgs, When},
    hub::reading,
    output,
};

pub(crate) async fn run(args: ConflictsArgs) -> anyhow::Result<bool> {
    let zone = args.store.timezone;
    let hub = args.store.open(args.store.settings(None), false).await?;
    let start = instant(args.from, zone)?.unwrap_or_else(|| hub.now());
    let end = instant(args.to, zone)?.unwrap_or(start + TimeDelta::days(31));
    let window = Slot::new(start, end).context("--from and --to")?;
    let groups = reading(&hub).conflicts(window).await?;
    if args.json {
        output::print_json(&groups.into_iter().map(ConflictGroup::from).collect::<Vec<_>>())?;
        return Ok(true);
    }
    if groups.is_empty() {
        output::print("Nothing collides.")?;
        return Ok(true);
    }
    let mut names = std::collections::BTreeMap::new();
    for group in &groups {
        for job in &group.jobs {
            if let std::collections::btree_map::Entry::Vacant(place) = names.entry(job.project_id) {
                place.insert(reading(&hub).project(job.project_id).await?.name);
            }
        }
    }
    let shown = |at: DateTime<Utc>| at.with_timezone(&zone).format("%a %Y-%m-%d %H:%M").to_string();
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    table.set_header(["pool", "from", "to", "job", "project", "status"]);
    let mut jobs = 0;
    for group in groups {
        let mut pool = output::inert(&group.pool);
        if let Some(freeze) = &group.freeze {
            table.add_row([
                std::mem::take(&mut pool),
                shown(freeze.slot.start()),
                shown(freeze.slot.end()),
                format!("FREEZE: {}", output::inert(&freeze.reason)),
                String::new(),
                String::new(),
            ]);
        }
        for job in group.jobs {
            jobs += 1;
            table.add_row([
                std::mem::take(&mut pool),
                shown(job.slot.start()),
                shown(job.slot.end()),
                output::inert(&job.title),
                names.get(&job.project_id).map_or_else(String::new, |name| output::inert(name)),
                job.status.to_string(),
            ]);
        }
    }
    output::print(&format!("{table}\n{jobs} jobs collide. Times are those of {zone}."))?;
    Ok(true)
}

/// The instant that is meant, with days of `zone`.
pub(crate) fn instant(when: Option<When>, zone: Tz) -> anyhow::Result<Option<DateTime<Utc>>> {
    Ok(match when {
        None => None,
        Some(When::At(at)) => Some(at),
        Some(When::Day(day)) => match day
            .and_hms_opt(0, 0, 0)
            .and_then(|at| zone.from_local_datetime(&at).earliest())
        {
            Some(at) => Some(at.to_utc()),
            // A day without a midnight: the clocks went forward over it.
            None => match day.and_hms_opt(1, 0, 0).and_then(|at| zone.from_local_datetime(&at).earliest()) {
                Some(at) => Some(at.to_utc()),
                None => bail!("{day} does not begin in {zone}"),
            },
        },
    })
}
