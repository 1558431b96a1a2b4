//! Series: jobs that repeat.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uhub_core::{
    hub,
    model::{self, JobType, ProjectId},
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{At, Execution, Paged, text, words};
use crate::problem::Problem;

/// How something repeats.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRecurrence {
    /// A recurrence rule of RFC 5545, such as `FREQ=WEEKLY;BYDAY=TU`. It names its own start. Hourly at most.
    #[schema(value_type = text::RecurrenceRule)]
    rule: String,
    /// On whose clocks it repeats; by default the hub's.
    #[schema(value_type = Option<text::ZoneName>)]
    timezone: Option<chrono_tz::Tz>,
    /// Occurrences to leave out, by when they would start.
    #[serde(default)]
    #[schema(required = false, value_type = Vec<At>, max_items = 1000)]
    except: Vec<At>,
}

impl From<NewRecurrence> for hub::NewRecurrence {
    fn from(new: NewRecurrence) -> Self {
        let NewRecurrence { rule, timezone, except } = new;
        Self { rule, timezone, except: except.into_iter().map(|at| at.0).collect() }
    }
}

/// An occurrence that could not be laid out. It is tried again every day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Skipped {
    at: DateTime<Utc>,
    /// What stood against it.
    reason: String,
}

/// A plan that repeats. Its occurrences are jobs: `GET /jobs` and the calendar tell of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Series {
    id: Uuid,
    project_id: Uuid,
    title: String,
    description: String,
    #[schema(value_type = words::JobType)]
    job_type: JobType,
    #[schema(required)]
    environment_id: Option<Uuid>,
    all_day: bool,
    #[schema(required)]
    assignee_id: Option<Uuid>,
    #[schema(required)]
    critical: Option<bool>,
    #[schema(required)]
    execution: Option<Execution>,
    auto_start: bool,
    /// The recurrence rule, with its end where it has one.
    rule: String,
    /// On whose clocks it repeats.
    timezone: String,
    /// When its first occurrence starts.
    start: DateTime<Utc>,
    /// Occurrences that are left out, by when they would start.
    except: Vec<DateTime<Utc>>,
    /// How long each lasts; of whole days, 24 hours for each.
    length_seconds: i64,
    /// Whether more is to come.
    is_open: bool,
    /// Those ahead that could not be laid out.
    skipped: Vec<Skipped>,
    /// The UID of the event of another calendar that it was imported from.
    #[schema(required)]
    source: Option<String>,
    created_by: Uuid,
    edited_by: Uuid,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
}

impl Series {
    /// What its `ETag` tells.
    pub(crate) const fn version(&self) -> i64 {
        self.version
    }
}

impl From<model::Series> for Series {
    fn from(series: model::Series) -> Self {
        let model::Series {
            id,
            project_id,
            title,
            description,
            job_type,
            environment_id,
            all_day,
            assignee_id,
            critical,
            execution,
            auto_start,
            recurrence,
            length,
            lay_at,
            skipped,
            source,
            created_by,
            edited_by,
            // Internal: who may not approve.
            execution_edited_by: _,
            created_at,
            updated_at,
            version,
        } = series;
        Self {
            id: id.0,
            project_id: project_id.0,
            title,
            description,
            job_type,
            environment_id: environment_id.map(|environment| environment.0),
            all_day,
            assignee_id: assignee_id.map(|user| user.0),
            critical,
            execution: execution.map(Into::into),
            auto_start,
            rule: recurrence.rule(),
            timezone: recurrence.zone().name().to_owned(),
            start: recurrence.instant(recurrence.start()),
            except: recurrence.exceptions().iter().map(|local| recurrence.instant(*local)).collect(),
            length_seconds: length.num_seconds(),
            is_open: lay_at.is_some(),
            skipped: skipped
                .into_iter()
                .map(|model::Skipped { at, reason }| Skipped { at, reason })
                .collect(),
            source,
            created_by: created_by.0,
            edited_by: edited_by.0,
            created_at,
            updated_at,
            version,
        }
    }
}

/// Which series.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SeriesQuery {
    /// Of this project.
    #[param(nullable = false)]
    project_id: Option<Uuid>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500, default = 50, nullable = false)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<text::PageCursor>, nullable = false)]
    cursor: Option<String>,
}

impl SeriesQuery {
    /// What it asks for.
    ///
    /// # Errors
    /// 422 with the parameter.
    pub(crate) fn read(self) -> Result<(Option<ProjectId>, Paged), Problem> {
        let Self { project_id, limit, cursor } = self;
        Ok((project_id.map(ProjectId), Paged::new(limit, cursor.as_deref())?))
    }
}
