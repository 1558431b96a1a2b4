//! Bodies that are no JSON, too deep, too large, or of another kind; compressed bombs.

use reqwest::Method;
use serde_json::json;
use uhub_tests::plan;

use super::Target;

/// The writing routes, with where their bodies go.
async fn writes(target: &Target) -> Vec<(Method, String)> {
    let job = plan::id(&target.admin.all("/jobs").await[0]);
    let user = plan::user_id(&target.admin, "demo-dev").await;
    vec![
        (Method::POST, "/jobs".into()),
        (Method::PATCH, format!("/jobs/{job}")),
        (Method::POST, format!("/jobs/{job}/runs")),
        (Method::POST, "/users".into()),
        (Method::PATCH, format!("/users/{user}")),
        (Method::POST, format!("/users/{user}/tokens")),
        (Method::POST, "/projects".into()),
        (Method::PATCH, format!("/projects/{}", target.project)),
        (Method::POST, "/freezes".into()),
        (Method::POST, "/calendar/resolve".into()),
    ]
}

#[tokio::test]
async fn bodies_that_are_not_json_are_400_and_of_another_type_415() {
    let target = Target::new().await;
    for (method, path) in writes(&target).await {
        let send =
            |media: &str, body: Vec<u8>| target.admin.request(method.clone(), &path).body(media, body).send();
        for body in [
            "{",
            "{\"title\":}",
            "{'title':'x'}",
            "{\"title\":\"x\"} {}",
            "\u{feff}{}",
            "{\"a\":1,}",
            "nul",
            "NaN",
            "{\"title\":\"\\ud800\"}",
            "{\"title\":\"\x01\"}",
        ] {
            let answer = send("application/json", body.into()).await;
            assert!(matches!(answer.status, 400 | 422), "{path} {body:?}: {answer:?}");
        }
        let answer = send("application/json", b"{\"title\":\"\xff\xfe\"}".to_vec()).await;
        assert!(matches!(answer.status, 400 | 422), "{path}: {answer:?}");
        for body in ["[]", "\"x\"", "1", "null", "true", "[{}]"] {
            // A launch needs no body, and null says just that.
            if body == "null" && path.ends_with("/runs") {
                continue;
            }
            let answer = send("application/json", body.into()).await;
            assert!(matches!(answer.status, 400 | 422), "{path} {body:?}: {answer:?}");
        }
        for media in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/json",
            "application/xml",
            "application/jsonx",
            "*/*",
        ] {
            send(media, b"{}".to_vec()).await.expect(415);
        }
        let without = target.admin.request(method.clone(), &path).header("content-length", "0").send().await;
        assert!(matches!(without.status, 201 | 400 | 409 | 415 | 422), "{path}: {without:?}");
    }
    // The same name twice: no guess which was meant.
    let twice = r#"{"title":"a","title":"b"}"#;
    let job = plan::id(&target.admin.all("/jobs").await[0]);
    let answer = target
        .admin
        .request(Method::PATCH, &format!("/jobs/{job}"))
        .body("application/json", twice)
        .send()
        .await;
    answer.expect_field(422, "title");
    target.is_untouched().await;
}

#[tokio::test]
async fn r42_deep_and_huge_bodies_are_refused_without_harm() {
    let target = Target::new().await;
    let memory = target.server.process.memory_kb("VmRSS");
    let admin = target.admin.unpooled();
    let deep: Vec<String> = vec![
        "[".repeat(10_000),
        format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)),
        format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000)),
        // Within a field that takes any JSON.
        format!(
            "{{\"project_id\":\"{}\",\"title\":\"x\",\"job_type\":\"dev\",\"planned_start\":\"{}\",\"execution\":{{\
             \"backend\":\"webhook\",\"url\":\"http://x\",\"payload\":{}1{}}}}}",
            target.project,
            plan::hour(0),
            "[".repeat(10_000),
            "]".repeat(10_000)
        ),
    ];
    for (method, path) in writes(&target).await {
        for body in &deep {
            let answer =
                admin.request(method.clone(), &path).body("application/json", body.clone()).send().await;
            assert!(matches!(answer.status, 400 | 422), "{path}: {answer:?}");
        }
        for body in [
            format!("\"{}\"", "x".repeat(8 << 20)),
            " ".repeat(8 << 20),
            format!("[{}0]", "0,".repeat(4 << 20)),
        ] {
            // Too much is refused while it is sent: the answer may come before, or the connection close.
            match admin.request(method.clone(), &path).body("application/json", body).try_send().await {
                Ok(answer) => drop(answer.expect(413)),
                Err(error) => {
                    assert!(error.is_request() || error.is_body() || error.is_connect(), "{error:?}")
                }
            }
        }
    }
    // Said to be huge, and never sent: refused or let go, see `connections`. Numbers no machine has:
    for number in ["1e999999", "-1e999999", &"9".repeat(100_000)] {
        let body = format!("{{\"critical\":{number}}}");
        let job = plan::id(&admin.all("/jobs").await[0]);
        let answer = target
            .admin
            .request(Method::PATCH, &format!("/jobs/{job}"))
            .body("application/json", body)
            .send()
            .await;
        assert!(matches!(answer.status, 400 | 422), "{answer:?}");
    }
    let grown = target.server.process.memory_kb("VmHWM").saturating_sub(memory) / 1024;
    assert!(grown < 150, "the server grew by {grown} MiB");
    target.is_untouched().await;
}

/// A small body that would be a large one: it is refused, never unpacked.
#[tokio::test]
async fn r42_compressed_bodies_are_not_unpacked() {
    let target = Target::new().await;
    // gzip of 10 MB of zeros, made by hand: one stored header and a run of repeats is enough to be recognised.
    let bomb: Vec<u8> = [
        &[0x1f_u8, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..],
        &[0xed, 0xc1, 1, 1, 0, 0, 0, 0x80, 0x90][..],
        &[0; 64],
    ]
    .concat();
    for encoding in ["gzip", "deflate", "br", "zstd", "gzip, gzip"] {
        let request = target.admin.request(Method::POST, "/jobs").header("content-encoding", encoding);
        let answer = request.body("application/json", bomb.clone()).send().await;
        assert!(matches!(answer.status, 400 | 415 | 422), "{encoding}: {answer:?}");
    }
    target.is_untouched().await;
}

#[tokio::test]
async fn headers_that_steer_writes_are_checked() {
    let target = Target::new().await;
    for key in ["", " ", "a b", "é", &"k".repeat(129)] {
        let request =
            target.admin.request(Method::POST, "/jobs").header("idempotency-key", key).json(&target.job());
        request.send().await.expect_field(422, "Idempotency-Key");
    }
    let job = plan::id(&target.admin.all("/jobs").await[0]);
    for last in ["-1", "x", "1.5", "99999999999999999999999"] {
        // No run there, but a wrong header is no better on one that is.
        let path = format!("/runs/{job}/logs");
        let answer = target.admin.request(Method::GET, &path).header("last-event-id", last).send().await;
        assert!(matches!(answer.status, 404 | 422), "{answer:?}");
    }
    for dry in ["yes", "1", "", "TRUE"] {
        let path = format!("/jobs/{job}?dry_run={dry}");
        target.admin.patch(&path, &json!({ "title": "x" })).await.expect_field(422, "dry_run");
    }
    target.is_untouched().await;
}
