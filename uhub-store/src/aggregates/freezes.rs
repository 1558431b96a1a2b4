//! Freeze windows in a database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uhub_core::{
    model::{Freeze, FreezeId, ProjectId, Slot, Tier, UserId},
    ports::store::{FreezeReads, FreezeWrites, Page},
};
use uuid::Uuid;

use super::{ascending, projects::json};
use crate::{
    error::{Result, corrupt},
    session::Session,
    sql::{Shape, Sql, row},
    values::{At, Doc},
};

row! {
    #[derive(serde::Deserialize)]
    pub(super) struct FreezeRow {
        id: Uuid,
        planned_start: At,
        planned_end: At,
        tiers: Doc<Vec<Tier>>,
        environments: Doc<Vec<String>>,
        project_id: Option<Uuid>,
        reason: String,
        created_by: Uuid,
        created_at: At,
    }
}

impl Shape for FreezeRow {
    const COLUMNS: &'static str = Self::COLUMNS;
    type Model = Freeze;

    fn model(self) -> Result<Freeze> {
        Ok(Freeze {
            id: FreezeId(self.id),
            slot: Slot::new(self.planned_start.0, self.planned_end.0)
                .map_err(|error| corrupt("slot", error))?,
            tiers: self.tiers.0,
            environments: self.environments.0,
            project_id: self.project_id.map(ProjectId),
            reason: self.reason,
            created_by: UserId(self.created_by),
            created_at: self.created_at.0,
        })
    }
}

/// Appends, from its FROM on, the windows that hold at an instant.
pub(super) fn holding(sql: &mut Sql, at: DateTime<Utc>) {
    sql.push("FROM freezes WHERE planned_end > ").arg(at).push(" AND planned_start <= ").arg(at);
    sql.push(" ORDER BY planned_start, id");
}

#[async_trait]
impl FreezeReads for Session {
    async fn freeze(&mut self, id: FreezeId) -> Result<Option<Freeze>> {
        self.first::<FreezeRow>(Sql::select::<FreezeRow>("FROM freezes WHERE id = $1").bind(id.0)).await
    }

    async fn freezes(&mut self, window: Slot) -> Result<Vec<Freeze>> {
        // Few, and those that are over are behind the index's start.
        let sql = Sql::select::<FreezeRow>(
            "FROM freezes WHERE planned_end > $1 AND planned_start < $2 ORDER BY planned_start, id",
        );
        self.all::<FreezeRow>(sql.bind(window.start()).bind(window.end())).await
    }

    async fn list_freezes(&mut self, page: Page) -> Result<Vec<Freeze>> {
        let mut sql = Sql::select::<FreezeRow>("FROM freezes WHERE TRUE");
        ascending(&mut sql, page);
        self.all::<FreezeRow>(sql).await
    }
}

#[async_trait]
impl FreezeWrites for Session {
    async fn insert_freeze(&mut self, freeze: &Freeze) -> Result<()> {
        let row = vec![
            ("id", freeze.id.0.into()),
            ("planned_start", freeze.slot.start().into()),
            ("planned_end", freeze.slot.end().into()),
            ("tiers", json(&freeze.tiers)?.into()),
            ("environments", json(&freeze.environments)?.into()),
            ("project_id", freeze.project_id.map(|project| project.0).into()),
            ("reason", freeze.reason.as_str().into()),
            ("created_by", freeze.created_by.0.into()),
            ("created_at", freeze.created_at.into()),
        ];
        self.execute(Sql::insert("freezes", row)).await.map(drop)
    }

    async fn delete_freeze(&mut self, id: FreezeId) -> Result<bool> {
        Ok(self.execute(Sql::new("DELETE FROM freezes WHERE id = $1").bind(id.0)).await? == 1)
    }
}
