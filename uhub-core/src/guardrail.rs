//! Guardrails: checked after the table, and again when a run is claimed, whatever started it (DOMAIN §3).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::{
    error::{Error, Result},
    model::{
        BackendConfig, BackendKind, DockerConfig, ExecutionSpec, Freeze, JobEnvironment, JobType, Limits,
        Policy, ProjectId, Role, Slot, Tier, words,
    },
    rbac::{Rule, is_remote},
};

words! {
    /// Which guardrail refused.
    pub enum Guardrail {
        /// Tier prod accepts only docker, k8s, webhook.
        ProdBackend = "prod_backend",
        /// Role ops executes in staging only on docker, k8s, webhook.
        StagingBackend = "staging_backend",
        /// The project's policy narrows the backends.
        PolicyBackend = "policy_backend",
        /// No run in tier prod without an approval.
        ProdApproval = "prod_approval",
        /// A job asks for more than project or hub allow.
        Limits = "limits",
        /// A freeze window holds.
        Freeze = "freeze",
        /// An environment's tier never changes.
        TierFixed = "tier_fixed",
        /// The local backend runs only what is on the hub's whitelist.
        LocalWhitelist = "local_whitelist",
        /// Tier prod accepts secrets only from the sources that the hub allows there.
        ProdSecretSource = "prod_secret_source",
    }
}

impl Guardrail {
    /// The guardrail in words.
    pub const fn explain(self) -> &'static str {
        match self {
            Self::ProdBackend => "tier prod accepts only the backends docker, k8s and webhook",
            Self::StagingBackend => "role ops executes in tier staging only on docker, k8s and webhook",
            Self::PolicyBackend => "the project's policy does not allow this backend in this tier",
            Self::ProdApproval => "a run in tier prod needs an approval",
            Self::Limits => "a job may ask for less than project and hub allow, never for more",
            Self::Freeze => "a freeze window holds",
            Self::TierFixed => "an environment's tier never changes after creation",
            Self::LocalWhitelist => "the local backend runs only programs on the hub's whitelist",
            Self::ProdSecretSource => "the hub does not allow secrets from this source in tier prod",
        }
    }

    /// The refusal, with `detail` to tell this case from others.
    pub fn refuse(self, detail: impl AsRef<str>) -> Error {
        let detail = detail.as_ref();
        let reason = if detail.is_empty() {
            self.explain().to_owned()
        } else {
            format!("{}: {detail}", self.explain())
        };
        Error::Denied { rule: Rule::Guardrail(self), reason }
    }
}

/// Checks the backend of a run (DOMAIN §3.1). `launcher` is the role on whose authority it runs.
///
/// # Errors
/// [`Error::Denied`] with the guardrail.
pub fn check_backend(launcher: Role, tier: Tier, backend: BackendKind, policy: &Policy) -> Result<()> {
    check_tier_backend(tier, backend, policy)?;
    if tier == Tier::Staging && launcher == Role::Ops && !is_remote(backend) {
        return Err(Guardrail::StagingBackend.refuse(backend.as_str()));
    }
    Ok(())
}

/// The part of [`check_backend`] that holds for whoever launches: checked when a job is planned already.
///
/// # Errors
/// [`Error::Denied`] with the guardrail.
pub fn check_tier_backend(tier: Tier, backend: BackendKind, policy: &Policy) -> Result<()> {
    if tier == Tier::Prod && !is_remote(backend) {
        return Err(Guardrail::ProdBackend.refuse(backend.as_str()));
    }
    match policy.allowed_backends.get(&tier) {
        Some(allowed) if !allowed.contains(&backend) => {
            Err(Guardrail::PolicyBackend.refuse(backend.as_str()))
        }
        _ => Ok(()),
    }
}

/// Checks where the secrets of an execution come from: in tier prod only the sources of `in_prod` may be named (DOMAIN §8;
/// those for installs without a Vault are off there by default).
///
/// # Errors
/// [`Error::Denied`] with the guardrail.
pub fn check_secret_sources(tier: Tier, spec: &ExecutionSpec, in_prod: &BTreeSet<String>) -> Result<()> {
    if tier != Tier::Prod {
        return Ok(());
    }
    let source = |reference: &str| reference.split_once(':').map_or("", |(source, _)| source).to_owned();
    match spec.secrets.values().map(|reference| source(reference)).find(|source| !in_prod.contains(source)) {
        Some(source) => Err(Guardrail::ProdSecretSource.refuse(source)),
        None => Ok(()),
    }
}

/// The first freeze window that `slot` of such work would touch.
pub fn frozen<'a>(
    freezes: &'a [Freeze],
    project: ProjectId,
    job_type: JobType,
    environment: Option<&JobEnvironment>,
    slot: Slot,
) -> Option<&'a Freeze> {
    freezes
        .iter()
        .find(|freeze| freeze.slot.overlaps(slot) && freeze.concerns(project, job_type, environment))
}

/// The first freeze window that holds at this instant for such work.
pub fn frozen_at<'a>(
    freezes: &'a [Freeze],
    project: ProjectId,
    job_type: JobType,
    environment: Option<&JobEnvironment>,
    at: DateTime<Utc>,
) -> Option<&'a Freeze> {
    freezes.iter().find(|freeze| {
        freeze.slot.start() <= at && at < freeze.slot.end() && freeze.concerns(project, job_type, environment)
    })
}

/// The refusal by a freeze window.
pub fn refuse_frozen(freeze: &Freeze) -> Error {
    Guardrail::Freeze.refuse(format!("{} to {}, {}", freeze.slot.start(), freeze.slot.end(), freeze.reason))
}

/// What a run gets: each limit of the job where it names one, else the project's, else the hub's (DOMAIN §3.3).
///
/// # Errors
/// [`Error::Denied`] where a lower level asks for more than a higher one allows, or [`Error::Invalid`] for numbers that
/// mean nothing.
pub fn effective_limits(hub: &Limits, project: Option<&Limits>, job: &Limits) -> Result<Limits> {
    let none = Limits::default();
    let project = project.unwrap_or(&none);
    check_numbers("execution_backend_config", project)?;
    check_numbers("execution", job)?;
    Ok(Limits {
        cpus: narrow("cpus", hub.cpus, project.cpus, job.cpus)?,
        memory_mb: narrow("memory_mb", hub.memory_mb, project.memory_mb, job.memory_mb)?,
        pids: narrow("pids", hub.pids, project.pids, job.pids)?,
        timeout_seconds: narrow(
            "timeout_seconds",
            hub.timeout_seconds,
            project.timeout_seconds,
            job.timeout_seconds,
        )?,
        max_attempts: narrow("max_attempts", hub.max_attempts, project.max_attempts, job.max_attempts)?,
    })
}

/// Checks what a project says of how its jobs are executed (DOMAIN §3.3).
///
/// # Errors
/// [`Error::Invalid`] with the field below `execution_backend_config`, or [`Error::Denied`] for limits above the hub's.
pub fn check_config(hub: &Limits, config: &BackendConfig) -> Result<()> {
    const AT: &str = "execution_backend_config";
    let invalid = |field: &str, reason: &str| Err(Error::invalid(format!("{AT}.{field}"), reason.to_owned()));
    check_numbers(AT, &config.limits())?;
    if config.max_concurrent == Some(0) {
        return invalid("max_concurrent", "must be above 0");
    }
    if config.max_concurrent_by_environment.len() > 100 {
        return invalid("max_concurrent_by_environment", "names more than 100 environments");
    }
    if config.max_concurrent_by_environment.values().any(|most| *most == 0) {
        return invalid("max_concurrent_by_environment", "must be above 0");
    }
    if let Some(docker) = &config.docker {
        check_docker(docker)
            .map_err(|(field, reason)| Error::invalid(format!("{AT}.docker.{field}"), reason.to_owned()))?;
    }
    effective_limits(hub, Some(&config.limits()), &Limits::default()).map(drop)
}

/// The form of what containers get: whether a path may be mounted at all is for the backend, which knows the host.
fn check_docker(docker: &DockerConfig) -> Result<(), (&'static str, &'static str)> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.len() <= 128
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
    };
    let is_path = |path: &str| path.starts_with('/') && path.len() <= 4096 && !has_control(path);
    if let Some(network) = &docker.network {
        // `container:…` and `host` would share what must not be shared.
        if !is_name(network) || network == "host" {
            return Err(("network", "must be the name of a network of the engine, not the host's"));
        }
    }
    if docker.mounts.len() > 32 {
        return Err(("mounts", "names more than 32 directories"));
    }
    for mount in &docker.mounts {
        if !is_path(&mount.source) || !is_path(&mount.target) {
            return Err(("mounts", "source and target must be absolute paths"));
        }
        if mount.source.contains(':') || mount.target.contains(':') {
            return Err(("mounts", "paths with a colon cannot be mounted"));
        }
    }
    if let Some(user) = &docker.user {
        let mut ids = user.splitn(2, ':').map(str::parse::<u32>);
        if !ids.all(|id| id.is_ok_and(|id| id > 0)) {
            return Err(("user", "must be uid or uid:gid as numbers, and not root"));
        }
    }
    if docker.tmpfs_mb == Some(0) {
        return Err(("tmpfs_mb", "must be above 0"));
    }
    Ok(())
}

/// Refuses limits that mean nothing: zero, negative, not a number.
///
/// # Errors
/// [`Error::Invalid`] with the field below `at`.
pub fn check_numbers(at: &str, limits: &Limits) -> Result<()> {
    if limits.cpus.is_some_and(|cpus| !(cpus.is_finite() && cpus > 0.0 && cpus <= 4096.0)) {
        return Err(Error::invalid(format!("{at}.cpus"), "must be above 0 and at most 4096"));
    }
    for (name, value) in [
        ("memory_mb", limits.memory_mb),
        ("pids", limits.pids),
        ("timeout_seconds", limits.timeout_seconds),
        ("max_attempts", limits.max_attempts),
    ] {
        if value == Some(0) {
            return Err(Error::invalid(format!("{at}.{name}"), "must be above 0"));
        }
    }
    Ok(())
}

fn narrow<T: PartialOrd + Copy + std::fmt::Display>(
    name: &str,
    hub: Option<T>,
    project: Option<T>,
    job: Option<T>,
) -> Result<Option<T>> {
    let mut bound = hub;
    for (who, asked) in [("project", project), ("job", job)] {
        match (bound, asked) {
            (Some(most), Some(wanted)) if wanted > most => {
                return Err(
                    Guardrail::Limits.refuse(format!("{name}: the {who} asks for {wanted}, at most {most}"))
                );
            }
            (_, Some(wanted)) => bound = Some(wanted),
            (_, None) => {}
        }
    }
    Ok(bound)
}

/// Checks an execution's form, and refuses what its backend does not use (API: 422).
///
/// # Errors
/// [`Error::Invalid`] with the field below `execution`.
pub fn check_execution(backend: BackendKind, spec: &ExecutionSpec) -> Result<()> {
    let invalid =
        |field: &str, reason: &str| Err(Error::invalid(format!("execution.{field}"), reason.to_owned()));
    let uses: &[&str] = match backend {
        BackendKind::Local => &["command", "working_dir"],
        BackendKind::Docker | BackendKind::K8s => &["command", "working_dir", "image", "limits"],
        BackendKind::Webhook | BackendKind::Serverless => &["url", "method", "payload"],
        BackendKind::Ssh => &["command", "working_dir", "url"],
    };
    let given: [(&str, bool); 7] = [
        ("command", spec.command.is_some()),
        ("working_dir", spec.working_dir.is_some()),
        ("image", spec.image.is_some()),
        ("url", spec.url.is_some()),
        ("method", spec.method.is_some()),
        ("payload", spec.payload.is_some()),
        ("limits", spec.limits.is_some()),
    ];
    for (field, is_given) in given {
        if is_given && !uses.contains(&field) {
            return invalid(field, &format!("is not used by the backend {backend}"));
        }
    }
    match backend {
        BackendKind::Local | BackendKind::Ssh if spec.command.is_none() => {
            return invalid("command", "is needed: the program and its arguments");
        }
        BackendKind::Docker | BackendKind::K8s if spec.image.is_none() => {
            return invalid("image", "is needed");
        }
        BackendKind::Webhook | BackendKind::Serverless | BackendKind::Ssh if spec.url.is_none() => {
            return invalid("url", "is needed");
        }
        _ => {}
    }
    if let Some(command) = &spec.command {
        check_command(command)?;
    }
    for (field, value) in [
        ("working_dir", &spec.working_dir),
        ("image", &spec.image),
        ("url", &spec.url),
        ("method", &spec.method),
    ] {
        if value.as_ref().is_some_and(|value| value.is_empty() || value.len() > 4096 || has_control(value)) {
            return invalid(field, "must be 1 to 4096 bytes without control characters");
        }
    }
    if spec.working_dir.as_ref().is_some_and(|dir| !dir.starts_with('/')) {
        return invalid("working_dir", "must be absolute");
    }
    if let Some(method) = &spec.method
        && !matches!(method.as_str(), "GET" | "POST" | "PUT" | "PATCH" | "DELETE")
    {
        return invalid("method", "must be GET, POST, PUT, PATCH or DELETE");
    }
    check_variables("env", &spec.env, |value| !value.contains('\0') && value.len() <= 32 * 1024)?;
    check_variables("secrets", &spec.secrets, is_secret_reference)?;
    if let Some(name) = spec.secrets.keys().find(|name| spec.env.contains_key(*name)) {
        return invalid(&format!("secrets.{name}"), "is named in env as well");
    }
    if !(-100..=100).contains(&spec.priority) {
        return invalid("priority", "must be from -100 to 100");
    }
    check_numbers("execution", &spec.asked())
}

fn check_command(command: &[String]) -> Result<()> {
    let total: usize = command.iter().map(|argument| argument.len() + 1).sum();
    let reason = if command.first().is_none_or(String::is_empty) {
        "must name a program"
    } else if command.iter().any(|argument| argument.contains('\0')) {
        "has a NUL character"
    } else if command.len() > 1024 || total > 64 * 1024 {
        "has more than 1024 arguments or 64 KiB"
    } else {
        return Ok(());
    };
    Err(Error::invalid("execution.command", reason))
}

/// `vault:mount/path#field`, or `env:NAME` and `file:/path` where the hub allows such sources.
fn is_secret_reference(reference: &str) -> bool {
    let Some((source, rest)) = reference.split_once(':') else { return false };
    !source.is_empty()
        && source.chars().all(|c| c.is_ascii_lowercase())
        && !rest.is_empty()
        && reference.len() <= 1024
        && !has_control(rest)
}

fn check_variables(
    field: &str,
    variables: &BTreeMap<String, String>,
    sound: impl Fn(&str) -> bool,
) -> Result<()> {
    if variables.len() > 256 {
        return Err(Error::invalid(format!("execution.{field}"), "has more than 256 variables"));
    }
    for (name, value) in variables {
        let at = || format!("execution.{field}.{}", name.chars().take(64).collect::<String>());
        let named = name.len() <= 128
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !named {
            return Err(Error::invalid(at(), "is not the name of an environment variable"));
        }
        if ["LD_", "UHUB_", "DYLD_"].iter().any(|prefix| name.starts_with(prefix)) || name == "PATH" {
            return Err(Error::invalid(at(), "is reserved"));
        }
        if !sound(value) {
            return Err(Error::invalid(at(), "has a value that is not allowed here"));
        }
    }
    Ok(())
}

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests;
