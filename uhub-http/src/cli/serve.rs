//! `uhub serve`

use crate::{
    AppState, ServerSettings,
    auth::secret::{Secret, random_token},
    demo, router,
    server::{self, Connections},
};
use anyhow::{Context as _, bail};
use chrono::TimeDelta;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uhub_core::Hub;
use uhub_exec::{Backends, Housekeeper};

use super::{
    args::ServeArgs,
    hub::secret,
    output,
    worker::{backends, own_program, runtime, stop_on_signals, worker},
};

pub(crate) fn run(args: ServeArgs) -> anyhow::Result<bool> {
    let directory = args.store.made_directory()?;
    let mut config = args.local.config(args.execution.default_timeout);
    if args.demo {
        // The demo's reports are this very program, on this very database.
        config.programs.push(own_program()?);
        config.working_roots.push(directory);
        config.base_env.insert("UHUB_DATABASE".to_owned(), args.store.url()?);
        config.base_env.insert("UHUB_TIMEZONE".to_owned(), args.store.timezone.to_string());
    }
    let backends = if args.no_worker {
        None
    } else {
        let backends = backends(config)?;
        #[cfg(feature = "docker")]
        let backends = args.docker.add_to(backends, &args.execution)?;
        Some(backends)
    };
    runtime()?.block_on(Box::pin(serve(args, backends)))
}

async fn serve(args: ServeArgs, backends: Option<Backends>) -> anyhow::Result<bool> {
    let hub = args.store.open(args.store.settings(Some(&args.execution)), true).await?;
    let backends = match backends {
        Some(backends) => Some(args.webhook.add_to(backends, &hub, &args.store, &args.execution)?),
        None => None,
    };
    let hub = match &backends {
        Some(backends) => hub.with_backends(&backends.to_vec()),
        // Other machines execute: what they allow is not known here.
        None => hub,
    };
    if args.demo {
        let data = demo::data(Some(own_program()?.as_path()))?;
        let report = hub.as_operator("demo").import_demo(&data).await.context("demo")?;
        tracing::info!(created = report.created, "the demo is in");
    }
    // Bound before the question below, so that port 0 and a port in use are settled.
    let listener =
        TcpListener::bind(args.listen).await.with_context(|| format!("cannot listen on {}", args.listen))?;
    let address = listener.local_addr().context("address")?;
    check_demo(&hub, &args).await?;

    let bootstrap_token = if hub.has_users().await? { None } else { Some(random_token()?) };
    let state = AppState::new(hub.clone(), &token_secret(&args)?, settings(&args, bootstrap_token.clone())?);
    let stop = state.shutdown().clone();
    let abort = CancellationToken::new();
    let background = match backends {
        Some(backends) => {
            let worker = worker(hub, backends, &args.local, args.secrets.sources()?, &args.execution);
            let (stop, abort, kill) = (stop.clone(), abort.clone(), worker.abort_token());
            tokio::spawn(async move {
                tokio::spawn(async move {
                    abort.cancelled().await;
                    kill.cancel();
                });
                worker.run(stop).await;
            })
        }
        None => {
            let housekeeper = Housekeeper::new(hub, args.execution.housekeeping());
            let stop = stop.clone();
            tokio::spawn(async move { housekeeper.run(stop).await })
        }
    };
    stop_on_signals(stop.clone(), abort)?;
    if let Some(token) = bootstrap_token {
        output::tell(&format!("no user exists yet: POST /bootstrap/admin with bootstrap_token {token}"));
    }
    output::print(&format!("listening on http://{address}"))?;

    let connections = Connections { most: args.max_connections, ..Connections::default() };
    server::serve(listener, router(state), connections, stop).await;
    background.await.context("the worker")?;
    Ok(true)
}

/// While a demo account can sign in with its name as password, the world must not reach it (DOMAIN §10).
pub(super) async fn check_demo(hub: &Hub, args: &ServeArgs) -> anyhow::Result<()> {
    if args.listen.ip().is_loopback() {
        // Checking passwords takes its time, and nobody waits for the warning.
        let hub = hub.clone();
        tokio::spawn(async move {
            match hub.open_demo_accounts().await {
                Ok(open) if open.is_empty() => {}
                Ok(open) => warn_of(&open),
                Err(error) => tracing::warn!(%error, "cannot tell whether demo accounts are open"),
            }
        });
        return Ok(());
    }
    let open = hub.open_demo_accounts().await.context("demo accounts")?;
    if open.is_empty() {
        return Ok(());
    }
    if !args.allow_demo_on_public_address {
        bail!(
            "refusing to listen on {}: {} can sign in with the name as password; change the passwords, or say \
             --allow-demo-on-public-address",
            args.listen,
            open.join(", ")
        );
    }
    warn_of(&open);
    Ok(())
}

fn warn_of(open: &[String]) {
    tracing::warn!(accounts = open.join(", "), "demo accounts can sign in with their name as password");
}

pub(super) fn token_secret(args: &ServeArgs) -> anyhow::Result<Secret> {
    match secret(args.jwt_secret_file.as_deref(), "UHUB_JWT_SECRET")? {
        Some(secret) => Ok(Secret::from_bytes(secret.into_bytes())?),
        None => Ok(Secret::of_directory(&args.store.made_directory()?)?),
    }
}

pub(super) fn settings(args: &ServeArgs, bootstrap_token: Option<String>) -> anyhow::Result<ServerSettings> {
    Ok(ServerSettings {
        body_limit_bytes: args.body_limit,
        token_lifetime: TimeDelta::minutes(args.token_minutes.into()),
        logins_per_account: args.logins_per_account,
        logins_per_peer: args.logins_per_peer,
        trusted_proxies: args.trusted_proxy.clone(),
        bootstrap_token,
        is_loopback_only: args.listen.ip().is_loopback(),
        metrics_token: secret(args.metrics_token_file.as_deref(), "UHUB_METRICS_TOKEN")?,
        callback_secret: args.webhook.callback_secret(&args.store)?,
        is_demo: args.demo,
        public_url: args.webhook.public_url.clone(),
        demo_program: if args.demo { Some(own_program()?) } else { None },
        ..ServerSettings::default()
    })
}
