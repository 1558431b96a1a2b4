//! Secrets from the worker's own environment, for installs without a Vault.

use async_trait::async_trait;
use uhub_core::ports::secrets::{SecretError, SecretSource, SecretValue};

/// `env:NAME` is the worker's variable of that name behind a prefix that the operator sets: with `UHUB_SECRET_`, what
/// `env:DB_PASSWORD` names is `UHUB_SECRET_DB_PASSWORD`. No other variable can be named. Read when this is made, so that what
/// changes in the process later does not matter.
#[derive(Debug)]
pub struct EnvSecrets {
    values: std::collections::BTreeMap<String, SecretValue>,
    prefix: String,
}

impl EnvSecrets {
    /// The variables whose names begin with `prefix`. An empty prefix offers nothing: it would offer everything.
    pub fn new(prefix: &str) -> Self {
        let values = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.to_str()?.strip_prefix(prefix).filter(|_| !prefix.is_empty())?.to_owned();
            Some((name, SecretValue::new(value.into_string().ok()?)))
        });
        Self { values: values.collect(), prefix: prefix.to_owned() }
    }
}

#[async_trait]
impl SecretSource for EnvSecrets {
    fn scheme(&self) -> &'static str {
        "env"
    }

    async fn read(&self, reference: &str) -> Result<SecretValue, SecretError> {
        let name = reference.strip_prefix("env:").unwrap_or(reference);
        self.values.get(name).cloned().ok_or_else(|| {
            SecretError::new(reference, format!("the worker has no variable {}{name}", self.prefix))
        })
    }
}
