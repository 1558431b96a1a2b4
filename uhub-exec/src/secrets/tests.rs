#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use uuid::Uuid;

use super::*;

/// How many leases are out.
type Out = Arc<AtomicUsize>;

#[derive(Debug)]
struct Safe(Out);

#[derive(Debug)]
struct Lease(Out);

#[async_trait]
impl SecretLease for Lease {
    async fn release(self: Box<Self>) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl SecretSource for Safe {
    fn scheme(&self) -> &str {
        "safe"
    }

    async fn read(&self, reference: &str) -> Result<SecretValue, SecretError> {
        Ok(SecretValue::new(match reference {
            "safe:slow" => std::future::pending().await,
            "safe:short" => "abc".to_owned(),
            "safe:nul" => "value\0of".to_owned(),
            "safe:long" => "x".repeat(redact::LONGEST + 1),
            "safe:half" => "x".repeat(redact::LONGEST / 2 + 1),
            "safe:a" | "safe:b#c:d" => format!("value of {reference}"),
            _ => return Err(SecretError::new(reference, "sealed")),
        }))
    }

    async fn lend(&self, _: RunId, references: &[&str]) -> Result<Lent, SecretError> {
        let mut values = Vec::new();
        for reference in references {
            values.push(self.read(reference).await?);
        }
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Lent { values, lease: Some(Box::new(Lease(Arc::clone(&self.0)))) })
    }
}

async fn resolve_from(secrets: &Secrets, pairs: &[(&str, &str)]) -> Result<Resolved, SecretError> {
    let references = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    secrets.resolve(RunId(Uuid::nil()), &references).await
}

async fn resolve(pairs: &[(&str, &str)]) -> (Result<Resolved, SecretError>, Out) {
    let out = Out::default();
    let secrets =
        Secrets::new().with(Arc::new(Safe(Arc::clone(&out)))).with_patience(Duration::from_millis(200));
    (resolve_from(&secrets, pairs).await, out)
}

#[tokio::test]
async fn all_secrets_are_read_by_variable_and_given_back() {
    let (read, out) = resolve(&[("A", "safe:a"), ("B", "safe:b#c:d")]).await;
    let read = read.unwrap();
    assert_eq!(
        (read.values["A"].reveal(), read.values["B"].reveal()),
        ("value of safe:a", "value of safe:b#c:d")
    );
    assert_eq!(read.redactor.text("is value of safe:b#c:d".to_owned()), "is ***");
    assert_eq!(out.load(Ordering::SeqCst), 1);
    read.leases.release().await;
    assert_eq!(out.load(Ordering::SeqCst), 0);
    let (none, out) = resolve(&[]).await;
    assert!(none.unwrap().values.is_empty());
    assert_eq!(out.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn r26_one_that_cannot_be_read_fails_all_and_is_named() {
    for (reference, reason) in [
        ("safe:gone", "sealed"),
        ("safe:short", "too short to be masked"),
        ("safe:long", "too long to be masked"),
        ("safe:nul", "NUL character"),
        ("vault:x#y", "no source for `vault:`"),
        ("hunter2", "does not begin with its source"),
    ] {
        let (read, out) = resolve(&[("A", "safe:a"), ("B", reference)]).await;
        let error = read.unwrap_err();
        assert_eq!(error.reference, reference);
        assert!(error.to_string().contains(reason) && !error.to_string().contains("value of"), "{error}");
        assert_eq!(out.load(Ordering::SeqCst), 0, "{reference}: nothing stays out");
    }
    let (read, _) = resolve(&[("A", "safe:slow")]).await;
    let error = read.unwrap_err();
    assert!(error.to_string().contains("safe:slow: its source did not answer"), "{error}");
}

#[tokio::test]
async fn r26_all_together_must_be_few_enough_to_be_masked() {
    assert_eq!(resolve(&[("A", "safe:half")]).await.0.unwrap().values.len(), 1);
    let error = resolve(&[("A", "safe:half"), ("B", "safe:half")]).await.0.unwrap_err();
    assert!(error.to_string().contains("safe:half: is too long to be masked"), "{error}");
}

#[tokio::test]
async fn r25_nothing_shows_a_secret_by_itself() {
    let read = resolve(&[("A", "safe:a")]).await.0.unwrap();
    assert!(!format!("{read:?}").contains("value of"), "{read:?}");
}

#[tokio::test]
async fn variables_can_be_named_only_behind_the_prefix() {
    // The test runner sets these.
    let secrets = Secrets::new().with(Arc::new(EnvSecrets::new("CARGO_PKG_")));
    let read = resolve_from(&secrets, &[("A", "env:NAME")]).await.unwrap();
    assert_eq!(read.values["A"].reveal(), "uhub-exec");
    for name in ["env:CARGO_PKG_NAME", "env:PATH", "env:HOME", "env:", "env:../PATH"] {
        let error = resolve_from(&secrets, &[("A", name)]).await.unwrap_err();
        assert!(error.reference == name && error.reason.contains("has no variable"), "{error}");
    }
    let nothing = EnvSecrets::new("");
    assert!(nothing.read("env:PATH").await.is_err());
    let shown = format!("{:?}", EnvSecrets::new("CARGO_PKG_"));
    assert!(shown.contains("NAME") && !shown.contains("uhub-exec"), "{shown}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn r20_files_can_be_named_only_below_the_roots() {
    use std::{fs, os::unix::fs::symlink, path::PathBuf};

    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::create_dir_all(path("root/sub/..data")).unwrap();
    fs::write(path("outside"), "stolen").unwrap();
    fs::write(path("root/plain"), "hunter2\n").unwrap();
    fs::write(path("root/dos"), "two\nlines\r\n").unwrap();
    fs::write(path("root/bytes"), [0xff; 8]).unwrap();
    fs::write(path("root/long"), "x".repeat(redact::LONGEST * 2)).unwrap();
    fs::write(path("root/sub/..data/key"), "mounted").unwrap();
    symlink("..data/key", path("root/sub/key")).unwrap();
    symlink("../outside", path("root/link")).unwrap();
    symlink(path("outside"), path("root/absolute")).unwrap();
    symlink("..", path("root/up")).unwrap();
    symlink("/proc/self", path("root/proc")).unwrap();
    nix::unistd::mkfifo(&path("root/pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();

    let source = FileSecrets::new(&[path("root")]).unwrap();
    let secrets = Secrets::new().with(Arc::new(source));
    let read = async |name: &str| {
        let reference = format!("file:{}", path(name).display());
        resolve_from(&secrets, &[("A", &reference)]).await.map(|read| read.values["A"].reveal().to_owned())
    };
    assert_eq!(read("root/plain").await.unwrap(), "hunter2");
    assert_eq!(read("root/dos").await.unwrap(), "two\nlines");
    assert_eq!(read("root/sub/key").await.unwrap(), "mounted");
    for (name, reason) in [
        ("outside", "below none"),
        ("root/../outside", "below none"),
        ("root/sub/../../outside", "below none"),
        ("root/link", "below none"),
        ("root/absolute", "below none"),
        ("root/up/outside", "below none"),
        ("root/proc/environ", "below none"),
        ("rootless", "below none"),
        ("root/gone", "not found"),
        ("root/sub", "not a file"),
        ("root/pipe", "not a file"),
        ("root", "not found"),
        ("root/bytes", "invalid data"),
        ("root/long", "too long"),
    ] {
        let error = read(name).await.unwrap_err();
        assert!(error.reason.contains(reason), "{name}: {error}");
        assert!(!error.to_string().contains("stolen"), "{error}");
    }
    for wrong in ["relative", "/nowhere/at/all"] {
        assert!(FileSecrets::new(&[PathBuf::from(wrong)]).is_err());
    }
}
