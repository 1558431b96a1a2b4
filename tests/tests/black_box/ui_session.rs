//! r28, and sessions of browsers as they meet real servers: restarts, a second server, open streams.

use reqwest::Method;
use uhub_tests::{Answer, Client, Site, wait::secs};

async fn open(anyone: &Client, username: &str) -> (Client, String) {
    let form = [("grant_type", "password"), ("username", username), ("password", username)];
    let answer = anyone
        .request(Method::POST, "/auth/session")
        .header("sec-fetch-site", "same-origin")
        .form(&form)
        .send()
        .await;
    let token = answer.expect(200)["access_token"].as_str().expect("a token").to_owned();
    (anyone.with_token(&token), cookie(&answer))
}

fn cookie(answer: &Answer) -> String {
    let (pair, rest) = answer.header("set-cookie").split_once("; ").expect("a cookie");
    assert!(rest.contains("HttpOnly; SameSite=Strict"), "{rest}");
    pair.to_owned()
}

async fn refresh(anyone: &Client, cookie: &str) -> Answer {
    let request = anyone.request(Method::POST, "/auth/refresh").header("sec-fetch-site", "same-origin");
    request.header("cookie", cookie).send().await
}

#[tokio::test]
async fn a_session_outlives_a_restart_of_the_server() {
    let site = Site::sqlite();
    let mut server = site.serve(&["--demo", "--no-worker"]).await;
    let (_, session) = open(&server.anyone(), "demo-dev").await;
    server.process.stop(secs(20)).await;
    let server = site.serve(&["--no-worker"]).await;
    let renewed = refresh(&server.anyone(), &session).await;
    let token = renewed.expect(200)["access_token"].as_str().expect("a token").to_owned();
    server.anyone().with_token(&token).get("/auth/me").await.expect(200);
    refresh(&server.anyone(), &cookie(&renewed)).await.expect(200);
}

#[tokio::test]
async fn r28_signing_out_everywhere_ends_sessions_tokens_and_streams_on_every_server() {
    let site = Site::postgres().await;
    let here = site.serve(&["--demo", "--no-worker"]).await;
    let there = site.serve(&["--no-worker"]).await;
    let (dev, session) = open(&here.anyone(), "demo-dev").await;
    let (_, other) = open(&there.anyone(), "demo-dev").await;
    let elsewhere = dev.at(&there.url);
    elsewhere.get("/auth/me").await.expect(200);
    let mut stream = elsewhere.events("/events", None).await;

    dev.delete("/auth/session?everywhere=true").await.expect(204);
    elsewhere.get("/auth/me").await.expect(401);
    for server in [&here, &there] {
        for cookie in [&session, &other] {
            refresh(&server.anyone(), cookie).await.expect(401);
        }
    }
    stream.to_end(secs(20)).await;
    let (again, _) = open(&there.anyone(), "demo-dev").await;
    again.get("/auth/me").await.expect(200);
    let admin = here.admin().await;
    let ended = admin.get("/audit?action=user.sessions.end").await.expect(200);
    assert_eq!(ended["items"][0]["actor"], "demo-dev", "{ended}");
}
