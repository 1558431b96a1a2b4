//! The demo's accounts that anybody can sign in to, without hashing their passwords for everybody who looks.

use std::collections::HashMap;

use tokio::sync::Mutex;
use uhub_core::{
    Error, Hub,
    model::{User, UserId},
    ports::store::Revision,
};

use crate::{freshness::Freshness, problem::Problem};

/// Which demo accounts still have their name as password.
#[derive(Debug, Default)]
pub(crate) struct DemoAccounts(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The answer, true for a revision: users are part of it.
    open: Option<(Revision, Vec<User>)>,
    /// A password changes with its user's version only.
    checked: HashMap<(UserId, i64), bool>,
}

impl DemoAccounts {
    /// Those of `hub`. Who comes while passwords are being checked waits for that.
    ///
    /// # Errors
    /// 503 where the store does not answer.
    pub(crate) async fn open(&self, hub: &Hub, freshness: &Freshness) -> Result<Vec<User>, Problem> {
        let mut known = self.0.lock().await;
        let revision = freshness.revision().await?;
        if let Some((at, open)) = &known.open
            && *at == revision
        {
            return Ok(open.clone());
        }
        let mut open = Vec::new();
        let mut checked = HashMap::new();
        let mut is_sure = true;
        for user in hub.demo_accounts().await? {
            let key = (user.id, user.version);
            let is_open = match known.checked.get(&key) {
                Some(is_open) => *is_open,
                None => match hub.has_name_as_password(&user).await {
                    Ok(is_open) => is_open,
                    Err(Error::Busy) => {
                        is_sure = false;
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                },
            };
            checked.insert(key, is_open);
            if is_open {
                open.push(user);
            }
        }
        known.checked = checked;
        known.open = is_sure.then(|| (revision, open.clone()));
        Ok(open)
    }
}
