//! Talking to Vault.

use std::error::Error as StdError;

use reqwest::redirect;
use rustify::clients::reqwest::Client as HttpClient;
use vaultrs::{
    api::EndpointMiddleware,
    client::{VaultClient, VaultClientSettingsBuilder},
    error::ClientError,
};

use super::config::{VaultConfig, VaultConfigError};
use crate::tls;

/// Makes clients of vaultrs over one pool of connections. Its own way of making them reads variables of the environment,
/// follows redirects and proxies, and panics at an address that is none.
#[derive(Clone)]
pub(super) struct Clients {
    http: reqwest::Client,
    base: String,
    namespace: Option<String>,
    config: VaultConfig,
}

impl Clients {
    pub(super) fn new(config: VaultConfig) -> Result<Self, VaultConfigError> {
        let url = config.url()?;
        if config.namespace.as_ref().is_some_and(|name| !name.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(VaultConfigError::Namespace);
        }
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::client_config(config.ca_file.as_deref())?)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(config.timeout)
            .connect_timeout(config.timeout)
            .build()?;
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { http, base, namespace: config.namespace.clone(), config })
    }

    pub(super) const fn config(&self) -> &VaultConfig {
        &self.config
    }

    /// A client that asks with `token`; with an empty one, as nobody.
    pub(super) fn with(&self, token: &str) -> Result<VaultClient, String> {
        // Everything is given, so that no variable of the environment is asked.
        let settings = VaultClientSettingsBuilder::default()
            .address(&self.base)
            .ca_certs(Vec::new())
            .identity(None)
            .timeout(Some(self.config.timeout))
            .token(token)
            .verify(true)
            .version(1)
            .namespace(self.namespace.clone())
            .build()
            .map_err(|_| "Vault's client cannot be made".to_owned())?;
        let middle = EndpointMiddleware {
            token: token.to_owned(),
            version: "v1".to_owned(),
            wrap: None,
            namespace: self.namespace.clone(),
        };
        Ok(VaultClient { http: HttpClient::new(&self.base, self.http.clone()), middle, settings })
    }

    /// What went wrong, in words that hold nothing of what Vault said: it could be a secret.
    pub(super) fn why(&self, error: &ClientError) -> String {
        if let Some(code) = status(error) {
            return match code {
                403 => "Vault does not allow it (403): the token is not valid, or may not do this".to_owned(),
                404 => "there is nothing at this path in Vault (404)".to_owned(),
                400 => "Vault does not accept the request (400)".to_owned(),
                429 | 472 | 473 => format!("this Vault is on standby or busy ({code})"),
                501 | 503 => format!("Vault is sealed or not ready ({code})"),
                code => format!("Vault answered with status {code}"),
            };
        }
        match http_error(error) {
            Some(http) if http.is_timeout() => {
                format!("Vault did not answer within {} s", self.config.timeout.as_secs_f32())
            }
            Some(http) if http.is_connect() => "Vault cannot be reached".to_owned(),
            Some(_) => "the connection to Vault broke".to_owned(),
            None => "Vault's answer is not understood".to_owned(),
        }
    }
}

/// The status of an answer that is an error.
pub(super) const fn status(error: &ClientError) -> Option<u16> {
    match error {
        ClientError::APIError { code, .. } => Some(*code),
        ClientError::RestClientError {
            source: rustify::errors::ClientError::ServerResponseError { code, .. },
        } => Some(*code),
        _ => None,
    }
}

fn http_error(error: &ClientError) -> Option<&reqwest::Error> {
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = cause {
        if let Some(http) = error.downcast_ref() {
            return Some(http);
        }
        cause = error.source();
    }
    None
}
