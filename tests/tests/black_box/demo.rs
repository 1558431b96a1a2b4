//! The main story, on both databases: the demo is imported, planned, checked for conflicts, moved under RBAC, and what has
//! a command is run at its time, with every step audited.

mod calendar;
mod race;
mod runs;

use uhub_tests::{Kind, Server, Site};

/// A demo on its site. The site outlives the server.
async fn start(kind: Kind) -> (Site, Server) {
    let site = Site::on(kind).await;
    let server = site.demo().await;
    (site, server)
}
