//! API tokens: made, listed, revoked, and shown again by whoever acts by them.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{
    Acting, Hub, Operator,
    tx::{Object, Tx, Who, allow, transact},
};
use crate::{
    approval::hex,
    error::{Error, Result},
    model::{ApiToken, LATEST, Scope, Scopes, TokenId, User, UserId, UserKind},
    ports::store::{Page, TokenUse, Topic},
    rbac::{self, Decision, Effect},
    text,
};

/// How every token begins, so that scanners find those that leaked.
const MARK: &str = "uhub_";
/// How many characters behind [`MARK`] are shown in lists and in the audit: of 256 random bits, 224 stay unknown.
const SHOWN: usize = 8;
/// How often a use, and a refused use, of one token is written down at most.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(10);

/// A token to make.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for, in words.
    pub name: String,
    /// What it is good for; at least one.
    pub scopes: Scopes,
    /// When it ends; never, where it does not say.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A token that was made. Its `Debug` does not show it.
#[derive(Clone)]
pub struct MadeToken {
    /// As it will be listed.
    pub token: ApiToken,
    /// The token itself. Nothing gives it a second time.
    pub secret: String,
}

impl std::fmt::Debug for MadeToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeToken").field("token", &self.token).finish_non_exhaustive()
    }
}

/// What is left of a token once it was read: its SHA-256. A slow and salted hash as for passwords would gain nothing, since
/// nobody guesses 256 random bits; and as a token is found by its hash, how long that takes tells only of hashes, which
/// nobody can steer towards one that is there. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TokenDigest(String);

impl TokenDigest {
    /// Of what has the form of a token; nothing else is looked for.
    pub fn of(token: &str) -> Option<Self> {
        let digits = token.strip_prefix(MARK)?;
        let is_form = digits.len() == 64 && digits.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
        is_form.then(|| Self(hex(&Sha256::digest(token.as_bytes()))))
    }
}

impl std::fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenDigest(***)")
    }
}

impl Hub {
    /// Who acts by a token, and the token, as they are now. That it was used is noted once in a while, and so is, in the
    /// audit, that one was tried which holds no longer: a program that goes on trying fills nothing.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for a token that nobody has, that was revoked or is over, and for a closed account.
    pub async fn authenticate_token(&self, digest: &TokenDigest) -> Result<(User, ApiToken)> {
        let (mut token, user) = {
            let mut session = self.store.read().await?;
            let token = session.token_by_hash(&digest.0).await?.ok_or(Error::Unauthenticated)?;
            let user = session.user(token.user_id).await?.ok_or(Error::Unauthenticated)?;
            (token, user)
        };
        let now = self.now();
        let since = now - NOTED_EVERY;
        let why = if token.revoked_at.is_some() {
            "revoked"
        } else if !token.is_live(now) {
            "expired"
        } else if !user.is_active {
            "account closed"
        } else {
            // A store that takes no write just now can still be read.
            if token.last_used_at.is_none_or(|at| at <= since)
                && self.note_use(token.id, now, since).await.is_ok()
            {
                token.last_used_at = Some(now);
            }
            return Ok((user, token));
        };
        let mut tx = Tx::begin(self, &Who::by_token(&user, &token)).await?;
        if tx.s.note_token(token.id, TokenUse::Refused, now, since).await? {
            tx.log("token.use", &token, Effect::Deny, json!({ "reason": why }));
            tx.commit().await?;
        }
        Err(Error::Unauthenticated)
    }

    /// Whether a token's use was noted lately; else a server that keeps it in mind asks for it again.
    pub fn is_noted(&self, token: &ApiToken) -> bool {
        token.last_used_at.is_some_and(|at| at > self.now() - NOTED_EVERY)
    }

    async fn note_use(&self, id: TokenId, now: DateTime<Utc>, since: DateTime<Utc>) -> Result<()> {
        let mut session = self.store.write().await?;
        session.note_token(id, TokenUse::Accepted, now, since).await?;
        Ok(session.commit().await?)
    }

    /// The use cases of whoever acts by `token`, with the rights of `user` as far as the token's scopes go.
    pub fn acting_by_token(&self, user: &User, token: &ApiToken) -> Acting {
        Acting::by_token(self.clone(), user.clone(), token)
    }

    /// A token and its hash, checked.
    fn draft_token(&self, user: &User, new: &NewToken, by: Option<UserId>) -> Result<(MadeToken, String)> {
        let now = self.now();
        if new.scopes.is_empty() {
            return Err(Error::invalid("scopes", "must name at least one"));
        }
        if user.kind == UserKind::Service && new.scopes.contains(Scope::Approve) {
            return Err(Error::invalid(
                "scopes",
                "a service account is no second person: it approves nothing",
            ));
        }
        if new.expires_at.is_some_and(|end| end <= now || end > LATEST) {
            return Err(Error::invalid("expires_at", "must lie ahead, before the year 2200"));
        }
        let secret = format!("{MARK}{}", hex(&self.ids.secret()));
        let token = ApiToken {
            id: TokenId(self.new_id()),
            user_id: user.id,
            name: text::line("name", &new.name, 100)?,
            prefix: secret.chars().take(MARK.len() + SHOWN).collect(),
            scopes: new.scopes,
            created_by: by,
            created_at: now,
            expires_at: new.expires_at.map(crate::model::whole_micros),
            last_used_at: None,
            revoked_at: None,
        };
        let hash = hex(&Sha256::digest(secret.as_bytes()));
        Ok((MadeToken { token, secret }, hash))
    }
}

impl Tx {
    async fn insert_token(&mut self, user: &User, made: &MadeToken, hash: &str) -> Result<()> {
        if !user.is_active {
            return Err(Error::Unfit("the account is closed".to_owned()));
        }
        let token = &made.token;
        self.s.insert_token(token, hash).await?;
        let ApiToken { user_id, name, prefix, scopes, expires_at, .. } = token;
        let detail = json!({ "user_id": user_id, "name": name, "prefix": prefix, "scopes": scopes, "expires_at": expires_at });
        self.log("token.create", token, Effect::Allow, detail);
        self.announce(Topic::User, user.id.0);
        Ok(())
    }

    /// Revoking what is revoked changes nothing.
    async fn revoke_token(&mut self, user: UserId, id: TokenId) -> Result<()> {
        const NO: Error = Error::NotFound { what: "token" };
        let token = self.s.token(id).await?.filter(|token| token.user_id == user).ok_or(NO)?;
        if self.s.revoke_token(id, self.now).await? {
            let detail = json!({ "user_id": user, "name": token.name, "prefix": token.prefix });
            self.log("token.revoke", &token, Effect::Allow, detail);
            self.announce(Topic::User, user.0);
        }
        Ok(())
    }
}

impl From<&ApiToken> for Object {
    fn from(token: &ApiToken) -> Self {
        Self::new("token", token.id.0)
    }
}

impl Acting {
    /// The tokens of a user, revoked ones too, in the order of creation: one's own, or for an admin anybody's.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::NotFound`].
    pub async fn tokens(&self, user: UserId, page: Page) -> Result<Vec<ApiToken>> {
        let mut session = self.hub.store.read().await?;
        session.user(user).await?.ok_or(Error::NotFound { what: "user" })?;
        let decision: Decision = rbac::see_tokens(&self.actor(), user);
        if decision.effect == Effect::Allow {
            return Ok(session.tokens(user, page).await?);
        }
        drop(session);
        let mut tx = Tx::begin(&self.hub, &self.who).await?;
        tx.on(Object::new("user", user.0));
        tx.end("token.list", allow(decision).map(|()| Vec::new())).await
    }

    /// Makes a token: a person one's own, an admin one of a service account.
    ///
    /// # Errors
    /// [`Error::Denied`], also for whoever acts by a token; [`Error::NotFound`], [`Error::Invalid`], [`Error::Unfit`] for a
    /// closed account.
    pub async fn create_token(&self, user: UserId, new: NewToken) -> Result<MadeToken> {
        transact!(&self.hub, &self.who, "token.create", |tx| {
            tx.on(Object::new("user", user.0));
            let actor = tx.actor(self.user.id).await?;
            let holder = tx.s.user(user).await?.ok_or(Error::NotFound { what: "user" })?;
            allow(rbac::make_token(&actor, holder.id, holder.kind))?;
            let (made, hash) = self.hub.draft_token(&holder, &new, Some(actor.id))?;
            tx.insert_token(&holder, &made, &hash).await?;
            Ok(made)
        })
    }

    /// Revokes a token, from the next request on: one's own, or for an admin anybody's.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::NotFound`] also for a token of another user than `user`.
    pub async fn revoke_token(&self, user: UserId, id: TokenId) -> Result<()> {
        transact!(&self.hub, &self.who, "token.revoke", |tx| {
            tx.on(Object::new("user", user.0));
            let actor = tx.actor(self.user.id).await?;
            tx.s.user(user).await?.ok_or(Error::NotFound { what: "user" })?;
            allow(rbac::see_tokens(&actor, user))?;
            tx.revoke_token(user, id).await
        })
    }
}

impl Operator {
    async fn holder(&self, username: &str) -> Result<User> {
        self.hub.user_named(username).await?.ok_or(Error::NotFound { what: "user" })
    }

    /// The tokens of a user, revoked ones too, in the order of creation.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn tokens(&self, username: &str, page: Page) -> Result<Vec<ApiToken>> {
        let user = self.holder(username).await?;
        Ok(self.hub.store.read().await?.tokens(user.id, page).await?)
    }

    /// Makes a token of a service account.
    ///
    /// # Errors
    /// [`Error::Denied`] for a person, [`Error::NotFound`], [`Error::Invalid`], [`Error::Unfit`] for a closed account.
    pub async fn create_token(&self, username: &str, new: NewToken) -> Result<MadeToken> {
        let user = self.holder(username).await?;
        transact!(&self.hub, &self.who, "token.create", |tx| {
            tx.on(Object::new("user", user.id.0));
            let holder = tx.s.user(user.id).await?.ok_or(Error::NotFound { what: "user" })?;
            if holder.kind == UserKind::Person {
                let rule = rbac::Rule::OwnToken;
                return Err(Error::Denied { rule, reason: rule.explain() });
            }
            let (made, hash) = self.hub.draft_token(&holder, &new, None)?;
            tx.insert_token(&holder, &made, &hash).await?;
            Ok(made)
        })
    }

    /// Revokes a token, by its id or by the prefix that lists show.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Unfit`] where several begin so.
    pub async fn revoke_token(&self, username: &str, which: &str) -> Result<ApiToken> {
        let user = self.holder(username).await?;
        let mut found = Vec::new();
        let mut page = Page::first(500);
        loop {
            let some = self.hub.store.read().await?.tokens(user.id, page).await?;
            let Some(last) = some.last() else { break };
            page.after = Some(crate::ports::store::Cursor { key: 0, id: last.id.0 });
            found.extend(
                some.into_iter().filter(|token| token.prefix == which || token.id.to_string() == which),
            );
        }
        let token = match found.as_slice() {
            [] => return Err(Error::NotFound { what: "token" }),
            [token] => token.clone(),
            _ => return Err(Error::Unfit("several tokens begin so: name one by its id".to_owned())),
        };
        transact!(&self.hub, &self.who, "token.revoke", |tx| { tx.revoke_token(user.id, token.id).await })?;
        Ok(token)
    }
}
