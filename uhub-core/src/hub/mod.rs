//! The use cases that adapters call. Each is the same four steps in one transaction: decide → check → store → audit.
//!
//! [`Hub`] is the entry: [`Hub::acting_as`] gives the use cases of one user, [`Hub::as_operator`] those of whoever
//! administers the machine, and the rest is what servers and workers do by themselves.

mod acting;
mod approvals;
mod audit;
mod calendar;
mod callbacks;
mod claim;
mod claimed;
mod demo;
mod finish;
mod foreign;
mod freezes;
mod jobs;
mod launch;
mod plan;
mod projects;
mod prune;
mod report;
mod resolve;
mod room;
mod runs;
mod series;
mod series_edit;
mod sign_in;
mod suggest;
mod synthetic;
mod tick;
mod tokens;
mod transfer;
mod tx;
mod users;
mod views;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

pub use acting::{Acting, Operator, Permissions};
pub use calendar::{CalendarItem, ConflictGroup};
pub use callbacks::{CallbackSecret, Delivery};
pub use claimed::ClaimedRun;
pub use demo::{DemoData, DemoJob, DemoProject, DemoUser, SeedReport};
pub use finish::Told;
pub use foreign::{ForeignEvent, ImportAs, ImportedEvents};
pub use freezes::{FreezeOutcome, NewFreeze};
pub use jobs::{JobOutcome, JobUpdate};
pub use launch::{Launch, LaunchOutcome};
pub use plan::{JobPatch, NewJob};
pub(crate) use projects::check_policy;
pub use projects::{NewEnvironment, NewProject, ProjectPatch};
pub use prune::{Pruned, Retention};
pub use report::{Report, ReportLine};
pub use resolve::{Resolved, ResolvedMove};
pub use series::{NewRecurrence, Repeating};
pub use series_edit::SeriesScope;
pub use suggest::Suggested;
pub use synthetic::Synthetic;
pub use tick::Ticked;
pub use tokens::{MadeToken, NewToken, TokenDigest};
pub use transfer::Import;
pub use users::{NewUser, UserPatch};
pub use views::{Conflict, JobView};

use crate::{
    error::Result,
    model::{BackendConfig, BackendKind, Limits, Project, User},
    ports::{
        clock::{Clock, Ids},
        exec::{ExecutionBackend, StartError},
        passwords::{NoPasswords, Passwords},
        store::{LockKey, Store, StoreError},
    },
};

/// What a hub's host decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The zone of whole days and working hours (`UHUB_TIMEZONE`).
    pub timezone: chrono_tz::Tz,
    /// What no project and no job may exceed.
    pub limits: Limits,
    /// The backend of jobs that name none, in projects that name none.
    pub default_backend: BackendKind,
    /// By backend, how many runs may go on at once, over all workers.
    pub max_concurrent: BTreeMap<BackendKind, u32>,
    /// Wall-clock seconds of an attempt where nobody names a limit.
    pub default_timeout_seconds: u32,
    /// From which sources secrets may come in tier prod, by the word before their references' colon.
    pub prod_secret_sources: BTreeSet<String>,
    /// How long a worker's word holds without a heartbeat.
    pub lease: TimeDelta,
    /// How long after that an execution that outlived its worker may wait to be taken over by another, before its run is
    /// lost.
    pub adopt_within: TimeDelta,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timezone: chrono_tz::Europe::Paris,
            limits: Limits::default(),
            default_backend: BackendKind::Local,
            max_concurrent: BTreeMap::new(),
            default_timeout_seconds: 3600,
            prod_secret_sources: BTreeSet::from(["vault".to_owned()]),
            lease: TimeDelta::seconds(15),
            adopt_within: TimeDelta::hours(1),
        }
    }
}

/// A hub over a store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hub {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    passwords: Arc<dyn Passwords>,
    backends: Arc<[Arc<dyn ExecutionBackend>]>,
    settings: Arc<Settings>,
    known: Arc<Known>,
}

/// What a hub need not ask its store for again.
#[derive(Debug, Default)]
struct Known {
    id: OnceLock<String>,
    /// When idempotency keys were last forgotten, in seconds.
    tidied: AtomicI64,
}

impl Hub {
    /// A hub that keeps no passwords and knows no backends of its own.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>, settings: Settings) -> Self {
        Self {
            store,
            clock,
            ids,
            passwords: Arc::new(NoPasswords),
            backends: Arc::new([]),
            settings: Arc::new(settings),
            known: Arc::default(),
        }
    }

    /// The same hub, with passwords.
    #[must_use]
    pub fn with_passwords(self, passwords: Arc<dyn Passwords>) -> Self {
        Self { passwords, ..self }
    }

    /// The same hub, with backends that refuse at planning time what they would refuse to start.
    #[must_use]
    pub fn with_backends(self, backends: &[Arc<dyn ExecutionBackend>]) -> Self {
        Self { backends: backends.into(), ..self }
    }

    /// Its store.
    pub const fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Its clock.
    pub const fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// What its host decided.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Now, by its clock.
    pub fn now(&self) -> DateTime<Utc> {
        crate::model::whole_micros(self.clock.now())
    }

    /// A new identifier.
    pub fn new_id(&self) -> Uuid {
        self.ids.next(self.now())
    }

    /// The use cases of `user`, with that user's rights.
    pub fn acting_as(&self, user: &User) -> Acting {
        Acting::new(self.clone(), user.clone())
    }

    /// The use cases of whoever administers the machine; `name` is who the audit names (`cli`).
    pub fn as_operator(&self, name: &str) -> Operator {
        Operator::new(self.clone(), name)
    }

    /// The backend that executes what names `asked`, in that project.
    pub(crate) fn backend_of(&self, project: &Project, asked: Option<BackendKind>) -> BackendKind {
        asked.or(project.execution_backend).unwrap_or(self.settings.default_backend)
    }

    /// Asks the backends known here whether they would refuse `spec`.
    pub(crate) fn check_with_backend(
        &self,
        kind: BackendKind,
        spec: &crate::model::ExecutionSpec,
        project: &Project,
    ) -> Result<()> {
        let Some(backend) = self.backends.iter().find(|backend| backend.kind() == kind) else {
            return Ok(());
        };
        let none = BackendConfig::default();
        match backend.check(spec, project.execution_backend_config.as_ref().unwrap_or(&none)) {
            Ok(()) => Ok(()),
            Err(StartError::Refused(reason)) if kind == BackendKind::Local => {
                Err(crate::guardrail::Guardrail::LocalWhitelist.refuse(reason))
            }
            Err(error) => Err(crate::Error::invalid("execution", error.to_string())),
        }
    }

    /// The hub's id: made once, kept in its store, on everything that it creates outside.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn id(&self) -> Result<String> {
        if let Some(id) = self.known.id.get() {
            return Ok(id.clone());
        }
        let mut session = self.store.write().await?;
        session.lock(&[LockKey::Sequencer]).await?;
        let id = match session.meta(META_HUB_ID).await? {
            Some(id) => id,
            None => {
                let id = self.new_id().to_string();
                session.set_meta(META_HUB_ID, &id).await?;
                session.commit().await?;
                id
            }
        };
        Ok(self.known.id.get_or_init(|| id).clone())
    }

    /// Forgets idempotency keys, and messages about runs that have ended, of more than a day ago, once an hour.
    async fn tidy(&self, now: DateTime<Utc>) -> Result<()> {
        let last = self.known.tidied.load(Ordering::Relaxed);
        if now.timestamp() - last < 3600 {
            return Ok(());
        }
        let mut session = self.store.write().await?;
        session.forget_before(now - TimeDelta::days(1)).await?;
        session.forget_callbacks(now - TimeDelta::days(1)).await?;
        session.commit().await?;
        self.known.tidied.store(now.timestamp(), Ordering::Relaxed);
        Ok(())
    }
}

pub(crate) const META_HUB_ID: &str = "hub_id";

/// How often a transaction is tried again when another write came between.
const CONTENDED_RETRIES: u32 = 8;

/// Whether to try once more.
pub(crate) fn is_contended(error: &crate::Error) -> bool {
    matches!(error, crate::Error::Store(StoreError::Contended))
}

#[cfg(all(test, feature = "memory"))]
mod tests;
