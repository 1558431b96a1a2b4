//! What the audit says.

use serde_json::Value;

use crate::{client::Client, wait};

/// All entries, the oldest first.
pub async fn entries(admin: &Client) -> Vec<Value> {
    let mut all = admin.all("/audit").await;
    all.reverse();
    all
}

/// Waits until everything is sealed and checks that the chain holds. Returns the verification.
///
/// # Panics
/// When it does not hold, or is not sealed in time.
pub async fn verify(admin: &Client) -> Value {
    wait::until(wait::secs(20), "the audit is sealed", || async {
        let verification = admin.get("/audit/verify").await.expect(200);
        assert_eq!(verification["ok"], true, "{verification}");
        (verification["unsealed"] == 0).then_some(verification)
    })
    .await
}
