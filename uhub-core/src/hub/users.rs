//! Users: create, edit, deactivate.

use chrono::{DateTime, SubsecRound as _, Utc};
use serde_json::json;

use super::{
    Acting, Hub, Operator,
    sign_in::MAX_PASSWORD_BYTES,
    tx::{Object, Tx, allow, transact},
};
use crate::{
    error::{Error, Result},
    model::{Role, Theme, User, UserId, UserKind},
    ports::store::{LockKey, Page, StoreError, Topic},
    rbac::{self, Action, Actor, Context, Effect, Rule},
    text,
};

/// A user to create.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The name to sign in with.
    pub username: String,
    /// Without one, the user cannot sign in by password.
    pub password: Option<String>,
    /// Mail address.
    pub email: String,
    /// The name to show.
    pub display_name: String,
    /// Whether a person or a machine; the latter has no password.
    pub kind: UserKind,
    /// What the user may do.
    pub role: Role,
    /// Dark by default.
    pub theme: Option<Theme>,
}

/// What to change of a user; `None` leaves as it is.
#[derive(Debug, Clone, Default)]
pub struct UserPatch {
    /// New name to sign in with.
    pub username: Option<String>,
    /// New name to show.
    pub display_name: Option<String>,
    /// New mail address.
    pub email: Option<String>,
    /// New role.
    pub role: Option<Role>,
    /// New colour mode.
    pub theme: Option<Theme>,
    /// Whether the account is open.
    pub is_active: Option<bool>,
    /// New password; ends older sessions.
    pub password: Option<String>,
    /// The present password, needed for a new one of one's own.
    pub current_password: Option<String>,
}

impl UserPatch {
    /// Whether it stays within one's own profile (DOMAIN §2): display name, theme, password.
    const fn is_profile(&self) -> bool {
        self.username.is_none() && self.email.is_none() && self.role.is_none() && self.is_active.is_none()
    }
}

/// A checked user and the hash of its password.
pub(crate) struct PreparedUser {
    pub(crate) user: User,
    pub(crate) hash: Option<String>,
}

impl Hub {
    pub(crate) async fn prepare_user(&self, new: &NewUser) -> Result<PreparedUser> {
        let now = self.now();
        if new.kind == UserKind::Service && new.password.is_some() {
            return Err(no_password());
        }
        let user = User {
            id: UserId(self.new_id()),
            username: text::username(&new.username)?,
            display_name: text::line("display_name", &new.display_name, 100)?,
            email: text::email(&new.email)?,
            kind: new.kind,
            role: new.role,
            theme: new.theme.unwrap_or(Theme::Dark),
            is_active: true,
            tokens_valid_from: whole_second(now),
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let hash = match &new.password {
            Some(password) => Some(self.hash_password(password).await?),
            None => None,
        };
        Ok(PreparedUser { user, hash })
    }

    async fn hash_password(&self, password: &str) -> Result<String> {
        if password.chars().count() < 8 {
            return Err(Error::invalid("password", "must have at least 8 characters"));
        }
        if password.len() > MAX_PASSWORD_BYTES || password.contains('\0') {
            return Err(Error::invalid("password", "must have at most 1024 bytes, and no NUL"));
        }
        Ok(self.passwords.hash(password).await?)
    }
}

fn no_password() -> Error {
    Error::invalid("password", "a service account has none: it acts by tokens")
}

/// Tokens carry whole seconds: one made in the second of the change must still be good.
fn whole_second(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(0)
}

impl Tx {
    pub(crate) async fn insert_user(&mut self, prepared: &PreparedUser, action: &str) -> Result<User> {
        let user = prepared.user.clone();
        match self.s.insert_user(&user, prepared.hash.as_deref()).await {
            Err(StoreError::Duplicate(field)) => return Err(Error::Exists { field }),
            other => other?,
        }
        self.log(
            action,
            Object::new("user", user.id.0),
            Effect::Allow,
            json!({ "username": user.username, "kind": user.kind, "role": user.role }),
        );
        self.announce(Topic::User, user.id.0);
        Ok(user)
    }

    async fn change_user(&mut self, before: &User, patch: &UserPatch, hash: Option<&str>) -> Result<User> {
        let mut user = before.clone();
        let mut changed = Vec::new();
        let mut note = |name: &'static str, differs: bool| {
            if differs {
                changed.push(name);
            }
        };
        if let Some(username) = &patch.username {
            user.username = text::username(username)?;
            note("username", user.username != before.username);
        }
        if let Some(display_name) = &patch.display_name {
            user.display_name = text::line("display_name", display_name, 100)?;
            note("display_name", user.display_name != before.display_name);
        }
        if let Some(email) = &patch.email {
            user.email = text::email(email)?;
            note("email", user.email != before.email);
        }
        user.role = patch.role.unwrap_or(before.role);
        note("role", user.role != before.role);
        user.theme = patch.theme.unwrap_or(before.theme);
        note("theme", user.theme != before.theme);
        user.is_active = patch.is_active.unwrap_or(before.is_active);
        note("is_active", user.is_active != before.is_active);
        note("password", hash.is_some());
        if changed.is_empty() {
            return Ok(user);
        }

        if hash.is_some() && before.kind == UserKind::Service {
            return Err(no_password());
        }
        // Who cannot sign in keeps nobody from being the last who can.
        let is_admin =
            |user: &User| user.role == Role::Admin && user.is_active && user.kind == UserKind::Person;
        let (was_admin, is_admin) = (is_admin(before), is_admin(&user));
        if was_admin && !is_admin && self.s.count_active_admins().await? <= 1 {
            return Err(Error::Denied { rule: Rule::LastAdmin, reason: Rule::LastAdmin.explain() });
        }
        if let Some(hash) = hash {
            self.s.set_password_hash(user.id, hash).await?;
            user.tokens_valid_from = whole_second(self.now);
        }
        user.version += 1;
        user.updated_at = self.now;
        match self.s.update_user(&user).await {
            Ok(true) => {}
            Ok(false) => return Err(StoreError::Contended.into()),
            Err(StoreError::Duplicate(field)) => return Err(Error::Exists { field }),
            Err(error) => return Err(error.into()),
        }
        self.log(
            "user.edit",
            Object::new("user", user.id.0),
            Effect::Allow,
            json!({ "changed": changed, "role": user.role, "is_active": user.is_active }),
        );
        self.announce(Topic::User, user.id.0);
        Ok(user)
    }
}

impl Acting {
    /// All users, in the order of creation.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn users(&self, page: Page) -> Result<Vec<User>> {
        allow(self.decide(Action::Read, &Context::default()))?;
        Ok(self.hub.store.read().await?.users(page).await?)
    }

    /// One user.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn user(&self, id: UserId) -> Result<User> {
        allow(self.decide(Action::Read, &Context::default()))?;
        self.hub.store.read().await?.user(id).await?.ok_or(Error::NotFound { what: "user" })
    }

    /// Creates a user.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Invalid`], [`Error::Exists`] for a name that looks like one that is there.
    pub async fn create_user(&self, new: NewUser) -> Result<User> {
        self.authorize(Action::UserManage).await?;
        if new.password.is_some() {
            self.authorize(Action::Credentials).await?;
        }
        let prepared = self.hub.prepare_user(&new).await?;
        transact!(&self.hub, &self.who, "user.create", |tx| {
            tx.on(Object { kind: "user", id: None, project: None });
            let actor = tx.actor(self.user.id).await?;
            allow(rbac::decide(&actor, Action::UserManage, &Context::default()))?;
            tx.insert_user(&prepared, "user.create").await
        })
    }

    /// Changes a user: an admin anybody, others their own display name, theme and password.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Invalid`], [`Error::Stale`] where the version is not `if_version`.
    pub async fn update_user(&self, id: UserId, patch: UserPatch, if_version: Option<i64>) -> Result<User> {
        let own = id == self.user.id;
        let hash = match &patch.password {
            None => None,
            Some(password) => {
                self.authorize(Action::Credentials).await?;
                if own {
                    self.check_current_password(patch.current_password.as_deref()).await?;
                } else {
                    self.authorize(Action::UserManage).await?;
                }
                Some(self.hub.hash_password(password).await?)
            }
        };
        transact!(&self.hub, &self.who, "user.edit", |tx| {
            tx.on(Object::new("user", id.0));
            tx.s.lock(&[LockKey::Admins]).await?;
            let actor: Actor = tx.actor(self.user.id).await?;
            let action = if own && patch.is_profile() { Action::ProfileEdit } else { Action::UserManage };
            let decision = rbac::decide(&actor, action, &Context::default());
            let Some(before) = tx.s.user(id).await? else {
                return Err(Error::NotFound { what: "user" });
            };
            allow(decision)?;
            if hash.is_some() {
                allow(rbac::decide(&actor, Action::Credentials, &Context::default()))?;
            }
            if let Some(expected) = if_version
                && expected != before.version
            {
                return Err(Error::Stale { expected, actual: before.version });
            }
            tx.change_user(&before, &patch, hash.as_deref()).await
        })
    }

    /// Ends all sessions and tokens of the caller: whoever signed in before this moment signs in again.
    ///
    /// # Errors
    /// [`Error::Denied`] for an account that was closed.
    pub async fn end_sessions(&self) -> Result<()> {
        transact!(&self.hub, &self.who, "user.sessions.end", |tx| {
            tx.on(Object::new("user", self.user.id.0));
            // As every change of a user: two at once would not see each other's version.
            tx.s.lock(&[LockKey::Admins]).await?;
            let actor = tx.actor(self.user.id).await?;
            allow(rbac::decide(&actor, Action::ProfileEdit, &Context::default()))?;
            let Some(mut user) = tx.s.user(self.user.id).await? else {
                return Err(Error::NotFound { what: "user" });
            };
            // To the microsecond, unlike where a password changes: this must end a session of the same second too.
            user.tokens_valid_from = tx.now.max(user.tokens_valid_from);
            user.updated_at = tx.now;
            user.version += 1;
            if !tx.s.update_user(&user).await? {
                return Err(StoreError::Contended.into());
            }
            tx.log("user.sessions.end", Object::new("user", user.id.0), Effect::Allow, json!({}));
            tx.announce(Topic::User, user.id.0);
            Ok(())
        })
    }

    async fn check_current_password(&self, current: Option<&str>) -> Result<()> {
        let Some(current) = current else {
            return Err(Error::invalid("current_password", "is needed to change your own password"));
        };
        if current.len() > MAX_PASSWORD_BYTES {
            return Err(Error::invalid("current_password", "is wrong"));
        }
        let hash = self.hub.store.read().await?.password_hash(self.user.id).await?;
        if self.hub.passwords.verify(current, hash.as_deref()).await? {
            Ok(())
        } else {
            Err(Error::invalid("current_password", "is wrong"))
        }
    }
}

impl Operator {
    /// Creates a user, of any role.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Exists`].
    pub async fn create_user(&self, new: NewUser) -> Result<User> {
        let prepared = self.hub.prepare_user(&new).await?;
        transact!(&self.hub, &self.who, "user.create", |tx| {
            tx.insert_user(&prepared, "user.create").await
        })
    }

    /// Sets a user's password, and ends the user's sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`].
    pub async fn set_password(&self, username: &str, password: &str) -> Result<User> {
        let hash = self.hub.hash_password(password).await?;
        let key = text::username_key(username);
        transact!(&self.hub, &self.who, "user.edit", |tx| {
            let Some(before) = tx.s.user_by_key(&key).await? else {
                return Err(Error::NotFound { what: "user" });
            };
            tx.change_user(&before, &UserPatch::default(), Some(&hash)).await
        })
    }

    /// All users, in the order of creation.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn users(&self, page: Page) -> Result<Vec<User>> {
        Ok(self.hub.store.read().await?.users(page).await?)
    }
}
