//! Against a real OpenBao.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bao;
mod faults;
mod reads;
mod tokens;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bao::Bao;
use serde_json::json;
use uhub_core::model::RunId;
use uuid::Uuid;

use super::*;
use crate::{Secrets, secrets::Resolved};

fn token(bao: &Bao, token: &str) -> VaultConfig {
    VaultConfig::new(&bao.url, VaultAuth::Token(Credential::Value(SecretValue::new(token.to_owned()))))
}

fn approle(bao: &Bao, role: &bao::Role) -> VaultConfig {
    let auth = VaultAuth::AppRole {
        mount: "approle".to_owned(),
        role_id: role.id.clone(),
        secret_id: Credential::Value(SecretValue::new(role.secret.clone())),
    };
    VaultConfig::new(&bao.url, auth)
}

/// Reads these references for a run.
async fn resolve(config: VaultConfig, references: &[&str]) -> Result<Resolved, SecretError> {
    let secrets = Secrets::new().with(Arc::new(VaultSecrets::new(config).unwrap()));
    let references: BTreeMap<_, _> =
        references.iter().enumerate().map(|(n, text)| (format!("V{n}"), (*text).to_owned())).collect();
    secrets.resolve(RunId(Uuid::from_u128(7)), &references).await
}

/// The one value, or what is wrong.
async fn read(config: VaultConfig, reference: &str) -> Result<String, String> {
    let resolved = resolve(config, &[reference]).await.map_err(|error| {
        assert_eq!(error.reference, reference, "{error}");
        error.to_string()
    })?;
    let value = resolved.values["V0"].reveal().to_owned();
    resolved.leases.release().await;
    Ok(value)
}
