//! What `cargo xtask test` passes on.

use std::{env, fs, path::PathBuf};

fn needed(name: &str, what: &str) -> String {
    env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: it names {what}. Run the tests by `cargo xtask test`, which provides it")
    })
}

/// The binary under test.
pub fn binary() -> PathBuf {
    let path = PathBuf::from(needed("UHUB_TEST_BIN", "the `uhub` binary under test"));
    assert!(path.is_file(), "UHUB_TEST_BIN: there is no file {}", path.display());
    path
}

/// The address of a PostgreSQL server where databases may be created.
pub fn postgres() -> String {
    needed("UHUB_TEST_POSTGRES", "a throwaway PostgreSQL server")
}

/// The address of a throwaway OpenBao, and its root token.
pub fn openbao() -> (String, String) {
    let what = "a throwaway OpenBao";
    (needed("UHUB_TEST_OPENBAO", what), needed("UHUB_TEST_OPENBAO_TOKEN", what))
}

/// The address of a Docker engine for all tests, with the images that they use.
pub fn docker() -> String {
    needed("UHUB_TEST_DOCKER", "a throwaway Docker engine")
}

/// The address of a Buildbot with a builder for webhooks, and the key that it expects them to be signed with.
pub fn buildbot() -> (String, String) {
    (needed("UHUB_TEST_BUILDBOT", "a Buildbot"), needed("UHUB_TEST_BUILDBOT_KEY", "its signing key"))
}

/// The schemathesis program.
pub fn schemathesis() -> PathBuf {
    let path = PathBuf::from(needed("UHUB_TEST_SCHEMATHESIS", "a virtual environment with schemathesis"))
        .join("bin/schemathesis");
    assert!(path.is_file(), "UHUB_TEST_SCHEMATHESIS: there is no file {}", path.display());
    path
}

/// A number that may be raised for a longer look, such as `UHUB_TEST_CRASHES`.
pub fn count(name: &str, default: usize) -> usize {
    match env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")),
        Err(_) => default,
    }
}

/// A random UUID: one that nothing has, or a mark that nothing else bears.
pub fn random_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/uuid").expect("the kernel gives random ids").trim().to_owned()
}
