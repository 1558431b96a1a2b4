//! The calendar feed under load: a month of about 500 jobs out of 100,000 on PostgreSQL, 16 connections at once, against
//! the plainest handler that somebody would write with axum and sqlx on the same table: no sign-in, no rights, no
//! conflicts. Both run as processes of their own and take turns.

mod bare;

use std::{process::Command, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use chrono::{DateTime, TimeDelta, Utc};
use uhub_benches::{
    http::{Client, Load, load},
    measure::{head, human, row},
    server::{self, Server},
};
use uhub_core::{
    Hub,
    hub::{Settings, Synthetic},
};
use uhub_store::{
    SqlOptions, SqlStore,
    system::{RandomIds, SystemClock},
};

const CONNECTIONS: usize = 16;
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(5);

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("bare") {
        return bare::serve(&arguments.next().context("which database?")?);
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let database = runtime.block_on(prepare())?;
    let directory = tempfile::tempdir()?;
    let password = "bench-password";
    let add = ["user", "add", "bench", "--role", "admin", "--email", "bench@uhub.local", "--password-stdin"];
    server::run(&mut server::command(&database, directory.path(), &add)?, password)?;

    let serve = ["serve", "--listen", "127.0.0.1:0", "--no-worker"];
    let uhub = Server::start(&mut server::command(&database, directory.path(), &serve)?)?;
    let bare = Server::start(Command::new(std::env::current_exe()?).arg("bare").arg(&database))?;
    let token = runtime.block_on(sign_in(&uhub.address, password))?;

    let from: DateTime<Utc> = Utc::now() + TimeDelta::days(30);
    let day = |at: DateTime<Utc>| at.format("%Y-%m-%dT00:00:00Z").to_string();
    let path = format!("/calendar/events?start={}&end={}", day(from), day(from + TimeDelta::days(30)));
    let contenders = [("uhub", &uhub, Some(token.as_str())), ("axum + sqlx, bare", &bare, None)];
    let mut sizes = Vec::new();
    for (_, server, token) in contenders {
        let (status, body) = Client::connect(&server.address, &path, token)?.get()?;
        anyhow::ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&body));
        let events: Vec<serde_json::Value> = serde_json::from_slice(&body)?;
        sizes.push((events.len(), body.len()));
    }
    let mut rounds: Vec<Vec<Load>> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for ((_, server, token), rounds) in contenders.iter().zip(&mut rounds) {
            rounds.push(load(&server.address, &path, *token, CONNECTIONS, ROUND)?);
        }
    }

    head(
        "Calendar month out of 100,000 jobs, PostgreSQL, 16 connections",
        &["", "events", "bytes", "requests/s", "p50", "p99", "rate ÷ bare"],
    );
    let rate = |rounds: &[Load]| {
        let mut rates: Vec<f64> = rounds.iter().map(Load::rate).collect();
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied().unwrap_or_default()
    };
    let middle = |rounds: &[Load], share| {
        uhub_benches::measure::median(rounds.iter().map(|load| load.within(share)).collect())
    };
    let base = rounds.last().map_or(0.0, |rounds| rate(rounds));
    for (((name, ..), rounds), (events, bytes)) in contenders.iter().zip(&rounds).zip(sizes) {
        row(&[
            (*name).to_owned(),
            events.to_string(),
            bytes.to_string(),
            format!("{:.0}", rate(rounds)),
            human(middle(rounds, 0.5)),
            human(middle(rounds, 0.99)),
            format!("{:.2} ×", rate(rounds) / base),
        ]);
    }
    Ok(())
}

/// A database of its own with 100,000 jobs over 200 months.
async fn prepare() -> Result<String> {
    let server = std::env::var("UHUB_TEST_POSTGRES")
        .context("UHUB_TEST_POSTGRES is not set: run `cargo xtask bench`")?;
    let name = format!("bench_{}", std::process::id());
    let pool = sqlx::PgPool::connect(&server).await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await?;
    let (front, _) = server.rsplit_once('/').context("the url names no database")?;
    let database = format!("{front}/{name}");
    let store = SqlStore::connect(&database, SqlOptions::default()).await?;
    let hub =
        Hub::new(Arc::new(store), Arc::new(SystemClock), Arc::new(RandomIds::default()), Settings::default());
    let what = Synthetic { jobs: 100_000, days: 6_000, ..Synthetic::default() };
    hub.as_operator("bench").import_synthetic(what, &mut |_| {}).await?;
    sqlx::raw_sql("VACUUM ANALYZE").execute(&sqlx::PgPool::connect(&database).await?).await?;
    Ok(database)
}

async fn sign_in(address: &str, password: &str) -> Result<String> {
    // Clients need a provider of cryptography, although this one speaks plain HTTP. One that is there already will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let form = [("grant_type", "password"), ("username", "bench"), ("password", password)];
    let answer: serde_json::Value = reqwest::Client::builder()
        .tls_certs_only([])
        .build()?
        .post(format!("http://{address}/auth/token"))
        .form(&form)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    Ok(answer["access_token"].as_str().context("no token")?.to_owned())
}
