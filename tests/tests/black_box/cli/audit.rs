//! r45: `uhub audit verify` finds what was edited, deleted, reordered or cut off.

use serde_json::Value;
use sqlx::Connection as _;
use uhub_tests::{Kind, Site, audit, plan, wait::secs};

/// A hub with some sealed history, stopped.
async fn history(kind: Kind) -> (Site, Value) {
    let site = Site::on(kind).await;
    let mut server = site.serve(&["--demo", "--no-worker"]).await;
    let admin = server.admin().await;
    let project = plan::id(&admin.all("/projects").await[0]);
    for n in 0..12 {
        let job = plan::job(&project, &format!("job {n}"), "dev", Some("dev"), &plan::hour(n));
        admin.post("/jobs", &job).await.expect(201);
    }
    let verification = audit::verify(&admin).await;
    server.process.stop(secs(20)).await;
    (site, verification)
}

/// Runs statements against the database behind the hub's back.
async fn tamper(site: &Site, statements: &[&'static str]) {
    match site.database.kind {
        Kind::Sqlite => {
            let mut connection = site.database.open_sqlite().await;
            for statement in statements {
                let done = sqlx::query(*statement).execute(&mut connection).await.expect(statement);
                assert!(done.rows_affected() > 0, "{statement} touches something");
            }
            connection.close().await.expect("it closes");
        }
        Kind::Postgres => {
            let mut connection = site.database.open_postgres().await;
            for statement in statements {
                let done = sqlx::query(*statement).execute(&mut connection).await.expect(statement);
                assert!(done.rows_affected() > 0, "{statement} touches something");
            }
            connection.close().await.expect("it closes");
        }
    }
}

async fn verify(site: &Site, more: &[&str], code: i32) -> Value {
    let mut args = vec!["audit", "verify", "--json"];
    args.extend(more);
    site.run(&args).await.expect(code).json()
}

#[tokio::test]
async fn r45_an_edited_deleted_or_reordered_entry_is_found() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        for (statements, first_bad) in [
            (&["UPDATE audit SET actor = 'demo-dev' WHERE seq = 5"][..], 5),
            (&["UPDATE audit SET detail = '{}' WHERE seq = 7"], 7),
            (&["UPDATE audit SET decision = 'deny' WHERE seq = 3"], 3),
            (&["DELETE FROM audit WHERE seq = 6"], 6),
            (&["DELETE FROM audit WHERE seq = 1"], 1),
            (
                &[
                    "UPDATE audit SET seq = 1000 WHERE seq = 4",
                    "UPDATE audit SET seq = 4 WHERE seq = 8",
                    "UPDATE audit SET seq = 8 WHERE seq = 1000",
                ],
                4,
            ),
        ] {
            let (site, before) = history(kind).await;
            assert_eq!(verify(&site, &[], 0).await["head"], before["head"]);
            tamper(&site, statements).await;
            let found = verify(&site, &[], 1).await;
            assert_eq!(
                (&found["ok"], &found["first_bad"]),
                (&Value::Bool(false), &Value::from(first_bad)),
                "{statements:?}"
            );
        }
    }
}

#[tokio::test]
async fn r45_a_cut_tail_is_found_with_the_head_that_was_kept_outside() {
    let (site, before) = history(Kind::Sqlite).await;
    let head = format!("{}:{}", before["head"]["seq"], before["head"]["hash"].as_str().expect("a hash"));
    verify(&site, &["--head", &head], 0).await;
    tamper(&site, &["DELETE FROM audit WHERE seq > 10"]).await;
    assert_eq!(verify(&site, &[], 0).await["ok"], true, "what is left hangs together");
    let found = verify(&site, &["--head", &head], 1).await;
    assert_eq!((&found["ok"], &found["first_bad"]), (&Value::Bool(false), &Value::from(11)), "{found}");
    for wrong in ["", "x", "5", "5:abc", "-1:00"] {
        site.run(&["audit", "verify", "--head", wrong]).await.expect(2);
    }
}
