//! API tokens in a database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uhub_core::{
    model::{ApiToken, Scopes, TokenId, UserId},
    ports::store::{Page, TokenReads, TokenUse, TokenWrites},
};
use uuid::Uuid;

use super::ascending;
use crate::{
    error::Result,
    session::Session,
    sql::{Bind, Shape, Sql, row},
    values::{At, Word},
};

row! {
    struct TokenRow {
        id: Uuid,
        user_id: Uuid,
        name: String,
        prefix: String,
        scopes: Word<Scopes>,
        created_by: Option<Uuid>,
        created_at: At,
        expires_at: Option<At>,
        last_used_at: Option<At>,
        revoked_at: Option<At>,
    }
}

impl Shape for TokenRow {
    const COLUMNS: &'static str = Self::COLUMNS;
    type Model = ApiToken;

    fn model(self) -> Result<ApiToken> {
        let at = |at: Option<At>| at.map(|at| at.0);
        Ok(ApiToken {
            id: TokenId(self.id),
            user_id: UserId(self.user_id),
            name: self.name,
            prefix: self.prefix,
            scopes: self.scopes.0,
            created_by: self.created_by.map(UserId),
            created_at: self.created_at.0,
            expires_at: at(self.expires_at),
            last_used_at: at(self.last_used_at),
            revoked_at: at(self.revoked_at),
        })
    }
}

#[async_trait]
impl TokenReads for Session {
    async fn token(&mut self, id: TokenId) -> Result<Option<ApiToken>> {
        self.first::<TokenRow>(Sql::select::<TokenRow>("FROM api_tokens WHERE id = $1").bind(id.0)).await
    }

    async fn token_by_hash(&mut self, hash: &str) -> Result<Option<ApiToken>> {
        self.first::<TokenRow>(Sql::select::<TokenRow>("FROM api_tokens WHERE hash = $1").bind(hash)).await
    }

    async fn tokens(&mut self, user: UserId, page: Page) -> Result<Vec<ApiToken>> {
        let mut sql = Sql::select::<TokenRow>("FROM api_tokens WHERE user_id = $1").bind(user.0);
        ascending(&mut sql, page);
        self.all::<TokenRow>(sql).await
    }

    async fn token_makers(&mut self, users: &[UserId]) -> Result<Vec<UserId>> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql =
            Sql::new("SELECT DISTINCT created_by FROM api_tokens WHERE created_by IS NOT NULL AND ");
        sql.any_of(self.dialect(), "user_id", Bind::Ids(users.iter().map(|id| id.0).collect()));
        Ok(self.rows::<(Uuid,)>(sql).await?.into_iter().map(|(id,)| UserId(id)).collect())
    }
}

#[async_trait]
impl TokenWrites for Session {
    async fn insert_token(&mut self, token: &ApiToken, hash: &str) -> Result<()> {
        let row = vec![
            ("id", token.id.0.into()),
            ("user_id", token.user_id.0.into()),
            ("name", token.name.as_str().into()),
            ("prefix", token.prefix.as_str().into()),
            ("hash", hash.into()),
            ("scopes", token.scopes.to_string().into()),
            ("created_by", token.created_by.map(|id| id.0).into()),
            ("created_at", token.created_at.into()),
            ("expires_at", token.expires_at.into()),
            ("last_used_at", token.last_used_at.into()),
            ("revoked_at", token.revoked_at.into()),
        ];
        self.execute(Sql::insert("api_tokens", row)).await.map(drop)
    }

    async fn revoke_token(&mut self, id: TokenId, at: DateTime<Utc>) -> Result<bool> {
        let sql = Sql::new("UPDATE api_tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL");
        Ok(self.execute(sql.bind(at).bind(id.0)).await? == 1)
    }

    async fn note_token(
        &mut self,
        id: TokenId,
        what: TokenUse,
        at: DateTime<Utc>,
        since: DateTime<Utc>,
    ) -> Result<bool> {
        let sql = match what {
            TokenUse::Accepted => {
                "UPDATE api_tokens SET last_used_at = $1 \
                 WHERE id = $2 AND (last_used_at IS NULL OR last_used_at <= $3)"
            }
            TokenUse::Refused => {
                "UPDATE api_tokens SET refused_at = $1 \
                 WHERE id = $2 AND (refused_at IS NULL OR refused_at <= $3)"
            }
        };
        Ok(self.execute(Sql::new(sql).bind(at).bind(id.0).bind(since)).await? == 1)
    }
}
