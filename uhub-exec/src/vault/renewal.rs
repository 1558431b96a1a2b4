//! Keeping the worker's token alive.

use std::{sync::Arc, time::Duration};

use vaultrs::token;

use super::{client::Clients, config::Credential};

/// How often a token is looked at that does not end, or cannot be renewed.
const CALM: Duration = Duration::from_secs(300);
/// How soon it is tried again when Vault does not answer: often enough for a token of a minute.
const AGAIN: Duration = Duration::from_secs(10);
/// Between two renewals at the least.
const LEAST: Duration = Duration::from_millis(500);

/// Renews the token, for ever. The credential is read anew each time: it may have been exchanged.
pub(super) async fn renew(clients: Arc<Clients>, credential: Credential) {
    loop {
        let wait = match renew_once(&clients, &credential).await {
            Ok(wait) => wait,
            Err(reason) => {
                tracing::warn!(reason, "Vault's token could not be renewed; it is tried again");
                AGAIN
            }
        };
        tokio::time::sleep(wait).await;
    }
}

/// How long until the next time, or what went wrong.
async fn renew_once(clients: &Clients, credential: &Credential) -> Result<Duration, String> {
    let client = clients.with(&credential.read()?)?;
    let now = token::lookup_self(&client).await.map_err(|error| clients.why(&error))?;
    if now.ttl == 0 {
        return Ok(CALM);
    }
    let left = Duration::from_secs(now.ttl);
    if now.renewable != Some(true) {
        if left < CALM * 2 {
            tracing::warn!(seconds = now.ttl, "Vault's token ends soon and cannot be renewed");
        }
        return Ok((left / 3).clamp(LEAST, CALM));
    }
    let renewed = token::renew_self(&client, None).await.map_err(|error| clients.why(&error))?;
    let held = Duration::from_secs(renewed.lease_duration);
    if held < left {
        tracing::warn!(
            seconds = renewed.lease_duration,
            "Vault's token comes to the end of what it may live"
        );
    }
    tracing::debug!(seconds = renewed.lease_duration, "Vault's token is renewed");
    // Twice before it would end.
    Ok((held / 3).clamp(LEAST, CALM * 12))
}
