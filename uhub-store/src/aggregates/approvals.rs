//! Approvals in a database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uhub_core::{
    model::{Approval, ApprovalId, ApprovalKind, ApprovalState, Change, JobId, ProjectId, RunId, UserId},
    ports::store::{ApprovalReads, ApprovalWrites, Page},
};
use uuid::Uuid;

use super::{descending, projects::json};
use crate::{
    dialect::Dialect,
    error::Result,
    session::Session,
    sql::{Bind, Fields, Shape, Sql, row},
    values::{At, Doc, Word},
};

row! {
    #[derive(serde::Deserialize)]
    pub(super) struct ApprovalRow {
        id: Uuid,
        kind: Word<ApprovalKind>,
        job_id: Uuid,
        project_id: Uuid,
        run_id: Option<Uuid>,
        change: Option<Doc<Change>>,
        digest: String,
        rule: String,
        reason: Option<String>,
        state: Word<ApprovalState>,
        requested_by: Uuid,
        requested_at: At,
        expires_at: At,
        decided_by: Option<Uuid>,
        decided_at: Option<At>,
        comment: Option<String>,
    }
}

impl Shape for ApprovalRow {
    const COLUMNS: &'static str = Self::COLUMNS;
    type Model = Approval;

    fn model(self) -> Result<Approval> {
        Ok(Approval {
            id: ApprovalId(self.id),
            kind: self.kind.0,
            job_id: JobId(self.job_id),
            project_id: ProjectId(self.project_id),
            run_id: self.run_id.map(RunId),
            change: self.change.map(|Doc(change)| change),
            digest: self.digest,
            rule: self.rule,
            reason: self.reason,
            state: self.state.0,
            requested_by: UserId(self.requested_by),
            requested_at: self.requested_at.0,
            expires_at: self.expires_at.0,
            decided_by: self.decided_by.map(UserId),
            decided_at: self.decided_at.map(|At(at)| at),
            comment: self.comment,
        })
    }
}

/// All columns but the id.
pub(super) fn fields(approval: &Approval) -> Result<Fields> {
    Ok(vec![
        ("kind", approval.kind.as_str().into()),
        ("job_id", approval.job_id.0.into()),
        ("project_id", approval.project_id.0.into()),
        ("run_id", approval.run_id.map(|run| run.0).into()),
        ("change", approval.change.as_ref().map(json).transpose()?.into()),
        ("digest", approval.digest.as_str().into()),
        ("rule", approval.rule.as_str().into()),
        ("reason", approval.reason.as_deref().into()),
        ("state", approval.state.as_str().into()),
        ("requested_by", approval.requested_by.0.into()),
        ("requested_at", approval.requested_at.into()),
        ("expires_at", approval.expires_at.into()),
        ("decided_by", approval.decided_by.map(|user| user.0).into()),
        ("decided_at", approval.decided_at.into()),
        ("comment", approval.comment.as_deref().into()),
    ])
}

/// The sort key of lists: pending ones first.
const fn key(state: ApprovalState) -> i64 {
    match state {
        ApprovalState::Pending => 0,
        _ => 1,
    }
}

/// Appends, from its FROM on, those of these jobs that are pending or approved.
pub(super) fn open(sql: &mut Sql, dialect: Dialect, jobs: &[JobId]) {
    sql.push("FROM approvals WHERE state IN ('pending', 'approved') AND ");
    sql.any_of(dialect, "job_id", Bind::Ids(jobs.iter().map(|job| job.0).collect()));
    sql.push(" ORDER BY job_id, id");
}

#[async_trait]
impl ApprovalReads for Session {
    async fn approval(&mut self, id: ApprovalId) -> Result<Option<Approval>> {
        self.first::<ApprovalRow>(Sql::select::<ApprovalRow>("FROM approvals WHERE id = $1").bind(id.0)).await
    }

    async fn approvals_by_ids(&mut self, ids: &[ApprovalId]) -> Result<Vec<Approval>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql = Sql::select::<ApprovalRow>("FROM approvals WHERE ");
        sql.any_of(self.dialect(), "id", Bind::Ids(ids.iter().map(|id| id.0).collect()));
        self.all::<ApprovalRow>(sql).await
    }

    async fn approvals(&mut self, state: Option<ApprovalState>, page: Page) -> Result<Vec<Approval>> {
        // Pending ones and the others each have an index in the order asked for; both together have not.
        let mut found: Vec<Approval> = Vec::new();
        for pending in [true, false] {
            let Page { after, limit } = page;
            let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
            let place = i64::from(!pending);
            // All of one part have one key: the part lies wholly before or behind the cursor's, or is it.
            let after = match after {
                Some(cursor) if cursor.key > place => continue,
                Some(cursor) if cursor.key == place => Some(cursor),
                _ => None,
            };
            if left == 0 || state.is_some_and(|state| key(state) != place) {
                continue;
            }
            let mut sql = Sql::select::<ApprovalRow>("FROM approvals WHERE ");
            match state {
                Some(state) => sql.push("state = ").arg(state.as_str()),
                None => sql.push(if pending { "state = 'pending'" } else { "state <> 'pending'" }),
            };
            descending(&mut sql, Page { limit: left, after });
            found.extend(self.all::<ApprovalRow>(sql).await?);
        }
        Ok(found)
    }

    async fn open_approvals(&mut self, jobs: &[JobId]) -> Result<Vec<Approval>> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql = Sql::select::<ApprovalRow>("");
        open(&mut sql, self.dialect(), jobs);
        self.all::<ApprovalRow>(sql).await
    }

    async fn expired_approvals(&mut self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Approval>> {
        let mut sql = Sql::select::<ApprovalRow>(
            "FROM approvals WHERE state IN ('pending', 'approved') AND expires_at <= $1",
        )
        .bind(now);
        sql.ordered("expires_at, id", limit);
        self.all::<ApprovalRow>(sql).await
    }
}

#[async_trait]
impl ApprovalWrites for Session {
    async fn insert_approval(&mut self, approval: &Approval) -> Result<()> {
        let mut row = fields(approval)?;
        row.push(("id", approval.id.0.into()));
        self.execute(Sql::insert("approvals", row)).await.map(drop)
    }

    async fn update_approval(&mut self, approval: &Approval, expected: ApprovalState) -> Result<bool> {
        let mut sql = Sql::update("approvals", fields(approval)?);
        sql.push(" WHERE id = ").arg(approval.id.0).push(" AND state = ").arg(expected.as_str());
        Ok(self.execute(sql).await? == 1)
    }
}
