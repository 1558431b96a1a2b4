//! What containers can see and do (r21, r25).

use super::*;

#[tokio::test]
async fn r21_docker_a_container_has_no_rights_and_sees_nothing() {
    let bench = Bench::new();
    let script = "id -u; id -g; grep -E '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'; \
                  ls /sys/class/net; ls /proc | grep -c '^[0-9]'; ls -a /run; cat /proc/1/comm";
    let ran = bench.run(&bench.order(script)).await;
    let lines: Vec<&str> = ran.out().lines().collect();
    assert_eq!(lines[..2], ["65534", "65534"], "{ran:?}");
    let none = "0".repeat(16);
    let status: Vec<&str> = lines.iter().copied().filter(|line| line.contains(':')).collect();
    for name in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        assert!(status.contains(&format!("{name}:{none}").as_str()), "{name}: {status:?}");
    }
    assert!(status.contains(&"NoNewPrivs:1") && status.contains(&"Seccomp:2"), "{status:?}");
    let nets: Vec<&&str> = lines.iter().filter(|line| line.starts_with("eth") || **line == "lo").collect();
    assert_eq!(nets, [&"lo"]);
    assert!(!ran.out().contains("docker.sock"), "{ran:?}");
}

#[tokio::test]
async fn r21_docker_the_network_is_the_projects_own() {
    let bench = Bench::new();
    let engine = bench.engine().await;
    let name = format!("uhub-test-{}", random());
    let network = bollard::models::NetworkCreateRequest {
        name: name.clone(),
        internal: Some(true),
        ..Default::default()
    };
    engine.docker.create_network(network).await.unwrap();
    let mut order = bench.order("ls /sys/class/net");
    order.config.docker = Some(DockerConfig { network: Some(name.clone()), ..DockerConfig::default() });
    let ran = bench.run(&order).await;
    engine.docker.remove_network(&name).await.unwrap();
    assert!(ran.out().contains("eth0"), "{ran:?}");
}

#[tokio::test]
async fn r21_docker_the_user_is_the_projects_and_never_root() {
    let bench = Bench::new();
    let mut order = bench.order("id -u; id -g; id -G");
    let user = |user: &str| Some(DockerConfig { user: Some(user.into()), ..DockerConfig::default() });
    order.config.docker = user("1000");
    assert_eq!(bench.run(&order).await.out(), "1000\n1000\n1000\n");
    order.config.docker = user("1000:2000");
    assert_eq!(bench.run(&order).await.out(), "1000\n2000\n2000\n");
    for root in ["0", "0:0", "1000:0", "root", "", "1000:", "-1", "1000:1000:0"] {
        order.config.docker = user(root);
        assert!(matches!(bench.start(&order).await, Err(StartError::Refused(_))), "{root}");
    }
}

#[tokio::test]
async fn r25_docker_secrets_are_files_in_memory_and_nowhere_else() {
    let bench = Bench::new();
    let value = format!("canary-{}", random());
    let secrets = BTreeMap::from([
        ("DB_PASSWORD".to_owned(), SecretValue::new(value.clone())),
        ("KEY".to_owned(), SecretValue::new("two\nlines\n".to_owned())),
    ]);
    let script = "cat $DB_PASSWORD_FILE; echo; cat /run/secrets/KEY; echo $KEY_FILE; ls /run/secrets; \
                  (echo x > /run/secrets/NEW) 2>/dev/null && echo wrote; \
                  grep /run/secrets /proc/mounts | cut -d' ' -f3,4 | cut -d, -f1; read line; sleep 1";
    let mut order = bench.order(script);
    for name in secrets.keys() {
        order.spec.secrets.insert(name.clone(), "safe:x".into());
    }
    let started = bench.backend.0.run(order.clone(), secrets).await.unwrap();
    let inspected = serde_json::to_string(&bench.inspect(&started.handle).await).unwrap();
    assert!(!inspected.contains(&value) && inspected.contains("DB_PASSWORD_FILE=/run/secrets/DB_PASSWORD"));
    let dirs = || std::fs::read_dir(bench.backend.0.files.root().unwrap().join(&bench.hub)).unwrap().count();
    assert_eq!(dirs(), 1);
    let ran = bench.finish(started).await;
    let want = format!("{value}\ntwo\nlines\n/run/secrets/KEY\nDB_PASSWORD\nKEY\ntmpfs ro\n");
    assert_eq!((ran.out(), ran.finish()), (want.as_str(), &Finish::Exited(0)));
    assert_eq!(dirs(), 0);
}

#[tokio::test]
async fn docker_secrets_are_removed_where_the_start_fails() {
    let bench = Bench::new();
    let secrets = BTreeMap::from([("TOKEN".to_owned(), SecretValue::new("s3cr3t-value".to_owned()))]);
    let mut order = bench.order("");
    order.spec.secrets.insert("TOKEN".into(), "safe:x".into());
    order.config.docker =
        Some(DockerConfig { network: Some("no-such-net".into()), ..DockerConfig::default() });
    assert!(bench.backend.0.run(order, secrets).await.is_err());
    assert_eq!(bench.backend.leftovers(&bench.hub).await.unwrap(), []);
}

#[tokio::test]
async fn r21_docker_mounts_are_what_lies_below_the_roots() {
    let root = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let shared = root.path().join("shared");
    std::fs::create_dir(&shared).unwrap();
    std::fs::write(shared.join("in"), "hello").unwrap();
    std::os::unix::fs::symlink(outside.path(), root.path().join("out")).unwrap();
    std::os::unix::fs::symlink(&shared, root.path().join("also")).unwrap();
    std::fs::set_permissions(&shared, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let bench = Bench::with(DockerOptions { mount_roots: vec![root.path().to_owned()], ..options() });
    let mut order = bench.order("cat /data/in; (echo x > /data/new) 2>/dev/null && echo wrote");
    let mount = |source: &std::path::Path, target: &str, writable| {
        let source = source.to_string_lossy().into_owned();
        Mount { source, target: target.into(), writable }
    };
    let config = |mount| Some(DockerConfig { mounts: vec![mount], ..DockerConfig::default() });
    order.config.docker = config(mount(&root.path().join("also"), "/data", false));
    assert_eq!(bench.run(&order).await.out(), "hello");
    order.config.docker = config(mount(&shared, "/data/", true));
    assert_eq!(bench.run(&order).await.out(), "hellowrote\n");
    assert_eq!(std::fs::read_to_string(shared.join("new")).unwrap(), "x\n");

    let path = |text: &str| PathBuf::from(text);
    for (source, target, reason) in [
        (outside.path().to_owned(), "/data", "does not lie below"),
        (root.path().join("out"), "/data", "does not lie below"),
        (root.path().join("shared/../.."), "/data", "does not lie below"),
        (root.path().join("gone"), "/data", "No such file"),
        (shared.join("in"), "/data", "is not a directory"),
        (path("relative"), "/data", "is not absolute"),
        (path("/"), "/data", "does not lie below"),
        (shared.clone(), "/", "not a directory of the container's own"),
        (shared.clone(), "/data/..", "`..`"),
        (shared.clone(), "/proc/1", "would hide /proc"),
        (shared.clone(), "/run", "would hide /run/secrets"),
    ] {
        order.config.docker = config(mount(&source, target, false));
        let error = bench.backend.check(&order.spec, &order.config).unwrap_err();
        assert!(error.to_string().contains(reason), "{}: {error}", source.display());
        assert_eq!(bench.start(&order).await.unwrap_err(), error);
    }
}
