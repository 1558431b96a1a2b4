//! The environment of a program: nothing of the worker's own (RISKS 20), and nothing by which a job could make a
//! whitelisted program run other code.

use std::collections::BTreeMap;

use nix::unistd::{Uid, User};
use uhub_core::ports::secrets::SecretValue;

use super::Facts;

/// Where programs look for programs, unless the operator's base environment says otherwise.
const PATH: &str = "/usr/bin:/bin";

/// Variables by which the dynamic linker, the C library, shells, interpreters or common tools load or run code. They are
/// the operator's to set; a job that could would run anything under the name of a whitelisted program.
const CHANGE_CODE: &[&str] = &[
    "BASHOPTS",
    "BASH_ENV",
    "CDPATH",
    "CLASSPATH",
    "EDITOR",
    "ENV",
    "GCONV_PATH",
    "GLIBC_TUNABLES",
    "HOSTALIASES",
    "IFS",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "LESSCLOSE",
    "LESSOPEN",
    "LOCPATH",
    "LUA_CPATH",
    "LUA_INIT",
    "LUA_PATH",
    "MAKEFLAGS",
    "MANPAGER",
    "NLSPATH",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PAGER",
    "PATH",
    "PERL5DB",
    "PERL5LIB",
    "PERL5OPT",
    "PERLLIB",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "PROMPT_COMMAND",
    "PS4",
    "RUBYLIB",
    "RUBYOPT",
    "RUSTC_WRAPPER",
    "SHELL",
    "SHELLOPTS",
    "SSH_ASKPASS",
    "TAR_OPTIONS",
    "TCLLIBPATH",
    "VISUAL",
    "ZDOTDIR",
    "_JAVA_OPTIONS",
];
/// The same, by their first letters.
const CHANGE_CODE_PREFIXES: &[&str] =
    &["BASH_FUNC_", "DYLD_", "GIT_", "LD_", "NPM_CONFIG_", "PIP_", "PYTHON"];

/// What a job's own variable may not be; `None` where it may.
pub(super) fn refusal(name: &str, value: &str) -> Option<String> {
    if let Some(reason) = malformed(name, value) {
        return Some(format!("variable {name:?} {reason}"));
    }
    if name.starts_with("UHUB_") {
        return Some(format!("variable {name:?} is uHub's own"));
    }
    let upper = name.to_ascii_uppercase();
    let changes_code = CHANGE_CODE.contains(&upper.as_str())
        || CHANGE_CODE_PREFIXES.iter().any(|prefix| upper.starts_with(prefix));
    changes_code.then(|| {
        format!("variable {name:?} can make a program run other code: only the operator's configuration may set it")
    })
}

/// What is wrong with a variable, whoever sets it.
pub(super) fn malformed(name: &str, value: &str) -> Option<&'static str> {
    if name.is_empty() || name.contains(['=', '\0']) {
        Some("is not a possible name")
    } else if value.contains('\0') {
        Some("has a NUL character in its value")
    } else {
        None
    }
}

/// The home directory of the user that programs run as.
pub(super) fn home(uid: Option<u32>) -> String {
    let uid = uid.map_or_else(Uid::current, Uid::from_raw);
    let user = User::from_uid(uid).ok().flatten();
    user.and_then(|user| user.dir.into_os_string().into_string().ok()).unwrap_or_else(|| "/".to_owned())
}

/// All variables as `NAME=value`: what comes later replaces what came before.
pub(super) fn build(
    home: &str,
    base: &BTreeMap<String, String>,
    own: &BTreeMap<String, String>,
    secrets: &BTreeMap<String, SecretValue>,
    facts: &Facts,
    program: &[u8],
) -> Vec<Vec<u8>> {
    let (run, job, attempt) = (facts.run.to_string(), facts.job.to_string(), facts.attempt.to_string());
    let mut all: BTreeMap<&str, &[u8]> = [("PATH", PATH), ("HOME", home), ("LANG", "C.UTF-8")]
        .map(|(name, value)| (name, value.as_bytes()))
        .into();
    all.extend(base.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
    all.extend(own.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
    all.extend(secrets.iter().map(|(name, value)| (name.as_str(), value.reveal().as_bytes())));
    all.extend([
        ("UHUB_RUN_ID", run.as_bytes()),
        ("UHUB_JOB_ID", job.as_bytes()),
        ("UHUB_ATTEMPT", attempt.as_bytes()),
        // A script knows itself as /dev/fd/3 only, since the very file that was checked is executed.
        ("UHUB_PROGRAM", program),
    ]);
    all.into_iter().map(|(name, value)| [name.as_bytes(), b"=", value].concat()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn r20_variables_that_load_code_are_not_a_jobs_to_set() {
        for name in [
            "LD_PRELOAD",
            "LD_LIBRARY_PATH",
            "PATH",
            "BASH_ENV",
            "PYTHONPATH",
            "GIT_SSH_COMMAND",
            "IFS",
            "ld_audit",
        ] {
            assert!(refusal(name, "x").unwrap().contains("other code"), "{name}");
        }
        for name in ["", "A=B", "A\0"] {
            assert!(refusal(name, "x").unwrap().contains("not a possible name"), "{name:?}");
        }
        assert!(refusal("A", "x\0y").unwrap().contains("NUL"));
        assert!(refusal("UHUB_RUN_ID", "x").unwrap().contains("uHub's own"));
        for name in ["APP_ENV", "TZ", "HOME", "LANG", "DATABASE_URL", "path_to_config"] {
            assert_eq!(refusal(name, "any value = of $(any) kind\n"), None, "{name}");
        }
    }
}
