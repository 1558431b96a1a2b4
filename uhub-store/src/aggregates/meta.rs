//! Settings and idempotency keys in a database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uhub_core::{
    model::UserId,
    ports::store::{MetaReads, MetaWrites, Remembered},
};
use uuid::Uuid;

use crate::{error::Result, session::Session, sql::Sql};

#[async_trait]
impl MetaReads for Session {
    async fn meta(&mut self, key: &str) -> Result<Option<String>> {
        let found =
            self.row::<(String,)>(Sql::new("SELECT value FROM meta WHERE key = $1").bind(key)).await?;
        Ok(found.map(|(value,)| value))
    }

    async fn remembered(&mut self, user: UserId, key: &str) -> Result<Option<Remembered>> {
        let sql = Sql::new("SELECT request, object_id FROM idempotency WHERE user_id = $1 AND key = $2");
        let found = self.row::<(String, Uuid)>(sql.bind(user.0).bind(key)).await?;
        Ok(found.map(|(request, object_id)| Remembered { request, object_id }))
    }
}

#[async_trait]
impl MetaWrites for Session {
    async fn set_meta(&mut self, key: &str, value: &str) -> Result<()> {
        let sql = Sql::new(
            "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        );
        self.execute(sql.bind(key).bind(value)).await.map(drop)
    }

    async fn remember(
        &mut self,
        user: UserId,
        key: &str,
        entry: &Remembered,
        at: DateTime<Utc>,
    ) -> Result<()> {
        // A key that is there already makes it fail as contended.
        let row = vec![
            ("user_id", user.0.into()),
            ("key", key.into()),
            ("request", entry.request.as_str().into()),
            ("object_id", entry.object_id.into()),
            ("at", at.into()),
        ];
        self.execute(Sql::insert("idempotency", row)).await.map(drop)
    }

    async fn forget_before(&mut self, before: DateTime<Utc>) -> Result<u64> {
        self.execute(Sql::new("DELETE FROM idempotency WHERE at < $1").bind(before).slow()).await
    }
}
