//! What the command line takes. The variable and the key of the configuration file of each flag follow from its name,
//! see [`config`](super::config).

use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf};

use crate::auth::peer::Network;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand, ValueEnum};
use uhub_core::{
    audit::Head,
    model::{BackendKind, Role, Scope, Tier},
};

#[cfg(feature = "docker")]
use super::docker::DockerArgs;
#[cfg(feature = "vault")]
use super::vault::VaultArgs;
use super::webhook::WebhookArgs;

const EXAMPLES: &str = "\
Examples:
  uhub serve --demo                          try it: http://127.0.0.1:8080, sign in as demo-admin / demo-admin
  uhub serve --database postgres://uhub@db/uhub --no-worker
  uhub worker --database postgres://uhub@db/uhub --local-program /usr/bin/backup --local-root /srv
  uhub user add alice --role admin --email alice@example.org
  uhub user add ci --service --role ops --email ci@example.org && uhub token create ci --scope read --scope run
  uhub conflicts --json | jq '.[].pool'
  uhub audit verify --head 1042:9f86d0…      proves that nothing was cut off since that head was noted

Every flag has a variable (--data-dir: UHUB_DATA_DIR) and a key in the configuration file (data_dir).
A flag goes before its variable, the variable before the file, the file before the default.
Exit codes: 0 done, 1 refused or failed, 2 wrong usage.";

/// A shared calendar of jobs: plan, detect conflicts, decide, run
#[derive(Debug, Parser)]
#[command(name = "uhub", version, after_help = EXAMPLES, max_term_width = 110)]
pub(crate) struct Cli {
    /// Configuration file, in TOML
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub(crate) config: Option<PathBuf>,
    /// What to log, such as `info` or `uhub_http=debug,warn`
    #[arg(long, global = true, value_name = "FILTER", help_heading = "Everywhere")]
    pub(crate) log: Option<String>,
    /// How to log
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text", help_heading = "Everywhere")]
    pub(crate) log_format: LogFormat,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people
    Text,
    /// Lines of JSON for programs
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the API, with a worker inside
    Serve(Box<ServeArgs>),
    /// Execute what is due, beside servers on the same database
    Worker(Box<WorkerArgs>),
    /// Bring the database up to date, and stop
    Migrate(StoreArgs),
    /// Fill the hub with the demo, or with many synthetic jobs
    Seed(SeedArgs),
    /// Manage users
    User(UserArgs),
    /// Make, list and revoke the API tokens of service accounts
    Token(TokenArgs),
    /// Show what collides in the coming month
    Conflicts(ConflictsArgs),
    /// Exchange events with other calendars, as iCalendar
    Calendar(CalendarArgs),
    /// Show this week: planned, done, failed, missed, conflicts
    Report(ReportArgs),
    /// Check the audit
    Audit(AuditArgs),
    /// Remove old logs; runs, jobs and the audit stay
    Prune(PruneArgs),
    /// Write the whole hub to a file, to keep or to move it: users with the hashes of their passwords, jobs, logs, audit
    Export(ExportArgs),
    /// Fill an empty hub with what `uhub export` wrote: all of it, or nothing
    Import(ImportArgs),
    /// Print the OpenAPI document
    Openapi,
}

fn zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| "no time zone, such as Europe/Paris or UTC".to_owned())
}

fn room(text: &str) -> Result<(BackendKind, u32), String> {
    let (kind, most) = text.split_once('=').ok_or("such as docker=4")?;
    let kind = kind.parse::<BackendKind>().map_err(|error| error.to_string())?;
    match most.parse() {
        Ok(most) if most > 0 => Ok((kind, most)),
        _ => Err("a number above 0 must follow the `=`".to_owned()),
    }
}

/// Where the hub keeps its state.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Store")]
pub(crate) struct StoreArgs {
    /// sqlite:PATH, postgres://…, or memory: for one that ends with the process; by default uhub.sqlite in the data
    /// directory
    #[arg(long, value_name = "URL", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// PostgreSQL: the schema that the hub keeps everything in, made where it is missing; by default the connection's first
    #[arg(long, value_name = "NAME")]
    pub(crate) database_schema: Option<String>,
    /// Where keys and the embedded database are kept; by default the user's data directory, else ./.uhub
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The zone of whole days and working hours
    #[arg(long, value_name = "ZONE", default_value = "Europe/Paris", value_parser = zone)]
    pub(crate) timezone: Tz,
}

/// What no project and no job may exceed, and what they get where they say nothing.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Executions")]
pub(crate) struct ExecutionArgs {
    /// The backend of jobs that name none, in projects that name none
    #[arg(long, value_name = "KIND", default_value = "local")]
    pub(crate) default_backend: BackendKind,
    /// Seconds of an attempt where nobody names a limit
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    pub(crate) default_timeout: u32,
    /// At most so many seconds of an attempt
    #[arg(long, value_name = "SECONDS")]
    pub(crate) max_timeout: Option<u32>,
    /// At most so many attempts of a run
    #[arg(long, value_name = "N")]
    pub(crate) max_attempts: Option<u32>,
    /// At most so many processors
    #[arg(long, value_name = "CPUS")]
    pub(crate) max_cpus: Option<f64>,
    /// At most so much memory
    #[arg(long, value_name = "MIB")]
    pub(crate) max_memory_mb: Option<u32>,
    /// At most so many processes and threads
    #[arg(long, value_name = "N")]
    pub(crate) max_pids: Option<u32>,
    /// At most so many runs at once on a backend, over all workers, such as docker=4; may be repeated
    #[arg(long, value_name = "KIND=N", value_delimiter = ',', value_parser = room)]
    pub(crate) max_concurrent: Vec<(BackendKind, u32)>,
    /// Where secrets may come from in tier prod: vault, env, file; may be repeated. The others are for dev and staging only
    #[arg(long, value_name = "SOURCE", value_delimiter = ',', default_value = "vault")]
    pub(crate) prod_secret_source: Vec<String>,
    /// A file outside the database in which the end of the audit's chain is kept
    #[arg(long, value_name = "FILE")]
    pub(crate) audit_head_file: Option<PathBuf>,
    /// For how many seconds a worker's word on its runs holds without a heartbeat: what a dead one held is lost, or tried
    /// again, after that
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u32).range(2..=3600))]
    pub(crate) lease_seconds: u32,
}

/// What the worker may do on this machine.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Worker")]
pub(crate) struct LocalArgs {
    /// A program that `local` may run; may be repeated. Without any, `local` refuses everything
    #[arg(long, value_name = "PATH", value_delimiter = ',')]
    pub(crate) local_program: Vec<PathBuf>,
    /// A directory in or below which `local` programs run; may be repeated
    #[arg(long, value_name = "DIR", value_delimiter = ',')]
    pub(crate) local_root: Vec<PathBuf>,
    /// As whom `local` programs run: user or user:group; needs root
    #[arg(long, value_name = "USER")]
    pub(crate) local_user: Option<String>,
    /// The worker's name in runs and in the audit; by default host and process
    #[arg(long, value_name = "NAME")]
    pub(crate) worker_name: Option<String>,
    /// How many runs it drives at once
    #[arg(long, value_name = "N", default_value_t = NonZeroU32::new(8).unwrap_or(NonZeroU32::MIN))]
    pub(crate) worker_slots: NonZeroU32,
    /// How much of a run's output is kept; the rest is dropped, and the log says so
    #[arg(long, value_name = "MIB", default_value_t = 64)]
    pub(crate) log_limit_mb: u64,
    /// How many seconds runs may go on when it is told to stop
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) stop_within: u64,
}

/// Where the worker reads the secrets that jobs name.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Secrets")]
pub(crate) struct SecretArgs {
    #[cfg(feature = "vault")]
    #[command(flatten)]
    pub(crate) vault: VaultArgs,
    /// Offers the worker's variables behind this prefix as `env:NAME`: with UHUB_SECRET_, env:TOKEN is UHUB_SECRET_TOKEN
    #[arg(long, value_name = "PREFIX")]
    pub(crate) secret_env_prefix: Option<String>,
    /// A directory whose files jobs may name as `file:/path`; may be repeated
    #[arg(long, value_name = "DIR", value_delimiter = ',')]
    pub(crate) secret_root: Vec<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ServeArgs {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Import the demo (twice is once), and let `local` run the demo's reports
    #[arg(long)]
    pub(crate) demo: bool,
    /// Execute nothing: workers run elsewhere
    #[arg(long)]
    pub(crate) no_worker: bool,
    /// Listen beyond loopback although a demo account can sign in with its name as password
    #[arg(long)]
    pub(crate) allow_demo_on_public_address: bool,
    /// A proxy, or network of proxies, whose X-Forwarded-For, -Proto and -Prefix are believed; may be repeated
    #[arg(long, value_name = "NETWORK", value_delimiter = ',')]
    pub(crate) trusted_proxy: Vec<Network>,
    /// How long a token holds
    #[arg(long, value_name = "MINUTES", default_value_t = 480, value_parser = clap::value_parser!(u32).range(1..=43_200))]
    pub(crate) token_minutes: u32,
    /// Sign-ins a minute for an account
    #[arg(long, value_name = "N", default_value = "20")]
    pub(crate) logins_per_account: NonZeroU32,
    /// Sign-ins a minute from a peer
    #[arg(long, value_name = "N", default_value = "120")]
    pub(crate) logins_per_peer: NonZeroU32,
    /// The largest body that is read
    #[arg(long, value_name = "BYTES", default_value_t = 1024 * 1024)]
    pub(crate) body_limit: usize,
    /// At most so many connections at a time
    #[arg(long, value_name = "N", default_value_t = 4096)]
    pub(crate) max_connections: usize,
    /// A file with the key that signs tokens, at least 32 bytes; else UHUB_JWT_SECRET, else one made in the data directory
    #[arg(long, value_name = "FILE")]
    pub(crate) jwt_secret_file: Option<PathBuf>,
    /// A file with a token that may read /metrics and nothing else; else UHUB_METRICS_TOKEN
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics_token_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) execution: ExecutionArgs,
    #[command(flatten)]
    pub(crate) local: LocalArgs,
    #[cfg(feature = "docker")]
    #[command(flatten)]
    pub(crate) docker: DockerArgs,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    #[command(flatten)]
    pub(crate) webhook: WebhookArgs,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct WorkerArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) execution: ExecutionArgs,
    #[command(flatten)]
    pub(crate) local: LocalArgs,
    #[cfg(feature = "docker")]
    #[command(flatten)]
    pub(crate) docker: DockerArgs,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    #[command(flatten)]
    pub(crate) webhook: WebhookArgs,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct SeedArgs {
    #[command(subcommand)]
    pub(crate) what: Seed,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Seed {
    /// The demo: 4 users, 4 projects, 16 jobs. Twice is once
    Demo {
        #[command(flatten)]
        store: StoreArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// A large hub that looks like a real one
    Synthetic {
        /// How many jobs
        #[arg(long, value_name = "N")]
        jobs: u64,
        /// The same seed on the same day makes the same hub
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
        /// Over how many days around today, half of them before
        #[arg(long, value_name = "N", default_value_t = 730)]
        days: u32,
        /// Show progress although standard error is no terminal
        #[arg(long)]
        progress: bool,
        #[command(flatten)]
        store: StoreArgs,
    },
}

#[derive(Debug, Clone, Args)]
pub(crate) struct UserArgs {
    #[command(subcommand)]
    pub(crate) what: UserCommand,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum UserCommand {
    /// Add a user; a person's password is asked for
    Add {
        /// The name to sign in with
        username: String,
        /// What the user may do
        #[arg(long, value_name = "ROLE")]
        role: Role,
        /// Mail address
        #[arg(long, value_name = "ADDRESS")]
        email: String,
        /// The name to show; by default the username
        #[arg(long, value_name = "NAME")]
        display_name: Option<String>,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
        /// An account of a machine: it has no password, and acts by tokens
        #[arg(long, conflicts_with = "password_stdin")]
        service: bool,
        #[command(flatten)]
        store: StoreArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Set a user's password, which ends all of that user's sessions; it is asked for
    Passwd {
        /// Whose
        username: String,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// List users
    List {
        #[command(flatten)]
        store: StoreArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Clone, Args)]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    pub(crate) what: TokenCommand,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token of a service account, and print it: it is shown once
    Create {
        /// Whose
        username: String,
        /// What it is for; by default the username
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// What it is good for, within what the account's role allows: read, plan, run, admin; once for each
        #[arg(long, value_name = "SCOPE", required = true)]
        scope: Vec<Scope>,
        /// After how many days it ends; by default never
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36500))]
        days: Option<u32>,
        #[command(flatten)]
        store: StoreArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List the tokens of a user, revoked ones too
    List {
        /// Whose
        username: String,
        #[command(flatten)]
        store: StoreArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token: it is worth nothing from the next request on
    Revoke {
        /// Whose
        username: String,
        /// How it begins, as lists show it, or its id
        token: String,
        #[command(flatten)]
        store: StoreArgs,
    },
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ConflictsArgs {
    /// From this instant on, or this day in the hub's zone; by default now
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<When>,
    /// Up to this instant or day; by default 31 days later
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<When>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// A time on the command line.
#[derive(Debug, Clone, Copy)]
pub(crate) enum When {
    /// An instant.
    At(DateTime<Utc>),
    /// The beginning of a day in the hub's zone.
    Day(chrono::NaiveDate),
}

impl std::str::FromStr for When {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::At(at.to_utc()));
        }
        text.parse()
            .map(Self::Day)
            .map_err(|_| "neither a day such as 2026-01-31 nor a time such as 2026-01-31T09:00:00Z")
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct CalendarArgs {
    #[command(subcommand)]
    pub(crate) what: CalendarCommand,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum CalendarCommand {
    /// Write an .ics file: of the whole hub, a project, a person
    Export {
        /// Only this project, by name
        #[arg(long, value_name = "NAME")]
        project: Option<String>,
        /// Only what this user created or is assigned to
        #[arg(long, value_name = "USERNAME")]
        user: Option<String>,
        /// From this instant on, or this day in the hub's zone; by default half a year before now
        #[arg(long, value_name = "TIME")]
        from: Option<When>,
        /// Up to this instant or day; by default half a year after now
        #[arg(long, value_name = "TIME")]
        to: Option<When>,
        /// The file to write; - is standard output
        #[arg(long, short, value_name = "FILE", default_value = "-")]
        output: PathBuf,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Take in the events of an .ics file, as meetings or as freeze windows: all of them, or none
    Import {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// What becomes of its events
        #[arg(long = "as", value_name = "KIND")]
        kind: EventKind,
        /// The user who does it, by the rights that this user has
        #[arg(long, value_name = "USERNAME")]
        user: String,
        /// Of meetings: whose they become. Of freeze windows: only of this project
        #[arg(long, value_name = "NAME", required_if_eq("kind", "meetings"))]
        project: Option<String>,
        /// Of freeze windows: every environment of this tier; may be repeated
        #[arg(long, value_name = "TIER", value_delimiter = ',')]
        tier: Vec<Tier>,
        /// Of freeze windows: and the environments of this name; may be repeated
        #[arg(long, value_name = "NAME", value_delimiter = ',')]
        environment: Vec<String>,
        /// Say what would come of it, and change nothing
        #[arg(long)]
        dry_run: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        store: StoreArgs,
    },
}

/// What becomes of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EventKind {
    /// Meetings of a project
    Meetings,
    /// Freeze windows
    Freezes,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ReportArgs {
    /// Only this project, by name
    #[arg(long, value_name = "NAME")]
    pub(crate) project: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    pub(crate) what: AuditCommand,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum AuditCommand {
    /// Walk the whole chain: finds what was edited, deleted or reordered
    Verify {
        /// A head noted earlier: finds what was cut off since, too
        #[arg(long, value_name = "N:HASH")]
        head: Option<Head>,
        /// A file that --audit-head-file of a server or worker kept a head in
        #[arg(long, value_name = "FILE", conflicts_with = "head")]
        head_file: Option<PathBuf>,
        /// Verify what `audit export` wrote to this file, in place of a store
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// The head before the file's first entry, where it does not start with the first of all
        #[arg(long, value_name = "N:HASH", requires = "file")]
        after: Option<Head>,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Print the sealed entries, a line of JSON each, and the head on standard error
    Export {
        /// Only those behind this number
        #[arg(long, value_name = "N", default_value_t = 0)]
        after: i64,
        #[command(flatten)]
        store: StoreArgs,
    },
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ExportArgs {
    /// The file to write, readable by its owner only; - is standard output
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,
    /// Print JSON: counts, digests and the end of the audit's chain
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ImportArgs {
    /// What `uhub export` wrote
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Check the file and the hub, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The exported hub has stopped for good, and this one goes on with its runs; without this, runs that had not ended
    /// come to an end
    #[arg(long = "move")]
    pub(crate) moves: bool,
    /// Print JSON: counts, digests and the end of the audit's chain
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Debug, Clone, Args)]
#[command(group = clap::ArgGroup::new("bound").required(true).multiple(true))]
pub(crate) struct PruneArgs {
    /// Remove the logs of runs that ended more than so many days ago
    #[arg(long, value_name = "DAYS", group = "bound", value_parser = clap::value_parser!(u32).range(0..=36_500))]
    pub(crate) logs_older_than: Option<u32>,
    /// Then remove the oldest logs until the others have at most so many megabytes together
    #[arg(long, value_name = "MB", group = "bound")]
    pub(crate) logs_most_mb: Option<u32>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}
