//! A hub inside another program, opened by the options of `uhub serve`.

use std::{ffi::OsString, future::Future, net::SocketAddr, sync::Arc};

use anyhow::{Context as _, bail};
use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uhub_core::{
    Hub,
    ports::{exec::ExecutionBackend, secrets::SecretSource},
};
use uhub_exec::{Backends, Secrets, Worker};

use super::{
    args::{Command, ServeArgs},
    config, serve,
    worker::{backends, worker},
};
use crate::{
    AppState, Identity,
    auth::secret::{Secret, random_token},
    demo, router,
    server::{self, Connections},
};

/// An open hub with what executes.
#[derive(Debug)]
pub struct Embedded {
    args: ServeArgs,
    state: AppState,
    backends: Backends,
    secrets: Secrets,
}

/// A server that goes on as long as it is awaited.
pub struct Serving<F> {
    /// Where it listens.
    pub address: SocketAddr,
    /// Serves.
    pub served: F,
}

impl<F> std::fmt::Debug for Serving<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serving").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Embedded {
    /// Opens a hub by flags as `uhub serve` takes them, such as `--database=sqlite:plan.db`; variables count as there.
    /// `more` backends and `sources` of secrets are the program's own, in place of any others of their kind.
    ///
    /// # Errors
    /// A flag that is wrong, in words, or a database that does not open.
    pub async fn open(
        flags: &[String],
        more: Vec<Arc<dyn ExecutionBackend>>,
        sources: Vec<Arc<dyn SecretSource>>,
    ) -> anyhow::Result<Self> {
        let args = parse(flags)?;
        let has_local = !args.local.local_program.is_empty();
        let all = if has_local {
            backends(args.local.config(args.execution.default_timeout))?
        } else {
            Backends::new()
        };
        #[cfg(feature = "docker")]
        let all = args.docker.add_to(all, &args.execution)?;
        let hub = args.store.open(args.store.settings(Some(&args.execution)), true).await?;
        let all = args.webhook.add_to(all, &hub, &args.store, &args.execution)?;
        let backends = more.into_iter().fold(all, Backends::with);
        let secrets = sources.into_iter().fold(args.secrets.sources()?, Secrets::with);
        let hub = hub.with_backends(&backends.to_vec());
        if args.demo {
            // Without its reports: the program around is not `uhub`.
            hub.as_operator("demo").import_demo(&demo::data(None)?).await.context("demo")?;
        }
        let state = AppState::new(hub, &secret(&args)?, serve::settings(&args, None)?);
        Ok(Self { args, state, backends, secrets })
    }

    /// The same, where `identity` is asked first who sends a request to the router.
    #[must_use]
    pub fn with_identity(self, identity: Arc<dyn Identity>) -> Self {
        Self { state: self.state.with_identity(identity), ..self }
    }

    /// The hub.
    pub fn hub(&self) -> &Hub {
        self.state.hub()
    }

    /// The whole HTTP API over it.
    pub fn router(&self) -> Router {
        router(self.state.clone())
    }

    /// A worker for it.
    pub fn worker(&self) -> Worker {
        let Self { args, backends, secrets, .. } = self;
        worker(self.hub().clone(), backends.clone(), &args.local, secrets.clone(), &args.execution)
    }

    /// Listens, and serves until `stop`.
    ///
    /// # Errors
    /// An address that cannot be listened on, or must not be while a demo account is open (DOMAIN §10).
    pub async fn serve(
        &self,
        stop: CancellationToken,
    ) -> anyhow::Result<Serving<impl Future<Output = ()> + Send + 'static>> {
        let listen = self.args.listen;
        let listener =
            TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
        let address = listener.local_addr().context("address")?;
        serve::check_demo(self.hub(), &self.args).await?;
        let connections = Connections { most: self.args.max_connections, ..Connections::default() };
        Ok(Serving { address, served: server::serve(listener, self.router(), connections, stop) })
    }
}

/// What tokens are signed with. Where nobody says where keys are kept, nothing is written for a program that may never
/// serve: its tokens end with the process.
fn secret(args: &ServeArgs) -> anyhow::Result<Secret> {
    let is_given = args.jwt_secret_file.is_some() || std::env::var_os("UHUB_JWT_SECRET").is_some();
    if is_given || args.store.data_dir.is_some() {
        return serve::token_secret(args);
    }
    Ok(Secret::from_bytes(random_token()?.into_bytes())?)
}

fn parse(flags: &[String]) -> anyhow::Result<ServeArgs> {
    let words = ["uhub", "serve"].map(OsString::from).into_iter().chain(flags.iter().map(OsString::from));
    match config::parse(words) {
        Ok(cli) => match cli.command {
            Command::Serve(args) => Ok(*args),
            _ => bail!("only the options of `uhub serve`"),
        },
        Err(config::Wrong::Usage(error)) => bail!("{}", error.render().to_string().trim()),
        Err(config::Wrong::File(text)) => bail!(text),
    }
}
