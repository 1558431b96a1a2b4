//! How Vault is reached.

use std::{fs, path::PathBuf, time::Duration};

use reqwest::Url;
use uhub_core::ports::secrets::SecretValue;

use crate::tls::TlsError;

/// Where Vault is, and as whom to ask it.
#[derive(Debug, Clone)]
pub struct VaultConfig {
    /// `https://vault.example.org:8200`; without TLS only where the network is trusted.
    pub address: String,
    /// As whom.
    pub auth: VaultAuth,
    /// The namespace that everything happens in, the token's own included.
    pub namespace: Option<String>,
    /// The authorities that may vouch for Vault, in PEM; those of the system without it.
    pub ca_file: Option<PathBuf>,
    /// The KV v2 mounts that jobs may name, also such of several words; without any, the first word of a reference is the
    /// mount.
    pub mounts: Vec<String>,
    /// How long one request may take.
    pub timeout: Duration,
    /// How long the token of a run may live, whether or not it is revoked at the run's end.
    pub run_token_ttl: Duration,
}

impl VaultConfig {
    /// Vault at `address`, with no namespace, the system's authorities, any mount, and 5 seconds for a request.
    pub fn new(address: impl Into<String>, auth: VaultAuth) -> Self {
        Self {
            address: address.into(),
            auth,
            namespace: None,
            ca_file: None,
            mounts: Vec::new(),
            timeout: Duration::from_secs(5),
            run_token_ttl: Duration::from_secs(600),
        }
    }

    pub(super) fn url(&self) -> Result<Url, VaultConfigError> {
        let wrong = |reason| VaultConfigError::Address { address: self.address.clone(), reason };
        let url = Url::parse(&self.address).map_err(|_| wrong("is not a URL"))?;
        let rest = [url.query().unwrap_or_default(), url.fragment().unwrap_or_default(), url.username()];
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(wrong("must begin with https:// or http://"));
        }
        if url.path() != "/" || url.password().is_some() || rest.iter().any(|part| !part.is_empty()) {
            return Err(wrong("must name scheme, host and port, and nothing else"));
        }
        Ok(url)
    }
}

/// As whom Vault is asked.
#[derive(Debug, Clone)]
pub enum VaultAuth {
    /// By a token, which is renewed while the worker lives. Where it may create tokens, each run reads with one of its own.
    Token(Credential),
    /// By an AppRole: each run logs in by itself.
    AppRole {
        /// Where the method is mounted, `approle` by default.
        mount: String,
        /// Who.
        role_id: String,
        /// Proves it.
        secret_id: Credential,
    },
}

/// Something that proves who one is.
#[derive(Debug, Clone)]
pub enum Credential {
    /// The first line of a file, read anew at each use: others, such as Vault's agent, may exchange it.
    File(PathBuf),
    /// As it is.
    Value(SecretValue),
}

impl Credential {
    /// What it is now.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn read(&self) -> Result<String, String> {
        let text = match self {
            Self::File(file) => fs::read_to_string(file)
                .map_err(|error| format!("{} cannot be read: {}", file.display(), error.kind()))?,
            Self::Value(value) => value.reveal().to_owned(),
        };
        let line = text.lines().next().unwrap_or_default().trim();
        // What is no header's value would otherwise come as far as the client, which panics.
        if line.is_empty() || !line.bytes().all(|byte| byte.is_ascii_graphic()) {
            let from = match self {
                Self::File(file) => file.display().to_string(),
                Self::Value(_) => "the token".to_owned(),
            };
            return Err(format!("{from} holds no token"));
        }
        Ok(line.to_owned())
    }
}

/// Why Vault cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum VaultConfigError {
    /// The address is none.
    #[error("{address}: {reason}")]
    Address {
        /// As given.
        address: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// The namespace cannot be sent.
    #[error("the namespace must be words of visible ASCII characters")]
    Namespace,
    /// The authorities.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The HTTP client.
    #[error("{0}")]
    Client(#[from] reqwest::Error),
}
