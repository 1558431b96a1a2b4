//! What a program gets, and which program it is (RISKS 19, 20).

use std::os::unix::fs::{MetadataExt as _, symlink};

use super::*;

#[tokio::test]
async fn r19_arguments_pass_verbatim_and_no_shell_sees_them() {
    let bench = Bench::new(&["/usr/bin/printf"]);
    let hostile = [
        "; whoami",
        "$(id)",
        "`id`",
        "--upload-pack=x",
        "@/etc/passwd",
        "*",
        "",
        "a\nb",
        "\"'\\",
        "-é\u{202e}",
    ];
    let mut command = vec!["/usr/bin/printf", "[%s]"];
    command.extend(hostile);
    let ran = bench.run(&command).await;
    assert_eq!(ran.out(), hostile.map(|arg| format!("[{arg}]")).concat());
}

#[tokio::test]
async fn r19_nul_is_refused() {
    let bench = Bench::new(&["/bin/true"]);
    let error = bench.start(&spec(&["/bin/true", "a\0b"]), PATIENCE).await.unwrap_err();
    assert!(matches!(&error, StartError::Refused(text) if text.contains("NUL")), "{error:?}");
    let mut with_env = spec(&["/bin/true"]);
    with_env.env.insert("A".to_owned(), "x\0LD_PRELOAD=y".to_owned());
    assert!(
        bench.backend.check(&with_env, &BackendConfig::default()).unwrap_err().to_string().contains("NUL")
    );
    let secrets = BTreeMap::from([("S".to_owned(), SecretValue::new("va\0lue".to_owned()))]);
    let error = bench.backend.run(&spec(&["/bin/true"]), facts(), &secrets, PATIENCE).await.unwrap_err();
    assert!(error.to_string().contains("NUL") && !error.to_string().contains("va"), "{error}");
}

#[tokio::test]
async fn r20_the_environment_is_cleared() {
    let bench = Bench::with(&["/usr/bin/env"], |config| {
        config.base_env = BTreeMap::from([("SITE".into(), "lab".into()), ("LANG".into(), "C".into())]);
    });
    let mut spec = spec(&["/usr/bin/env"]);
    spec.env = BTreeMap::from([("APP".into(), "x=y z".into()), ("HOME".into(), "/nowhere".into())]);
    let secrets = BTreeMap::from([("TOKEN".to_owned(), SecretValue::new("hunter2".to_owned()))]);
    let started = bench.backend.run(&spec, facts(), &secrets, PATIENCE).await.unwrap();
    let ran = follow(started).await;
    let mut lines: Vec<_> = ran.out().lines().filter(|line| !line.starts_with("UHUB_PROGRAM=/")).collect();
    lines.sort_unstable();
    // Cargo runs tests with PATH, LD_LIBRARY_PATH and CARGO_* set: none of them may appear.
    assert!(std::env::vars().any(|(name, _)| name.starts_with("CARGO")));
    assert_eq!(
        lines,
        [
            "APP=x=y z",
            "HOME=/nowhere",
            "LANG=C",
            "PATH=/usr/bin:/bin",
            "SITE=lab",
            "TOKEN=hunter2",
            "UHUB_ATTEMPT=2",
            "UHUB_JOB_ID=00000000-0000-0000-0000-000000000008",
            "UHUB_RUN_ID=00000000-0000-0000-0000-000000000007",
        ]
    );
}

#[tokio::test]
async fn r20_variables_that_load_code_are_refused_before_anything_starts() {
    let bench = Bench::new(&["/bin/true"]);
    for name in ["LD_PRELOAD", "PATH", "BASH_ENV"] {
        let mut in_env = spec(&["/bin/true"]);
        in_env.env.insert(name.to_owned(), "/tmp/evil".to_owned());
        let mut in_secrets = spec(&["/bin/true"]);
        in_secrets.secrets.insert(name.to_owned(), "vault:x#y".to_owned());
        for spec in [in_env, in_secrets] {
            assert!(
                matches!(bench.backend.check(&spec, &BackendConfig::default()), Err(StartError::Refused(_))),
                "{name}"
            );
            assert!(matches!(bench.start(&spec, PATIENCE).await, Err(StartError::Refused(_))), "{name}");
        }
    }
}

#[tokio::test]
async fn a_program_has_its_outputs_a_session_and_nothing_else() {
    let bench = Bench::new(&["/bin/sh"]);
    let script = "ls /proc/self/fd | tr '\\n' ' '; readlink /proc/self/fd/0; umask; ulimit -c; \
                  grep -E 'NoNewPrivs|SigBlk|SigIgn' /proc/self/status; cut -d' ' -f5,6,7 /proc/$$/stat; echo $$";
    let ran = bench.run(&["/bin/sh", "-c", script]).await;
    let lines: Vec<_> = ran.out().lines().collect();
    // 3 is the directory that `ls` itself reads.
    assert_eq!(lines[0], "0 1 2 3 /dev/null");
    assert_eq!((lines[1], lines[2]), ("0077", "0"));
    let facts: Vec<_> = lines[3..6].iter().map(|line| line.split_whitespace().last().unwrap()).collect();
    assert_eq!(facts, ["0000000000000000", "0000000000000000", "1"]);
    // Group, session, no terminal.
    assert_eq!(lines[6], format!("{pid} {pid} 0", pid = lines[7]));
}

#[tokio::test]
async fn programs_run_as_the_configured_user_with_its_groups_only() {
    if !Uid::effective().is_root() {
        return;
    }
    let bench = Bench::with(&["/usr/bin/id", "/bin/sh"], |config| config.user = Some("nobody".to_owned()));
    std::os::unix::fs::chown(bench.dir.path(), Some(65534), None).unwrap();
    let nobody = nix::unistd::User::from_name("nobody").unwrap().unwrap();
    let ran = bench.run(&["/usr/bin/id", "-u"]).await;
    assert_eq!(ran.out().trim(), nobody.uid.to_string());
    let ran = bench.run(&["/usr/bin/id", "-G"]).await;
    assert_eq!(ran.out().trim(), nobody.gid.to_string());
    let script = "cat /etc/shadow 2>&1; grep -E '^Cap(Prm|Eff|Inh|Amb)' /proc/self/status; kill -9 $PPID 2>&1; echo $HOME";
    let ran = bench.run(&["/bin/sh", "-c", script]).await;
    assert!(ran.out().contains("Permission denied") && !ran.out().contains("root:"), "{}", ran.out());
    assert_eq!(ran.out().matches("\t0000000000000000").count(), 4, "{}", ran.out());
    assert!(ran.out().contains("not permitted") && ran.out().contains("nonexistent"), "{}", ran.out());
    assert_eq!(ran.finish, Finish::Exited(0));
    assert!(bench.backend.warnings().iter().all(|warning| !warning.contains("as root")));
    // The directory must let that user in.
    fs::set_permissions(bench.dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    std::os::unix::fs::chown(bench.dir.path(), Some(0), None).unwrap();
    let error = bench.start(&spec(&["/usr/bin/id"]), PATIENCE).await.unwrap_err().to_string();
    assert!(error.contains("as nobody") && error.contains("working directory"), "{error}");
}

#[tokio::test]
async fn r20_without_a_whitelist_everything_is_refused() {
    let backend = LocalBackend::new(LocalConfig::default()).unwrap();
    let error = backend.check(&spec(&["/bin/true"]), &BackendConfig::default()).unwrap_err();
    assert_eq!(
        error,
        StartError::Refused("no program may run locally: the whitelist of programs is empty".to_owned())
    );
    let config = LocalConfig { programs: vec!["/bin/true".into()], ..LocalConfig::default() };
    let error = LocalBackend::new(config)
        .unwrap()
        .check(&spec(&["/bin/true"]), &BackendConfig::default())
        .unwrap_err();
    assert!(error.to_string().contains("no working root"), "{error}");
}

#[tokio::test]
async fn r20_only_whitelisted_files_run_by_whatever_name() {
    let bench = Bench::new(&["/bin/true"]);
    let (link, copy, hard) = (bench.path("link"), bench.path("copy"), bench.path("hard"));
    symlink("/bin/true", &link).unwrap();
    fs::copy("/bin/true", &copy).unwrap();
    assert_eq!(bench.run(&[link.to_str().unwrap()]).await.finish, Finish::Exited(0));
    let refused = |path: &str| {
        let error = bench.backend.check(&spec(&[path]), &BackendConfig::default()).unwrap_err();
        assert!(matches!(error, StartError::Refused(_)), "{error:?}");
        error.to_string()
    };
    assert!(refused(copy.to_str().unwrap()).contains("not on the whitelist"));
    if fs::hard_link(fs::canonicalize("/bin/true").unwrap(), &hard).is_ok() {
        assert!(refused(hard.to_str().unwrap()).contains("not on the whitelist"));
    }
    for path in ["true", "./true", "", "../../bin/true"] {
        assert!(refused(path).contains("not an absolute path"), "{path}");
    }
    assert!(refused("/bin").contains("not on the whitelist"));
    assert!(refused("/no/such/file").contains("not on the whitelist"));
    assert!(
        bench
            .backend
            .check(&ExecutionSpec::default(), &BackendConfig::default())
            .unwrap_err()
            .to_string()
            .contains("needs a command")
    );
    // A detour leads to the same file; its name does not matter.
    assert!(bench.backend.check(&spec(&["/bin/../bin/true"]), &BackendConfig::default()).is_ok());
}

#[tokio::test]
async fn r20_a_program_of_many_names_stays_the_one_that_was_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let (tool, allowed, other) =
        (dir.path().join("tool"), dir.path().join("allowed"), dir.path().join("other"));
    fs::copy("/bin/sh", &tool).unwrap();
    symlink(&tool, &allowed).unwrap();
    symlink(&tool, &other).unwrap();
    let bench = Bench::new(&[allowed.to_str().unwrap()]);
    let ran = bench.run(&[other.to_str().unwrap(), "-c", "echo $0"]).await;
    assert_eq!(ran.out().trim(), allowed.to_str().unwrap());
}

#[tokio::test]
async fn r20_a_file_that_was_replaced_since_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deploy");
    executable(&path, "#!/bin/sh\necho good\n");
    let bench = Bench::new(&[path.to_str().unwrap()]);
    assert_eq!(bench.run(&[path.to_str().unwrap()]).await.out(), "good\n");
    let other = dir.path().join("other");
    executable(&other, "#!/bin/sh\necho evil\n");
    fs::rename(&other, &path).unwrap();
    let error = bench
        .backend
        .check(&spec(&[path.to_str().unwrap()]), &BackendConfig::default())
        .unwrap_err()
        .to_string();
    assert!(error.contains("was replaced"), "{error}");
}

/// Swaps a link between a good and an evil program as fast as it can: every start is the good one or a refusal.
#[tokio::test]
async fn r20_a_swap_between_check_and_execution_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (good, evil, link) = (dir.path().join("good"), dir.path().join("evil"), dir.path().join("link"));
    executable(&good, "#!/bin/sh\necho good\n");
    executable(&evil, "#!/bin/sh\necho evil\n");
    let bench = Bench::new(&[good.to_str().unwrap()]);
    symlink(&good, &link).unwrap();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let swapper = {
        let (stop, link, next) = (Arc::clone(&stop), link.clone(), dir.path().join("next"));
        std::thread::spawn(move || {
            for target in [&evil, &good].into_iter().cycle() {
                if stop.load(std::sync::atomic::Ordering::Relaxed) {
                    return;
                }
                symlink(target, &next).unwrap();
                fs::rename(&next, &link).unwrap();
            }
        })
    };
    let (mut ran, mut refused) = (0, 0);
    let end = Instant::now() + PATIENCE;
    // Until both sides of the swap were met often enough, however the machine schedules the two.
    while (ran < 100 || refused < 100) && Instant::now() < end {
        match bench.start(&spec(&[link.to_str().unwrap()]), PATIENCE).await {
            Ok(started) => {
                assert_eq!(follow(started).await.out(), "good\n");
                ran += 1;
            }
            Err(StartError::Refused(_)) => refused += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    swapper.join().unwrap();
    assert!(ran > 0 && refused > 0, "{ran} ran, {refused} refused: the swap was never met");
}

#[tokio::test]
async fn r20_programs_run_under_a_root_or_not_at_all() {
    let bench = Bench::new(&["/bin/pwd"]);
    let (below, link, sibling) = (bench.path("a"), bench.path("out"), bench.dir.path().with_extension("x"));
    fs::create_dir(&below).unwrap();
    symlink("/etc", &link).unwrap();
    let at = |path: &Path| ExecutionSpec {
        working_dir: Some(path.to_str().unwrap().to_owned()),
        ..spec(&["/bin/pwd"])
    };
    assert_eq!(bench.run(&["/bin/pwd"]).await.out().trim(), bench.dir.path().to_str().unwrap());
    assert_eq!(bench.run_spec(&at(&below)).await.out().trim(), below.to_str().unwrap());
    for path in
        [&link, &below.join("../.."), Path::new("/"), &sibling, &bench.path("missing"), Path::new("a")]
    {
        let error = bench.backend.check(&at(path), &BackendConfig::default()).unwrap_err();
        assert!(matches!(error, StartError::Refused(_)), "{path:?}: {error:?}");
    }
    assert_eq!(fs::metadata(&below).unwrap().mode() & 0o170_000, 0o040_000);
}

#[tokio::test]
async fn scripts_run_through_their_interpreter_and_learn_where_they_lie() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("script");
    executable(&script, "#!/bin/sh\necho \"$UHUB_PROGRAM $1\"\n");
    let bench = Bench::new(&[script.to_str().unwrap()]);
    let ran = bench.run(&[script.to_str().unwrap(), "x y"]).await;
    assert_eq!(ran.out(), format!("{} x y\n", script.display()));
}

#[test]
fn r20_interpreters_and_files_open_to_all_are_warned_about() {
    let dir = tempfile::tempdir().unwrap();
    let open = dir.path().join("open");
    executable(&open, "#!/bin/sh\n");
    fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let bench =
        Bench::new(&["/bin/sh", "/usr/bin/env", "/usr/bin/perl", "/bin/true", open.to_str().unwrap()]);
    let about = |name: &str| bench.backend.warnings().iter().filter(|w| w.starts_with(name)).count();
    assert_eq!((about("/bin/sh"), about("/usr/bin/env"), about("/usr/bin/perl")), (1, 1, 1));
    assert_eq!((about("/bin/true"), about(open.to_str().unwrap())), (0, 1));
    let as_root = bench.backend.warnings().iter().any(|warning| warning.contains("run as root"));
    assert_eq!(as_root, Uid::effective().is_root());
}

#[test]
fn a_configuration_that_cannot_work_is_refused() {
    let new = |change: fn(&mut LocalConfig)| {
        let mut config = LocalConfig { working_roots: vec!["/tmp".into()], ..LocalConfig::default() };
        change(&mut config);
        LocalBackend::new(config).unwrap_err().to_string()
    };
    assert!(new(|c| c.programs = vec!["bin/true".into()]).contains("not an absolute path"));
    assert!(new(|c| c.programs = vec!["/no/such".into()]).contains("No such file"));
    assert!(new(|c| c.programs = vec!["/etc/passwd".into()]).contains("not an executable file"));
    assert!(new(|c| c.programs = vec!["/tmp".into()]).contains("not an executable file"));
    assert!(new(|c| c.working_roots = vec!["/etc/passwd".into()]).contains("not a directory"));
    assert!(new(|c| c.default_working_dir = Some("/etc".into())).contains("none of the working roots"));
    assert!(new(|c| c.user = Some("no-such-user".into())).contains("no such user"));
    assert!(
        new(|c| c.base_env = BTreeMap::from([("A=B".into(), String::new())])).contains("not a possible name")
    );
}
