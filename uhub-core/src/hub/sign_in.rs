//! Who is there: passwords, tokens, the first admin.

use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{
    Acting, Hub, NewUser,
    tx::{Object, Tx, Who, allow, transact},
};
use crate::{
    approval::hex,
    error::{Error, Result},
    model::{Role, User, UserKind},
    ports::store::{LockKey, Page, Topic},
    rbac::{self, Action, Context, Effect},
    text,
};

/// A longer password is refused unread: hashing it would only cost time.
pub(crate) const MAX_PASSWORD_BYTES: usize = 1024;

impl Hub {
    /// Signs in by password. An unknown name takes as long as a wrong password.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] whatever is wrong, [`Error::Busy`] when too many try at once.
    pub async fn sign_in(&self, username: &str, password: &str) -> Result<User> {
        if username.len() > 256 || password.len() > MAX_PASSWORD_BYTES || password.contains('\0') {
            return Err(Error::Unauthenticated);
        }
        let key = text::username_key(username);
        let (user, hash) = {
            let mut session = self.store.read().await?;
            let user = session.user_by_key(&key).await?;
            let hash = match &user {
                Some(user) => session.password_hash(user.id).await?,
                None => None,
            };
            (user, hash)
        };
        let right = self.passwords.verify(password, hash.as_deref()).await?;
        let accepted = user.clone().filter(|user| right && user.is_active && user.kind == UserKind::Person);

        // What was typed as a name may be a password: only a name that exists is written down.
        let who = user.as_ref().map_or_else(|| Who::named("unknown user"), Who::user);
        let mut tx = Tx::begin(self, &who).await?;
        let object = Object { kind: "user", id: user.as_ref().map(|user| user.id.0), project: None };
        let effect = if accepted.is_some() { Effect::Allow } else { Effect::Deny };
        tx.log("auth.login", object, effect, json!({}));
        tx.commit().await?;
        accepted.ok_or(Error::Unauthenticated)
    }

    /// The user of a token, as it is now. `signed_in_at` is when its bearer showed a password: a token that was renewed
    /// since is worth no more than the sign-in that it stems from.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for a user that is gone or deactivated, or a sign-in before the last change of password,
    /// or before all sessions were ended.
    pub async fn authenticate(&self, id: crate::model::UserId, signed_in_at: DateTime<Utc>) -> Result<User> {
        let user = self.store.read().await?.user(id).await?.ok_or(Error::Unauthenticated)?;
        if user.is_active && signed_in_at >= user.tokens_valid_from {
            Ok(user)
        } else {
            Err(Error::Unauthenticated)
        }
    }

    /// Whether anybody is there yet.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn has_users(&self) -> Result<bool> {
        Ok(self.store.read().await?.has_users().await?)
    }

    /// The user of this name, however it is written, for a program that vouches for its users itself.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn user_named(&self, username: &str) -> Result<Option<User>> {
        Ok(self.store.read().await?.user_by_key(&text::username_key(username)).await?)
    }

    /// Creates the first user, an admin, once.
    ///
    /// # Errors
    /// [`Error::Unfit`] once any user exists.
    pub async fn bootstrap_admin(&self, new: NewUser) -> Result<User> {
        let new = NewUser { role: Role::Admin, kind: UserKind::Person, ..new };
        if self.has_users().await? {
            return Err(Error::Unfit("the hub has users already".to_owned()));
        }
        let prepared = self.prepare_user(&new).await?;
        let who = Who::named("bootstrap");
        transact!(self, &who, "user.bootstrap", |tx| {
            tx.s.lock(&[LockKey::Admins]).await?;
            if tx.s.has_users().await? {
                return Err(Error::Unfit("the hub has users already".to_owned()));
            }
            tx.insert_user(&prepared, "user.bootstrap").await
        })
    }

    /// The demo accounts that can still sign in with their name as password (DOMAIN §10).
    ///
    /// # Errors
    /// When the store fails, or the password hasher is busy.
    pub async fn open_demo_accounts(&self) -> Result<Vec<String>> {
        let mut open = Vec::new();
        for user in self.demo_accounts().await? {
            if self.has_name_as_password(&user).await? {
                open.push(user.username);
            }
        }
        Ok(open)
    }

    /// The active accounts of the demo, whatever their passwords.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn demo_accounts(&self) -> Result<Vec<User>> {
        let users = self.store.read().await?.users(Page::first(500)).await?;
        Ok(users.into_iter().filter(|user| user.is_active && user.username.starts_with("demo-")).collect())
    }

    /// Whether a user's password is the user's name. As slow as signing in.
    ///
    /// # Errors
    /// When the store fails, or the password hasher is busy.
    pub async fn has_name_as_password(&self, user: &User) -> Result<bool> {
        let hash = self.store.read().await?.password_hash(user.id).await?;
        Ok(hash.is_some() && self.passwords.verify(&user.username, hash.as_deref()).await?)
    }

    /// The user whose calendar token this is.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn calendar_token_owner(&self, token: &str) -> Result<Option<User>> {
        if token.len() > 256 {
            return Ok(None);
        }
        let user = self.store.read().await?.user_by_calendar_token(&token_hash(token)).await?;
        Ok(user.filter(|user| user.is_active))
    }
}

impl Acting {
    /// Makes a token for the caller's calendar feed, in place of any earlier one. It is shown once: only its hash is
    /// kept.
    ///
    /// # Errors
    /// [`Error::Denied`] for an account that was closed.
    pub async fn new_calendar_token(&self) -> Result<String> {
        let token = format!("uhubcal_{}", hex(&self.hub.ids.secret()));
        self.set_calendar_token(Some(&token)).await?;
        Ok(token)
    }

    /// Revokes the caller's calendar token.
    ///
    /// # Errors
    /// [`Error::Denied`] for an account that was closed.
    pub async fn revoke_calendar_token(&self) -> Result<()> {
        self.set_calendar_token(None).await
    }

    async fn set_calendar_token(&self, token: Option<&str>) -> Result<()> {
        let hash = token.map(token_hash);
        let action =
            if token.is_some() { "user.calendar_token.create" } else { "user.calendar_token.revoke" };
        transact!(&self.hub, &self.who, action, |tx| {
            tx.on(Object::new("user", self.user.id.0));
            let actor = tx.actor(self.user.id).await?;
            allow(rbac::decide(&actor, Action::ProfileEdit, &Context::default()))?;
            if hash.is_some() {
                allow(rbac::decide(&actor, Action::Credentials, &Context::default()))?;
            }
            tx.s.set_calendar_token(self.user.id, hash.as_deref()).await?;
            tx.log(action, Object::new("user", self.user.id.0), Effect::Allow, json!({}));
            tx.announce(Topic::User, self.user.id.0);
            Ok(())
        })
    }
}

fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}
