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
    pub(super) struct EntryRow {
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

/// What an entry has before it is sealed.
const ENTRY: &str =
    "id, at, actor_id, actor, action, object_kind, object_id, project_id, decision, rule, detail";

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

/// All columns of an entry before it is sealed.
pub(super) fn fields(entry: &AuditEntry) -> Result<Fields> {
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

/// Adds an entry, not sealed yet.
pub(super) fn append(entry: &AuditEntry) -> Result<Sql> {
    Ok(Sql::insert("audit_unsealed", fields(entry)?))
}

/// `SELECT` those that are not sealed, up to the WHERE.
pub(super) fn select_unsealed() -> Sql {
    let mut sql = Sql::new("SELECT ");
    sql.push(ENTRY).push(", CAST(NULL AS bigint) AS seq, CAST(NULL AS text) AS hash FROM audit_unsealed");
    sql
}

#[async_trait]
impl AuditReads for Session {
    async fn audit(&mut self, filter: &AuditFilter, page: Page) -> Result<Vec<AuditRow>> {
        let mut sql = Sql::select::<EntryRow>("FROM audit_all WHERE TRUE");
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
        let mut sql = Sql::select::<EntryRow>("FROM audit WHERE seq > $1").bind(after);
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

    async fn has_unsealed(&mut self) -> Result<bool> {
        // The first of the order that an index has: a count would pass by all that has gone and is not cleared away.
        let sql = Sql::new("SELECT pos FROM audit_unsealed ORDER BY pos LIMIT 1");
        Ok(self.row::<(i64,)>(sql).await?.is_some())
    }

    async fn count_unsealed(&mut self) -> Result<i64> {
        self.value(Sql::new("SELECT COUNT(*) FROM audit_unsealed")).await
    }
}

#[async_trait]
impl AuditWrites for Session {
    async fn append_audit(&mut self, entries: &[AuditEntry]) -> Result<()> {
        let rows = entries.iter().map(fields).collect::<Result<Vec<_>>>()?;
        self.insert_all("audit_unsealed", rows, "").await?;
        self.appended.extend(entries.iter().map(|entry| entry.id.0));
        Ok(())
    }

    async fn append_sealed(&mut self, entries: &[Sealed]) -> Result<()> {
        let Some(last) = entries.last() else { return Ok(()) };
        let row = |sealed: &Sealed| -> Result<Fields> {
            let mut row = fields(&sealed.entry)?;
            row.extend([("seq", sealed.seq.into()), ("hash", sealed.hash.as_str().into())]);
            Ok(row)
        };
        let rows = entries.iter().map(row).collect::<Result<Vec<_>>>()?;
        self.insert_all("audit", rows, "").await?;
        self.set_audit_head(last.seq, &last.hash).await
    }

    async fn unsealed(&mut self, limit: u32) -> Result<Vec<AuditEntry>> {
        // What this session itself added is not committed: it is left out, and room is made for it.
        let room = limit.saturating_add(u32::try_from(self.appended.len()).unwrap_or(u32::MAX));
        let mut sql = select_unsealed();
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
                    let mut sql = Sql::new("INSERT INTO audit (");
                    sql.push(ENTRY).push(", seq, hash) SELECT ").push(ENTRY);
                    sql.push(", $1, $2 FROM audit_unsealed WHERE id = $3");
                    sealed += self.execute(sql.bind(*seq).bind(hash.as_str()).bind(id.0)).await?;
                    self.execute(Sql::new("DELETE FROM audit_unsealed WHERE id = $1").bind(id.0)).await?;
                }
                sealed
            }
            // All in one round trip.
            Dialect::Postgres => {
                let mut sql = Sql::new(
                    "WITH moved AS (DELETE FROM audit_unsealed AS u \
                     USING unnest($1::uuid[], $2::bigint[], $3::text[]) AS s (sealed, seq, hash) \
                     WHERE u.id = s.sealed RETURNING u.*, s.seq, s.hash) INSERT INTO audit (",
                );
                sql.push(ENTRY)
                    .push(", seq, hash) SELECT ")
                    .push(ENTRY)
                    .push(", seq, hash FROM moved ORDER BY seq");
                let sql = sql
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
        self.set_audit_head(*seq, hash).await
    }
}

impl Session {
    /// Keeps where the chain ends.
    pub(super) async fn set_audit_head(&mut self, seq: i64, hash: &str) -> Result<()> {
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
        self.execute(sql.bind(seq).bind(hash)).await.map(drop)
    }
}
