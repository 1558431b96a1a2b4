//! The calendar as iCalendar: feeds by project and person, files in and out, by HTTP and the command line.

use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};
use uhub_tests::{Client, Kind, Site, plan};

fn events(text: &str) -> usize {
    text.matches("BEGIN:VEVENT").count()
}

/// A meeting tomorrow at ten, as Outlook would write it.
fn meeting(uid: &str, more: &str) -> String {
    let day = (Utc::now() + TimeDelta::days(1)).format("%Y%m%d");
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:Comité\\, salle 1\r\n\
         DTSTART;TZID=Romance Standard Time:{day}T100000\r\nDTEND;TZID=Romance Standard Time:{day}T110000\r\n\
         {more}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[tokio::test]
async fn one_token_serves_the_hub_a_project_and_a_person() {
    let site = Site::sqlite();
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let dev = server.user("demo-dev").await;
    let path = dev.post("/auth/calendar-token", &json!({})).await.expect(201)["path"].clone();
    let path = path.as_str().expect("a path").to_owned();
    let feed = async |more: &str| {
        let answer = server.anyone().get(&format!("{path}{more}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.header("content-type").starts_with("text/calendar"));
        answer.text()
    };
    assert_eq!(events(&feed("").await), 16);
    let project = &dev.all("/projects").await[0];
    let of_project = feed(&format!("&project_id={}", plan::id(project))).await;
    assert_eq!(events(&of_project), 4);
    assert!(of_project.contains("uHub – "), "{of_project}");
    assert_eq!(events(&feed("&mine=true").await), 0);
    let projets = plan::user_id(&dev, "demo-projets").await;
    let of_person = events(&feed(&format!("&person={projets}")).await);
    assert!(of_person > 0, "imported jobs are their project's owner's");
    assert_eq!(events(&feed("&person=00000000-0000-7000-8000-000000000000").await), 0);
    let both = format!("{path}&mine=true&person={projets}");
    server.anyone().get(&both).await.expect_field(422, "person");
    assert_eq!(events(&dev.get(&format!("/calendar/export?person={projets}")).await.text()), of_person);
    dev.get("/calendar/export?start=2030-01-01T00:00:00Z&end=2032-01-01T00:00:00Z")
        .await
        .expect_field(422, "end");
    server.anyone().get("/calendar/export").await.expect(401);

    let out = site.run(&["calendar", "export"]).await.expect(0).stdout;
    assert_eq!(events(&out), 16);
    let of_user = site.run(&["calendar", "export", "--user", "demo-projets"]).await.expect(0).stdout;
    assert_eq!(events(&of_user), of_person);
    let name = project["name"].as_str().expect("a name");
    let file = site.root().join("out.ics");
    let file = file.to_str().expect("UTF-8");
    site.run(&["calendar", "export", "--project", name, "-o", file]).await.expect(0);
    assert_eq!(events(&std::fs::read_to_string(file).expect("written")), 4);
    site.run(&["calendar", "export", "--project", "none"]).await.expect(1);
}

async fn import(client: &Client, project: &str, text: &str) -> Value {
    let body = json!({ "ics": text, "as": "meetings", "project_id": project });
    client.post("/calendar/import", &body).await.expect(200)
}

#[tokio::test]
async fn events_come_in_once_on_sqlite() {
    come_in(Kind::Sqlite).await;
}

#[tokio::test]
async fn events_come_in_once_on_postgres() {
    come_in(Kind::Postgres).await;
}

/// Many people import the same file at the same moment: whoever comes second finds the series of who came first.
async fn come_in_at_once(kind: Kind) {
    let site = Site::on(kind).await;
    let servers = site.serve_racers().await;
    let dev = servers[0].user("demo-dev").await;
    let project = plan::id(&dev.all("/projects").await[0]);
    let both = meeting("w@x", "RRULE:FREQ=WEEKLY;COUNT=3\r\n").replace(
        "END:VCALENDAR\r\n",
        &meeting("once@x", "").replace("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", ""),
    );
    let answers = join_all((0..12).map(|n| {
        let client = dev.at(&servers[n % servers.len()].url);
        let (project, both) = (&project, &both);
        async move { import(&client, project, both).await }
    }))
    .await;
    let mut made: Vec<_> = answers.iter().map(|answer| (&answer["created"], &answer["unchanged"])).collect();
    made.sort_by_key(|(created, _)| created.as_u64());
    let (first, others) = made.split_last().expect("twelve");
    assert_eq!(*first, (&json!(4), &json!(0)), "{answers:?}");
    assert!(others.iter().all(|other| *other == (&json!(0), &json!(4))), "{answers:?}");
    assert_eq!(dev.all(&format!("/series?project_id={project}")).await.len(), 1);
    assert_eq!(dev.all("/jobs?q=comit%C3%A9").await.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_file_that_many_import_at_once_comes_in_once_on_sqlite() {
    come_in_at_once(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_file_that_many_import_at_once_comes_in_once_on_postgres() {
    come_in_at_once(Kind::Postgres).await;
}

async fn come_in(kind: Kind) {
    let site = Site::on(kind).await;
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let dev = server.user("demo-dev").await;
    let admin = server.admin().await;
    let project = dev.all("/projects").await[0].clone();
    let (id, name) = (plan::id(&project), project["name"].as_str().expect("a name"));
    let weekly = meeting("w@x", "RRULE:FREQ=WEEKLY;COUNT=3\r\n");
    let count = |created: u32, updated: u32, unchanged: u32| json!({ "created": created, "updated": updated, "unchanged": unchanged, "cancelled": 0, "past": 0 });
    let body = json!({ "ics": weekly, "as": "meetings", "project_id": id });
    assert_eq!(dev.post("/calendar/import?dry_run=true", &body).await.expect(200), count(3, 0, 0));
    assert_eq!(import(&dev, &id, &weekly).await, count(3, 0, 0));
    assert_eq!(import(&dev, &id, &weekly).await, count(0, 0, 3));
    let jobs = dev.all("/jobs?q=comit%C3%A9").await;
    assert_eq!(jobs.len(), 3);
    assert!(
        jobs.iter().all(|job| job["title"] == "Comité, salle 1" && job["job_type"] == "meeting"),
        "{jobs:?}"
    );
    assert_eq!(import(&dev, &id, &weekly.replace("salle 1", "salle 2")).await, count(0, 3, 0));
    let series = dev.all(&format!("/series?project_id={id}")).await;
    assert_eq!(series.len(), 1, "{series:?}");
    assert_eq!(
        (&series[0]["source"], &series[0]["rule"], &series[0]["timezone"], &series[0]["title"]),
        (&json!("w@x"), &json!("FREQ=WEEKLY;COUNT=3"), &json!("Europe/Paris"), &json!("Comité, salle 2"))
    );

    let bad = weekly.replace("FREQ=WEEKLY", "FREQ=SECONDLY");
    let refused = json!({ "ics": bad, "as": "meetings", "project_id": id });
    let said = dev.post("/calendar/import", &refused).await.expect_field(422, "ics");
    assert!(said["detail"].as_str().is_some_and(|text| text.contains("line 3, UID w@x")), "{said}");
    let nowhere = json!({ "ics": weekly, "as": "meetings" });
    dev.post("/calendar/import", &nowhere).await.expect_field(422, "project_id");
    let frozen = json!({ "ics": weekly, "as": "freezes", "tiers": ["prod"] });
    dev.post("/calendar/import", &frozen).await.expect(403);
    assert_eq!(admin.all("/freezes").await.len(), 0);
    assert_eq!(admin.post("/calendar/import", &frozen).await.expect(200), count(3, 0, 0));
    assert_eq!(admin.all("/freezes").await.len(), 3);

    let file = site.root().join("in.ics");
    std::fs::write(&file, meeting("cli@x", "")).expect("written");
    let file = file.to_str().expect("UTF-8");
    let args =
        ["calendar", "import", file, "--as", "meetings", "--project", name, "--user", "demo-dev", "--json"];
    assert_eq!(site.run(&args).await.expect(0).json()["created"], 1);
    assert_eq!(site.run(&args).await.expect(0).json()["unchanged"], 1);
    let args = ["calendar", "import", file, "--as", "freezes", "--tier", "prod", "--user", "demo-dev"];
    let denied = site.run(&args).await.expect(1).stderr;
    assert!(denied.contains("nothing was imported"), "{denied}");
    site.run(&["calendar", "import", "/nowhere", "--as", "freezes", "--user", "demo-admin"]).await.expect(1);
}
