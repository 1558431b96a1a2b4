//! The sources of a worker's secrets.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use uhub_core::ports::secrets::SecretValue;
use uhub_exec::{
    Secrets, VaultConfig, VaultSecrets,
    secrets::{EnvSecrets, FileSecrets},
    vault::{Credential, VaultAuth},
};

use super::{args::SecretArgs, hub::secret};

const TOKEN: &str = "UHUB_VAULT_TOKEN";
const SECRET_ID: &str = "UHUB_VAULT_SECRET_ID";

impl SecretArgs {
    /// The sources that are configured. To be called in a runtime, which then renews Vault's token.
    pub(crate) fn sources(&self) -> anyhow::Result<Secrets> {
        let mut secrets = Secrets::new().with_patience(Duration::from_secs(5 + self.vault_timeout * 3));
        if let Some(config) = self.vault()? {
            secrets = secrets.with(Arc::new(VaultSecrets::new(config).context("vault")?));
        }
        if let Some(prefix) = &self.secret_env_prefix {
            if prefix.is_empty() {
                bail!("--secret-env-prefix: an empty prefix would offer every variable");
            }
            secrets = secrets.with(Arc::new(EnvSecrets::new(prefix)));
        }
        if !self.secret_root.is_empty() {
            let files = FileSecrets::new(&self.secret_root).context("--secret-root")?;
            secrets = secrets.with(Arc::new(files));
        }
        Ok(secrets)
    }

    fn vault(&self) -> anyhow::Result<Option<VaultConfig>> {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use clap::Parser as _;

    use super::super::args::{Cli, Command};

    async fn sources(args: &[&str]) -> Result<String, String> {
        let args = ["uhub", "worker"].iter().chain(args);
        let Command::Worker(args) = Cli::try_parse_from(args).unwrap().command else { panic!("a worker") };
        args.secrets.sources().map(|secrets| format!("{secrets:?}")).map_err(|error| format!("{error:#}"))
    }

    #[tokio::test]
    async fn sources_are_there_only_as_configured() {
        let nothing = sources(&[]).await.unwrap();
        assert!(
            !nothing.contains("Vault") && !nothing.contains("Env") && !nothing.contains("File"),
            "{nothing}"
        );
        let address = ["--vault-addr", "https://vault:8200"];
        let role = [
            "--vault-role-id",
            "r",
            "--vault-secret-id-file",
            "/x/secret-id",
            "--vault-mount",
            "/team/kv/,kv",
        ];
        let vault = sources(&[&address[..], &role].concat()).await.unwrap();
        for part in ["AppRole { mount: \"approle\", role_id: \"r\"", "[\"team/kv\", \"kv\"]", "timeout: 5s"] {
            assert!(vault.contains(part), "{part} in {vault}");
        }
        let vault = sources(&[&address[..], &["--vault-token-file", "/x/token"]].concat()).await.unwrap();
        assert!(vault.contains("Token(File(\"/x/token\"))"), "{vault}");
        let others =
            sources(&["--secret-env-prefix", "CARGO_PKG_", "--secret-root", "/etc,/usr"]).await.unwrap();
        for part in ["EnvSecrets", "FileSecrets", "\"/etc\", \"/usr\""] {
            assert!(others.contains(part), "{part} in {others}");
        }
        // Those behind the prefix are taken in, and never shown.
        assert!(others.contains("NAME") && !others.contains("uhub-http"), "{others}");
    }

    #[tokio::test]
    async fn what_is_half_configured_is_told() {
        let role = ["--vault-role-id", "r"];
        let secret = ["--vault-secret-id-file", "/x"];
        let token = ["--vault-token-file", "/x"];
        let address = ["--vault-addr", "https://vault:8200"];
        for (args, told) in [
            ([&address[..]].concat(), "as whom?"),
            ([&address[..], &secret].concat(), "as whom?"),
            ([&address[..], &role].concat(), "needs --vault-secret-id-file"),
            ([&address[..], &role, &secret, &token].concat(), "not both"),
            ([&token[..]].concat(), "--vault-addr"),
            (vec!["--vault-namespace", "n"], "--vault-addr"),
            ([&["--vault-addr", "vault:8200"][..], &token].concat(), "https://"),
            ([&address[..], &token, &["--vault-ca", "/nowhere"]].concat(), "/nowhere"),
            (vec!["--secret-env-prefix", ""], "every variable"),
            (vec!["--secret-root", "relative"], "relative"),
            (vec!["--secret-root", "/nowhere/at/all"], "/nowhere/at/all"),
        ] {
            let error = sources(&args).await.unwrap_err();
            assert!(error.contains(told), "{args:?}: {error}");
        }
    }
}
