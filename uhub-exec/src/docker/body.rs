//! What the engine is asked for: all of it is written here, and nothing that a job or a project says gets into another
//! field than its own. What is not set here is off.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigCgroupnsModeEnum, HostConfigLogConfig, Mount,
    MountBindOptions, MountBindOptionsPropagationEnum, MountType, ResourcesUlimits, RestartPolicy,
    RestartPolicyNameEnum,
};

use super::{image::Image, names::Order, options::DockerOptions, plan::Plan, secrets::TARGET};

const MIB: i64 = 1024 * 1024;
/// Shared memory at `/dev/shm`: what the engine itself gives.
const SHM: i64 = 64 * MIB;
const TMP: &str = "/tmp";
/// Files in each of the places in memory: they take memory although they are empty.
const INODES: u32 = 65_536;

/// The container of `order`. `secrets` is the host's directory with their files.
pub(super) fn body(
    order: &Order,
    plan: &Plan,
    image: &Image,
    secrets: Option<&str>,
    options: &DockerOptions,
) -> ContainerCreateBody {
    let spec = &order.spec;
    let (program, args) = match spec.command.as_deref().and_then(<[String]>::split_first) {
        // In the place of the image's own entry point: that may be a shell, and a command is never given to one.
        Some((program, args)) => (Some(vec![program.clone()]), Some(args.to_vec())),
        None => (None, None),
    };
    ContainerCreateBody {
        image: Some(image.id.clone()),
        entrypoint: program,
        cmd: args,
        env: Some(environment(order)),
        working_dir: spec.working_dir.clone(),
        user: Some(format!("{}:{}", plan.user.0, plan.user.1)),
        labels: Some(order.labels()),
        attach_stdin: Some(false),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        open_stdin: Some(false),
        tty: Some(false),
        // The image's own would be a second program in there.
        healthcheck: Some(HealthConfig { test: Some(vec!["NONE".to_owned()]), ..HealthConfig::default() }),
        host_config: Some(host(order, plan, image, secrets, options)),
        ..ContainerCreateBody::default()
    }
}

fn environment(order: &Order) -> Vec<String> {
    let spec = &order.spec;
    let files = spec.secrets.keys().map(|name| (file_variable(name), format!("{TARGET}/{name}")));
    let facts = [
        ("HOME", TMP.to_owned()),
        ("UHUB_RUN_ID", order.run.to_string()),
        ("UHUB_JOB_ID", order.job.to_string()),
        ("UHUB_ATTEMPT", order.attempt.to_string()),
    ];
    let mut all: std::collections::BTreeMap<String, String> =
        facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    all.extend(spec.env.clone());
    all.extend(files);
    all.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
}

/// The variable that says in which file the secret for `name` lies.
pub(super) fn file_variable(name: &str) -> String {
    format!("{name}_FILE")
}

fn host(
    order: &Order,
    plan: &Plan,
    image: &Image,
    secrets: Option<&str>,
    options: &DockerOptions,
) -> HostConfig {
    let limits = &order.limits;
    let defaults = &options.defaults;
    let memory = limits.memory_mb.or(defaults.memory_mb).map(|mib| i64::from(mib) * MIB);
    let log_size = format!("{}m", options.log_mb.max(1));
    HostConfig {
        // Limits. Swap counts as memory: there is none beside it.
        memory,
        memory_swap: memory,
        nano_cpus: limits.cpus.or(defaults.cpus).map(nano_cpus),
        pids_limit: limits.pids.or(defaults.pids).map(i64::from),
        // No dumps of memory onto the host. Of open files the engine's own limit holds: not every engine may raise it.
        ulimits: Some(vec![ulimit("core", 0)]),
        shm_size: Some(SHM),
        // Rights.
        privileged: Some(false),
        cap_drop: Some(vec!["ALL".to_owned()]),
        security_opt: Some(vec!["no-new-privileges:true".to_owned()]),
        readonly_rootfs: Some(true),
        // Namespaces of its own; of users and processes the engine's default is that.
        network_mode: Some(plan.network.clone().unwrap_or_else(|| "none".to_owned())),
        ipc_mode: Some("private".to_owned()),
        cgroupns_mode: Some(HostConfigCgroupnsModeEnum::PRIVATE),
        mounts: Some(mounts(plan, secrets)),
        tmpfs: Some(in_memory(plan, image)),
        // Its life: one, with a first process that reaps, and nothing removed before its end is recorded.
        init: Some(true),
        auto_remove: Some(false),
        restart_policy: Some(RestartPolicy {
            name: Some(RestartPolicyNameEnum::NO),
            maximum_retry_count: None,
        }),
        // Its output, for a worker that takes it over: byte by byte, and bounded on disk. This driver keeps what is not
        // UTF-8, too.
        log_config: Some(HostConfigLogConfig {
            typ: Some("local".to_owned()),
            config: Some(HashMap::from([
                ("max-size".to_owned(), log_size),
                ("max-file".to_owned(), "2".to_owned()),
                ("compress".to_owned(), "false".to_owned()),
            ])),
        }),
        ..HostConfig::default()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "at most 4096 processors, by the guardrails")]
fn nano_cpus(cpus: f64) -> i64 {
    (cpus * 1e9).round() as i64
}

fn ulimit(name: &str, most: i64) -> ResourcesUlimits {
    ResourcesUlimits { name: Some(name.to_owned()), soft: Some(most), hard: Some(most) }
}

/// All that is seen of the host.
fn mounts(plan: &Plan, secrets: Option<&str>) -> Vec<Mount> {
    let mounts = plan.mounts.iter().map(|mount| bind(&mount.source, &mount.target, mount.writable));
    mounts.chain(secrets.map(|dir| bind(dir, TARGET, false))).collect()
}

/// All else that can be written to. An image's volumes are among it: they would be directories on the host's disk, with no
/// bound to what is written there.
fn in_memory(plan: &Plan, image: &Image) -> HashMap<String, String> {
    let (uid, gid) = plan.user;
    // The user's own, since engines let the mode of what is there in the image win.
    let options = format!(
        "rw,noexec,nosuid,nodev,size={}m,nr_inodes={INODES},mode=1777,uid={uid},gid={gid}",
        plan.tmpfs_mb
    );
    let volumes = image.volumes.iter().map(|volume| volume.trim_end_matches('/'));
    std::iter::once(TMP)
        .chain(volumes)
        .filter(|place| {
            place.starts_with('/')
                && !plan.mounts.iter().any(|mount| mount.target == *place)
                && *place != TARGET
        })
        .map(|place| (place.to_owned(), options.clone()))
        .collect()
}

fn bind(source: &str, target: &str, writable: bool) -> Mount {
    Mount {
        typ: Some(MountType::BIND),
        source: Some(source.to_owned()),
        target: Some(target.to_owned()),
        read_only: Some(!writable),
        bind_options: Some(MountBindOptions {
            propagation: Some(MountBindOptionsPropagationEnum::RPRIVATE),
            // What is mounted below it on the host stays out: it would be writable whatever is said here.
            non_recursive: Some(true),
            ..MountBindOptions::default()
        }),
        ..Mount::default()
    }
}
