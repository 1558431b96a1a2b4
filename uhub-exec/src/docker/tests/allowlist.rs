//! Whatever a job, a project and an image say: the engine is asked for nothing but what is on the list (r21).

use bollard::models::{ContainerCreateBody, HostConfig, MountType};
use proptest::prelude::*;
use serde_json::Value;

use super::{super::mounts::Resolved, *};

/// Fields of the container that may be set at all. All others are refused, whatever their value.
const CONTAINER: [&str; 13] = [
    "AttachStderr",
    "AttachStdin",
    "AttachStdout",
    "Cmd",
    "Entrypoint",
    "Env",
    "Healthcheck",
    "HostConfig",
    "Image",
    "Labels",
    "OpenStdin",
    "Tty",
    "User",
];
/// The same, of what concerns the host.
const HOST: [&str; 19] = [
    "AutoRemove",
    "CapDrop",
    "CgroupnsMode",
    "Init",
    "IpcMode",
    "LogConfig",
    "Memory",
    "MemorySwap",
    "Mounts",
    "NanoCpus",
    "NetworkMode",
    "PidsLimit",
    "Privileged",
    "ReadonlyRootfs",
    "RestartPolicy",
    "SecurityOpt",
    "ShmSize",
    "Tmpfs",
    "Ulimits",
];

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// What holds of every container. `allowed` are the directories of the host that it may see, `networks` what it may join.
fn check(host: &HostConfig, allowed: &[&str], network: Option<&str>) -> Result<(), String> {
    let fail = |what: &str| Err(format!("{what}: {host:?}"));
    if host.privileged != Some(false) || host.readonly_rootfs != Some(true) {
        return fail("rights");
    }
    if host.cap_drop.as_deref() != Some(&["ALL".to_owned()])
        || host.cap_add.as_ref().is_some_and(|add| !add.is_empty())
    {
        return fail("capabilities");
    }
    if host.security_opt.as_deref() != Some(&["no-new-privileges:true".to_owned()]) {
        return fail("security options");
    }
    if host.network_mode.as_deref() != Some(network.unwrap_or("none"))
        || host.ipc_mode.as_deref() != Some("private")
    {
        return fail("namespaces");
    }
    for mode in [&host.pid_mode, &host.uts_mode, &host.userns_mode, &host.cgroup, &host.cgroup_parent] {
        if mode.as_ref().is_some_and(|mode| !mode.is_empty()) {
            return fail("namespaces");
        }
    }
    if host.memory.is_none_or(|memory| memory <= 0)
        || host.memory_swap != host.memory
        || host.pids_limit.is_none_or(|pids| pids <= 0)
        || host.nano_cpus.is_none_or(|cpus| cpus <= 0)
        || host.oom_kill_disable == Some(true)
    {
        return fail("limits");
    }
    let has = |list: Option<usize>| list.is_some_and(|length| length > 0);
    if has(host.devices.as_ref().map(Vec::len))
        || has(host.device_requests.as_ref().map(Vec::len))
        || has(host.device_cgroup_rules.as_ref().map(Vec::len))
        || has(host.binds.as_ref().map(Vec::len))
        || has(host.volumes_from.as_ref().map(Vec::len))
        || has(host.port_bindings.as_ref().map(std::collections::HashMap::len))
        || has(host.links.as_ref().map(Vec::len))
        || has(host.group_add.as_ref().map(Vec::len))
        || has(host.sysctls.as_ref().map(std::collections::HashMap::len))
        || host.publish_all_ports == Some(true)
    {
        return fail("what may not be there");
    }
    for mount in host.mounts.iter().flatten() {
        let source = mount.source.as_deref().unwrap_or_default();
        if mount.typ != Some(MountType::BIND) || !allowed.contains(&source) {
            return fail("mounts");
        }
        if mount.target.as_deref() == Some("/run/secrets") && mount.read_only != Some(true) {
            return fail("secrets");
        }
    }
    if host
        .tmpfs
        .iter()
        .flatten()
        .any(|(_, options)| !options.contains("nosuid,nodev") || !options.contains("size="))
    {
        return fail("memory");
    }
    Ok(())
}

/// Words that mean something to engines, and any others.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("--privileged".to_owned()),
        Just("host".to_owned()),
        Just("container:1".to_owned()),
        Just("/var/run/docker.sock:/var/run/docker.sock".to_owned()),
        Just("seccomp=unconfined".to_owned()),
        Just("ALL".to_owned()),
        Just("0:0".to_owned()),
        Just("/proc".to_owned()),
        ".{0,20}",
    ]
}

prop_compose! {
    fn spec()(
        image in word(), command in prop::option::of(prop::collection::vec(word(), 1..4)),
        working_dir in prop::option::of(word()), url in prop::option::of(word()),
        env in prop::collection::btree_map("[A-Z_]{1,6}", word(), 0..4),
        secrets in prop::collection::btree_map("[A-Z_]{1,6}", word(), 0..3),
        payload in prop::option::of(word()),
    ) -> ExecutionSpec {
        ExecutionSpec {
            image: Some(image), command, working_dir, url, env, secrets,
            payload: payload.map(|word| serde_json::json!({"HostConfig": {"Privileged": true}, "x": word})),
            ..ExecutionSpec::default()
        }
    }
}

prop_compose! {
    fn docker()(
        network in prop::option::of(word()), user in prop::option::of(prop_oneof![word(), "[0-9]{1,5}(:[0-9]{1,5})?"]),
        mounts in prop::collection::vec((word(), word(), any::<bool>()), 0..3), tmpfs_mb in prop::option::of(any::<u32>()),
    ) -> DockerConfig {
        let mounts = mounts.into_iter().map(|(source, target, writable)| Mount { source, target, writable }).collect();
        DockerConfig { network, user, mounts, tmpfs_mb, pull: None }
    }
}

prop_compose! {
    fn limits()(
        cpus in prop::option::of(0.01_f64..4096.0), memory_mb in prop::option::of(1..1_000_000_u32),
        pids in prop::option::of(1..100_000_u32),
    ) -> Limits {
        Limits { cpus, memory_mb, pids, ..Limits::default() }
    }
}

fn order_of(spec: ExecutionSpec, limits: Limits, docker: DockerConfig) -> Order {
    Order {
        hub: "hub".into(),
        run: RunId(Uuid::nil()),
        job: JobId(Uuid::nil()),
        attempt: 1,
        fence: 1,
        spec,
        limits,
        config: BackendConfig { docker: Some(docker), ..BackendConfig::default() },
    }
}

proptest! {
    /// What passes the checks, and also what does not: the body itself can express nothing else.
    #[test]
    fn r21_docker_nothing_beyond_the_list_can_be_asked_for(
        spec in spec(), docker in docker(), limits in limits(), volumes in prop::collection::vec(word(), 0..3),
        with_secrets: bool,
    ) {
        let backend = DockerBackend::new(DockerOptions::default()).unwrap();
        let order = order_of(spec, limits, docker.clone());
        if let Ok(plan) = backend.0.plan(&order.spec, &order.config) {
            prop_assert!(docker.mounts.is_empty(), "nothing may be mounted here: {:?}", docker.mounts);
            prop_assert!(plan.user.0 > 0 && plan.user.1 > 0);
            prop_assert!(plan.network.as_deref().is_none_or(|name| name != "host" && !name.contains(':')));
        }
        let plan = Plan {
            image: "x".into(),
            user: (1, 1),
            network: None,
            mounts: vec![Resolved { source: "/srv/a".into(), target: "/a".into(), writable: true }],
            tmpfs_mb: docker.tmpfs_mb.unwrap_or(1),
        };
        let image = Image { id: "sha256:00".into(), digest: None, volumes };
        let secrets = with_secrets.then_some("/run/uhub-secrets/x");
        let body = body::body(&order, &plan, &image, secrets, &DockerOptions::default());
        let json = serde_json::to_value(&body).unwrap();
        let known = |key: &&str| CONTAINER.contains(key) || *key == "WorkingDir";
        prop_assert!(keys(&json).iter().all(known), "{json}");
        prop_assert!(keys(&json["HostConfig"]).iter().all(|key| HOST.contains(key)), "{json}");
        prop_assert_eq!(body.user.as_deref(), Some("1:1"));
        prop_assert_eq!(body.image.as_deref(), Some("sha256:00"));
        let host = body.host_config.unwrap();
        prop_assert_eq!(check(&host, &["/srv/a", "/run/uhub-secrets/x"], None), Ok(()));
    }
}

/// What the engine says that it has made: what is asked for is what one gets.
#[tokio::test]
async fn r21_docker_the_engine_has_made_what_was_asked_for() {
    let bench = Bench::new();
    let mut order = bench.order("cat; sleep 1");
    order.spec.image = Some("uhub-test-volume:latest".into());
    order.spec.secrets.insert("TOKEN".into(), "safe:x".into());
    let secrets = BTreeMap::from([("TOKEN".to_owned(), SecretValue::new("s3cr3t-value".to_owned()))]);
    let started = bench.backend.0.run(order.clone(), secrets).await.unwrap();
    let inspected = bench.inspect(&started.handle).await;
    let dir = bench.backend.0.files.root().unwrap().join(&bench.hub).join(order.name());
    check(inspected.host_config.as_ref().unwrap(), &[dir.to_str().unwrap()], None).unwrap();
    let config = inspected.config.unwrap();
    assert_eq!(config.user.as_deref(), Some("65534:65534"));
    assert_eq!(config.labels.unwrap(), order.labels());
    let mounts: Vec<_> =
        inspected.mounts.unwrap().into_iter().map(|mount| (mount.destination.unwrap(), mount.rw)).collect();
    assert_eq!(mounts, [("/run/secrets".to_owned(), Some(false))]);
    let body = serde_json::to_value(ContainerCreateBody::default()).unwrap();
    assert_eq!(keys(&body), Vec::<&str>::new(), "what is not set is not sent");
    bench.finish(started).await;
}
