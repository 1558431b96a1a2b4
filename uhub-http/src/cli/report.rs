//! `uhub report`

use anyhow::Context as _;
use comfy_table::{CellAlignment, Table, presets::UTF8_HORIZONTAL_ONLY};

use super::{args::ReportArgs, output};

pub(crate) async fn run(args: ReportArgs) -> anyhow::Result<bool> {
    let hub = args.store.open(args.store.settings(None), false).await?;
    let report = hub.as_operator("cli").week_report(args.project.as_deref()).await.context("report")?;
    if args.json {
        output::print_json(&report)?;
        return Ok(true);
    }
    let day = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&args.store.timezone).format("%Y-%m-%d");
    let last = report.week.end() - chrono::TimeDelta::microseconds(1);
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    table.set_header(["project", "planned", "done", "failed", "missed", "conflicts"]);
    for line in &report.projects {
        let numbers = [line.planned, line.done, line.failed, line.missed, line.conflicts];
        let mut row = vec![output::inert(&line.project)];
        row.extend(numbers.iter().map(ToString::to_string));
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    output::print(&format!("Week {} to {}\n{table}", day(report.week.start()), day(last)))?;
    Ok(true)
}
