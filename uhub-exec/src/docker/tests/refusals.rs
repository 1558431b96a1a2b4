//! What can be asked for at all (r21).

use super::*;

#[test]
fn r21_docker_what_governs_the_machine_is_no_root_for_mounts() {
    for path in ["/", "/etc", "/etc/ssl", "/proc", "/sys", "/dev", "/dev/shm", "/run", "/var/run", "/var"] {
        let options = DockerOptions { mount_roots: vec![path.into()], ..DockerOptions::default() };
        let error = DockerBackend::new(options).unwrap_err();
        assert!(matches!(error, ConfigError::MountRoot { .. }), "{path}: {error}");
    }
    // The engine's socket, wherever it is.
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("docker.sock");
    std::fs::write(&socket, "").unwrap();
    let roots = vec![dir.path().to_owned()];
    let options = DockerOptions { socket, mount_roots: roots, ..DockerOptions::default() };
    assert!(DockerBackend::new(options).unwrap_err().to_string().contains("engine's socket"));
    for user in [(0, 1), (1, 0)] {
        let options = DockerOptions { user, ..DockerOptions::default() };
        assert_eq!(DockerBackend::new(options).unwrap_err(), ConfigError::Root);
    }
}

#[test]
fn r25_docker_secrets_wait_only_in_memory_that_is_the_workers_own() {
    let dir = tempfile::tempdir().unwrap();
    let on_disk = DockerOptions { secrets_dir: Some("/usr/uhub-secrets".into()), ..DockerOptions::default() };
    assert!(DockerBackend::new(on_disk).unwrap_err().to_string().contains("not on a file system in memory"));
    let shm = tempfile::tempdir_in("/dev/shm").unwrap();
    let open = shm.path().join("open");
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let link = shm.path().join("link");
    std::os::unix::fs::symlink(dir.path(), &link).unwrap();
    for path in [open, link] {
        let options = DockerOptions { secrets_dir: Some(path), ..DockerOptions::default() };
        assert!(DockerBackend::new(options).is_err());
    }
    let own = DockerOptions { secrets_dir: Some(shm.path().join("own")), ..DockerOptions::default() };
    DockerBackend::new(own).unwrap();
}

#[test]
fn docker_refuses_at_planning_what_it_would_refuse_to_start() {
    let backend = |allow: &[&str]| {
        let allow_images = allow.iter().map(|pattern| (*pattern).to_owned()).collect();
        DockerBackend::new(DockerOptions { allow_images, ..DockerOptions::default() }).unwrap()
    };
    let spec = |image: &str| ExecutionSpec { image: Some(image.into()), ..ExecutionSpec::default() };
    let check = |backend: &DockerBackend, spec: &ExecutionSpec| {
        backend.check(spec, &BackendConfig::default()).map_err(|error| error.to_string())
    };
    let any = backend(&[]);
    for image in ["busybox", "busybox:1.36", "r.example.org:5000/a/b_c:v1", "a@sha256:00ff"] {
        check(&any, &spec(image)).unwrap();
    }
    for image in ["", "-v", "--privileged", "a b", "a\nb", "../x", "a;b", "/etc", "é"] {
        assert!(check(&any, &spec(image)).unwrap_err().contains("is not an image"), "{image}");
    }
    let url = ExecutionSpec { url: Some("https://example.org".into()), ..spec("busybox") };
    assert!(check(&any, &url).unwrap_err().contains("url means nothing"));
    assert!(check(&any, &ExecutionSpec::default()).unwrap_err().contains("needs an image"));
    let some = backend(&["r.example.org/*", "busybox:1.36"]);
    for image in ["r.example.org/app:1", "busybox:1.36"] {
        check(&some, &spec(image)).unwrap();
    }
    for image in ["busybox", "busybox:1.36.1", "evil.org/r.example.org/app"] {
        assert!(check(&some, &spec(image)).unwrap_err().contains("does not allow the image"), "{image}");
    }
    let mut both = spec("busybox");
    both.secrets.insert("TOKEN".into(), "safe:x".into());
    both.env.insert("TOKEN_FILE".into(), "/etc/passwd".into());
    assert!(check(&any, &both).unwrap_err().contains("TOKEN_FILE"));
    for network in ["host", "container:1234", "", "a b", "-x"] {
        let docker = Some(DockerConfig { network: Some(network.into()), ..DockerConfig::default() });
        let config = BackendConfig { docker, ..BackendConfig::default() };
        assert!(any.check(&spec("busybox"), &config).is_err(), "{network}");
    }
}
