//! The sources of a worker's secrets.

use std::sync::Arc;

use anyhow::{Context as _, bail};
#[cfg(feature = "vault")]
use uhub_exec::VaultSecrets;
use uhub_exec::{
    Secrets,
    secrets::{EnvSecrets, FileSecrets},
};

use super::args::SecretArgs;

impl SecretArgs {
    /// The sources that are configured. To be called in a runtime, which then renews Vault's token.
    pub(crate) fn sources(&self) -> anyhow::Result<Secrets> {
        let mut secrets = Secrets::new();
        #[cfg(feature = "vault")]
        if let Some(config) = self.vault.config()? {
            secrets = secrets
                .with_patience(self.vault.patience())
                .with(Arc::new(VaultSecrets::new(config).context("vault")?));
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
}

#[cfg(all(test, feature = "vault"))]
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
