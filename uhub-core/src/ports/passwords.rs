//! Password hashing is slow on purpose and needs randomness: an adapter does it.

use async_trait::async_trait;

/// What can go wrong with a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// This hub keeps no passwords: its host knows its users by other means.
    #[error("this hub keeps no passwords")]
    Unsupported,
    /// Too many are being checked at once; try again.
    #[error("too many sign-ins at once")]
    Busy,
    /// The hasher failed.
    #[error("the password hasher failed")]
    Failed,
}

/// Hashes and verifies passwords.
#[async_trait]
pub trait Passwords: Send + Sync + std::fmt::Debug {
    /// A salted hash of `password`, as a PHC string.
    ///
    /// # Errors
    /// [`PasswordError`].
    async fn hash(&self, password: &str) -> Result<String, PasswordError>;

    /// Whether `password` has this hash. Without a hash (no such user) it takes the same time and says no.
    ///
    /// # Errors
    /// [`PasswordError`].
    async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, PasswordError>;
}

/// For hosts with an identity of their own: no password is kept, none is right.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPasswords;

#[async_trait]
impl Passwords for NoPasswords {
    async fn hash(&self, _password: &str) -> Result<String, PasswordError> {
        Err(PasswordError::Unsupported)
    }

    async fn verify(&self, _password: &str, _hash: Option<&str>) -> Result<bool, PasswordError> {
        Err(PasswordError::Unsupported)
    }
}
