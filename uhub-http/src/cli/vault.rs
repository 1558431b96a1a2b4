//! Vault, as the command line names it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::bail;
use clap::Args;
use uhub_core::ports::secrets::SecretValue;
use uhub_exec::{
    VaultConfig,
    vault::{Credential, VaultAuth},
};

use super::hub::secret;

const TOKEN: &str = "UHUB_VAULT_TOKEN";
const SECRET_ID: &str = "UHUB_VAULT_SECRET_ID";

/// Where Vault is, and as whom it is asked.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Secrets")]
pub(crate) struct VaultArgs {
    /// Vault or OpenBao, for `vault:mount/path#field`: https://vault.example.org:8200
    #[arg(long, value_name = "URL")]
    pub(crate) vault_addr: Option<String>,
    /// A file with a token for Vault, renewed while the worker lives; else UHUB_VAULT_TOKEN
    #[arg(long, value_name = "FILE")]
    pub(crate) vault_token_file: Option<PathBuf>,
    /// The AppRole to sign in by, for each run anew
    #[arg(long, value_name = "ID")]
    pub(crate) vault_role_id: Option<String>,
    /// A file with the AppRole's secret id; else UHUB_VAULT_SECRET_ID
    #[arg(long, value_name = "FILE")]
    pub(crate) vault_secret_id_file: Option<PathBuf>,
    /// Where AppRole is mounted
    #[arg(long, value_name = "PATH", default_value = "approle")]
    pub(crate) vault_auth_mount: String,
    /// Vault's namespace, also that of the token
    #[arg(long, value_name = "NAME")]
    pub(crate) vault_namespace: Option<String>,
    /// A file with the authorities that vouch for Vault, in PEM; by default those of the system
    #[arg(long, value_name = "FILE")]
    pub(crate) vault_ca: Option<PathBuf>,
    /// A KV v2 mount that jobs may read from; may be repeated. Without any, the first word of a reference is the mount
    #[arg(long, value_name = "PATH", value_delimiter = ',')]
    pub(crate) vault_mount: Vec<String>,
    /// How many seconds Vault may take to answer
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub(crate) vault_timeout: u64,
}

impl VaultArgs {
    /// For how long a run waits for its secrets: signing in, reading, and once more.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(5 + self.vault_timeout * 3)
    }

    /// How to reach it, if it is named.
    pub(crate) fn config(&self) -> anyhow::Result<Option<VaultConfig>> {
        let Some(address) = &self.vault_addr else {
            let files = [&self.vault_token_file, &self.vault_secret_id_file, &self.vault_ca];
            let is_meant = files.iter().any(|file| file.is_some())
                || self.vault_role_id.is_some()
                || self.vault_namespace.is_some()
                || !self.vault_mount.is_empty();
            if is_meant {
                bail!("Vault is configured, but its address is not: --vault-addr");
            }
            return Ok(None);
        };
        let token = credential(self.vault_token_file.as_deref(), TOKEN)?;
        let secret_id = credential(self.vault_secret_id_file.as_deref(), SECRET_ID)?;
        let auth = match (token, &self.vault_role_id, secret_id) {
            (Some(token), None, None) => VaultAuth::Token(token),
            (None, Some(role_id), Some(secret_id)) => VaultAuth::AppRole {
                mount: self.vault_auth_mount.clone(),
                role_id: role_id.clone(),
                secret_id,
            },
            (Some(_), ..) => bail!("vault: either a token or an AppRole, not both"),
            (None, Some(_), None) => {
                bail!("vault: --vault-role-id needs --vault-secret-id-file, or {SECRET_ID}")
            }
            (None, None, _) => {
                bail!("vault: as whom? --vault-token-file or {TOKEN}, or --vault-role-id with its secret id")
            }
        };
        if address.starts_with("http://") && !is_loopback(address) {
            tracing::warn!("Vault is asked without TLS: whoever is on the way reads its secrets");
        }
        Ok(Some(VaultConfig {
            namespace: self.vault_namespace.clone(),
            ca_file: self.vault_ca.clone(),
            mounts: self.vault_mount.iter().map(|mount| mount.trim_matches('/').to_owned()).collect(),
            timeout: Duration::from_secs(self.vault_timeout),
            ..VaultConfig::new(address, auth)
        }))
    }
}

/// A file, read anew at each use, else a variable.
fn credential(file: Option<&Path>, variable: &str) -> anyhow::Result<Option<Credential>> {
    Ok(match file {
        Some(file) => Some(Credential::File(file.to_owned())),
        None => secret(None, variable)?.map(|text| Credential::Value(SecretValue::new(text))),
    })
}

fn is_loopback(address: &str) -> bool {
    let host = address.trim_start_matches("http://").split([':', '/']).next().unwrap_or_default();
    host == "localhost" || host.starts_with("127.") || address.starts_with("http://[::1]")
}
