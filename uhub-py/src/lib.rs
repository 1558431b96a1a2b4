//! The rules of uHub for Python: the module `uhub._uhub`, wrapped by the package `uhub`.

use pyo3::{exceptions::PyValueError, prelude::*};
use uhub_core::{
    model::{BackendKind, JobType, ProdChange, Role, Tier, UserId},
    rbac::{self, Action, Actor, Context},
};

/// Parses one of an enum's words, and names the argument where it is none of them.
fn word<T: std::str::FromStr<Err = uhub_core::model::UnknownWord>>(name: &str, text: &str) -> PyResult<T> {
    text.parse().map_err(|error| PyValueError::new_err(format!("{name}: {error}")))
}

/// Decides whether `role` may do `action`, by the table that every path of uHub asks.
///
/// Returns `(effect, rule)`: `allow`, `needs_approval` or `deny`, and the id of the rule that decided.
#[pyfunction]
#[pyo3(signature = (role, action, *, tier="dev", job_type="dev", own_project=false, own_job=false, own_run=false,
                    backend="local", prod_change="approval"))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments on the Python side")]
fn decide(
    role: &str,
    action: &str,
    tier: &str,
    job_type: &str,
    own_project: bool,
    own_job: bool,
    own_run: bool,
    backend: &str,
    prod_change: &str,
) -> PyResult<(&'static str, String)> {
    let actor = Actor { id: UserId(uuid::Uuid::nil()), role: word::<Role>("role", role)?, is_active: true };
    let context = Context {
        tier: word::<Tier>("tier", tier)?,
        job_type: word::<JobType>("job_type", job_type)?,
        own_project,
        own_job,
        own_run,
        backend: word::<BackendKind>("backend", backend)?,
        prod_change: word::<ProdChange>("prod_change", prod_change)?,
    };
    let decision = rbac::decide(&actor, word::<Action>("action", action)?, &context);
    Ok((decision.effect.as_str(), decision.rule.to_string()))
}

/// The module's contents.
#[pymodule]
fn _uhub(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(decide, module)?)
}
