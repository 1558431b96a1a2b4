//! The traits of `ports::store`, one file per aggregate.

mod approvals;
mod audit;
mod callbacks;
mod freezes;
mod grounds;
mod jobs;
mod meta;
mod progress;
mod projects;
mod runs;
mod series;
mod tokens;
mod transfer;
mod users;

use uhub_core::ports::store::Page;

use crate::sql::Sql;

/// Appends the page of what is listed by ascending id; the statement ends with a condition already.
fn ascending(sql: &mut Sql, page: Page) {
    if let Some(after) = page.after {
        sql.push(" AND id > ").arg(after.id);
    }
    sql.ordered("id", page.limit);
}

/// As [`ascending`], the greatest id first.
fn descending(sql: &mut Sql, page: Page) {
    if let Some(after) = page.after {
        sql.push(" AND id < ").arg(after.id);
    }
    sql.ordered("id DESC", page.limit);
}

/// The statements whose plans the tests look at.
#[cfg(test)]
pub(crate) mod plans {
    use chrono::{DateTime, Utc};
    use uhub_core::{
        model::{BackendKind, Slot},
        ports::store::{JobFilter, Page, Wanted},
    };

    use super::{
        jobs::{
            self,
            rows::{EntryRow, JobRow},
            windows,
        },
        runs,
    };
    use crate::{dialect::Dialect, sql::Sql};

    pub(crate) fn calendar(window: Slot, filter: &JobFilter) -> Sql {
        windows::calendar::<EntryRow>(window, filter)
    }

    pub(crate) fn contenders(dialect: Dialect, pools: &[String], window: Slot) -> Sql {
        windows::contenders::<EntryRow>(dialect, pools, window)
    }

    pub(crate) fn list(filter: &JobFilter) -> Sql {
        windows::list::<JobRow>(filter, Page::first(50))
    }

    pub(crate) fn due(now: DateTime<Utc>) -> Sql {
        jobs::due(now, 50)
    }

    pub(crate) fn missed(now: DateTime<Utc>) -> Sql {
        jobs::missed(now, 50)
    }

    pub(crate) fn claimable(dialect: Dialect, kinds: &[BackendKind], now: DateTime<Utc>) -> Sql {
        let wanted = Wanted::of(kinds, now, 50);
        match dialect {
            Dialect::Sqlite => runs::claimable_of(dialect, wanted, 0),
            Dialect::Postgres => runs::claimable(dialect, wanted),
        }
    }

    pub(crate) fn next_queued(now: DateTime<Utc>) -> Sql {
        runs::next_queued(now)
    }

    pub(crate) fn expired_leases(dialect: Dialect, now: DateTime<Utc>) -> Sql {
        runs::expired_leases(dialect, now, now, 50)
    }
}
