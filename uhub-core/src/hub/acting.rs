//! Who acts: a user, or whoever administers the machine.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Hub, tx::Who};
use crate::{
    error::Result,
    model::{ApiToken, JobType, Tier, User},
    rbac::{self, Action, Actor, Context, Decision, Effect},
};

/// The use cases of one user. Made per request: the user's role is read again in every transaction.
#[derive(Debug, Clone)]
pub struct Acting {
    pub(super) hub: Hub,
    pub(super) user: User,
    pub(super) who: Who,
}

/// The use cases of whoever administers the machine: by command line, where the operating system has let them in.
#[derive(Debug, Clone)]
pub struct Operator {
    pub(super) hub: Hub,
    pub(super) who: Who,
}

/// What a user interface may offer: the decision per action, for the caller, where nothing is owned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Permissions(pub BTreeMap<String, Effect>);

impl Acting {
    pub(super) fn new(hub: Hub, user: User) -> Self {
        let who = Who::user(&user);
        Self { hub, user, who }
    }

    pub(super) fn by_token(hub: Hub, user: User, token: &ApiToken) -> Self {
        let who = Who::by_token(&user, token);
        Self { hub, user, who }
    }

    /// The user.
    pub const fn me(&self) -> &User {
        &self.user
    }

    pub(super) fn actor(&self) -> Actor {
        Actor { scopes: self.who.scopes, ..Actor::from(&self.user) }
    }

    pub(super) fn decide(&self, action: Action, context: &Context) -> Decision {
        rbac::decide(&self.actor(), action, context)
    }

    /// Checks an action that needs no context.
    ///
    /// # Errors
    /// [`Error::Denied`](crate::Error::Denied), which is audited.
    pub async fn authorize(&self, action: Action) -> Result<()> {
        match super::tx::allow(self.decide(action, &Context::default())) {
            Ok(()) => Ok(()),
            Err(error) => {
                let tx = super::tx::Tx::begin(&self.hub, &self.who).await?;
                tx.end(action.as_str(), Err(error)).await
            }
        }
    }

    /// What the caller's role, and the token's scopes, allow. Keys are actions (`user_manage`), for jobs with type and tier
    /// (`job_create.ops.prod`), for runs with the tier (`run_launch.staging`). Beside them `break_glass`: whether asking to break
    /// a freeze window is worth it (DOMAIN §3.4).
    pub fn permissions(&self) -> Permissions {
        let glass = if self.actor().may_break_glass() { Effect::NeedsApproval } else { Effect::Deny };
        let mut all = BTreeMap::from([("break_glass".to_owned(), glass)]);
        for action in Action::ALL {
            let mut put = |key: String, context: Context| {
                all.insert(key, self.decide(*action, &context).effect);
            };
            match action {
                Action::JobCreate | Action::JobEdit | Action::JobMove | Action::JobCancel => {
                    for job_type in JobType::ALL {
                        for tier in Tier::ALL {
                            put(
                                format!("{action}.{job_type}.{tier}"),
                                Context { job_type: *job_type, tier: *tier, ..Context::default() },
                            );
                        }
                    }
                }
                Action::RunLaunch | Action::RunCancel => {
                    for tier in Tier::ALL {
                        let backend = crate::model::BackendKind::Docker;
                        put(
                            format!("{action}.{tier}"),
                            Context { tier: *tier, backend, ..Context::default() },
                        );
                    }
                }
                _ => put(action.to_string(), Context::default()),
            }
        }
        Permissions(all)
    }
}

impl Operator {
    pub(super) fn new(hub: Hub, name: &str) -> Self {
        Self { hub, who: Who::named(format!("operator {name}")) }
    }
}
