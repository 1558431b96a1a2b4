//! The Rust lines of the README, as they compile.

use anyhow::{Context as _, Result};
use uhub_core::model::Slot;
use uhub_http::cli::Embedded;

#[expect(dead_code, reason = "it is there to be compiled")]
async fn embedded(window: Slot) -> Result<axum::Router> {
    let hub = Embedded::open(&["--database=sqlite:plan.db".to_owned()], Vec::new(), Vec::new()).await?;
    let alice = hub.hub().user_named("alice").await?.context("no alice")?;
    for group in hub.hub().acting_as(&alice).conflicts(window).await? {
        println!("{}: {} jobs", group.pool, group.jobs.len());
    }
    let app = axum::Router::new().nest("/planning", hub.router());
    Ok(app)
}

#[test]
fn the_readme_shows_what_compiles() {
    let readme = include_str!("../../README.md");
    let shown = readme.split_once("```rust\n").and_then(|(_, rest)| rest.split_once("```"));
    let shown: Vec<&str> = shown.expect("the README shows some Rust").0.lines().map(str::trim).collect();
    let compiled: Vec<&str> = include_str!("readme.rs").lines().map(str::trim).collect();
    assert!(compiled.windows(shown.len()).any(|lines| lines == shown), "{shown:#?}");
}
