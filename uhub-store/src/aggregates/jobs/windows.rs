//! Which jobs overlap a window, without looking at all that lies before it.
//!
//! "Starts before the window's end and ends after its start" is no range of any index: whatever started earlier may still
//! go on. But a job of at most a day that goes on at some instant started at most a day before. So each job keeps the
//! class of its length, and each class is asked on its own for a range of starts.

use chrono::{DateTime, TimeDelta, Utc};
use uhub_core::{
    model::{JobStatus, Slot, Tier},
    ports::store::{JobFilter, Page},
    text::search_key,
};

use crate::{
    dialect::Dialect,
    sql::{Bind, Shape, Sql},
};

/// The greatest length of each class: a day, even one of 25 hours; what months hold; and whatever is longer, of which
/// there are few.
const CLASSES: [Option<TimeDelta>; 3] = [Some(TimeDelta::hours(26)), Some(TimeDelta::days(40)), None];

/// The class of a slot's length.
pub(super) fn span_class(slot: Slot) -> i64 {
    let fits = |longest: &Option<TimeDelta>| longest.is_none_or(|longest| slot.length() <= longest);
    CLASSES.iter().position(fits).and_then(|class| i64::try_from(class).ok()).unwrap_or(2)
}

/// A pattern for LIKE with `\` as escape that finds exactly this text.
fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// SQLite refuses longer patterns; no title has such a text in it.
const LONGEST_PATTERN: usize = 40_000;

/// What the filter says apart from its window.
fn push_filter(sql: &mut Sql, filter: &JobFilter) {
    if let Some(project) = filter.project_id {
        sql.push(" AND project_id = ").arg(project.0);
    }
    if let Some(environment) = &filter.environment {
        sql.push(" AND environment = ").arg(environment.as_str());
    }
    if let Some(tier) = filter.tier {
        sql.push(" AND tier = ").arg(Tier::as_str(tier));
    }
    if let Some(job_type) = filter.job_type {
        sql.push(" AND job_type = ").arg(job_type.as_str());
    }
    if let Some(status) = filter.status {
        // No index has the status, so that a run's progress costs no index a thing. Those few that wait or go on are told
        // by what they wait for.
        match status {
            JobStatus::Queued | JobStatus::Running => {
                sql.push(" AND id IN (SELECT job_id FROM runs WHERE status = '")
                    .push(status.as_str())
                    .push("')");
            }
            JobStatus::AwaitingApproval => {
                sql.push(" AND id IN (SELECT job_id FROM approvals WHERE state = 'pending')");
            }
            _ => {}
        }
        sql.push(" AND status = ").arg(status.as_str());
    }
    if let Some(user) = filter.own {
        sql.push(" AND (created_by = ").arg(user.0).push(" OR assignee_id = ").arg(user.0).push(")");
    }
    if let Some(q) = &filter.q {
        match containing(&search_key(q)) {
            pattern if pattern.len() > LONGEST_PATTERN => sql.push(" AND FALSE"),
            pattern => sql.push(" AND title_key LIKE ").arg(pattern).push(" ESCAPE '\\'"),
        };
    }
}

/// One SELECT per class, joined: `condition` and what ends after `from` and starts before `to`.
fn by_class<R: Shape>(
    sql: &mut Sql,
    from: DateTime<Utc>,
    to: Option<DateTime<Utc>>,
    limit: Option<u32>,
    condition: impl Fn(&mut Sql),
) {
    for (class, longest) in CLASSES.iter().enumerate() {
        if class > 0 {
            sql.push(" UNION ALL ");
        }
        if limit.is_some() {
            sql.push("SELECT * FROM (");
        }
        sql.push("SELECT ").push(R::COLUMNS).push(" FROM jobs WHERE span_class = ").push(&class.to_string());
        if let Some(first) = longest.and_then(|longest| from.checked_sub_signed(longest)) {
            sql.push(" AND planned_start > ").arg(first);
        }
        if let Some(to) = to {
            sql.push(" AND planned_start < ").arg(to);
        }
        sql.push(" AND planned_end > ").arg(from);
        condition(sql);
        if let Some(limit) = limit {
            sql.ordered("planned_start, id", limit).push(") AS class_").push(&class.to_string());
        }
    }
}

/// A page of those that match, by start, then id.
pub(in super::super) fn list<R: Shape>(filter: &JobFilter, page: Page) -> Sql {
    let condition = |sql: &mut Sql| {
        if let Some(after) = page.after {
            let start = DateTime::from_timestamp_micros(after.key).unwrap_or(DateTime::<Utc>::MAX_UTC);
            // The first half is for the indexes.
            sql.push(" AND planned_start >= ").arg(start);
            sql.push(" AND (planned_start, id) > (").arg(start).push(", ").arg(after.id).push(")");
        }
        push_filter(sql, filter);
    };
    let mut sql = Sql::new("");
    if let Some(from) = filter.from {
        by_class::<R>(&mut sql, from, filter.to, Some(page.limit), condition);
    } else {
        sql.push("SELECT ").push(R::COLUMNS).push(" FROM jobs WHERE TRUE");
        if let Some(to) = filter.to {
            sql.push(" AND planned_start < ").arg(to);
        }
        condition(&mut sql);
    }
    sql.ordered("planned_start, id", page.limit);
    sql
}

/// Those that overlap `window` and match, by start, then id.
pub(in super::super) fn calendar<R: Shape>(window: Slot, filter: &JobFilter) -> Sql {
    // The filter may narrow the window: a job must reach into both.
    let mut sql = Sql::new("");
    by_class::<R>(&mut sql, window.start(), Some(window.end()), None, |sql| {
        if let Some(from) = filter.from {
            sql.push(" AND planned_end > ").arg(from);
        }
        if let Some(to) = filter.to {
            sql.push(" AND planned_start < ").arg(to);
        }
        push_filter(sql, filter);
    });
    sql.push(" ORDER BY planned_start, id");
    sql
}

/// Those that contend in any of `pools` and overlap `window`, by pool, start, id.
pub(in super::super) fn contenders<R: Shape>(dialect: Dialect, pools: &[String], window: Slot) -> Sql {
    let mut sql = Sql::new("");
    by_class::<R>(&mut sql, window.start(), Some(window.end()), None, |sql| {
        sql.push(" AND contends AND ").any_of(dialect, "pool", Bind::Texts(pools.to_vec()));
    });
    sql.push(" ORDER BY pool, planned_start, id");
    sql
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use uhub_core::model::{EARLIEST, LATEST};

    use super::*;

    #[test]
    fn classes_hold_what_they_say() {
        let class = |length| span_class(Slot::new(EARLIEST, EARLIEST + length).unwrap());
        assert_eq!(class(TimeDelta::microseconds(1)), 0);
        assert_eq!(class(TimeDelta::hours(26)), 0);
        assert_eq!(class(TimeDelta::hours(26) + TimeDelta::microseconds(1)), 1);
        assert_eq!(class(TimeDelta::days(40)), 1);
        assert_eq!(class(TimeDelta::days(41)), 2);
        assert_eq!(class(LATEST - EARLIEST), 2);
    }

    #[test]
    fn r34_wildcards_are_text() {
        assert_eq!(containing("100%_\\"), "%100\\%\\_\\\\%");
    }
}
