//! Users whom the program around the router knows by its own means.

use async_trait::async_trait;
use axum::http::request::Parts;
use uhub_core::model::UserId;

/// Says who sends a request, in place of uHub's own tokens and passwords. Given to
/// [`AppState::with_identity`](crate::AppState::with_identity) or
/// [`Embedded::with_identity`](crate::cli::Embedded::with_identity), it is asked first, at every request that needs a user.
/// What that user may do is the hub's to decide.
///
/// ```
/// # use uhub_http::{Identified, Identity};
/// # use uhub_core::Hub;
/// /// Behind a proxy that signs people in and names them in a header that nobody else can set.
/// #[derive(Debug)]
/// struct SignedInByProxy(Hub);
///
/// #[async_trait::async_trait]
/// impl Identity for SignedInByProxy {
///     async fn identify(&self, request: &axum::http::request::Parts) -> Identified {
///         let Some(name) = request.headers.get("x-signed-in-user") else { return Identified::NotMine };
///         let Ok(name) = name.to_str() else { return Identified::Refused };
///         match self.0.user_named(name).await {
///             Ok(Some(user)) => Identified::User(user.id),
///             _ => Identified::Refused,
///         }
///     }
/// }
/// ```
#[async_trait]
pub trait Identity: Send + Sync + std::fmt::Debug {
    /// Who sends this request, by its headers, its address, or what a middleware has put into its extensions.
    async fn identify(&self, request: &Parts) -> Identified;
}

/// What an [`Identity`] knows of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identified {
    /// This user sends it. Whether the account is there, and open, is looked up.
    User(UserId),
    /// It cannot tell: uHub looks for a token of its own.
    NotMine,
    /// Nobody who may come in sends it: 401, whatever else it carries.
    Refused,
}
