//! Secrets from HashiCorp Vault, or OpenBao, which speaks the same language (DOMAIN §8).

mod client;
mod config;
mod reference;
mod renewal;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use futures_util::future::try_join_all;
use serde_json::{Map, Value};
use tokio_util::task::AbortOnDropHandle;
use uhub_core::{
    model::RunId,
    ports::secrets::{Lent, SecretError, SecretLease, SecretSource, SecretValue},
};
use vaultrs::{api::token::requests::CreateTokenRequest, auth::approle, client::VaultClient, kv2, token};

use client::{Clients, status};
pub use config::{Credential, VaultAuth, VaultConfig, VaultConfigError};
use reference::Reference;

/// Reads `vault:mount/path#field` from KV v2 engines: the field of the latest version, or of `?version=N`.
///
/// Each run reads with a token of its own, which is revoked at its end, and lives for [`VaultConfig::run_token_ttl`] at the
/// most: an AppRole logs in for each run, and a token creates one for each run where its policies allow that
/// (`auth/token/create`); else it reads itself.
pub struct VaultSecrets {
    clients: Arc<Clients>,
    _renewal: Option<AbortOnDropHandle<()>>,
}

impl VaultSecrets {
    /// Vault as configured. It need not be there yet. A token is renewed from now on, until this is dropped.
    ///
    /// # Errors
    /// [`VaultConfigError`] for what no Vault can make good.
    ///
    /// # Panics
    /// Outside a tokio runtime, with a token.
    pub fn new(config: VaultConfig) -> Result<Self, VaultConfigError> {
        let clients = Arc::new(Clients::new(config)?);
        let renewal = match &clients.config().auth {
            VaultAuth::Token(credential) => {
                let renewing = renewal::renew(Arc::clone(&clients), credential.clone());
                Some(AbortOnDropHandle::new(tokio::spawn(renewing)))
            }
            VaultAuth::AppRole { .. } => None,
        };
        Ok(Self { clients, _renewal: renewal })
    }

    /// A token for `run`, or of whoever may not create one.
    async fn open(&self, run: RunId) -> Result<Session, String> {
        let why = |what: &str, error| format!("{what}: {}", self.clients.why(&error));
        match &self.clients.config().auth {
            VaultAuth::AppRole { mount, role_id, secret_id } => {
                let nobody = self.clients.with("")?;
                let login = approle::login(&nobody, mount, role_id, &secret_id.read()?).await;
                let login = login.map_err(|error| why("signing in by AppRole failed", error))?;
                Ok(Session { client: self.clients.with(&login.client_token)?, is_own: true })
            }
            VaultAuth::Token(credential) => {
                let parent = self.clients.with(&credential.read()?)?;
                let ttl = format!("{}s", self.clients.config().run_token_ttl.as_secs());
                let mut request = CreateTokenRequest::builder();
                request
                    .display_name("uhub-run")
                    .meta([("uhub_run".to_owned(), run.to_string())])
                    .explicit_max_ttl(ttl.as_str())
                    .ttl(ttl.as_str())
                    .renewable(false);
                match token::new(&parent, Some(&mut request)).await {
                    Ok(child) => {
                        Ok(Session { client: self.clients.with(&child.client_token)?, is_own: true })
                    }
                    Err(error) if status(&error) == Some(403) => {
                        tracing::debug!("the token may not create others: the run reads with it");
                        Ok(Session { client: parent, is_own: false })
                    }
                    Err(error) => Err(why("no token for the run", error)),
                }
            }
        }
    }

    async fn read_with(&self, session: &Session, reference: &str) -> Result<SecretValue, SecretError> {
        let wrong = |reason: String| SecretError::new(reference, reason);
        let Reference { mount, path, version, field } =
            Reference::parse(reference, &self.clients.config().mounts).map_err(wrong)?;
        let read: Result<Map<String, Value>, _> = match version {
            Some(version) => kv2::read_version(&session.client, mount, path, version).await,
            None => kv2::read(&session.client, mount, path).await,
        };
        let mut fields = read.map_err(|error| wrong(self.clients.why(&error)))?;
        match fields.remove(field) {
            Some(Value::String(value)) => Ok(SecretValue::new(value)),
            Some(_) => Err(wrong("the field is not a text".to_owned())),
            None => Err(wrong("the secret has no such field".to_owned())),
        }
    }
}

#[async_trait]
impl SecretSource for VaultSecrets {
    fn scheme(&self) -> &'static str {
        "vault"
    }

    async fn read(&self, reference: &str) -> Result<SecretValue, SecretError> {
        let lent = self.lend(RunId(uuid::Uuid::nil()), &[reference]).await?;
        if let Some(lease) = lent.lease {
            lease.release().await;
        }
        lent.values.into_iter().next().ok_or_else(|| SecretError::new(reference, "was not read"))
    }

    async fn lend(&self, run: RunId, references: &[&str]) -> Result<Lent, SecretError> {
        let Some(first) = references.first() else { return Ok(Lent { values: Vec::new(), lease: None }) };
        // What is wrong in itself needs no token.
        for reference in references {
            Reference::parse(reference, &self.clients.config().mounts)
                .map_err(|reason| SecretError::new(reference, reason))?;
        }
        let session = self.open(run).await.map_err(|reason| SecretError::new(first, reason))?;
        let reads = references.iter().map(|reference| self.read_with(&session, reference));
        let read = try_join_all(reads).await;
        let lease = session.lease();
        match (read, lease) {
            (Ok(values), lease) => Ok(Lent { values, lease }),
            (Err(error), lease) => {
                if let Some(lease) = lease {
                    lease.release().await;
                }
                Err(error)
            }
        }
    }
}

/// Someone who may read.
struct Session {
    client: VaultClient,
    /// The token is the run's, and is revoked with it.
    is_own: bool,
}

impl Session {
    fn lease(self) -> Option<Box<dyn SecretLease>> {
        self.is_own.then(|| Box::new(RunToken(self.client)) as Box<dyn SecretLease>)
    }
}

/// The token of a run.
struct RunToken(VaultClient);

#[async_trait]
impl SecretLease for RunToken {
    async fn release(self: Box<Self>) {
        match token::revoke_self(&self.0).await {
            Ok(()) => tracing::debug!("the run's token in Vault is revoked"),
            // It has ended by itself, or will.
            Err(error) => {
                tracing::debug!(status = status(&error), "the run's token in Vault could not be revoked");
            }
        }
    }
}

/// Shows nothing: clients know their tokens.
impl fmt::Debug for RunToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RunToken(***)")
    }
}

impl fmt::Debug for VaultSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultSecrets").field("config", self.clients.config()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
