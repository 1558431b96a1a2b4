//! Where secrets come from (DOMAIN §8).

use async_trait::async_trait;

/// A secret's value. It has no `Display`, its `Debug` shows nothing, and it cannot be serialized.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(String);

impl SecretValue {
    /// Takes a value in.
    pub const fn new(value: String) -> Self {
        Self(value)
    }

    /// The value, for the one place that hands it to the process.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretValue(***)")
    }
}

/// Why a secret could not be read. Names the reference, never the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("secret {reference}: {reason}")]
pub struct SecretError {
    /// As the job names it.
    pub reference: String,
    /// What is wrong.
    pub reason: String,
}

/// A source of secrets, asked after the claim and before the spawn.
#[async_trait]
pub trait SecretSource: Send + Sync + std::fmt::Debug {
    /// The word before the colon of the references that it serves, such as `vault`.
    fn scheme(&self) -> &str;

    /// Reads what `reference` names.
    ///
    /// # Errors
    /// [`SecretError`] where there is none, the source refuses, is sealed or takes too long.
    async fn read(&self, reference: &str) -> Result<SecretValue, SecretError>;
}
