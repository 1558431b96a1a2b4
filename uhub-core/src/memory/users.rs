//! Users in memory.

use std::sync::Arc;

use async_trait::async_trait;
use imbl::{OrdMap, OrdSet};

use super::{
    ascending,
    session::{Session, Writing},
};
use crate::{
    model::{Role, User, UserId, UserKind},
    ports::store::{Page, Result, StoreError, UserReads, UserWrites},
    text::username_key,
};

#[derive(Debug, Clone, Default)]
pub(super) struct Users {
    by_id: OrdMap<UserId, Arc<User>>,
    by_key: OrdMap<String, UserId>,
    active_admins: OrdSet<UserId>,
    passwords: OrdMap<UserId, String>,
    tokens: OrdMap<UserId, String>,
    by_token: OrdMap<String, UserId>,
}

impl Users {
    fn get(&self, id: UserId) -> Option<User> {
        self.by_id.get(&id).map(|user| User::clone(user))
    }

    pub(super) fn token(&self, id: UserId) -> Option<&String> {
        self.tokens.get(&id)
    }

    fn check_key(&self, user: &User) -> Result<String> {
        let key = username_key(&user.username);
        match self.by_key.get(&key) {
            Some(holder) if *holder != user.id => Err(StoreError::Duplicate("username")),
            _ => Ok(key),
        }
    }

    fn put(&mut self, key: String, user: &User) {
        if user.is_active && user.role == Role::Admin && user.kind == UserKind::Person {
            self.active_admins.insert(user.id);
        } else {
            self.active_admins.remove(&user.id);
        }
        self.by_key.insert(key, user.id);
        self.by_id.insert(user.id, Arc::new(user.clone()));
    }

    fn insert(&mut self, user: &User, password_hash: Option<&str>) -> Result<()> {
        let key = self.check_key(user)?;
        if self.by_id.contains_key(&user.id) {
            return Err(StoreError::Duplicate("id"));
        }
        self.put(key, user);
        if let Some(hash) = password_hash {
            self.passwords.insert(user.id, hash.to_owned());
        }
        Ok(())
    }

    fn update(&mut self, user: &User) -> Result<bool> {
        let Some(before) = self.by_id.get(&user.id).cloned() else { return Ok(false) };
        if before.version.checked_add(1) != Some(user.version) {
            return Ok(false);
        }
        let key = self.check_key(user)?;
        self.by_key.remove(&username_key(&before.username));
        self.put(key, user);
        Ok(true)
    }

    fn set_token(&mut self, id: UserId, token_hash: Option<&str>) -> Result<()> {
        if !self.by_id.contains_key(&id) {
            return Ok(());
        }
        if token_hash.and_then(|hash| self.by_token.get(hash)).is_some_and(|holder| *holder != id) {
            return Err(StoreError::Duplicate("calendar_token"));
        }
        if let Some(before) = self.tokens.remove(&id) {
            self.by_token.remove(&before);
        }
        if let Some(hash) = token_hash {
            self.tokens.insert(id, hash.to_owned());
            self.by_token.insert(hash.to_owned(), id);
        }
        Ok(())
    }
}

#[async_trait]
impl<M: Send> UserReads for Session<M> {
    async fn user(&mut self, id: UserId) -> Result<Option<User>> {
        Ok(self.see("user")?.users.get(id))
    }

    async fn user_by_key(&mut self, username_key: &str) -> Result<Option<User>> {
        let users = &self.see("user_by_key")?.users;
        Ok(users.by_key.get(username_key).and_then(|id| users.get(*id)))
    }

    async fn users(&mut self, page: Page) -> Result<Vec<User>> {
        let users = &self.see("users")?.users;
        Ok(ascending(&users.by_id, page, UserId).map(|user| User::clone(user)).collect())
    }

    async fn users_by_ids(&mut self, ids: &[UserId]) -> Result<Vec<User>> {
        let users = &self.see("users_by_ids")?.users;
        let ids: OrdSet<_> = ids.iter().copied().collect();
        Ok(ids.into_iter().filter_map(|id| users.get(id)).collect())
    }

    async fn has_users(&mut self) -> Result<bool> {
        Ok(!self.see("has_users")?.users.by_id.is_empty())
    }

    async fn count_active_admins(&mut self) -> Result<u64> {
        Ok(self.see("count_active_admins")?.users.active_admins.len() as u64)
    }

    async fn password_hash(&mut self, id: UserId) -> Result<Option<String>> {
        Ok(self.see("password_hash")?.users.passwords.get(&id).cloned())
    }

    async fn user_by_calendar_token(&mut self, token_hash: &str) -> Result<Option<User>> {
        let users = &self.see("user_by_calendar_token")?.users;
        Ok(users.by_token.get(token_hash).and_then(|id| users.get(*id)))
    }
}

#[async_trait]
impl UserWrites for Session<Writing> {
    async fn insert_user(&mut self, user: &User, password_hash: Option<&str>) -> Result<()> {
        self.change("insert_user", |state| state.users.insert(user, password_hash))
    }

    async fn update_user(&mut self, user: &User) -> Result<bool> {
        self.change("update_user", |state| state.users.update(user))
    }

    async fn set_password_hash(&mut self, id: UserId, password_hash: &str) -> Result<()> {
        self.change("set_password_hash", |state| {
            if state.users.by_id.contains_key(&id) {
                state.users.passwords.insert(id, password_hash.to_owned());
            }
            Ok(())
        })
    }

    async fn set_calendar_token(&mut self, id: UserId, token_hash: Option<&str>) -> Result<()> {
        self.change("set_calendar_token", |state| state.users.set_token(id, token_hash))
    }
}
