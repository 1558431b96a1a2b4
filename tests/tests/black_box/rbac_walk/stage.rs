//! Who walks, and where.

use serde_json::{Value, json};
use uhub_core::model::Role;
use uhub_tests::{Client, Server, plan};

/// A demo user with projects that are theirs and not theirs.
pub(super) struct Walker {
    pub(super) role: Role,
    pub(super) id: String,
    pub(super) client: Client,
    /// A project that this user owns.
    pub(super) own: String,
}

/// All that the walk needs.
pub(super) struct Stage {
    pub(super) admin: Client,
    pub(super) users: Vec<Walker>,
    /// A project of somebody else.
    pub(super) other: String,
    /// A project of somebody else with the policy `prod_change: deny`.
    pub(super) strict: String,
    /// Somebody with role projets who walks nowhere.
    pub(super) stranger: String,
}

impl Stage {
    pub(super) async fn set(server: &Server) -> Self {
        let admin = server.admin().await;
        let stranger = json!({
            "username": "etranger", "password": "etranger-etranger", "role": "projets",
            "display_name": "Étranger", "email": "etranger@uhub.local",
        });
        let stranger = plan::id(&admin.post("/users", &stranger).await.expect(201));
        let deny = json!({ "prod_change": "deny" });
        let other = plan::id(&plan::project(&admin, "Other", &stranger, &Value::Null, false).await);
        let strict = plan::id(&plan::project(&admin, "Strict", &stranger, &deny, false).await);
        let mut users = Vec::new();
        for role in super::ROLES {
            let name = format!("demo-{role}");
            let client = server.user(&name).await;
            let id = plan::user_id(&admin, &name).await;
            let own = plan::id(&plan::project(&admin, &format!("Of {role}"), &id, &Value::Null, false).await);
            users.push(Walker { role, id, client, own });
        }
        Self { admin, users, other, strict, stranger }
    }
}
