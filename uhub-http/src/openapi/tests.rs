#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

fn value() -> Value {
    serde_json::from_str(&json()).unwrap()
}

#[test]
fn it_is_openapi_3_1_and_names_every_path_of_the_contract() {
    let document = value();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    let paths: BTreeSet<&str> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    for path in [
        "/auth/token",
        "/auth/session",
        "/auth/refresh",
        "/hub",
        "/bootstrap/admin",
        "/auth/me",
        "/auth/calendar-token",
        "/users",
        "/users/{id}",
        "/users/{id}/tokens",
        "/users/{id}/tokens/{token_id}",
        "/projects",
        "/projects/{id}",
        "/jobs",
        "/jobs/{id}",
        "/jobs/{id}/suggestions",
        "/jobs/{id}/done",
        "/jobs/{id}/runs",
        "/runs",
        "/runs/{id}",
        "/runs/{id}/cancel",
        "/runs/{id}/logs",
        "/calendar/events",
        "/calendar/conflicts",
        "/calendar/resolve",
        "/calendar.ics",
        "/calendar/export",
        "/calendar/import",
        "/freezes",
        "/freezes/{id}",
        "/approvals",
        "/approvals/{id}/approve",
        "/approvals/{id}/reject",
        "/audit",
        "/audit/verify",
        "/events",
        "/admin/seeds/demo",
        "/healthz",
        "/readyz",
        "/metrics",
    ] {
        assert!(paths.contains(path), "{path}");
    }
}

#[test]
fn no_parameter_is_null() {
    let document = value();
    let mut headers = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                headers += usize::from(parameter["in"] == "header");
                let schema = parameter["schema"].to_string();
                assert!(!schema.contains("null"), "{path}: {parameter}");
            }
        }
    }
    assert!(headers >= 8, "{headers}");
}

#[test]
fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str));
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = value();
    let mut found = Vec::new();
    references(&document, &mut found);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn what_is_written_is_closed() {
    let document = value();
    for name in [
        "CreateUser",
        "PatchUser",
        "Bootstrap",
        "CreateProject",
        "PatchProject",
        "PolicyInput",
        "NamedEnvironment",
        "CreateJob",
        "PatchJob",
        "Execution",
        "ResourceLimits",
        "BackendConfig",
        "DockerConfig",
        "Mount",
        "WebhookConfig",
        "Launch",
        "NewFreeze",
        "Approve",
        "Reject",
        "Resolve",
    ] {
        let schema = &document["components"]["schemas"][name];
        assert_eq!(schema["additionalProperties"], Value::Bool(false), "{name}: {schema}");
    }
}

#[test]
fn only_the_doors_are_open_without_a_token() {
    let document = value();
    let mut open = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let ways = operation.get("security").and_then(Value::as_array);
            if ways.is_some_and(|ways| ways.contains(&serde_json::json!({}))) {
                open.insert(format!("{method} {path}"));
            } else {
                assert!(operation["responses"].get("401").is_some(), "{method} {path}");
            }
            assert!(operation["responses"].get("503").is_some(), "{method} {path}");
        }
    }
    let expected = [
        "delete /auth/session",
        "get /calendar.ics",
        "get /healthz",
        "get /hub",
        "get /readyz",
        "post /auth/session",
        "post /auth/token",
        "post /bootstrap/admin",
        "post /hooks/runs/{id}",
    ];
    assert_eq!(open.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[test]
fn operations_have_names_of_their_own() {
    let document = value();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{method} {path}: {name} is another's");
        }
    }
    assert!(names.contains("jobs_list"), "{names:?}");
}
