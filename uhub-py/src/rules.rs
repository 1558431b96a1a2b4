//! The rules, with no hub: who may do what, and what may follow what.

use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock, PoisonError},
};

use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    sync::PyOnceLock,
    types::{PyBytes, PyType},
};
use uhub_core::{
    model::{BackendKind, JobStatus, JobType, ProdChange, Role, RunStatus, Tier, UserId},
    rbac::{self, Action, Actor, Context, Decision, Effect, Rule},
    workflow::{JobEvent, RunEvent, Tracked},
};
use uuid::Uuid;

use crate::{bulk::Column, words::word};

const fn actor(role: Role) -> Actor {
    Actor::person(UserId(Uuid::nil()), role)
}

/// By effect and rule.
type Told = HashMap<(&'static str, Rule), Py<PyAny>>;

/// What was decided, as Python has it. There are few answers, and they do not change: each is made once.
fn told(py: Python<'_>, Decision { effect, rule }: Decision) -> PyResult<Py<PyAny>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static TOLD: Mutex<Option<Told>> = Mutex::new(None);
    let key = (effect.as_str(), rule);
    // Never held while Python works: it might wait for it in another thread.
    let known = || TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known().as_ref().and_then(|all| all.get(&key)) {
        return Ok(found.clone_ref(py));
    }
    let class = CLASS.import(py, "uhub.model", "Decision")?;
    let made = class.call1((effect.as_str(), rule.to_string()))?.unbind();
    known().get_or_insert_default().insert(key, made.clone_ref(py));
    Ok(made)
}

/// Whether `role` may do `action`, by the table that every path of uHub asks (DOMAIN §2).
///
/// Raises ValueError, naming the argument, for a word that the domain does not have.
#[pyfunction]
#[pyo3(signature = (role, action, *, tier="dev", job_type="dev", own_project=false, own_job=false, own_run=false,
                    backend="local", prod_change="approval"))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments on the Python side")]
pub(crate) fn decide(
    py: Python<'_>,
    role: &str,
    action: &str,
    tier: &str,
    job_type: &str,
    own_project: bool,
    own_job: bool,
    own_run: bool,
    backend: &str,
    prod_change: &str,
) -> PyResult<Py<PyAny>> {
    let context = Context {
        tier: word::<Tier>("tier", tier)?,
        job_type: word::<JobType>("job_type", job_type)?,
        own_project,
        own_job,
        own_run,
        backend: word::<BackendKind>("backend", backend)?,
        prod_change: word::<ProdChange>("prod_change", prod_change)?,
    };
    told(py, rbac::decide(&actor(word("role", role)?), word::<Action>("action", action)?, &context))
}

/// What [`decide_many`] answers: the decisions of all that it can be asked, each made once by the one who decides.
struct Table(Vec<u8>);

impl Table {
    fn get() -> &'static Self {
        static TABLE: OnceLock<Table> = OnceLock::new();
        TABLE.get_or_init(|| {
            let mut effects = Vec::new();
            for role in Role::ALL {
                for action in Action::ALL {
                    for tier in Tier::ALL {
                        for job_type in JobType::ALL {
                            for own in 0..4 {
                                let context = Context {
                                    tier: *tier,
                                    job_type: *job_type,
                                    own_project: own & 2 != 0,
                                    own_job: own & 1 != 0,
                                    ..Context::default()
                                };
                                effects.push(match rbac::decide(&actor(*role), *action, &context).effect {
                                    Effect::Allow => 0,
                                    Effect::NeedsApproval => 1,
                                    Effect::Deny => 2,
                                });
                            }
                        }
                    }
                }
            }
            Self(effects)
        })
    }

    /// By positions among [`Role::ALL`], [`Action::ALL`], [`Tier::ALL`] and [`JobType::ALL`].
    fn effect(
        &self,
        [role, action, tier, job_type]: [usize; 4],
        own_project: bool,
        own_job: bool,
    ) -> Option<u8> {
        let place =
            ((role * Action::ALL.len() + action) * Tier::ALL.len() + tier) * JobType::ALL.len() + job_type;
        self.0.get(place * 4 + usize::from(own_project) * 2 + usize::from(own_job)).copied()
    }
}

/// Decides for many at once: columns of uint8, each value a position in the words' order of declaration (`uhub.ROLES`,
/// `ACTIONS`, `TIERS`, `JOB_TYPES`; the last two are 0 and 1). Returns a byte each: 0 allow, 1 needs_approval, 2 deny.
#[pyfunction]
#[pyo3(signature = (roles, actions, tiers, job_types, own_project=None, own_job=None))]
pub(crate) fn decide_many<'py>(
    py: Python<'py>,
    roles: &Bound<'py, PyAny>,
    actions: &Bound<'py, PyAny>,
    tiers: &Bound<'py, PyAny>,
    job_types: &Bound<'py, PyAny>,
    own_project: Option<&Bound<'py, PyAny>>,
    own_job: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let roles = Column::of("roles", roles)?;
    let count = roles.len();
    let column = |name: &str, array: &Bound<'py, PyAny>| {
        let column = Column::of(name, array)?;
        if column.len() == count {
            Ok(column.reader())
        } else {
            Err(PyValueError::new_err(format!("{name}: has {} values, roles has {count}", column.len())))
        }
    };
    let (actions, tiers) = (column("actions", actions)?, column("tiers", tiers)?);
    let job_types = column("job_types", job_types)?;
    let own_project = own_project.map(|array| column("own_project", array)).transpose()?;
    let own_job = own_job.map(|array| column("own_job", array)).transpose()?;
    let role_of = roles.reader();
    let effects: Result<Vec<u8>, String> = py.detach(|| {
        let table = Table::get();
        (0..count)
            .map(|place| {
                let asked = [
                    below("roles", Role::ALL.len(), role_of(place), place)?,
                    below("actions", Action::ALL.len(), actions(place), place)?,
                    below("tiers", Tier::ALL.len(), tiers(place), place)?,
                    below("job_types", JobType::ALL.len(), job_types(place), place)?,
                ];
                let own_project = own_project.is_some_and(|flags| flags(place) != 0);
                let own_job = own_job.is_some_and(|flags| flags(place) != 0);
                table
                    .effect(asked, own_project, own_job)
                    .ok_or_else(|| format!("[{place}]: is not in the table"))
            })
            .collect()
    });
    Ok(PyBytes::new(py, &effects.map_err(PyValueError::new_err)?))
}

fn below(name: &str, end: usize, number: i64, place: usize) -> Result<usize, String> {
    let found = usize::try_from(number).ok().filter(|number| *number < end);
    found.ok_or_else(|| format!("{name}[{place}]: must be below {end}, not {number}"))
}

/// The words of a kind, in the order that [`decide_many`] counts them.
#[pyfunction]
pub(crate) fn words_of(kind: &str) -> PyResult<Vec<&'static str>> {
    fn all<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
        all.iter().map(|one| word(*one)).collect()
    }
    Ok(match kind {
        "role" => all(Role::ALL, Role::as_str),
        "action" => all(Action::ALL, Action::as_str),
        "tier" => all(Tier::ALL, Tier::as_str),
        "job_type" => all(JobType::ALL, JobType::as_str),
        "backend" => all(BackendKind::ALL, BackendKind::as_str),
        "job_status" => all(JobStatus::ALL, JobStatus::as_str),
        "job_event" => all(JobEvent::ALL, JobEvent::as_str),
        "run_status" => all(RunStatus::ALL, RunStatus::as_str),
        "run_event" => all(RunEvent::ALL, RunEvent::as_str),
        _ => return Err(PyValueError::new_err(format!("kind: there are no words of kind {kind:?}"))),
    })
}

/// What a job's status becomes by an event (DOMAIN §5); `None` where that is illegal.
#[pyfunction]
pub(crate) fn next_job_status(status: &str, event: &str) -> PyResult<Option<&'static str>> {
    let mut tracked = Tracked::restore(word::<JobStatus>("status", status)?);
    Ok(tracked.apply(word::<JobEvent>("event", event)?).ok().map(JobStatus::as_str))
}

/// What a run's status becomes by an event (DOMAIN §5); `None` where that is illegal.
#[pyfunction]
pub(crate) fn next_run_status(status: &str, event: &str) -> PyResult<Option<&'static str>> {
    let mut tracked = Tracked::restore(word::<RunStatus>("status", status)?);
    Ok(tracked.apply(word::<RunEvent>("event", event)?).ok().map(RunStatus::as_str))
}
