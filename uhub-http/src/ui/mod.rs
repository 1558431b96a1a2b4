//! The web app, part of the program: its page under the mount's own address, its files as they were built.

mod encoding;
mod files;
mod page;

use axum::{Router, routing::get};
use rust_embed::RustEmbed;

use crate::state::AppState;

/// What `cargo xtask ui` built; nothing, where nobody has built it.
#[derive(RustEmbed)]
#[folder = "ui/dist"]
#[allow_missing = true]
#[exclude = "*.map"]
#[exclude = ".*"]
struct Dist;

/// The page of the app: whatever its router shows is one page for the server.
const PAGE: &str = "index.html";

/// Of everything the app may load, all comes from here. Styles that the app sets through the object model need no
/// exception.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// The app's routes; `None` where it was not built.
pub(crate) fn routes() -> Option<Router<AppState>> {
    routes_of::<Dist>()
}

fn routes_of<E: RustEmbed + 'static>() -> Option<Router<AppState>> {
    E::get(PAGE)?;
    let mut router = Router::new()
        .route("/", get(page::page::<E>))
        .route("/app", get(page::page::<E>))
        .route("/app/", get(page::page::<E>))
        .route("/app/{*route}", get(page::page::<E>))
        .route("/assets/{*file}", get(files::asset::<E>));
    for name in E::iter().filter(|name| files::stands_alone(name)) {
        router = router.route(&format!("/{name}"), get(files::named::<E>));
    }
    Some(router)
}

#[cfg(test)]
mod tests;
