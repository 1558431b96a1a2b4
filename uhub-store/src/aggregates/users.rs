//! Users in a database.

use async_trait::async_trait;
use uhub_core::{
    model::{Role, Theme, User, UserId, UserKind},
    ports::store::{Page, UserReads, UserWrites},
    text::username_key,
};
use uuid::Uuid;

use super::ascending;
use crate::{
    error::Result,
    session::Session,
    sql::{Bind, Fields, Shape, Sql, row},
    values::{At, Word},
};

row! {
    #[derive(serde::Deserialize)]
    pub(super) struct UserRow {
        id: Uuid,
        username: String,
        display_name: String,
        email: String,
        kind: Word<UserKind>,
        role: Word<Role>,
        theme: Word<Theme>,
        is_active: bool,
        tokens_valid_from: At,
        created_at: At,
        updated_at: At,
        version: i64,
    }
}

impl Shape for UserRow {
    const COLUMNS: &'static str = Self::COLUMNS;
    type Model = User;

    fn model(self) -> Result<User> {
        Ok(User {
            id: UserId(self.id),
            username: self.username,
            display_name: self.display_name,
            email: self.email,
            kind: self.kind.0,
            role: self.role.0,
            theme: self.theme.0,
            is_active: self.is_active,
            tokens_valid_from: self.tokens_valid_from.0,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
            version: self.version,
        })
    }
}

fn fields(user: &User) -> Fields {
    vec![
        ("username", user.username.as_str().into()),
        ("username_key", username_key(&user.username).into()),
        ("display_name", user.display_name.as_str().into()),
        ("email", user.email.as_str().into()),
        ("kind", user.kind.as_str().into()),
        ("role", user.role.as_str().into()),
        ("theme", user.theme.as_str().into()),
        ("is_active", user.is_active.into()),
        ("tokens_valid_from", user.tokens_valid_from.into()),
        ("created_at", user.created_at.into()),
        ("updated_at", user.updated_at.into()),
        ("version", user.version.into()),
    ]
}

#[async_trait]
impl UserReads for Session {
    async fn user(&mut self, id: UserId) -> Result<Option<User>> {
        self.first::<UserRow>(Sql::select::<UserRow>("FROM users WHERE id = $1").bind(id.0)).await
    }

    async fn user_by_key(&mut self, username_key: &str) -> Result<Option<User>> {
        self.first::<UserRow>(Sql::select::<UserRow>("FROM users WHERE username_key = $1").bind(username_key))
            .await
    }

    async fn users(&mut self, page: Page) -> Result<Vec<User>> {
        let mut sql = Sql::select::<UserRow>("FROM users WHERE TRUE");
        ascending(&mut sql, page);
        self.all::<UserRow>(sql).await
    }

    async fn users_by_ids(&mut self, ids: &[UserId]) -> Result<Vec<User>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql = Sql::select::<UserRow>("FROM users WHERE ");
        sql.any_of(self.dialect(), "id", Bind::Ids(ids.iter().map(|id| id.0).collect()));
        self.all::<UserRow>(sql).await
    }

    async fn has_users(&mut self) -> Result<bool> {
        self.value(Sql::new("SELECT EXISTS (SELECT 1 FROM users)")).await
    }

    async fn count_active_admins(&mut self) -> Result<u64> {
        let sql = "SELECT COUNT(*) FROM users WHERE role = 'admin' AND is_active AND kind = 'person'";
        let count: i64 = self.value(Sql::new(sql)).await?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    async fn password_hash(&mut self, id: UserId) -> Result<Option<String>> {
        let sql = Sql::new("SELECT password_hash FROM users WHERE id = $1").bind(id.0);
        Ok(self.row::<(Option<String>,)>(sql).await?.and_then(|(hash,)| hash))
    }

    async fn user_by_calendar_token(&mut self, token_hash: &str) -> Result<Option<User>> {
        self.first::<UserRow>(Sql::select::<UserRow>("FROM users WHERE calendar_token = $1").bind(token_hash))
            .await
    }
}

#[async_trait]
impl UserWrites for Session {
    async fn insert_user(&mut self, user: &User, password_hash: Option<&str>) -> Result<()> {
        let mut row = fields(user);
        row.extend([("id", user.id.0.into()), ("password_hash", password_hash.into())]);
        self.execute(Sql::insert("users", row)).await.map(drop)
    }

    async fn update_user(&mut self, user: &User) -> Result<bool> {
        let mut sql = Sql::update("users", fields(user));
        sql.push(" WHERE id = ").arg(user.id.0).push(" AND version = ").arg(user.version.saturating_sub(1));
        Ok(self.execute(sql).await? == 1)
    }

    async fn set_password_hash(&mut self, id: UserId, password_hash: &str) -> Result<()> {
        let sql =
            Sql::new("UPDATE users SET password_hash = $1 WHERE id = $2").bind(password_hash).bind(id.0);
        self.execute(sql).await.map(drop)
    }

    async fn set_calendar_token(&mut self, id: UserId, token_hash: Option<&str>) -> Result<()> {
        let sql = Sql::new("UPDATE users SET calendar_token = $1 WHERE id = $2").bind(token_hash).bind(id.0);
        self.execute(sql).await.map(drop)
    }
}
