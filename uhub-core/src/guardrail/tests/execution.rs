//! What an execution may say, backend by backend.

use serde_json::json;

use super::super::*;

fn spec(value: serde_json::Value) -> ExecutionSpec {
    serde_json::from_value(value).unwrap()
}

/// The field that is refused, below `execution`.
fn refused(backend: BackendKind, spec: &ExecutionSpec) -> Option<String> {
    match check_execution(backend, spec) {
        Ok(()) => None,
        Err(Error::Invalid { field, .. }) => {
            Some(field.strip_prefix("execution.").expect("below execution").to_owned())
        }
        Err(other) => panic!("{other}"),
    }
}

/// The least that each backend accepts.
fn least(backend: BackendKind) -> serde_json::Value {
    match backend {
        BackendKind::Local => json!({ "command": ["/bin/true"] }),
        BackendKind::Docker | BackendKind::K8s => json!({ "image": "registry.example/app:1" }),
        BackendKind::Webhook | BackendKind::Serverless => json!({ "url": "https://ci.example/hook" }),
        BackendKind::Ssh => json!({ "command": ["/bin/true"], "url": "ssh://host.example" }),
    }
}

#[test]
fn each_backend_refuses_what_it_does_not_use() {
    let fields = [
        ("command", json!(["/bin/true"])),
        ("working_dir", json!("/srv")),
        ("image", json!("registry.example/app:1")),
        ("url", json!("https://ci.example/hook")),
        ("method", json!("POST")),
        ("payload", json!({ "ref": "main" })),
        ("limits", json!({ "cpus": 0.5 })),
    ];
    let mut table = Vec::new();
    for backend in BackendKind::ALL {
        assert_eq!(refused(*backend, &spec(least(*backend))), None, "{backend}");
        let used: Vec<&str> = fields
            .iter()
            .filter(|(field, value)| {
                let mut with = least(*backend);
                with[*field] = value.clone();
                match refused(*backend, &spec(with)) {
                    None => true,
                    Some(named) => {
                        assert_eq!(named, *field, "{backend}");
                        false
                    }
                }
            })
            .map(|(field, _)| *field)
            .collect();
        table.push((backend.as_str(), used.join(" ")));
    }
    assert_eq!(
        table,
        [
            ("local", "command working_dir".to_owned()),
            ("docker", "command working_dir image limits".to_owned()),
            ("webhook", "url method payload".to_owned()),
            ("ssh", "command working_dir url".to_owned()),
            ("k8s", "command working_dir image limits".to_owned()),
            ("serverless", "url method payload".to_owned()),
        ]
    );
}

#[test]
fn each_backend_needs_what_it_cannot_do_without() {
    for (backend, field) in [
        (BackendKind::Local, "command"),
        (BackendKind::Docker, "image"),
        (BackendKind::K8s, "image"),
        (BackendKind::Webhook, "url"),
        (BackendKind::Serverless, "url"),
        (BackendKind::Ssh, "command"),
    ] {
        assert_eq!(refused(backend, &ExecutionSpec::default()).as_deref(), Some(field), "{backend}");
    }
    assert_eq!(refused(BackendKind::Ssh, &spec(json!({ "command": ["x"] }))).as_deref(), Some("url"));
}

#[test]
fn unknown_fields_are_refused() {
    for bad in [
        json!({ "command": ["x"], "privileged": true }),
        json!({ "limits": { "cpus": 1, "memory": "1g" } }),
        json!({ "command": "rm -rf /" }),
    ] {
        assert!(serde_json::from_value::<ExecutionSpec>(bad.clone()).is_err(), "{bad}");
    }
}

/// Parameters are arguments, never text for a shell: they may look like anything. NUL cannot be an argument at all.
#[test]
fn r19_arguments_may_look_like_anything_but_hold_no_nul() {
    for argument in ["; whoami", "$(id)", "`id`", "--upload-pack=x", "@/etc/passwd", "a\nb", "", "é", "-"] {
        let spec = spec(json!({ "command": ["/usr/bin/printf", argument] }));
        assert_eq!(refused(BackendKind::Local, &spec), None, "{argument:?}");
    }
    for command in [
        json!([]),
        json!([""]),
        json!(["/bin/true", "a\0b"]),
        json!(["/bin/true\0"]),
        json!(vec!["x"; 1025]),
        json!(["/bin/echo", "x".repeat(64 * 1024)]),
    ] {
        let spec = spec(json!({ "command": command }));
        assert_eq!(refused(BackendKind::Local, &spec).as_deref(), Some("command"));
    }
}

#[test]
fn r19_words_that_are_no_arguments_hold_no_control_characters() {
    for (backend, field, values) in [
        (BackendKind::Local, "working_dir", vec!["", "srv", "../srv", "/srv\0", "/srv\n"]),
        (BackendKind::Docker, "image", vec!["", "app\n", "app\0:1"]),
        (BackendKind::Webhook, "url", vec!["", "https://ci.example/\r\nHost: other"]),
        (BackendKind::Webhook, "method", vec!["", "get", "TRACE", "CONNECT", "POST\r\n"]),
    ] {
        for value in values {
            let mut with = least(backend);
            with[field] = json!(value);
            assert_eq!(refused(backend, &spec(with)).as_deref(), Some(field), "{field} {value:?}");
        }
    }
    let long = spec(json!({ "image": "x".repeat(4097) }));
    assert_eq!(refused(BackendKind::Docker, &long).as_deref(), Some("image"));
}

/// Who sets these decides what runs instead of the program (`LD_PRELOAD`, `PATH`), or what uHub reads back.
#[test]
fn r20_variables_have_sound_names_and_none_that_are_reserved() {
    for name in [
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "DYLD_INSERT_LIBRARIES",
        "PATH",
        "UHUB_RUN_ID",
        "",
        "1A",
        "A-B",
        "A=B",
        "A B",
        "é",
    ] {
        for field in ["env", "secrets"] {
            let mut with = least(BackendKind::Local);
            with[field] = json!({ name: "vault:secret/app#x" });
            assert_eq!(
                refused(BackendKind::Local, &spec(with)),
                Some(format!("{field}.{name}")),
                "{field} {name:?}"
            );
        }
    }
    let fine = spec(json!({ "command": ["x"], "env": { "_A1": "anything = at\nall", "PATHS": "" } }));
    assert_eq!(refused(BackendKind::Local, &fine), None);
    let nul = spec(json!({ "command": ["x"], "env": { "A": "a\0b" } }));
    assert_eq!(refused(BackendKind::Local, &nul).as_deref(), Some("env.A"));
    let many: BTreeMap<String, String> = (0..257).map(|n| (format!("A{n}"), String::new())).collect();
    let many = ExecutionSpec { env: many, ..spec(least(BackendKind::Local)) };
    assert_eq!(refused(BackendKind::Local, &many).as_deref(), Some("env"));
}

#[test]
fn secrets_are_references_and_named_once() {
    for reference in ["hunter2", "", ":x", "vault:", "Vault:secret/a#b", "vault:secret/a\n#b", "va ult:x"] {
        let with = spec(json!({ "command": ["x"], "secrets": { "DB_PASSWORD": reference } }));
        assert_eq!(
            refused(BackendKind::Local, &with).as_deref(),
            Some("secrets.DB_PASSWORD"),
            "{reference:?}"
        );
    }
    let fine =
        spec(json!({ "command": ["x"], "secrets": { "DB_PASSWORD": "vault:secret/app-x#db_password" } }));
    assert_eq!(refused(BackendKind::Local, &fine), None);
    let twice = spec(json!({
        "command": ["x"], "env": { "A": "1" }, "secrets": { "A": "vault:secret/app-x#a" }
    }));
    assert_eq!(refused(BackendKind::Local, &twice).as_deref(), Some("secrets.A"));
}

#[test]
fn numbers_of_the_job_are_checked_where_they_are_named() {
    for (with, field) in [
        (json!({ "image": "x", "timeout_seconds": 0 }), "timeout_seconds"),
        (json!({ "image": "x", "max_attempts": 0 }), "max_attempts"),
        (json!({ "image": "x", "limits": { "cpus": 0.0 } }), "cpus"),
        (json!({ "image": "x", "limits": { "memory_mb": 0 } }), "memory_mb"),
        (json!({ "image": "x", "limits": { "pids": 0 } }), "pids"),
    ] {
        assert_eq!(refused(BackendKind::Docker, &spec(with)).as_deref(), Some(field));
    }
}
