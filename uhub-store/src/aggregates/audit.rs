//! The audit in a database.

use async_trait::async_trait;
use uhub_core::{
    audit::{AuditEntry, Head, Sealed},
    model::{AuditId, ProjectId, UserId},
    ports::store::{AuditFilter, AuditReads, AuditRow, AuditWrites, Page, StoreError},
};
use uuid::Uuid;

use super::{descending, projects::json};
use crate::{
    dialect::Dialect,
    error::{Result, corrupt},
    session::Session,
    sql::{Bind, Fields, Shape, Sql, row},
    values::{At, Doc},
};

row! {
    struct EntryRow {
        id: Uuid,
        at: At,
        actor_id: Option<Uuid>,
        actor: String,
        action: String,
        object_kind: String,
        object_id: Option<Uuid>,
        project_id: Option<Uuid>,
        decision: String,
        rule: Option<String>,
        detail: Doc<serde_json::Value>,
        seq: Option<i64>,
        hash: Option<String>,
    }
}

impl Shape for EntryRow {
    const COLUMNS: &'static str = Self::COLUMNS;
    type Model = AuditRow;

    fn model(self) -> Result<AuditRow> {
        let entry = AuditEntry {
            id: AuditId(self.id),
            at: self.at.0,
            actor_id: self.actor_id.map(UserId),
            actor: self.actor,
            action: self.action,
            object_kind: self.object_kind,
            object_id: self.object_id,
            project_id: self.project_id.map(ProjectId),
            decision: self.decision,
            rule: self.rule,
            detail: self.detail.0,
        };
        Ok(AuditRow { entry, seq: self.seq, hash: self.hash })
    }
}

fn fields(entry: &AuditEntry) -> Result<Fields> {
    Ok(vec![
        ("id", entry.id.0.into()),
        ("at", entry.at.into()),
        ("actor_id", entry.actor_id.map(|user| user.0).into()),
        ("actor", entry.actor.as_str().into()),
        ("action", entry.action.as_str().into()),
        ("object_kind", entry.object_kind.as_str().into()),
        ("object_id", entry.object_id.into()),
        ("project_id", entry.project_id.map(|project| project.0).into()),
        ("decision", entry.decision.as_str().into()),
        ("rule", entry.rule.as_deref().into()),
        ("detail", json(&entry.detail)?.into()),
    ])
}

#[async_trait]
impl AuditReads for Session {
    async fn audit(&mut self, filter: &AuditFilter, page: Page) -> Result<Vec<AuditRow>> {
        let mut sql = Sql::select::<EntryRow>("FROM audit WHERE TRUE");
        if let Some(actor) = filter.actor_id {
            sql.push(" AND actor_id = ").arg(actor.0);
        }
        if let Some(object) = filter.object_id {
            sql.push(" AND object_id = ").arg(object);
        }
        if let Some(action) = &filter.action {
            sql.push(" AND action = ").arg(action.as_str());
        }
        if let Some(from) = filter.from {
            sql.push(" AND at >= ").arg(from);
        }
        if let Some(to) = filter.to {
            sql.push(" AND at < ").arg(to);
        }
        if let Some(owner) = filter.owner {
            sql.push(" AND project_id IN (SELECT id FROM projects WHERE owner_id = ").arg(owner.0).push(")");
        }
        descending(&mut sql, page);
        self.all::<EntryRow>(sql).await
    }

    async fn sealed(&mut self, after: i64, limit: u32) -> Result<Vec<Sealed>> {
        let mut sql = Sql::select::<EntryRow>("FROM audit WHERE seq IS NOT NULL AND seq > $1").bind(after);
        sql.ordered("seq", limit);
        let rows = self.all::<EntryRow>(sql).await?;
        rows.into_iter()
            .map(|AuditRow { entry, seq, hash }| {
                let (Some(seq), Some(hash)) = (seq, hash) else {
                    return Err(corrupt("sealed audit entry", "it has no place in the chain"));
                };
                Ok(Sealed { seq, hash, entry })
            })
            .collect()
    }

    async fn audit_head(&mut self) -> Result<Head> {
        let found = self.row::<(i64, String)>(Sql::new("SELECT seq, hash FROM audit_head")).await?;
        Ok(found.map(|(seq, hash)| Head { seq, hash }).unwrap_or_default())
    }

    async fn count_unsealed(&mut self) -> Result<i64> {
        self.value(Sql::new("SELECT COUNT(*) FROM audit WHERE seq IS NULL")).await
    }
}

#[async_trait]
impl AuditWrites for Session {
    async fn append_audit(&mut self, entries: &[AuditEntry]) -> Result<()> {
        let rows = entries.iter().map(fields).collect::<Result<Vec<_>>>()?;
        self.insert_all("audit", rows, "").await?;
        self.appended.extend(entries.iter().map(|entry| entry.id.0));
        Ok(())
    }

    async fn unsealed(&mut self, limit: u32) -> Result<Vec<AuditEntry>> {
        // What this session itself added is not committed: it is left out, and room is made for it.
        let room = limit.saturating_add(u32::try_from(self.appended.len()).unwrap_or(u32::MAX));
        let mut sql = Sql::select::<EntryRow>("FROM audit WHERE seq IS NULL");
        sql.ordered("pos", room);
        let rows = self.all::<EntryRow>(sql).await?;
        let entries = rows.into_iter().map(|row| row.entry);
        Ok(entries.filter(|entry| !self.appended.contains(&entry.id.0)).take(limit as usize).collect())
    }

    async fn seal_audit(&mut self, seals: &[(AuditId, i64, String)]) -> Result<()> {
        let Some((_, seq, hash)) = seals.iter().max_by_key(|(_, seq, _)| *seq) else { return Ok(()) };
        let sealed = match self.dialect() {
            Dialect::Sqlite => {
                let mut sealed = 0;
                for (id, seq, hash) in seals {
                    let sql = Sql::new("UPDATE audit SET seq = $1, hash = $2 WHERE id = $3 AND seq IS NULL");
                    sealed += self.execute(sql.bind(*seq).bind(hash.as_str()).bind(id.0)).await?;
                }
                sealed
            }
            // All in one round trip.
            Dialect::Postgres => {
                let sql = Sql::new(
                    "UPDATE audit SET seq = s.seq, hash = s.hash \
                     FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS s (id, seq, hash) \
                     WHERE audit.id = s.id AND audit.seq IS NULL",
                )
                .bind(Bind::Ids(seals.iter().map(|(id, ..)| id.0).collect()))
                .bind(Bind::Ints(seals.iter().map(|(_, seq, _)| *seq).collect()))
                .bind(Bind::Texts(seals.iter().map(|(.., hash)| hash.clone()).collect()));
                self.execute(sql).await?
            }
        };
        if usize::try_from(sealed) != Ok(seals.len()) {
            let missing = "an entry to be sealed is not in the audit, or is sealed already".to_owned();
            return Err(self.fail(StoreError::Failed(missing)));
        }
        let sql = Sql::new(match self.dialect() {
            Dialect::Sqlite => {
                "INSERT INTO audit_head (one, seq, hash) VALUES (1, $1, $2) \
                 ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, hash = excluded.hash"
            }
            Dialect::Postgres => {
                "INSERT INTO audit_head (one, seq, hash) VALUES (TRUE, $1, $2) \
                 ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, hash = excluded.hash"
            }
        });
        self.execute(sql.bind(*seq).bind(hash.as_str())).await.map(drop)
    }
}
